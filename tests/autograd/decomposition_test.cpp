// Matrices beyond the table of operations: singular ones, large ones, several orders, and what the
// graph shows of an operation.

#include "autograd/gradcheck.hpp"
#include "autograd/graph/node.hpp"
#include "golden.hpp"
#include "op_samples.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

constexpr TensorOptions leaf = f64_grad;
constexpr TensorOptions constant = f64;

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  EXPECT_EQ(actual.shape(), expected.shape());
  EXPECT_TRUE(all_close(actual.to_vector<double>(), expected.to_vector<double>(), tolerance));
}

/// Of the given rank, with random singular vectors and singular values of about 1.
Tensor of_rank(std::size_t rank, std::size_t n) {
  const Tensor left = randn({n, rank}, constant), right = randn({rank, n}, constant);
  return matmul(left, right) / static_cast<double>(n);
}

/// The matrix of cofactors by its definition.
Tensor cofactors_by_minors(const Tensor& a) {
  const std::size_t n = a.shape()[0];
  Tensors all;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const auto without = [n](std::size_t k) {
        Integers kept;
        for (std::size_t m = 0; m < n; ++m)
          if (m != k) kept.push_back(static_cast<std::int64_t>(m));
        return tensor(kept, {n - 1});
      };
      const Tensor minor = det(take(take(a, without(i), 0), without(j), 1));
      all.push_back((i + j) % 2 ? -minor : minor);
    }
  return reshape(stack(all), {n, n});
}

class DetOfSingular : public testing::TestWithParam<std::size_t> {};

TEST_P(DetOfSingular, HasTheCofactorsAsGradient) {
  manual_seed(0);
  const std::size_t n = 5;
  Tensor a = of_rank(GetParam(), n).requires_grad_();
  const Tensor expected = cofactors_by_minors(a.detach());
  expect_close(grad(det(a), a), expected, 1e-14);
  expect_close(grad(det(a), a, {.create_graph = true}), expected, 1e-14);
}

TEST_P(DetOfSingular, PassesGradcheckAndGradgradcheck) {
  manual_seed(1);
  const auto f = [](const Tensors& x) { return det(x[0]); };
  const Tensor a = of_rank(GetParam(), 4).requires_grad_();
  // A polynomial: a longer step is as exact, and rounding errors count less.
  const GradcheckOptions options = {.eps = 1e-4, .allow_zero = true};
  const GradcheckReport first = gradcheck(f, {a}, options);
  EXPECT_TRUE(first.ok) << first;
  const GradcheckReport second = gradgradcheck(f, {a}, options);
  EXPECT_TRUE(second.ok) << second;
}

// det(A + x B) is a polynomial in x; its coefficients follow from its values at five points, at all
// of which the matrix is regular.
TEST_P(DetOfSingular, HasDerivativesOfAllOrders) {
  manual_seed(2);
  const Tensor a = of_rank(GetParam(), 4), b = randn({4, 4}, constant);
  Tensors powers, values;
  for (double x : {-2., -1., 0.5, 1., 2.}) {
    powers.push_back(tensor({1., x, x * x, x * x * x, x * x * x * x}));
    values.push_back(det(a + x * b));
  }
  const Tensor coefficients = solve(stack(powers), stack(values));
  const Tensor x = zeros({}, leaf);
  Tensor y = det(a + x * b);
  double factorial = 1;
  for (int order = 0; order <= 4; ++order) {
    const double expected = factorial * select(coefficients, 0, order).item<double>();
    EXPECT_NEAR(y.item<double>(), expected, 1e-11) << "order " << order;
    y = grad(y, x, {.create_graph = true});
    factorial *= order + 1;
  }
}

INSTANTIATE_TEST_SUITE_P(Ranks, DetOfSingular, testing::Values(0, 1, 2, 3));

// PyTorch 1.13 has the slope 0 here.
TEST(Det, OfOneZeroHasTheSlopeOne) {
  const Tensor a = zeros({1, 1}, leaf);
  EXPECT_EQ(grad(det(a), a).item<double>(), 1);
}

TEST(Det, OfNearlySingularMatricesHasAccurateSecondDerivatives) {
  manual_seed(3);
  const Tensor direction = randn({4, 4}, constant), base = of_rank(3, 4);
  const auto second = [&](double distance) {
    Tensor a = (base + distance * eye(4, constant)).requires_grad_();
    const Tensor g = grad(det(a), a, {.create_graph = true});
    return grad(sum(g * direction), a);
  };
  const Tensor exact = second(0);
  for (double distance : {1e-15, 1e-12, 1e-10}) expect_close(second(distance), exact, 1e-8);
}

TEST(Det, OfABatchTreatsEveryMatrixByItself) {
  manual_seed(4);
  const std::size_t n = 30;
  const Tensors each = {eye(n, constant) + 0.05 * randn({n, n}, constant), zeros({n, n}, constant),
                        of_rank(n - 1, n)};
  Tensor all = stack(each).requires_grad_();
  const Tensor g = grad(sum(det(all)), all);
  for (int i = 0; i < 3; ++i) {
    Tensor one = each[static_cast<std::size_t>(i)].clone().requires_grad_();
    expect_close(select(g, 0, i), grad(det(one), one), 1e-12);
  }
  const Tensor regular = each[0];
  expect_close(select(g, 0, 0), det(regular) * t(inverse(regular)), 1e-12);
}

TEST(Det, OfInfinitiesAndNaNDoesNotThrow) {
  for (double odd : {nan, inf}) {
    Tensor a = tensor({{1., odd}, {0., 0.}}).requires_grad_();
    EXPECT_NO_THROW(grad(det(a), a));
    EXPECT_NO_THROW(grad(det(a), a, {.create_graph = true}));
  }
}

TEST(Cholesky, ReadsTheLowerTriangleAndHasASymmetricGradient) {
  manual_seed(5);
  const Tensor half = randn({4, 4}, constant);
  const Tensor a = matmul(half, t(half)) + eye(4, constant);
  Tensor lower = (tril(a) + triu(full({4, 4}, nan, constant), 1)).requires_grad_();
  const Tensor l = cholesky(lower);
  expect_close(l, cholesky(a), 0);
  const Tensor g = grad(l, lower, {.grad_outputs = {randn({4, 4}, constant)}});
  expect_close(g, t(g), 1e-14);
}

TEST(Decompositions, OfLargeMatricesSatisfyTheirEquations) {
  manual_seed(6);
  const std::size_t n = 200;
  for (DType dtype : {float64, float32}) {
    const TensorOptions options = {.dtype = dtype};
    const double tolerance = dtype == float64 ? 1e-12 : 1e-3;
    const Tensor a = randn({n, n}, options) + 20 * eye(n, options), b = randn({n, 3}, options);
    expect_close(matmul(a, solve(a, b)), b, tolerance);
    expect_close(matmul(a, solve(a, select(b, 1, 0))), select(b, 1, 0), tolerance);
    expect_close(matmul(a, inverse(a)), eye(n, options), tolerance);
    const Tensor s = matmul(a, t(a)) / 400, l = cholesky(s);
    expect_close(matmul(l, t(l)), s, tolerance);
    expect_close(l, tril(l), 0);
  }
}

TEST(Decompositions, PassGradcheckToThirdOrder) {
  manual_seed(7);
  const auto slope = [](const auto& f) {
    return [f](const Tensors& x) { return grad(f(x[0]), x[0], {.create_graph = true}); };
  };
  const auto regular = [](const Tensor& x) { return eye(2, constant) + x / 8; };
  const auto check = [&](const auto& f) {
    const GradcheckReport report =
        gradgradcheck(slope(f), {randn({2, 2}, constant).requires_grad_()});
    EXPECT_TRUE(report.ok) << report;
  };
  check([&](const Tensor& x) { return sum(exp(solve(regular(x), x))); });
  check([&](const Tensor& x) { return sum(exp(inverse(regular(x)))); });
  check([&](const Tensor& x) { return exp(det(regular(x))); });
  check(
      [&](const Tensor& x) { return sum(exp(cholesky(matmul(x, t(x)) + 2 * eye(2, constant)))); });
}

// The factors saved for the gradient belong to one value: another one is factored anew.
TEST(Decompositions, AreEvaluatedAgainForOtherInputs) {
  manual_seed(8);
  const Tensor a = randn({3, 3}, leaf), b = randn({3}, constant), other = randn({3, 3}, constant);
  const auto evaluate_again = [&](const Tensor& result) {
    Node& node = *detail::impl(result).node;
    std::vector<const Tensor*> inputs;
    for (const Node::Input& input : node.inputs()) inputs.push_back(&input.saved);
    inputs[0] = &other;
    return node.evaluate(inputs);
  };
  expect_close(evaluate_again(solve(a, b)), solve(other, b), 0);
  expect_close(evaluate_again(det(a)), det(other), 0);
}

TEST(Decompositions, RefuseAGradientOfChangedValues) {
  Tensor a = eye(2, leaf);
  const Tensor x = solve(a, ones({2}, constant)), d = det(a);
  {
    NoGrad guard;
    a.mul_(2);
  }
  EXPECT_THROW(sum(x).backward(), GradError);
  EXPECT_THROW(d.backward(), GradError);
}

TEST(Cond, OfZerosIsInfinite) {
  const Tensor a = zeros({2, 2, 3}, leaf);
  for (const double p : {2, -2}) expect_values(linalg::cond(a, p), {inf, inf});
  expect_values(grad(sum(linalg::cond(a)), a), Doubles(12));
  expect_values(linalg::cond(zeros({2, 2}), "nuc"), {inf});
}

TEST(Linalg, ProductsWithVectorsAreRecordedUnderTheirOwnName) {
  const Tensor v = ones({3}, leaf), m = ones({3, 3}, leaf), many = ones({2, 3, 3}, leaf);
  for (const Tensor& result :
       {matmul(v, v), matmul(v, m), matmul(m, v), matmul(many, v), matmul(v, many), matmul(m, m)})
    EXPECT_STREQ(result.op_name(), "matmul");
  for (const Tensor& x : {v, m, many}) EXPECT_STREQ(linear(x, m).op_name(), "linear");
  EXPECT_STREQ(dot(v, v).op_name(), "dot");
  EXPECT_STREQ(outer(v, v).op_name(), "outer");
  EXPECT_STREQ(solve(many + eye(3, constant), v).op_name(), "solve");
}

}  // namespace
}  // namespace xgrad::test
