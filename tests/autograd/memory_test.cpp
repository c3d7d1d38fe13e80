// How much memory graphs and gradients hold, and that they release it.

#include "autograd/functional.hpp"
#include "autograd/support/allocator.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

// A step of training a network of two layers.
void training_step(Tensors& parameters, const Tensor& x, const Tensor& target) {
  for (Tensor& p : parameters) p.zero_grad();
  const Tensor hidden = tanh(linear(x, parameters[0], parameters[1]));
  const Tensor y = linear(hidden, parameters[2], parameters[3]);
  mean(square(y - target)).backward();
  NoGrad guard;
  for (Tensor& p : parameters) p.add_(p.grad(), -0.01);
}

// Runs `step` until everything it needs is in the allocator's lists, then checks that it allocates
// nothing more from the system.
template <class Step>
void expect_steady_state(Step step) {
  if (address_sanitizer) GTEST_SKIP() << "blocks are not reused under AddressSanitizer";
  for (int i = 0; i < 3; ++i) step();
  const memory::Statistics before = memory::statistics();
  for (int i = 0; i < 200; ++i) step();
  EXPECT_EQ(memory::statistics().system_allocations, before.system_allocations);
  EXPECT_EQ(memory::statistics().cached_bytes, before.cached_bytes);
}

TEST(Memory, TrainingInSteadyStateAsksTheSystemForNothing) {
  const TensorOptions options = {.requires_grad = true};
  Tensors parameters = {full({16, 8}, 0.1, options), zeros({16}, options),
                        full({3, 16}, 0.1, options), zeros({3}, options)};
  const Tensor x = ones({32, 8}), target = ones({32, 3});
  expect_steady_state([&] { training_step(parameters, x, target); });
}

TEST(Memory, DerivativesOfFunctionsLeaveNothing) {
  const Tensor x = leaf({0.5, 0.25}), v = leaf({1, 2});
  const auto f = [](const Tensor& t) { return exp(t) * sum(tanh(t)); };
  const auto scalar = [&](const Tensor& t) { return sum(f(t)); };
  expect_steady_state([&] {
    const auto slope = [&](const Tensor& t) { return jvp(f, t, v).products; };
    jvp(slope, x, v);
    vjp(slope, x, v);
    jacobian(f, x);
    hvp(scalar, x, v);
    hessian(scalar, x);
    EXPECT_THROW(jvp([&](const Tensor& t) { return slope(t) + Tensor(); }, x, v), ValueError);
  });
}

TEST(Memory, GradientsOfGradientsLeaveNoCycles) {
  expect_steady_state([] {
    Tensor x = leaf({0.5, 0.25});
    Tensor g = grad(sum(exp(tanh(x)) * x), x, {.create_graph = true});
    x.register_hook([](const Tensor& t) { return t * 2; });
    sum(g * g).backward({.create_graph = true});
  });
}

TEST(Memory, DroppedAndFailedGraphsLeaveNothing) {
  expect_steady_state([] {
    Tensor x = leaf({0.5, 0.25});
    Tensor y = exp(x) * tanh(x);
    EXPECT_THROW(y.backward(), GradError);
    Tensor z = sum(y);
    z.backward();
    EXPECT_THROW(z.backward(), GradError);
  });
}

// 4 x 4 floats: the result, its memory, the node, 128 bytes each.
TEST(Memory, ARecordedOperationHoldsFewBytes) {
  if (address_sanitizer) GTEST_SKIP() << "blocks are not reused under AddressSanitizer";
  const Tensor a = ones({4, 4}, {.requires_grad = true});
  const Tensor b = ones({4, 4}, {.requires_grad = true});
  const auto bytes_of = [&](auto op) {
    op();  // so that the lists hold enough
    const std::size_t before = memory::statistics().cached_bytes;
    const Tensor held = op();
    return before - memory::statistics().cached_bytes;
  };
  EXPECT_LE(bytes_of([&] { return a + b; }), 400u);
  EXPECT_LE(bytes_of([&] { return a * b; }), 400u);
  EXPECT_LE(bytes_of([&] { return a * 2; }), 400u);
  EXPECT_LE(bytes_of([&] { return tanh(a); }), 400u);
}

}  // namespace
}  // namespace xgrad::test
