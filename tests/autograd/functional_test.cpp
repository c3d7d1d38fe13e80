#include "autograd/functional.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "autograd/creation.hpp"
#include "autograd/custom_function.hpp"
#include "autograd/engine.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/numerical.hpp"
#include "autograd/ops.hpp"
#include "autograd/random.hpp"
#include "functional_samples.hpp"
#include "tests/support/expect_close.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad::test {
namespace {

using Doubles = std::vector<double>;
using Tensors = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensor&)>;

const TensorOptions f64 = {.dtype = float64};

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
  const Tensors cotangents = {ones({2}, {.dtype = uint8}), ones({}, {.dtype = int64})};
  expect_close(vjp(f, {x}, cotangents).products[0], zeros({2}, f64));
  const Tensors pushed = jvp(f, {x}, {x}).products;
  expect_close(pushed[0], zeros({2}, {.dtype = uint8}));
  expect_close(pushed[1], zeros({}, {.dtype = int64}));
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

// One operation's work, and that of its derivative, whatever the size of what it came from.
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

// The parameters of a network are not inputs, but what its derivatives are trained for.
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

// ---- what is refused

TEST(Vjp, RefusesWhatDoesNotFit) {
  const auto f = [](const Tensors& in) -> Tensors { return {in[0] * 2, sum(in[1])}; };
  const Tensors x = {tensor({1., 2.}), tensor({3., 4., 5.})};
  const Tensor two = ones({2}, f64), scalar = ones({}, f64);
  expect_contains(error_of<ValueError>([&] { vjp(f, x, {two}); }),
                  {"vjp:", "1 cotangents for 2 outputs"});
  expect_contains(error_of<ShapeError>([&] {
                    vjp(f, x, {two, two});
                  }),
                  {"vjp:", "cotangent 1", "(2,)", "output 1 has ()"});
  expect_contains(error_of<DTypeError>([&] {
                    vjp(f, x, {two.to(float32), scalar});
                  }),
                  {"vjp:", "cotangent 0", "float32", "float64"});
  expect_contains(error_of<ValueError>([&] {
                    vjp(f, x, {Tensor(), scalar});
                  }),
                  {"vjp:", "cotangent 0", "undefined"});
  expect_contains(error_of<ValueError>([&] {
                    vjp(f, {x[0], Tensor()}, {two, scalar});
                  }),
                  {"vjp:", "input 1", "undefined"});
  expect_contains(error_of<DTypeError>([&] {
                    vjp(f, {x[0], x[1].to(int64)}, {two, scalar});
                  }),
                  {"vjp:", "input 1", "(3,)", "int64", "float32 or float64"});
  const auto undefined = [](const Tensors& in) -> Tensors { return {in[0], Tensor()}; };
  expect_contains(error_of<ValueError>([&] {
                    vjp(undefined, x, {two, two});
                  }),
                  {"vjp:", "output 1", "undefined"});
}

TEST(Jvp, RefusesWhatDoesNotFit) {
  const auto f = [](const Tensors& in) { return in[0] + in[1]; };
  const Tensors x = {tensor({1., 2.}), tensor({3., 4.})};
  const Tensor two = ones({2}, f64);
  expect_contains(error_of<ValueError>([&] { jvp(f, x, {two}); }),
                  {"jvp:", "1 tangents for 2 inputs"});
  expect_contains(error_of<ShapeError>([&] {
                    jvp(f, x, {two, ones({2, 1}, f64)});
                  }),
                  {"jvp:", "tangent 1", "(2, 1)", "(2,)"});
  expect_contains(error_of<DTypeError>([&] {
                    jvp(f, x, {two, two.to(float32)});
                  }),
                  {"jvp:", "tangent 1", "float32", "float64"});
  expect_contains(error_of<ValueError>([&] {
                    jvp(f, {Tensor(), x[1]}, {two, two});
                  }),
                  {"jvp:", "input 0", "undefined"});
}

TEST(Jvp, RefusesAGraphReleasedWithinTheFunction) {
  const auto f = [](const Tensor& x) {
    const Tensor y = exp(x);
    return y * grad(sum(y), x);
  };
  expect_contains(error_of<GradError>([&] { jvp(f, tensor({1.}), tensor({1.})); }),
                  {"exp:", "(1,)", "released", "retain_graph"});
  error_of<GradError>([&] { vjp(f, tensor({1.}), tensor({1.})); });
}

TEST(Jvp, RefusesGradientsComputedBehindItsBack) {
  const auto hidden = custom_function(
      "hidden", [](const Tensor& x) { return x * 3; },
      [](const Tensor& g, const Tensor&) { return tensor(g.item<double>() * 3); });
  expect_contains(error_of<GradError>([&] { jvp(hidden, tensor(1.), tensor(1.)); }),
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

}  // namespace
}  // namespace xgrad::test
