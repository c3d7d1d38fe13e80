#include "autograd/functional.hpp"

#include <stdexcept>

#include "autograd/custom_function.hpp"
#include "autograd/numerical.hpp"
#include "autograd/observer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Function = std::function<Tensor(const Tensor&)>;

/// How many operations are applied, and how many elements their largest result has.
class Counter final : public Observer {
 public:
  void computed(const char*, const Tensor& out, std::span<const Tensor* const>) override {
    ++operations;
    largest = std::max(largest, out.numel());
  }
  std::size_t operations = 0;
  std::size_t largest = 0;
};

/// A network of one hidden layer, from its four parameters: (…, 3) to (…, 2).
Tensor network(const Tensors& p, const Tensor& x) {
  return linear(tanh(linear(x, p[0], p[1])), p[2], p[3]);
}
Tensors network_parameters() {
  return {randn({4, 3}, f64), randn({4}, f64), randn({2, 4}, f64), randn({2}, f64)};
}

// ---- vjp and jvp

TEST(Vjp, IsTheProductFromTheLeft) {
  const Tensor a = tensor({{1., 2.}, {3., 4.}, {5., 6.}}), x = tensor({7., 8.});
  const auto [y, product] =
      vjp([&](const Tensor& t) { return matmul(a, t); }, x, tensor({1., 10., 100.}));
  expect_close(y, tensor({23., 53., 83.}));
  expect_close(product, tensor({531., 642.}));
  EXPECT_FALSE(y.requires_grad());
  EXPECT_FALSE(product.requires_grad());
  EXPECT_FALSE(x.requires_grad());
}

TEST(Jvp, IsTheProductFromTheRight) {
  const Tensor a = tensor({{1., 2.}, {3., 4.}, {5., 6.}}), x = tensor({7., 8.});
  const auto [y, product] =
      jvp([&](const Tensor& t) { return matmul(a, t); }, x, tensor({1., 10.}));
  expect_close(y, tensor({23., 53., 83.}));
  expect_close(product, tensor({21., 43., 65.}));
  EXPECT_FALSE(y.requires_grad());
  EXPECT_FALSE(product.requires_grad());
}

TEST(Vjp, OfSeveralInputsAndOutputs) {
  const auto f = [](const Tensors& in) -> Tensors {
    return {in[0] * in[1], sum(in[1]), exp(in[0])};
  };
  const Tensor a = tensor({1., 2.}), b = tensor({3., 4.});
  const auto result = vjp(f, {a, b}, {tensor({1., 10.}), tensor(100.), tensor({0., 1.})});
  ASSERT_EQ(result.outputs.size(), 3U);
  expect_close(result.outputs[1], tensor(7.));
  ASSERT_EQ(result.products.size(), 2U);
  expect_close(result.products[0], tensor({3., 40 + std::exp(2.)}));
  expect_close(result.products[1], tensor({101., 120.}));
}

TEST(Jvp, OfSeveralInputsAndOutputs) {
  const auto f = [](const Tensors& in) -> Tensors {
    return {in[0] * in[1], sum(in[1]), exp(in[0])};
  };
  const auto result =
      jvp(f, {tensor({1., 2.}), tensor({3., 4.})}, {tensor({1., 10.}), tensor({100., 1000.})});
  ASSERT_EQ(result.products.size(), 3U);
  expect_close(result.products[0], tensor({3. + 100, 40. + 2000}));
  expect_close(result.products[1], tensor(1100.));
  expect_close(result.products[2], tensor({std::exp(1.), 10 * std::exp(2.)}));
}

TEST(Vjp, TakesAFunctionOfManyToOne) {
  const auto f = [](const Tensors& in) { return in[0] * in[1]; };
  expect_close(vjp(f, {tensor(2.), tensor(3.)}, {tensor(1.)}).products[1], tensor(2.));
  expect_close(jvp(f, {tensor(2.), tensor(3.)}, {tensor(1.), tensor(0.)}).products[0], tensor(3.));
}

TEST(Vjp, TakesAGenericFunction) {
  const auto f = [](const auto& x) { return x * exp(x); };
  expect_close(vjp(f, tensor(2.), tensor(1.)).products, tensor(3 * std::exp(2.)));
  expect_close(jvp(f, tensor(2.), tensor(1.)).products, tensor(3 * std::exp(2.)));
  const auto g = [](const auto& in) { return in[0] * in[1]; };
  const Tensors x = {tensor(2.), tensor(3.)};
  expect_close(vjp(g, x, {tensor(1.)}).products[0], tensor(3.));
  expect_close(jvp(g, x, x).products[0], tensor(12.));
}

TEST(Vjp, WhatDoesNotMatterHasProductZero) {
  const auto f = [](const Tensors& in) -> Tensors { return {in[0] * 2, ones({2}, f64)}; };
  const Tensors x = {tensor(1.), tensor({1., 2., 3.})};
  const Tensors pulled = vjp(f, x, {tensor(1.), tensor({1., 1.})}).products;
  expect_close(pulled[1], zeros({3}, f64));
  const Tensors pushed = jvp(f, x, {tensor(1.), tensor({1., 1., 1.})}).products;
  expect_close(pushed[0], tensor(2.));
  expect_close(pushed[1], zeros({2}, f64));
}

TEST(Vjp, OfOutputsOfIntegersIsZero) {
  const auto f = [](const Tensors& in) -> Tensors { return {in[0] > 0, argmax(in[0])}; };
  const Tensor x = tensor({1., -2.});
  const Tensors cotangents = {ones({2}, boolean), ones({}, i64)};
  expect_close(vjp(f, {x}, cotangents).products[0], zeros({2}, f64));
  const Tensors pushed = jvp(f, {x}, {x}).products;
  expect_close(pushed[0], zeros({2}, boolean));
  expect_close(pushed[1], zeros({}, i64));
}

TEST(Vjp, AnInputMayBeItsOwnOutput) {
  const auto f = [](const Tensors& in) -> Tensors { return {in[0], in[0], in[1]}; };
  const Tensors x = {tensor(1.), tensor(2.)};
  const Tensors pulled = vjp(f, x, {tensor(3.), tensor(4.), tensor(5.)}).products;
  expect_close(pulled[0], tensor(7.));
  expect_close(pulled[1], tensor(5.));
  const Tensors pushed = jvp(f, x, {tensor(3.), tensor(4.)}).products;
  expect_close(pushed[0], tensor(3.));
  expect_close(pushed[1], tensor(3.));
  expect_close(pushed[2], tensor(4.));
}

TEST(Vjp, OneTensorAsTwoInputsIsTwoVariables) {
  const auto f = [](const Tensors& in) { return in[0] * square(in[1]); };
  const Tensor x = tensor(3.).requires_grad_();
  const Tensors pulled = vjp(f, {x, x}, {tensor(1.)}).products;
  expect_close(pulled[0], tensor(9.));
  expect_close(pulled[1], tensor(18.));
  expect_close(jvp(f, {x, x}, {tensor(1.), tensor(0.)}).products[0], tensor(9.));
}

TEST(Vjp, NeitherSetsNorTouchesGradients) {
  Tensor x = tensor({1., 2.}).requires_grad_();
  x.set_grad(tensor({5., 5.}));
  const Tensor w = tensor({3., 4.}).requires_grad_();
  vjp([&](const Tensor& t) { return t * w; }, x, tensor({1., 1.}));
  jvp([&](const Tensor& t) { return t * w; }, x, tensor({1., 1.}));
  expect_close(x.grad(), tensor({5., 5.}));
  EXPECT_FALSE(w.has_grad());
}

TEST(Jvp, KeepsTheDTypes) {
  const auto f = [](const Tensor& x) { return x.to(float64) * 2; };
  const auto [y, product] = jvp(f, tensor({1.f}), tensor({3.f}));
  expect_close(product, tensor({6.}));
  expect_close(vjp(f, tensor({1.f}), tensor({3.})).products, tensor({6.f}));
}

TEST(Jvp, OfEmptyTensors) {
  const auto f = [](const Tensor& x) { return matmul(x, ones({0, 2}, f64)) + sum(x); };
  const Tensor x = zeros({3, 0}, f64);
  expect_close(jvp(f, x, x).products, zeros({3, 2}, f64));
  expect_close(vjp(f, x, ones({3, 2}, f64)).products, x);
}

TEST(Jvp, StopsAtDetachAndNoGrad) {
  const auto f = [](const Tensor& x) {
    const NoGrad guard;
    return square(x);
  };
  expect_close(jvp([&](const Tensor& x) { return x * f(x); }, tensor(3.), tensor(1.)).products,
               tensor(9.));
  expect_close(jvp([](const Tensor& x) { return x * x.detach(); }, tensor(3.), tensor(1.)).products,
               tensor(3.));
}

TEST(Jvp, IsTakenUnderNoGradToo) {
  const NoGrad guard;
  const Tensor x = tensor(3.).requires_grad_();
  const auto [y, product] = jvp([](const Tensor& t) { return t * t; }, x, tensor(1.));
  expect_close(product, tensor(6.));
  EXPECT_FALSE(y.requires_grad());
  EXPECT_FALSE(product.requires_grad());
  const auto pulled = vjp([](const Tensor& t) { return t + 1; }, x, x);
  expect_close(pulled.products, tensor(3.));
  EXPECT_FALSE(pulled.outputs.requires_grad());
  EXPECT_FALSE(pulled.products.requires_grad());
  EXPECT_FALSE(hvp([](const Tensor& t) { return t * t; }, x, tensor(1.)).requires_grad());
  EXPECT_FALSE(jacobian([](const Tensor& t) { return t * t; }, x).requires_grad());
}

// The cost is that of the operation and its derivative, and does not depend on the size of the
// graph.
TEST(Jvp, OfAStructuralOperationDoesNotWalkTheWholeGraph) {
  const auto chain = [](std::size_t length) {
    return [length](const Tensor& x) {
      Tensor y = x;
      for (std::size_t i = 0; i < length; ++i) y = matmul(y, y) * 0.5;
      return y;
    };
  };
  const Tensor x = eye(2, f64), v = ones({2, 2}, f64);
  const auto operations = [&](std::size_t length) {
    Counter counter;
    jvp(chain(length), x, v);
    return counter.operations;
  };
  const std::size_t few = operations(4), many = operations(8), most = operations(16);
  EXPECT_EQ(most - many, 2 * (many - few));
}

// ---- nesting

TEST(Jvp, OfJvpIsTheSecondDerivative) {
  const auto cube = [](const Tensor& x) { return x * x * x; };
  const auto slope = [&](const Tensor& x) { return jvp(cube, x, ones_like(x)).products; };
  const auto curvature = [&](const Tensor& x) { return jvp(slope, x, ones_like(x)).products; };
  expect_close(slope(tensor(2.)), tensor(12.));
  expect_close(curvature(tensor(2.)), tensor(12.));
  expect_close(jvp(curvature, tensor(2.), tensor(1.)).products, tensor(6.));
}

// d/dx (x · d/dy (x + y)) = d/dx (x · 1) = 1, not 2 (Siskind & Pearlmutter 2005).
TEST(Jvp, DoesNotConfusePerturbations) {
  const Tensor one = tensor(1.);
  const auto inner_forward = [&](const Tensor& x) {
    return x * jvp([&](const Tensor& y) { return x + y; }, one, one).products;
  };
  const auto inner_reverse = [&](const Tensor& x) {
    return x * vjp([&](const Tensor& y) { return x + y; }, one, one).products;
  };
  expect_close(jvp(inner_forward, one, one).products, one);
  expect_close(jvp(inner_reverse, one, one).products, one);
  expect_close(vjp(inner_forward, one, one).products, one);
  expect_close(vjp(inner_reverse, one, one).products, one);
}

// d/dx (x · d/dy (x y²)) = d/dx (2 x² y) = 4 x y, by structural operations too.
TEST(Jvp, OfWhatTheInnerFunctionClosesOver) {
  const Tensor x = tensor({{3.}}), y = tensor({{5.}}), one = tensor({{1.}});
  const auto inner = [&](const Tensor& s) {
    const auto f = [&](const Tensor& t) { return matmul(matmul(s, t), t); };
    return matmul(s, jvp(f, y, one).products);
  };
  expect_close(jvp(inner, x, one).products, tensor({{60.}}));
  expect_close(vjp(inner, x, one).products, tensor({{60.}}));
}

TEST(Jvp, OfGrad) {
  const auto f = [](const Tensor& x) {
    return grad(sum(exp(x) * square(x)), x, {.create_graph = true});
  };
  const double x = 0.5, e = std::exp(x);
  expect_close(jvp(f, tensor({x}), tensor({1.})).products, tensor({e * (x * x + 4 * x + 2)}));
}

TEST(Jvp, OfGradWithoutAGraphIsThatOfAConstant) {
  const auto f = [](const Tensor& x) { return grad(sum(x * x), x) * x; };
  expect_close(jvp(f, tensor({3.}), tensor({1.})).products, tensor({6.}));
  expect_close(vjp(f, tensor({3.}), tensor({1.})).products, tensor({6.}));
}

TEST(Grad, OfJvpByInputAndTangent) {
  const Tensor x = tensor({1., 2.}).requires_grad_(), v = tensor({3., 4.}).requires_grad_();
  const auto [y, product] = jvp([](const Tensor& t) { return t * t * t; }, x, v);
  EXPECT_TRUE(y.requires_grad());
  const Tensors gradients = grad(sum(product), {x, v}, {.retain_graph = true});
  expect_close(gradients[0], tensor({18., 48.}));  // 6 x v
  expect_close(gradients[1], tensor({3., 12.}));   // 3 x²
  expect_close(grad(sum(y), x), tensor({3., 12.}));
}

TEST(Grad, OfVjpByInputAndCotangent) {
  const Tensor x = tensor({1., 2.}).requires_grad_(), c = tensor({3., 4.}).requires_grad_();
  const auto [y, product] = vjp([](const Tensor& t) { return t * t * t; }, x, c);
  const Tensors gradients = grad(sum(product), {x, c});
  expect_close(gradients[0], tensor({18., 48.}));
  expect_close(gradients[1], tensor({3., 12.}));
}

TEST(Grad, OfProductsWithAConstantInputByTheCotangentAlone) {
  const Tensor v = tensor({3., 4.}).requires_grad_();
  const auto square_of = [](const Tensor& t) { return t * t; };
  const auto pushed = jvp(square_of, tensor({1., 2.}), v);
  EXPECT_FALSE(pushed.outputs.requires_grad());
  expect_close(grad(sum(pushed.products), v), tensor({2., 4.}));
  expect_close(grad(sum(vjp(square_of, tensor({1., 2.}), v).products), v), tensor({2., 4.}));
}

// The parameters of a network are not inputs, yet its derivatives are trained through them.
TEST(Grad, OfProductsByWhatTheFunctionClosesOver) {
  manual_seed(1);
  Tensors p = network_parameters();
  const Tensor x = randn({5, 3}, f64), v = randn({5, 3}, f64), c = randn({5, 2}, f64);
  for (Tensor& each : p) each.requires_grad_();
  const auto f = [&](const Tensor& t) { return network(p, t); };
  const auto measures = {
      Function([&](const Tensor&) { return sum(square(jvp(f, x, v).products)); }),
      Function([&](const Tensor&) { return sum(square(vjp(f, x, c).products)); }),
      Function([&](const Tensor&) {
        return sum(square(hvp([&](const Tensor& t) { return sum(f(t)); }, x, v)));
      })};
  for (const Function& measure : measures)
    for (std::size_t k = 0; k < 3; ++k)
      expect_close(grad(measure(p[k]), p[k]), numerical_gradient(measure, p[k]), 1e-6);
}

TEST(Jvp, OfANetworkAgreesBothWaysAndNests) {
  manual_seed(2);
  const Tensors p = network_parameters();
  const Tensor x = randn({5, 3}, f64);
  const auto loss = [&](const Tensors& q) { return sum(square(log_softmax(network(q, x), 1))); };
  Tensors v;
  for (const Tensor& each : p) v.push_back(randn(each.shape(), f64));
  const auto gradient = [&](const Tensors& q) { return vjp(loss, q, {ones({}, f64)}).products; };
  const Tensors forward = jvp(gradient, p, v).products, reverse = vjp(gradient, p, v).products;
  for (std::size_t i = 0; i < p.size(); ++i) expect_close(forward[i], reverse[i], 1e-10);
}

// ---- bad input

TEST(Vjp, RefusesWhatDoesNotFit) {
  const auto f = [](const Tensors& in) -> Tensors { return {in[0] * 2, sum(in[1])}; };
  const Tensors x = {tensor({1., 2.}), tensor({3., 4., 5.})};
  const Tensor two = ones({2}, f64), scalar = ones({}, f64);
  expect_contains(ERROR_OF(ValueError, vjp(f, x, {two})), {"vjp:", "1 cotangents for 2 outputs"});
  expect_contains(ERROR_OF(ShapeError, vjp(f, x, {two, two})),
                  {"vjp:", "cotangent 1", "(2,)", "output 1 has ()"});
  expect_contains(ERROR_OF(DTypeError, vjp(f, x, {two.to(float32), scalar})),
                  {"vjp:", "cotangent 0", "float32", "float64"});
  expect_contains(ERROR_OF(ValueError, vjp(f, x, {Tensor(), scalar})),
                  {"vjp:", "cotangent 0", "undefined"});
  expect_contains(ERROR_OF(ValueError, vjp(f, {x[0], Tensor()}, {two, scalar})),
                  {"vjp:", "input 1", "undefined"});
  expect_contains(ERROR_OF(DTypeError, vjp(f, {x[0], x[1].to(int64)}, {two, scalar})),
                  {"vjp:", "input 1", "(3,)", "int64", "float32 or float64"});
  const auto undefined = [](const Tensors& in) -> Tensors { return {in[0], Tensor()}; };
  expect_contains(ERROR_OF(ValueError, vjp(undefined, x, {two, two})),
                  {"vjp:", "output 1", "undefined"});
}

TEST(Jvp, RefusesWhatDoesNotFit) {
  const auto f = [](const Tensors& in) { return in[0] + in[1]; };
  const Tensors x = {tensor({1., 2.}), tensor({3., 4.})};
  const Tensor two = ones({2}, f64);
  expect_contains(ERROR_OF(ValueError, jvp(f, x, {two})), {"jvp:", "1 tangents for 2 inputs"});
  expect_contains(ERROR_OF(ShapeError, jvp(f, x, {two, ones({2, 1}, f64)})),
                  {"jvp:", "tangent 1", "(2, 1)", "(2,)"});
  expect_contains(ERROR_OF(DTypeError, jvp(f, x, {two, two.to(float32)})),
                  {"jvp:", "tangent 1", "float32", "float64"});
  expect_contains(ERROR_OF(ValueError, jvp(f, {Tensor(), x[1]}, {two, two})),
                  {"jvp:", "input 0", "undefined"});
}

TEST(Jvp, RefusesAGraphReleasedWithinTheFunction) {
  const auto f = [](const Tensor& x) {
    const Tensor y = exp(x);
    return y * grad(sum(y), x);
  };
  expect_contains(ERROR_OF(GradError, jvp(f, tensor({1.}), tensor({1.}))),
                  {"exp:", "(1,)", "released", "retain_graph"});
  ERROR_OF(GradError, vjp(f, tensor({1.}), tensor({1.})));
}

TEST(Jvp, RefusesGradientsComputedBehindItsBack) {
  const auto hidden = custom_function(
      "hidden", [](const Tensor& x) { return x * 3; },
      [](const Tensor& g, const Tensor&) { return tensor(g.item<double>() * 3); });
  expect_contains(ERROR_OF(GradError, jvp(hidden, tensor(1.), tensor(1.))),
                  {"hidden:", "jvp", "operations"});
  const auto open = custom_function(
      "open", [](const Tensor& x) { return x * 3; },
      [](const Tensor& g, const Tensor&) { return g * 3; });
  expect_close(jvp(open, tensor(1.), tensor(2.)).products, tensor(6.));
}

TEST(Jvp, AnExceptionEndsTheRecording) {
  const auto f = [](const Tensor& x) -> Tensor { throw std::runtime_error(to_string(x)); };
  EXPECT_THROW(jvp(f, tensor(1.), tensor(1.)), std::runtime_error);
  EXPECT_EQ(detail::mode.observer, nullptr);
  EXPECT_FALSE(detail::mode.sweeping);
  EXPECT_TRUE(is_grad_enabled());
}

// ---- jacobian

TEST(Jacobian, OfALinearMapIsItsMatrix) {
  const Tensor tall = tensor({{1., 2.}, {3., 4.}, {5., 6.}}), wide = t(tall);
  for (const Tensor& a : {tall, wide})
    expect_close(jacobian([&](const Tensor& x) { return matmul(a, x); }, ones({a.size(1)}, f64)),
                 a);
}

TEST(Jacobian, OfSoftmaxIsDiagYMinusYYT) {
  const Tensor x = tensor({0.5, -1., 2., 0.25});
  const Tensor y = softmax(x);
  const Tensor expected = eye(4, f64) * y - unsqueeze(y, 1) * unsqueeze(y, 0);
  expect_close(jacobian([](const Tensor& z) { return softmax(z); }, x), expected);
}

TEST(Jacobian, HasTheShapeOfTheResultThenThatOfTheArgument) {
  const Tensor x = tensor({{1., 2., 3.}, {4., 5., 6.}});
  const Tensor j = jacobian([](const Tensor& z) { return sum(square(z), 0); }, x);
  ASSERT_EQ(j.shape(), Shape({3, 2, 3}));
  Doubles expected(18);
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t r = 0; r < 2; ++r)
      expected[(c * 2 + r) * 3 + c] = 2 * x.to_vector<double>()[r * 3 + c];
  expect_close(j, tensor(expected, {3, 2, 3}));
}

TEST(Jacobian, OfScalars) {
  EXPECT_EQ(jacobian([](const Tensor& x) { return x * x; }, tensor(3.)).item<double>(), 6);
  expect_close(jacobian(
                   [](const Tensor& x) {
                     return x * tensor({1., 2.});
                   },
                   tensor(3.)),
               tensor({1., 2.}));
  expect_close(jacobian([](const Tensor& x) { return sum(x * x); }, tensor({1., 2.})),
               tensor({2., 4.}));
}

TEST(Jacobian, OfEmptyTensors) {
  const auto f = [](const Tensor& x) { return matmul(x, ones({0, 2}, f64)); };
  EXPECT_EQ(jacobian(f, zeros({3, 0}, f64)).shape(), Shape({3, 2, 3, 0}));
  EXPECT_EQ(jacobian([](const Tensor& x) { return slice(x, 0, 0, 0); }, ones({2}, f64)).shape(),
            Shape({0, 2}));
}

TEST(Jacobian, OfAConstantIsZero) {
  expect_close(jacobian([](const Tensor&) { return ones({2}, f64); }, ones({3}, f64)),
               zeros({2, 3}, f64));
  expect_close(jacobian([](const Tensor&) { return ones({4}, f64); }, ones({3}, f64)),
               zeros({4, 3}, f64));
}

TEST(Jacobian, HasTheArgumentsDType) {
  for (const Shape& shape : {Shape{2, 1}, Shape{2, 3}})
    EXPECT_EQ(
        jacobian([&](const Tensor& x) { return x.to(float64) * ones(shape, f64); }, ones({2, 1}))
            .dtype(),
        float32);
}

// Rows by the reverse mode, columns by the forward mode.
TEST(Jacobian, EqualsTheNumericalOne) {
  manual_seed(3);
  const Tensors p = network_parameters();
  const Function to_few = [&](const Tensor& x) { return network(p, x); };
  const Function to_many = [&](const Tensor& x) {
    return concatenate({tanh(x), cos(x), softmax(x)});
  };
  const Function with_norm = [](const Tensor& x) { return x / sqrt(sum(square(x), -1, true)); };
  for (const Function& f : {to_few, to_many, with_norm}) {
    const Tensor x = randn({2, 3}, f64);
    expect_close(jacobian(f, x), numerical_jacobian(f, x), 1e-7);
  }
}

TEST(Jacobian, EvaluatesTheFunctionOnce) {
  for (const std::size_t n : {2U, 7U}) {
    int calls = 0;
    jacobian([&](const Tensor& x) { return ++calls, sum(x) * ones({n}, f64); }, ones({4}, f64));
    EXPECT_EQ(calls, 1);
  }
}

TEST(Jacobian, OfJacobians) {
  // f_i = x_i³: the only elements other than 0 are those on the diagonals.
  const Function cube = [](const Tensor& x) { return x * x * x; };
  const Function first = [&](const Tensor& x) { return jacobian(cube, x); };
  const Function second = [&](const Tensor& x) { return jacobian(first, x); };
  const Tensor x = tensor({2., 3.});
  expect_close(second(x), tensor(Doubles{12, 0, 0, 0, 0, 0, 0, 18}, {2, 2, 2}));
  Doubles third(16);
  third[0] = third[15] = 6;
  expect_close(jacobian(second, x), tensor(third, {2, 2, 2, 2}));
}

TEST(Jacobian, IsDifferentiableIfItsArgumentIs) {
  const Tensor x = tensor({1., 2.}).requires_grad_();
  for (const std::size_t rows : {1U, 3U}) {  // the sum of J² is rows · (4 a² + 4 b²)
    const auto f = [&](const Tensor& z) { return square(z) * ones({rows, 1U}, f64); };
    const double n = static_cast<double>(rows);
    expect_close(grad(sum(square(jacobian(f, x))), x), tensor({8 * n, 16 * n}));
  }
  EXPECT_FALSE(jacobian([](const Tensor& z) { return square(z); }, x.detach()).requires_grad());
}

TEST(Jacobian, RefusesWhatHasNone) {
  const Function same = [](const Tensor& x) { return x * 1; };
  expect_contains(ERROR_OF(ValueError, jacobian(same, Tensor())), {"jacobian:", "undefined"});
  expect_contains(ERROR_OF(DTypeError, jacobian(same, arange(0, 3))),
                  {"jacobian:", "(3,)", "int64"});
  expect_contains(ERROR_OF(DTypeError, jacobian([](const Tensor& x) { return x > 0; }, ones({2}))),
                  {"jacobian:", "output", "boolean"});
  expect_contains(ERROR_OF(ShapeError, jacobian(same, ones({1, 1, 1, 1, 1}))),
                  {"jacobian:", "(1, 1, 1, 1, 1)", "8 axes"});
  EXPECT_EQ(jacobian(same, ones({1, 1, 1, 1})).ndim(), 8U);
  const Function widen = [](const Tensor& x) { return reshape(x, {1, 1, 1, 1, 1, 1, 1, 1}); };
  EXPECT_EQ(jacobian(widen, tensor(1.)).ndim(), 8U);
}

// ---- hessian and hvp

// sum of 100 (x_{i+1} - x_i²)² + (1 - x_i)² (Rosenbrock 1960)
Tensor rosenbrock(const Tensor& x) {
  const auto n = static_cast<std::int64_t>(x.numel());
  const Tensor a = slice(x, 0, 0, n - 1), b = slice(x, 0, 1, n);
  return sum(100 * square(b - square(a)) + square(1 - a));
}

Tensor rosenbrock_hessian(const Tensor& x) {
  const Doubles v = x.to_vector<double>();
  const std::size_t n = v.size();
  Doubles h(n * n);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    h[i * n + i] += 1200 * v[i] * v[i] - 400 * v[i + 1] + 2;
    h[(i + 1) * n + i + 1] += 200;
    h[i * n + i + 1] = h[(i + 1) * n + i] = -400 * v[i];
  }
  return tensor(h, {n, n});
}

Tensor log_sum_exp(const Tensor& x) { return log(sum(exp(x))); }

TEST(Hessian, OfAQuadraticFormIsItsMatrixSymmetrised) {
  const Tensor a = tensor({{1., 2., 3.}, {4., 5., 6.}, {7., 8., 9.}});
  const auto form = [&](const Tensor& x) { return sum(x * matmul(a, x)); };
  expect_close(hessian(form, tensor({1., -2., 3.})), a + t(a));
}

TEST(Hessian, OfRosenbrocksFunction) {
  const Tensor x = tensor({-1.2, 1., 0.5, 2.});
  expect_close(hessian(rosenbrock, x), rosenbrock_hessian(x));
}

TEST(Hessian, OfLogSumExpIsDiagPMinusPPT) {
  const Tensor x = tensor({0.5, -1., 2., 0.25}), p = softmax(x);
  expect_close(hessian(log_sum_exp, x), eye(4, f64) * p - unsqueeze(p, 1) * unsqueeze(p, 0));
}

TEST(Hessian, HasTheShapeOfTheArgumentTwice) {
  const Tensor x = tensor({{1., 2., 3.}, {4., 5., 6.}});
  const Tensor h = hessian([](const Tensor& z) { return sum(z * z * z); }, x);
  ASSERT_EQ(h.shape(), Shape({2, 3, 2, 3}));
  expect_close(reshape(h, {6, 6}), eye(6, f64) * (6 * reshape(x, {6})));
}

TEST(Hessian, OfScalarsEmptyAndLinearFunctions) {
  EXPECT_EQ(hessian([](const Tensor& x) { return x * x * x; }, tensor(2.)).item<double>(), 12);
  EXPECT_EQ(hessian([](const Tensor& x) { return sum(x * x); }, zeros({0}, f64)).shape(),
            Shape({0, 0}));
  expect_close(hessian([](const Tensor& x) { return sum(x); }, ones({2}, f64)), zeros({2, 2}, f64));
  expect_close(hessian([](const Tensor&) { return tensor(1.); }, ones({2}, f64)),
               zeros({2, 2}, f64));
  expect_close(hessian([](const Tensor& x) { return sum(x * x, 0, true); }, ones({2}, f64)),
               2 * eye(2, f64));
}

TEST(Hessian, EqualsTheNumericalJacobianOfTheGradient) {
  manual_seed(4);
  const Tensors p = network_parameters();
  const Tensor x = randn({2, 3}, f64);
  const Function loss = [&](const Tensor& z) { return -sum(log_softmax(network(p, z), 1)); };
  const Function gradient = [&](const Tensor& z) { return vjp(loss, z, tensor(1.)).products; };
  expect_close(hessian(loss, x), numerical_jacobian(gradient, x), 1e-7);
}

TEST(Hessian, IsDifferentiableIfItsArgumentIs) {
  const Tensor x = tensor({1., 2.}).requires_grad_();
  const Tensor h = hessian([](const Tensor& z) { return sum(exp(z)) * sum(z * z); }, x);
  const Function trace = [](const Tensor& z) {
    return sum(hessian([](const Tensor& y) { return sum(exp(y)) * sum(y * y); }, z) * eye(2, f64));
  };
  expect_close(grad(sum(h * eye(2, f64)), x), numerical_gradient(trace, x.detach()), 1e-7);
}

TEST(Hvp, IsTheHessianTimesTheVector) {
  manual_seed(5);
  const Tensors p = network_parameters();
  const Function loss = [&](const Tensor& z) { return -sum(log_softmax(network(p, z), 1)); };
  const Tensor x = randn({2, 3}, f64), v = randn({2, 3}, f64);
  const Tensor h = reshape(hessian(loss, x), {6, 6});
  expect_close(reshape(hvp(loss, x, v), {6}), matmul(h, reshape(v, {6})), 1e-11);
  const Tensor y = tensor({-1.2, 1., 0.5, 2.}), u = tensor({1., -2., 3., 0.5});
  expect_close(hvp(rosenbrock, y, u), matmul(rosenbrock_hessian(y), u));
}

// 100 000 elements, whose Hessian would have ten thousand million.
TEST(Hvp, DoesNotFormTheHessian) {
  const Tensor x = rand({100000}, f64), v = rand({100000}, f64);
  Counter counter;
  const Tensor product = hvp(rosenbrock, x, v);
  EXPECT_LE(counter.largest, x.numel());
  const std::size_t operations = counter.operations;
  hvp(rosenbrock, slice(x, 0, 0, 10), slice(v, 0, 0, 10));
  EXPECT_LE(counter.operations - operations, operations + 2);  // the two slices
  const Tensor few = hvp(rosenbrock, slice(x, 0, 0, 10), slice(v, 0, 0, 10));
  expect_close(slice(product, 0, 0, 9), slice(few, 0, 0, 9));
}

TEST(Hessian, RefusesWhatHasNone) {
  const Function pair = [](const Tensor& x) { return x * x; };
  const Tensor x = ones({2}, f64);
  expect_contains(ERROR_OF(ShapeError, hessian(pair, x)),
                  {"hessian:", "(2,)", "scalar", "jacobian"});
  expect_contains(ERROR_OF(ShapeError, hvp(pair, x, x)), {"hvp:", "(2,)", "scalar"});
  const Function total = [](const Tensor& z) { return sum(z * z); };
  expect_contains(ERROR_OF(ShapeError, hvp(total, x, ones({3}, f64))),
                  {"hvp:", "vector 0", "(3,)", "(2,)"});
  expect_contains(ERROR_OF(DTypeError, hvp(total, x, ones({2}))), {"hvp:", "float32", "float64"});
  expect_contains(ERROR_OF(DTypeError, hessian(total, arange(0, 3))), {"hessian:", "int64"});
  expect_contains(ERROR_OF(ValueError, hessian(total, Tensor())), {"hessian:", "undefined"});
  expect_contains(ERROR_OF(ShapeError, hessian(total, ones({1, 1, 1, 1, 1}))),
                  {"hessian:", "(1, 1, 1, 1, 1)", "8 axes"});
  expect_contains(ERROR_OF(DTypeError, hessian([](const Tensor& z) { return sum(z > 0); }, x)),
                  {"hessian:", "int64"});
}

}  // namespace
}  // namespace xgrad::test
