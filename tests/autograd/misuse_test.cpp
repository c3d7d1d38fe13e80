// Common mistakes with gradients: refused as PyTorch refuses them, with a message that says what
// would be right, and without losing anything.

#include "autograd/functional.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Versions, BackwardThroughAChangedInputIsRefused) {
  Tensor x = leaf({1, 2, 3});
  Tensor factor = tensor({4., 5., 6.});
  Tensor y = sum(x * factor);
  factor.fill_(0);
  factor.fill_(1);
  expect_contains(ERROR_OF(GradError, y.backward()), {"mul: ", "(3,)", "version 0", "2"});
  EXPECT_FALSE(x.has_grad());
}

TEST(Versions, BackwardThroughAChangedResultIsRefused) {
  Tensor x = leaf({1, 2});
  Tensor y = tanh(x);
  Tensor alias = y.detach();
  alias.fill_(0);
  expect_contains(ERROR_OF(GradError, sum(y).backward()), {"tanh: ", "(2,)", "version 0", "1"});
}

TEST(Versions, OnlyWhatTheGradientReadsIsChecked) {
  Tensor x = leaf({1, 2});
  Tensor other = tensor({3., 4.});
  Tensor y = sum(x + other);
  other.fill_(0);
  y.backward();
  expect_values(x.grad(), {1, 1});

  x.zero_grad();
  sum(x * other).backward();  // saved after the change
  expect_values(x.grad(), {0, 0});
}

TEST(Versions, AParameterChangedAfterBackwardIsFine) {
  Tensor x = leaf({1, 2});
  for (int step = 0; step < 3; ++step) {
    x.zero_grad();
    sum(x * x).backward();
    NoGrad guard;
    x.add_(x.grad(), -0.25);
  }
  expect_values(x, {0.125, 0.25});
  EXPECT_EQ(x.version(), 3u);
}

TEST(Versions, AParameterChangedBeforeBackwardIsNot) {
  Tensor x = leaf({1, 2});
  Tensor y = sum(x * x);
  {
    NoGrad guard;
    x.mul_(2);
  }
  EXPECT_THROW(y.backward(), GradError);
}

TEST(Versions, AReshapedTensorKeepsWhatWasSaved) {
  Tensor x = leaf({1, 2});
  Tensor saved = tensor({{3., 4.}});
  Tensor reshaped = reshape(saved, {2});
  Tensor y = sum(x * reshaped);
  saved.fill_(0);  // gets memory of its own
  y.backward();
  expect_values(x.grad(), {3, 4});
}

// ---- messages

TEST(Misuse, AValueChangedAfterItWasSaved) {
  const Tensor x = leaf({1, 2, 3});
  Tensor factor = tensor({4., 5., 6.});
  const Tensor y = sum(x * factor);
  factor.fill_(0);
  EXPECT_EQ(ERROR_OF(GradError, y.backward()),
            "mul: backward: the input of shape (3,) that was saved for the gradient has been "
            "changed in place: version 0 when saved, now 1; change it after backward, or save a "
            "clone()");
}

TEST(Misuse, BackwardTwice) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = sum(x * x);
  y.backward();
  EXPECT_EQ(ERROR_OF(GradError, y.backward()),
            "sum: backward: the saved values of this graph, whose result has shape (), were "
            "released by an earlier backward; pass retain_graph = true to that one");
  expect_values(x.grad(), {2, 4, 6});
}

TEST(Misuse, BackwardOfANonScalar) {
  const Tensor x = leaf({1, 2, 3});
  EXPECT_EQ(ERROR_OF(GradError, (x * x).backward()),
            "backward: tensor of shape (3,) has 3 elements; without a seed of that shape only a "
            "scalar can be differentiated");
}

TEST(Misuse, NoGraph) {
  const std::string expected =
      "backward: tensor of shape () was not computed from anything that requires a gradient; call "
      "requires_grad_() on the inputs, outside NoGrad";
  EXPECT_EQ(ERROR_OF(GradError, sum(ones({3})).backward()), expected);
  const Tensor x = leaf({1, 2, 3});
  EXPECT_EQ(ERROR_OF(GradError, sum(x.detach() * 2).backward()), expected);
  EXPECT_EQ(ERROR_OF(GradError, sum(x > 0).backward()), expected);
}

TEST(Misuse, GradOfAnInputThatIsNotInTheGraph) {
  const Tensor x = leaf({1, 2, 3}), other = leaf({1, 2});
  EXPECT_EQ(ERROR_OF(GradError, grad({sum(x)}, {x, other})),
            "grad: input 1 of shape (2,) was not used to compute the outputs; pass allow_unused = "
            "true to get an undefined tensor for it");
  EXPECT_FALSE(grad({sum(x)}, {other}, {.allow_unused = true})[0].defined());
  EXPECT_EQ(ERROR_OF(GradError, grad(sum(x), tensor({1., 2.}))),
            "grad: input 0 of shape (2,) does not require a gradient; call requires_grad_() on it "
            "before the outputs are computed");
}

TEST(Misuse, DTypesThatDoNotFitAreToldHowToBeConverted) {
  Tensor a = ones({2, 2}), x = leaf({1, 2});
  const Tensor b = ones({2, 2}, f64), v = ones({2}), w = ones({2}, f64), index = zeros({2, 2}, i64);
  const auto doubled = [](const Tensors& in) { return Tensors{2 * in[0]}; };
  const std::vector<std::function<void()>> calls{
      CALL(a + b),
      CALL(lt(a, b)),
      CALL(maximum(a, b)),
      CALL(pow(a, b)),
      CALL(atan2(a, b)),
      CALL(where(a > 0, a, b)),
      CALL(matmul(a, b)),
      CALL(matmul(index, b)),
      CALL(linear(a, b)),
      CALL(linear(a, a, w)),
      CALL(dot(v, w)),
      CALL(outer(v, w)),
      CALL(solve(a, b)),
      CALL(concatenate({a, b}, 0)),
      CALL(stack({a, b}, 0)),
      CALL(scatter_add(a, 0, index, b)),
      CALL(a.add_(b)),
      CALL(x.set_grad(v)),
      CALL((2 * x).backward(v)),
      CALL(vjp(doubled, {x}, {v})),
      CALL(jvp(doubled, {x}, {v})),
      CALL(hvp([](const Tensor& t) { return sum(t * t); }, x, v))};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const std::string text = error_of<DTypeError>(calls[i]);
    EXPECT_TRUE(text.ends_with("; convert one with .to(float32)") ||
                text.ends_with("; convert one with .to(float64)"))
        << i << ": " << text;
  }
}

TEST(Misuse, JoinedIntegersOfTwoDtypesNameTheWiderOne) {
  const Tensor wide = arange(2), mask = wide > 0, bytes = wide.to(uint8);
  for (const Tensors& both : {Tensors{mask, wide}, {wide, mask}})
    EXPECT_TRUE(ERROR_OF(DTypeError, cat(both)).ends_with("; convert one with .to(int64)"));
  EXPECT_TRUE(ERROR_OF(DTypeError, cat({bytes, mask})).ends_with("; convert one with .to(uint8)"));
}

TEST(Misuse, IntegersAskedForGradients) {
  const std::string expected =
      "requires_grad_: a tensor of int64 of shape (2,) cannot carry gradients; convert it with "
      "to(float32) or to(float64)";
  EXPECT_EQ(ERROR_OF(GradError, tensor({1, 2}).requires_grad_()), expected);
  EXPECT_EQ(ERROR_OF(GradError, tensor({1, 2}, {.requires_grad = true})), expected);
}

TEST(Misuse, InPlaceOnALeafThatRequiresAGradient) {
  Tensor x = leaf({1, 2, 3});
  EXPECT_EQ(ERROR_OF(GradError, x.mul_(2)),
            "mul_: a leaf of shape (3,) that requires a gradient is changed in place while "
            "gradients are recorded; do it under NoGrad");
  Tensor y = x * 2;
  EXPECT_EQ(ERROR_OF(GradError, y.mul_(2)),
            "mul_: this tensor of shape (3,) is the result of 'mul'; only leaves are changed in "
            "place; use detach()");
  expect_values(x, {1, 2, 3});
  expect_values(y, {2, 4, 6});
}

TEST(Misuse, RequiresGradOfAResult) {
  const Tensor x = leaf({1, 2, 3});
  EXPECT_EQ(ERROR_OF(GradError, (x * 2).requires_grad_(false)),
            "requires_grad_: this tensor of shape (3,) is the result of 'mul', not a leaf; use "
            "detach() to get one");
  EXPECT_TRUE((x * 2).requires_grad_().requires_grad());  // it does already: nothing to complain of
}

}  // namespace
}  // namespace xgrad::test
