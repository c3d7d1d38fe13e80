#include "autograd/engine.hpp"

#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

// ---- backward

TEST(Backward, FollowsTheChainRule) {
  Tensor x = leaf({1, 2}), w = leaf({3, 4});
  sum(square(x * w + 1)).backward();
  expect_values(x.grad(), {2 * 4 * 3., 2 * 9 * 4.});
  expect_values(w.grad(), {2 * 4 * 1., 2 * 9 * 2.});
}

TEST(Backward, AccumulatesIntoGrad) {
  Tensor x = leaf(3);
  (x * x).backward();
  expect_values(x.grad(), {6});
  (x * 2).backward();
  expect_values(x.grad(), {8});
  x.zero_grad();
  (x * 2).backward();
  expect_values(x.grad(), {2});
}

TEST(Backward, AGradientMayBeAnInput) {
  Tensor x = leaf(3);
  (x * x).backward();
  (x * x.grad()).backward();
  expect_values(x.grad(), {12});
  Tensor w = leaf({1, 2, 3, 4}).reshape({2, 2}).detach().requires_grad_();
  sum(matmul(w, w)).backward();
  const Tensor before = w.grad().clone();
  sum(linear(w.grad(), w)).backward();
  expect_close(w.grad(), before + matmul(ones_like(w), before), 0);
}

TEST(Backward, ProductsAddToTheGradientThereIs) {
  Tensor w = leaf({1, 2, 3, 4, 5, 6}).reshape({3, 2}).detach().requires_grad_(),
         b = leaf({1, 2, 3});
  const Tensor x = arange(8.).reshape({4, 2}).to(float64);
  for (const double times : {1, 2, 3}) {
    sum(linear(x, w, b) * 2).backward();
    expect_close(w.grad(), times * 2 * matmul(ones({3, 4}, {.dtype = float64}), x), 0);
    expect_close(b.grad(), times * 8 * ones({3}, {.dtype = float64}), 0);
  }
  sum(matmul(x, t(w)) + linear(x, w)).backward();
  expect_close(w.grad(), 8 * matmul(ones({3, 4}, {.dtype = float64}), x), 0);
}

TEST(Backward, AGradientIsNobodyElses) {
  Tensor a = leaf({1, 2}), b = leaf({3, 4});
  Tensor seed = tensor({1., 10.});
  (a + b).backward(seed);
  expect_values(a.grad(), {1, 10});
  seed.fill_(7);
  expect_values(a.grad(), {1, 10});
  (a * 1).backward(seed);
  expect_values(a.grad(), {8, 17});
  expect_values(b.grad(), {1, 10});
}

TEST(Backward, LeavesNothingInLeavesThatNeedNone) {
  Tensor x = leaf(2);
  Tensor constant = tensor(3.);
  (x * constant).backward();
  EXPECT_FALSE(constant.has_grad());
  Tensor frozen = leaf(4);
  frozen.requires_grad_(false);
  (x * frozen).backward();
  EXPECT_FALSE(frozen.has_grad());
}

TEST(Backward, OfALeafIsItsSeed) {
  Tensor x = leaf(2);
  x.backward();
  expect_values(x.grad(), {1});
}

TEST(Backward, SharedSubexpressionsAddUp) {
  Tensor x = leaf(2);
  Tensor s = x * x;
  (s * s + s).backward();
  expect_values(x.grad(), {2 * 4 * 4. + 4.});

  Tensor y = leaf(3);
  (y + y).backward();
  expect_values(y.grad(), {2});
}

TEST(Backward, DiamondsPassOnceWithTheWholeGradient) {
  Tensor x = leaf(1);
  Tensor top = x * 3;
  int calls = 0;
  top.register_hook([&](const Tensor& g) {
    ++calls;
    expect_values(g, {2 + 5 + 7.});
  });
  (top * 2 + top * 5 + top * 7).backward();
  EXPECT_EQ(calls, 1);
  expect_values(x.grad(), {42});
}

// Branches of different length: the shorter must wait for the longer.
TEST(Backward, WaitsForTheLongestBranch) {
  Tensor x = leaf(1);
  Tensor h = x * 2;
  Tensor longer = h;
  for (int i = 0; i < 10; ++i) longer = longer + h;
  (h * 100 + longer).backward();
  expect_values(x.grad(), {2 * 111.});
}

TEST(Backward, ATensorUsedAThousandTimes) {
  Tensor x = leaf(0.5);
  Tensor total = tensor(0.);
  for (int i = 0; i < 1000; ++i) total += x * i;
  total.backward();
  expect_values(x.grad(), {999 * 1000 / 2.});
}

TEST(Backward, LongChains) {
  Tensor x = leaf(1);
  Tensor y = x;
  for (int i = 0; i < 100'000; ++i) y = y + 1;
  y.backward();
  expect_values(x.grad(), {1});
  // The graph of a result that is dropped goes without a backward pass, too.
  for (int i = 0; i < 100'000; ++i) y = y + x;
  y = Tensor();
}

TEST(Backward, ANonScalarNeedsASeedOfItsShapeAndDType) {
  Tensor x = leaf({1, 2});
  Tensor y = x * x;
  expect_contains(ERROR_OF(GradError, y.backward()), {"backward: ", "(2,)", "seed"});
  expect_contains(ERROR_OF(ShapeError, y.backward(ones({3}, f64))), {"backward: ", "(3,)", "(2,)"});
  expect_contains(ERROR_OF(DTypeError, y.backward(ones({2}))),
                  {"backward: ", "float32", "float64"});
  EXPECT_FALSE(x.has_grad());
  y.backward(tensor({1., 10.}));
  expect_values(x.grad(), {2, 40});
}

TEST(Backward, OneElementNeedsNoSeed) {
  Tensor x = tensor({{3.}}, {.requires_grad = true});
  (x * x).backward();
  EXPECT_EQ(x.grad().shape(), (Shape{1, 1}));
  expect_values(x.grad(), {6});
}

TEST(Backward, WithoutAGraphIsRefused) {
  expect_contains(ERROR_OF(GradError, tensor(1.).backward()), {"backward: "});
  EXPECT_THROW((tensor(1.) * 2).backward(), GradError);
  Tensor x = leaf(1);
  Tensor y;
  {
    NoGrad guard;
    y = x * 2;
  }
  EXPECT_THROW(y.backward(), GradError);
}

TEST(Backward, ReleasesTheGraphUnlessRetained) {
  Tensor x = leaf(3);
  Tensor y = x * x;
  y.backward({.retain_graph = true});
  y.backward({.retain_graph = true});
  expect_values(x.grad(), {12});
  y.backward();
  expect_values(x.grad(), {18});
  expect_contains(ERROR_OF(GradError, y.backward()), {"mul: backward: ", "()", "retain_graph"});
  expect_values(x.grad(), {18});
  Tensor z = exp(y);  // a new operation on a released graph
  EXPECT_THROW(z.backward(), GradError);
}

TEST(Backward, GradientsOfBroadcastInputsHaveTheirShape) {
  Tensor row = leaf({1, 2, 3}), scalar = leaf(2);
  Tensor column = tensor({{1.}, {2.}}, {.requires_grad = true});
  (sum(row * column + scalar)).backward();
  EXPECT_EQ(row.grad().shape(), Shape{3});
  EXPECT_EQ(column.grad().shape(), (Shape{2, 1}));
  EXPECT_EQ(scalar.grad().shape(), Shape{});
  expect_values(row.grad(), {3, 3, 3});
  expect_values(column.grad(), {6, 6});
  expect_values(scalar.grad(), {6});
}

TEST(Backward, GradNeverHoldsAGraph) {
  Tensor x = leaf(2);
  (x * x * x).backward({.create_graph = true});
  EXPECT_TRUE(x.grad().is_leaf());
  EXPECT_FALSE(x.grad().requires_grad());
  (x * x).backward({.create_graph = true});
  expect_values(x.grad(), {16});
  EXPECT_FALSE(x.grad().requires_grad());
}

TEST(Backward, StopsAtDetach) {
  Tensor x = leaf(3);
  (x.detach() * x).backward();
  expect_values(x.grad(), {3});
  EXPECT_FALSE((x.detach() * 2).requires_grad());
}

// ---- grad modes

TEST(GradMode, NestsAndEndsWithItsScope) {
  const Tensor x = leaf(1);
  EXPECT_TRUE(is_grad_enabled());
  {
    NoGrad off;
    EXPECT_FALSE((x * 2).requires_grad());
    {
      EnableGrad on;
      EXPECT_TRUE(is_grad_enabled());
      EXPECT_TRUE((x * 2).requires_grad());
      {
        NoGrad off_again;
        EXPECT_FALSE(is_grad_enabled());
      }
      EXPECT_TRUE(is_grad_enabled());
    }
    EXPECT_FALSE(is_grad_enabled());
  }
  EXPECT_TRUE((x * 2).requires_grad());
}

TEST(GradMode, IsPutBackByExceptions) {
  try {
    NoGrad off;
    throw 1;
  } catch (int) {
  }
  EXPECT_TRUE(is_grad_enabled());
}

TEST(GradMode, BelongsToItsThread) {
  NoGrad off;
  std::thread([] { EXPECT_TRUE(is_grad_enabled()); }).join();
  EXPECT_FALSE(is_grad_enabled());
}

TEST(GradMode, BackwardRunsUnderNoGradAndPutsTheModeBack) {
  Tensor x = leaf(2);
  Tensor y = x * x;
  NoGrad off;
  y.backward();
  expect_values(x.grad(), {4});
  EXPECT_FALSE(is_grad_enabled());
}

// ---- grad(…)

TEST(Grad, LeavesGradAlone) {
  Tensor x = leaf(3), w = leaf(2);
  Tensor y = x * x * w;
  expect_values(grad(y, x), {12});
  EXPECT_FALSE(x.has_grad());
  EXPECT_FALSE(w.has_grad());
}

TEST(Grad, OfIntermediateResults) {
  Tensor x = leaf(3);
  Tensor h = x * x;
  Tensor y = h * h * x;
  const Tensors g = grad({y}, {h, x, y});
  expect_values(g[0], {2 * 9 * 3.});
  expect_values(g[1], {5 * 81.});
  expect_values(g[2], {1});
}

TEST(Grad, OfSeveralOutputsIsTheSum) {
  Tensor x = leaf({1, 2}), w = leaf(5);
  Tensor a = x * x, b = sum(x * w);
  const Tensors g = grad({a, b}, {x, w}, {.grad_outputs = {tensor({1., 10.}), Tensor()}});
  expect_values(g[0], {2 + 5., 40 + 5.});
  expect_values(g[1], {3});
  expect_contains(ERROR_OF(ValueError, grad({a, b}, {x}, {.grad_outputs = {a}})),
                  {"grad: ", "1", "2"});
  EXPECT_THROW(grad({x * x}, {x}), GradError);
  EXPECT_THROW(grad({x * x}, {x}, {.grad_outputs = {tensor(1.)}}), ShapeError);
}

TEST(Grad, OfUnusedInputs) {
  Tensor x = leaf(3), unused = leaf(1);
  expect_contains(ERROR_OF(GradError, grad({x * x}, {x, unused})),
                  {"grad: ", "input 1", "allow_unused"});
  const Tensors g = grad({x * x}, {unused, x}, {.allow_unused = true});
  EXPECT_FALSE(g[0].defined());
  expect_values(g[1], {6});
  EXPECT_THROW(grad(x * x, tensor(1.)), GradError);
}

TEST(Grad, TakesTensorsAndListsOfThem) {
  const Tensor x = tensor(3., {.requires_grad = true});
  const Tensors inputs = {x};
  EXPECT_EQ(grad(x * x, x).item<double>(), 6);
  EXPECT_EQ(grad(x * x, inputs)[0].item<double>(), 6);
  EXPECT_EQ(grad(x * x, {x})[0].item<double>(), 6);
  EXPECT_EQ(grad({x * x}, {x})[0].item<double>(), 6);
  EXPECT_EQ(grad({x * x, x}, inputs)[0].item<double>(), 7);
}

TEST(Grad, AsksForTheSameInputTwice) {
  Tensor x = leaf(3);
  const Tensors g = grad({x * x}, {x, x});
  expect_values(g[0], {6});
  expect_values(g[1], {6});
}

TEST(Grad, ReleasesTheGraphUnlessRetained) {
  Tensor x = leaf(3);
  Tensor y = x * x;
  grad(y, x, {.retain_graph = true});
  EXPECT_FALSE(grad(y, x).requires_grad());
  EXPECT_THROW(grad(y, x), GradError);
}

// ---- higher orders

TEST(CreateGraph, ToTheFourthOrder) {
  Tensor x = leaf(2);
  Tensor y = x * x * x * x;
  for (double expected : {32., 48., 48., 24.}) {
    y = grad(y, x, {.create_graph = true});
    expect_values(y, {expected});
  }
}

TEST(CreateGraph, OfCompositionsToThirdOrder) {
  const double at = 0.3;
  Tensor x = leaf(at);
  // y = exp(tanh x): with t = tanh x and s = 1 - t², y' = y s, y'' = y (s² - 2 t s) and
  // y''' = y (s³ - 6 t s² - 2 s² + 4 t² s).
  const double t = std::tanh(at), s = 1 - t * t, f = std::exp(t);
  Tensor y = exp(tanh(x));
  EXPECT_NEAR(y.item<double>(), f, 1e-15);
  Tensor first = grad(y, x, {.create_graph = true});
  EXPECT_NEAR(first.item<double>(), f * s, 1e-14);
  Tensor second = grad(first, x, {.create_graph = true});
  EXPECT_NEAR(second.item<double>(), f * (s * s - 2 * t * s), 1e-14);
  Tensor third = grad(second, x);
  EXPECT_NEAR(third.item<double>(), f * (s * s * s - 6 * t * s * s - 2 * s * s + 4 * t * t * s),
              1e-13);
}

TEST(CreateGraph, OfMatricesToThirdOrder) {
  // sum (A x)³ is homogeneous of degree 3: its derivatives along x are 3, 6 and 6 times itself.
  const Tensor a = tensor({{1., 2.}, {3., -1.}});
  Tensor x = leaf({1, 2});
  const Tensor v = x.detach();
  Tensor y = sum(pow(matmul(a, x), 3));
  const double value = y.item<double>();
  for (double factor : {3., 6., 6.}) {
    y = sum(grad(y, x, {.create_graph = true}) * v);
    EXPECT_NEAR(y.item<double>(), factor * value, 1e-9);
  }
}

TEST(CreateGraph, BackwardThroughAGradient) {
  Tensor x = leaf({1, 2});
  Tensor g = grad(sum(x * x * x), x, {.create_graph = true});
  sum(g * g).backward();  // d/dx sum 9 x⁴
  expect_values(x.grad(), {36, 36 * 8.});
}

TEST(CreateGraph, WithRespectToTheSeed) {
  Tensor x = leaf({1, 2}), seed = leaf({3, 4});
  Tensor g = grad(x * x, x, {.grad_outputs = {seed}, .create_graph = true});
  expect_values(g, {6, 16});
  expect_values(grad(sum(g), seed), {2, 4});
}

// ---- hooks

TEST(Hooks, ObserveAndReplace) {
  Tensor x = leaf(2);
  Tensor h = x * 3;
  double seen = 0;
  h.register_hook([&](const Tensor& g) { seen = g.item<double>(); });
  h.register_hook([](const Tensor& g) { return g * 10; });
  h.register_hook([](const Tensor&) { return Tensor(); });
  (h * 5).backward();
  EXPECT_EQ(seen, 5);
  expect_values(x.grad(), {150});
}

TEST(Hooks, OnALeafSeeTheWholeGradientOnce) {
  Tensor x = leaf(2);
  int calls = 0;
  x.register_hook([&](const Tensor& g) {
    ++calls;
    expect_values(g, {2 * 2 + 5.});
    return g * 2;
  });
  (x * x + x * 5).backward();
  EXPECT_EQ(calls, 1);
  expect_values(x.grad(), {18});
  // It sees what this pass adds, not what had accumulated.
  (x * x + x * 5).backward();
  EXPECT_EQ(calls, 2);
  expect_values(x.grad(), {36});
}

TEST(Hooks, ChangeWhatGradReturns) {
  Tensor x = leaf(2);
  x.register_hook([](const Tensor& g) { return g + 1; });
  expect_values(grad(x * x, x), {5});
  Tensor y = leaf(2);
  Tensor h = y * 3;
  h.register_hook([](const Tensor& g) { return g * 2; });
  expect_values(grad(h * h, h), {24});
}

TEST(Hooks, AreRefusedWhereNoGradientArrives) {
  expect_contains(ERROR_OF(GradError, tensor(1.).register_hook([](const Tensor&) {})),
                  {"register_hook: "});
  Tensor x = leaf({1, 2});
  x.register_hook([](const Tensor&) { return zeros({3}, f64); });
  expect_contains(ERROR_OF(GradError, sum(x).backward()), {"hook: ", "(3,)", "(2,)"});
}

TEST(Hooks, ThatThrowLeaveTheGraphUsable) {
  Tensor x = leaf(2);
  Tensor h = x * x;
  bool fail = true;
  h.register_hook([&](const Tensor&) {
    if (fail) throw std::runtime_error("no");
  });
  Tensor y = h * 3 + h * 4;
  EXPECT_THROW(y.backward({.retain_graph = true}), std::runtime_error);
  EXPECT_TRUE(is_grad_enabled());
  fail = false;
  y.backward();
  expect_values(x.grad(), {28});
}

TEST(Hooks, MayDifferentiateThemselves) {
  Tensor x = leaf(2);
  double inner = 0;
  Tensor h = x * x;
  h.register_hook([&](const Tensor&) {
    EnableGrad on;
    Tensor z = leaf(3);
    (z * z).backward();
    inner = z.grad().item<double>();
  });
  (h * h).backward();
  EXPECT_EQ(inner, 6);
  expect_values(x.grad(), {32});
}

}  // namespace
}  // namespace xgrad::test
