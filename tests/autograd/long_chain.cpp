// Graphs of a million operations in a row: recorded, differentiated and released, and shorter ones
// checked and drawn, in a stack of 256 KiB (the test `stack` sets the limit), which no recursion
// over the graph would survive.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "autograd/check_graph.hpp"
#include "autograd/creation.hpp"
#include "autograd/dot.hpp"
#include "autograd/engine.hpp"
#include "autograd/ops.hpp"

namespace {

using namespace xgrad;

constexpr int length = 1'000'000;

void expect_equal(const char* what, double actual, double expected) {
  if (actual == expected) return;
  std::fprintf(stderr, "%s: %.17g, expected %.17g\n", what, actual, expected);
  std::exit(1);
}

Tensor leaf(double value) { return tensor(value, {.requires_grad = true}); }

/// step(step(… step(y))).
template <class Step>
Tensor repeat(Tensor y, int times, Step step) {
  for (int i = 0; i < times; ++i) y = step(y);
  return y;
}

void backward_through_a_chain() {
  Tensor x = leaf(0);
  Tensor y = repeat(x, length, [](const Tensor& t) { return t + 1; });
  expect_equal("x + 1 + … + 1", y.item<double>(), length);
  y.backward();
  expect_equal("its gradient", x.grad().item<double>(), 1);
}

void dropped_without_backward() {
  Tensor x = leaf(0.5);
  {
    Tensor middle = repeat(x, length, [](const Tensor& t) { return tanh(t); });
    Tensor y = repeat(middle, length, [](const Tensor& t) { return t * 2; });
    middle = Tensor();
    expect_equal("whether the end requires a gradient", y.requires_grad(), 1);
  }
  expect_equal("whether the start has a gradient", x.has_grad(), 0);
}

void retained_then_dropped() {
  Tensor x = leaf(3);
  Tensor y = repeat(x, length, [](const Tensor& t) { return neg(t); });
  y.backward({.retain_graph = true});
  y.backward({.retain_graph = true});
  expect_equal("gradient of two passes", x.grad().item<double>(), 2);
}

/// Each value is used twice, so that there are 2^length paths to x.
void shared_operands() {
  Tensor x = leaf(1);
  Tensor y = repeat(x, length, [](const Tensor& t) { return (t + t) * 0.5; });
  y.backward();
  expect_equal("gradient over shared operands", x.grad().item<double>(), 1);
}

/// x^(n + 1) at 1. The graph of the gradient is as long as that of the value, and longer than any
/// recursion could go in this stack.
void gradient_of_the_gradient() {
  constexpr int n = length / 10;
  Tensor x = leaf(1);
  Tensor y = repeat(x, n, [&](const Tensor& t) { return t * x; });
  Tensor first = grad(y, x, {.create_graph = true});
  expect_equal("first derivative", first.item<double>(), n + 1);
  expect_equal("second derivative", grad(first, x, {.retain_graph = true}).item<double>(),
               (n + 1.0) * n);
}

void checked_and_drawn() {
  constexpr int n = length / 10;
  Tensor y = repeat(leaf(0.5), n, [](const Tensor& t) { return neg(t); });
  const CheckGraphReport report = check_graph(y);
  expect_equal("operations that passed check_graph", report.ok ? double(report.checked) : -1, n);
  const std::string drawn = to_dot(y);
  expect_equal("arrows drawn by to_dot",
               static_cast<double>(std::count(drawn.begin(), drawn.end(), '>')), n);
}

/// Tensors that own one another as gradients, without a graph.
void chain_of_grads() {
  Tensor last = tensor(1.);
  for (int i = 0; i < length; ++i) {
    Tensor next = leaf(0);
    next.set_grad(last);
    last = next;
  }
  expect_equal("gradient at the end of the chain", last.has_grad(), 1);
}

}  // namespace

int main() {
  backward_through_a_chain();
  dropped_without_backward();
  retained_then_dropped();
  shared_operands();
  gradient_of_the_gradient();
  checked_and_drawn();
  chain_of_grads();
}
