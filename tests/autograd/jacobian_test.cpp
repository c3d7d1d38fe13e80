
#include "autograd/functional.hpp"
#include "autograd/numerical.hpp"
#include "functional_samples.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Function = std::function<Tensor(const Tensor&)>;

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
                  {"jacobian:", "output", "uint8"});
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
