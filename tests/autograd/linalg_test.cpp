// The namespace linalg beyond the table of operations: equal values, matrices of less than full
// rank, extreme scales, large matrices, and third orders.

#include "autograd/linalg.hpp"

#include "autograd/gradcheck.hpp"
#include "autograd/graph/node.hpp"
#include "autograd/observer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

Tensor mt(const Tensor& a) { return transpose(a, -2, -1); }
Tensor random(const Shape& shape) { return randn(shape, f64); }
Tensor random_leaf(const Shape& shape) { return randn(shape, f64_grad); }

void expect_orthonormal_columns(const Tensor& q, double tolerance) {
  const Tensor identity = eye(q.size(-1), q.dtype());
  expect_close(matmul(mt(q), q), broadcast_to(identity, matmul(mt(q), q).shape()), tolerance);
}

// ---- values

TEST(Linalg, DecompositionsOfLargeMatricesSatisfyTheirEquations) {
  for (const DType dtype : {float64, float32})
    for (const Shape& shape : {Shape{200, 200}, {300, 50}, {50, 300}, {3, 40, 20}}) {
      const double tolerance = dtype == float64 ? 1e-12 : 1e-3;
      const Tensor a = randn(shape, {.dtype = dtype});
      const auto [u, s, vh] = linalg::svd(a);
      expect_close(matmul(u * unsqueeze(s, -2), vh), a, tolerance);
      expect_orthonormal_columns(u, tolerance);
      expect_orthonormal_columns(mt(vh), tolerance);
      EXPECT_TRUE(all(slice(s, -1, 1, 20) <= slice(s, -1, 0, 19)).item<bool>());
      expect_close(linalg::svdvals(a), s, tolerance);
      const auto [q, r] = linalg::qr(a);
      expect_close(matmul(q, r), a, tolerance);
      expect_orthonormal_columns(q, tolerance);
      expect_close(r, triu(r), 0);
      const Tensor symmetric = matmul(a, mt(a)) / 100;
      const auto [values, v] = linalg::eigh(symmetric);
      expect_close(matmul(v * unsqueeze(values, -2), mt(v)), symmetric, tolerance);
      expect_orthonormal_columns(v, tolerance);
      expect_close(linalg::eigvalsh(symmetric), values, tolerance);
    }
}

TEST(Linalg, IsTheSameFunctionUnderTwoNames) {
  const Tensor a = random({3, 3}) + 4 * eye(3, f64), b = random({3, 2});
  expect_close(linalg::solve(a, b), solve(a, b), 0);
  expect_close(linalg::inv(a), inverse(a), 0);
  expect_close(linalg::det(a), det(a), 0);
  const Tensor s = matmul(a, t(a)), l = linalg::cholesky(s);
  expect_close(linalg::cholesky_solve(b, l), solve(s, b));
  expect_close(linalg::cholesky_solve(b, t(l), true), solve(s, b));
}

// What is not to be read is NaN.
TEST(Linalg, ReadsOnlyTheTriangleThatItSaysItReads) {
  const Tensor a = random({4, 4}) + 5 * eye(4, f64), b = random({4, 2});
  const Tensor nans = full({4, 4}, nan, f64);
  const Tensor lower = tril(a) + triu(nans, 1), upper = triu(a) + tril(nans, -1);
  expect_close(linalg::solve_triangular(lower, b), solve(tril(a), b));
  expect_close(linalg::solve_triangular(upper, b, {.upper = true}), solve(triu(a), b));
  const Tensor ones_below = tril(a, -1) + eye(4, f64);
  expect_close(linalg::solve_triangular(tril(a, -1) + triu(nans), b, {.unit_diagonal = true}),
               solve(ones_below, b));
  const Tensor symmetric = tril(a) + mt(tril(a, -1));
  Tensor half = lower.clone().requires_grad_();
  const auto [values, v] = linalg::eigh(half);
  expect_close(matmul(v * values, mt(v)), symmetric);
  expect_close(linalg::eigvalsh(lower), values);
  const Tensor g = grad(sum(exp(values)), half);
  expect_close(g, mt(g));
  expect_close(g, linalg::matrix_exp(symmetric), 1e-11);
}

// ---- scale

TEST(Linalg, DeterminantsOfExtremeScalesAreWhatIsRepresentable) {
  for (const double scale : {1e200, 1e-200}) {
    Tensor a = tensor({{scale, 0.}, {0., 1 / scale}}).requires_grad_();
    const Tensor d = det(a);
    EXPECT_NEAR(d.item<double>(), 1, 1e-15);
    expect_near(grad(d, a, {.create_graph = true}) * tensor({{scale, 1.}, {1., 1 / scale}}),
                {1, 0, 0, 1});
    const auto [sign, logabsdet] = linalg::slogdet(a);
    EXPECT_EQ(sign.item<double>(), 1);
    EXPECT_NEAR(logabsdet.item<double>(), 0, 1e-13);
  }
  // A partial product is not representable.
  EXPECT_NEAR(det(diag(tensor({1e200, -1e200, 1e-200, 1e-200}))).item<double>(), -1, 1e-15);
  EXPECT_NEAR(det(diag(tensor({1e-200, 1e-200, 1e200, 1e200}))).item<double>(), 1, 1e-15);
  // The determinant is not, its gradient is.
  for (const double scale : {1e200, 1e-200}) {
    Tensor a = (scale * eye(2, f64)).requires_grad_();
    EXPECT_EQ(det(a).item<double>(), scale > 1 ? inf : 0);
    expect_near(grad(det(a), a) / scale, {1, 0, 0, 1});
  }
  const auto [sign, logabsdet] = linalg::slogdet(tensor({{0., 1e300}, {1e300, 0.}}));
  EXPECT_EQ(sign.item<double>(), -1);
  EXPECT_NEAR(logabsdet.item<double>(), 600 * std::log(10.), 1e-12);
}

TEST(Linalg, DeterminantsOfExtremeScalesHaveSecondDerivatives) {
  Tensor a = tensor({{1e200, 1e200}, {1e-200, 2e-200}}).requires_grad_();
  const Tensor g = grad(det(a), a, {.create_graph = true});
  expect_near(grad(select(flatten(g), 0, 0), a), {0, 0, 0, 1});
  expect_near(grad(select(flatten(grad(det(a), a, {.create_graph = true})), 0, 1), a),
              {0, 0, -1, 0});
}

TEST(Linalg, SlogdetOfSingularMatricesIsMinusInfinity) {
  const Tensor a = tensor({{1., 2.}, {2., 4.}}, f64_grad);
  const auto [sign, logabsdet] = linalg::slogdet(a);
  EXPECT_EQ(sign.item<double>(), 0);
  EXPECT_EQ(logabsdet.item<double>(), -inf);
  EXPECT_FALSE(sign.requires_grad());
  expect_contains(ERROR_OF(ValueError, grad(linalg::slogdet(a).logabsdet, a)),
                  {"slogdet: A (2, 2) is singular"});
}

TEST(Linalg, MatrixExpIsAccurateAtAllNorms) {
  for (const double angle : {1e-9, 1., 100., 1e4}) {
    const Tensor rotation = linalg::matrix_exp(tensor({{0., -angle}, {angle, 0.}}));
    const double c = std::cos(angle), s = std::sin(angle);
    expect_near(rotation, {c, -s, s, c}, 1e-15 * std::max(1., angle) * 10);
  }
  const Tensor falling = linalg::matrix_exp(diag(tensor({-1e3, 0., 1.})));
  expect_near(falling, {0, 0, 0, 0, 1, 0, 0, 0, std::exp(1.)}, 1e-12);
  for (const double odd : {nan, inf})
    EXPECT_TRUE(all(isnan(linalg::matrix_exp(full({2, 2}, odd, f64)))).item<bool>());
  // A large gradient costs no digits.
  Tensor a = random_leaf({3, 3});
  const Tensor large = full({3, 3}, 1e12, f64);
  const Tensor g = grad(linalg::matrix_exp(a), a, {.grad_outputs = {large}});
  expect_close(g / 1e12, slope(linalg::matrix_exp(a), a), 1e-13);
}

// ---- equal values

TEST(Linalg, GradientsThroughVectorsOfEqualValuesThrow) {
  const auto message = [](const Tensor& a, const auto& f) {
    return ERROR_OF(ValueError, grad(sum(f(a)), a));
  };
  const Tensor twice = tensor({{1., 0., 0.}, {0., 2., 0.}, {0., 0., 2.}}, f64_grad);
  expect_contains(message(twice, [](const Tensor& a) { return linalg::eigh(a).eigenvectors; }),
                  {"eigh: values 1 and 2 of (3,) are equal, 2 and 2", "distinct"});
  expect_contains(message(twice, [](const Tensor& a) { return linalg::svd(a).U; }),
                  {"svd: values 0 and 1 of (3,) are equal, 2 and 2"});
  expect_contains(message(twice, [](const Tensor& a) { return linalg::svd(a).Vh; }),
                  {"svd: values"});
  const Tensor batch = stack({diag(tensor({1., 2.})), eye(2, f64)}).requires_grad_();
  expect_contains(message(batch, [](const Tensor& a) { return linalg::eigh(a).eigenvectors; }),
                  {"values 0 and 1 of batch element 1 of (2, 2)"});
  // Equal up to rounding.
  const Tensor q = linalg::qr(random({3, 3})).Q;
  const Tensor turned = matmul(q * tensor({1., 2., 2.}), t(q)).requires_grad_();
  expect_contains(message(turned, [](const Tensor& a) { return linalg::eigh(a).eigenvectors; }),
                  {"eigh: values 1 and 2"});
  // A value of 0 on the longer side.
  const Tensor tall = tensor({{1., 0.}, {0., 0.}, {0., 0.}}, f64_grad);
  expect_contains(message(tall, [](const Tensor& a) { return linalg::svd(a).U; }),
                  {"svd: value 1 of (2,) is 0", "longer side"});
  const Tensor wide = tensor({{0., 0., 0.}, {0., 0., 1.}}, f64_grad);
  expect_contains(message(wide, [](const Tensor& a) { return linalg::svd(a).Vh; }),
                  {"svd: value 1 of (2,) is 0"});
}

// Values that are near each other are not equal.
TEST(Linalg, GradientsThroughVectorsOfLargeMatricesExist) {
  for (const DType dtype : {float32, float64}) {
    const Tensor a = randn({200, 200}, {.dtype = dtype, .requires_grad = true});
    EXPECT_TRUE(all(isfinite(slope(square(linalg::svd(a).U), a))).item<bool>());
    const Tensor g = slope(square(linalg::eigh(a + t(a)).eigenvectors) * arange(200, dtype), a);
    EXPECT_TRUE(all(isfinite(g)).item<bool>());
  }
}

TEST(Linalg, EqualValuesDoNotMatterToWhatDoesNotDependOnTheirVectors) {
  // Values alone: the nuclear norm's slope is U Vh, the trace's 1.
  const Tensor a = eye(3, f64_grad);
  expect_close(grad(sum(linalg::svd(a).S), a), eye(3, f64));
  expect_close(grad(sum(linalg::eigh(a).eigenvalues), a), eye(3, f64));
  const Tensor zero = zeros({3, 2}, f64_grad);
  EXPECT_TRUE(all(isfinite(grad(linalg::norm(zero, "nuc"), zero))).item<bool>());
  // The vector of a value that is alone, and the projection onto it.
  const Tensor q = linalg::qr(random({3, 3})).Q;
  const auto first = [](const Tensors& x) {
    const Tensor symmetric = (x[0] + t(x[0])) / 2;
    const Tensor v = slice(linalg::eigh(symmetric).eigenvectors, 1, 0, 1);
    return matmul(v, t(v));
  };
  const auto last = [](const Tensors& x) {
    const auto [u, s, vh] = linalg::svd(x[0]);
    return matmul(slice(u, 1, 0, 1), slice(vh, 0, 0, 1));
  };
  for (const Tensor& turned :
       {diag(tensor({1., 2., 2.})), matmul(q * tensor({1., 2., 2.}), t(q))}) {
    const GradcheckReport of_eigh = gradcheck(first, {turned.clone().requires_grad_()});
    EXPECT_TRUE(of_eigh.ok) << of_eigh;
    const GradcheckReport of_svd = gradcheck(last, {inverse(turned).requires_grad_()});
    EXPECT_TRUE(of_svd.ok) << of_svd;
  }
}

// ---- less than full rank

void expect_moore_penrose(const Tensor& a, const Tensor& y, double tolerance) {
  expect_close(matmul(matmul(a, y), a), a, tolerance);
  expect_close(matmul(matmul(y, a), y), y, tolerance);
  expect_close(mt(matmul(a, y)), matmul(a, y), tolerance);
  expect_close(mt(matmul(y, a)), matmul(y, a), tolerance);
}

TEST(Linalg, PinvAndLstsqOfAnyRankAreMoorePenroses) {
  for (const std::size_t rank : {1u, 2u, 3u})
    for (const Shape& shape : {Shape{5, 3}, {3, 5}, {4, 4}}) {
      const Tensor a = matmul(random({shape[0], rank}), random({rank, shape[1]}));
      const Tensor y = linalg::pinv(a), b = random({shape[0], 2});
      expect_moore_penrose(a, y, 1e-12);
      EXPECT_EQ(linalg::matrix_rank(a).item<std::int64_t>(), static_cast<std::int64_t>(rank));
      expect_close(linalg::lstsq(a, b), matmul(y, b), 1e-12);
      expect_close(linalg::lstsq(a, select(b, 1, 0)), matmul(y, select(b, 1, 0)), 1e-12);
    }
  EXPECT_EQ(linalg::matrix_rank(zeros({3, 2})).item<std::int64_t>(), 0);
  // A small value counts as 0.
  expect_near(linalg::pinv(diag(tensor({4., 0.25})), 0.1), {0.25, 0, 0, 0});
  expect_near(linalg::lstsq(diag(tensor({4., 0.25})), ones({2}, f64), 0.1), {0.25, 0});
  expect_values(linalg::pinv(zeros({3, 2}, f64)), {0, 0, 0, 0, 0, 0});
  expect_values(linalg::lstsq(zeros({3, 2}, f64), ones({3}, f64)), {0, 0});
}

TEST(Linalg, CondOfSingularMatricesIsInfiniteAndOfEmptyOnes0) {
  const Tensor singular = tensor({{1., 2.}, {2., 4.}}), regular = tensor({{1., 2.}, {3., 4.}});
  EXPECT_GT(linalg::cond(singular).item<double>(), 1e15);
  EXPECT_EQ(linalg::cond(diag(tensor({0., 1.}))).item<double>(), inf);
  for (const linalg::NormOrder& p : {linalg::NormOrder(1), linalg::NormOrder("fro")}) {
    EXPECT_EQ(linalg::cond(singular, p).item<double>(), inf);
    const Tensor both = linalg::cond(stack({singular, regular}), p);
    expect_values(both, {inf, linalg::cond(regular, p).item<double>()});
  }
  expect_values(linalg::cond(zeros({2, 0, 0})), {0, 0});
}

// A path along which the rank stays.
TEST(Linalg, PinvAndLstsqOfLessThanFullRankPassGradcheckToSecondOrder) {
  const auto inverted = [](const Tensors& x) { return linalg::pinv(matmul(x[0], x[1])); };
  const auto solved = [](const Tensors& x) { return linalg::lstsq(matmul(x[0], x[1]), x[2]); };
  for (const Shape& shape : {Shape{4, 3}, {3, 4}}) {
    const Tensors in = {random_leaf({shape[0], 2}), random_leaf({2, shape[1]}),
                        random_leaf({shape[0], 2})};
    for (const bool second : {false, true}) {
      const auto check = [&](const auto& f, const Tensors& x) {
        const GradcheckReport report = second ? gradgradcheck(f, x) : gradcheck(f, x);
        EXPECT_TRUE(report.ok) << report;
      };
      check(inverted, {in[0], in[1]});
      check(solved, in);
    }
  }
}

TEST(Linalg, LstsqOfManyRowsSolvesTheNormalEquations) {
  const Tensor a = random({2000, 4}), b = random({2000});
  const Tensor x = linalg::lstsq(a, b);
  expect_close(matmul(matmul(t(a), a), x), matmul(t(a), b), 1e-10);
}

// ---- derivatives

TEST(Linalg, PassesGradcheckToThirdOrder) {
  const auto check = [](const auto& f) {
    const auto slope = [&](const Tensors& x) {
      return grad(sum(exp(f(x[0]))), x[0], {.create_graph = true});
    };
    const Tensor x = tensor({{1., 0.25}, {-0.375, 2.}, {0.125, 0.5}}, f64_grad);
    const GradcheckReport report = gradgradcheck(slope, {x});
    EXPECT_TRUE(report.ok) << report;
  };
  check([](const Tensor& x) { return linalg::svdvals(x); });
  check([](const Tensor& x) { return square(linalg::svd(x).Vh); });
  check([](const Tensor& x) { return square(linalg::svd(x).U); });
  check([](const Tensor& x) { return square(linalg::eigh(matmul(t(x), x)).eigenvectors); });
  check([](const Tensor& x) { return linalg::qr(x).Q; });
  check([](const Tensor& x) { return linalg::qr(t(x)).R; });
  check([](const Tensor& x) { return linalg::pinv(x); });
  check([](const Tensor& x) { return linalg::lstsq(x, x); });
  check([](const Tensor& x) { return linalg::matrix_exp(matmul(t(x), x) / 8); });
  check([](const Tensor& x) { return linalg::slogdet(matmul(t(x), x)).logabsdet; });
  check([](const Tensor& x) { return linalg::solve_triangular(matmul(t(x), x), t(x)); });
}

// f(V diag(values) V^T) has the slope f'(…): traces of functions of matrices.
TEST(Linalg, FunctionsOfTheSpectrumHaveTheSlopesOfMatrixFunctions) {
  const Tensor half = random({4, 4}), a = (half + t(half)).requires_grad_();
  expect_close(grad(sum(exp(linalg::eigvalsh(a))), a), linalg::matrix_exp(a), 1e-11);
  expect_close(grad(sum(square(linalg::svdvals(a))), a), 2 * a, 1e-12);
  const Tensor h = grad(sum(linalg::matrix_exp(a) * half), a);
  const auto [values, v] = linalg::eigh(a);
  const Tensor by_eigh = matmul(v * exp(values), t(v));
  const Tensor g = grad(sum(by_eigh * half), a);
  expect_close(g, (h + t(h)) / 2, 1e-10);
}

TEST(Linalg, RecordsTheValuesAloneAsPartsOfTheDecomposition) {
  const Tensor a = random_leaf({3, 3});
  EXPECT_TRUE(linalg::svdvals(a).requires_grad());
  NoGrad guard;
  EXPECT_FALSE(linalg::svdvals(a).requires_grad());
  EXPECT_FALSE(linalg::eigvalsh(a).requires_grad());
}

// The factors saved for the gradient belong to one value: another one is factored anew.
TEST(Linalg, IsEvaluatedAgainForOtherInputs) {
  const Tensor a = random_leaf({3, 3}), b = random({3, 1}), other = random({3, 3});
  const auto evaluate_again = [&](const Tensor& result) {
    Node& node = *detail::impl(result).node;
    std::vector<const Tensor*> inputs;
    for (const Node::Input& input : node.inputs()) inputs.push_back(&input.saved);
    inputs[0] = &other;
    return node.evaluate(inputs);
  };
  expect_close(evaluate_again(linalg::pinv(a)), linalg::pinv(other), 0);
  expect_close(evaluate_again(linalg::lstsq(a, b)), linalg::lstsq(other, b), 0);
  expect_close(evaluate_again(linalg::slogdet(a).logabsdet), linalg::slogdet(other).logabsdet, 0);
}

// ---- multi_dot

// The most elements of a result.
class Largest : public Observer {
 public:
  std::size_t elements = 0;
  void computed(const char*, const Tensor& result, std::span<const Tensor* const>) override {
    elements = std::max(elements, result.numel());
  }
};

TEST(Linalg, MultiDotMultipliesInTheCheapestOrder) {
  const Tensor column = random({50, 1}), row = random({1, 50});
  Largest largest;
  const Tensor result = linalg::multi_dot({column, row, column, row, column});
  EXPECT_LE(largest.elements, 50u);
  const double inner = matmul(row, column).item<double>();
  expect_close(result, column * (inner * inner), 1e-10);
}

}  // namespace
}  // namespace xgrad::test
