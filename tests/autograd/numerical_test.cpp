#include "autograd/numerical.hpp"

#include <bit>
#include <stdexcept>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

std::vector<std::uint64_t> bits(const Tensor& x) {
  std::vector<std::uint64_t> result;
  for (const double v : x.to_vector<double>()) result.push_back(std::bit_cast<std::uint64_t>(v));
  return result;
}

// x²/16 + 9 y²
Tensor bowl(const Tensor& x) { return sum(square(x) * tensor({1. / 16, 9.})); }

TEST(NumericalGradient, IsTheCentralDifference) {
  const Tensor x = tensor({2., 3.});
  // The rounding errors of the step 1e-8 are those of (f(x + eps) - f(x - eps)) / 2 eps.
  const Tensor fine = numerical_gradient(bowl, x, {.eps = 1e-8});
  EXPECT_NEAR(fine.to_vector<double>()[0], 0.2500001983, 5e-11);
  EXPECT_NEAR(fine.to_vector<double>()[1], 54.0000002047, 5e-11);
  const Tensor gradient = numerical_gradient(bowl, x);
  EXPECT_NEAR(gradient.to_vector<double>()[0], 0.25, 5e-9);
  EXPECT_NEAR(gradient.to_vector<double>()[1], 54.00000001, 5e-9);
  EXPECT_EQ(gradient.shape(), Shape({2}));
  EXPECT_EQ(gradient.dtype(), float64);
  EXPECT_FALSE(gradient.requires_grad());
}

TEST(NumericalGradient, ForwardDifferenceIsOffByHalfTheStepTimesTheSecondDerivative) {
  const auto cube = [](const Tensor& x) { return sum(x * x * x); };
  const Tensor x = tensor({2.});
  EXPECT_NEAR(numerical_gradient(cube, x, {.eps = 1e-3, .scheme = Scheme::forward}).item<double>(),
              12 + 6e-3 + 1e-6, 1e-9);
  EXPECT_NEAR(numerical_gradient(cube, x, {.eps = 1e-3}).item<double>(), 12 + 1e-6, 1e-9);
}

TEST(NumericalGradient, PerturbsACapturedTensor) {
  const Tensor weight = tensor({{1., -2.}, {0.5, 4.}}, {.requires_grad = true});
  const Tensor gradient = numerical_gradient([&] { return sum(exp(weight) * 2); }, weight);
  EXPECT_EQ(gradient.shape(), weight.shape());
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(gradient.to_vector<double>()[i], 2 * std::exp(weight.to_vector<double>()[i]), 1e-7);
  // The argument and the captured tensor are the same also when f takes an argument.
  const auto both = [&](const Tensor& x) { return sum(x * weight); };
  EXPECT_NEAR(numerical_gradient(both, weight).to_vector<double>()[1], -4, 1e-8);
}

TEST(NumericalGradient, RestoresEveryBit) {
  const Tensor x = tensor({-0.0, 5e-324, 1.0 / 3, -1e3}, {.requires_grad = true});
  const auto before = bits(x);
  const std::uint32_t version = x.version();
  numerical_gradient([](const Tensor& a) { return sum(a * a); }, x);
  EXPECT_EQ(bits(x), before);
  EXPECT_EQ(x.version(), version);
  EXPECT_FALSE(x.has_grad());
}

TEST(NumericalGradient, RestoresAlsoWhenTheFunctionThrows) {
  const Tensor x = tensor({1., 2., 3.});
  const auto before = bits(x);
  int calls = 0;
  const auto f = [&](const Tensor& a) {
    if (++calls == 5) throw std::runtime_error("enough");
    return sum(a);
  };
  EXPECT_THROW(numerical_gradient(f, x), std::runtime_error);
  EXPECT_EQ(bits(x), before);
}

TEST(NumericalGradient, EvaluatesWithRecordingOff) {
  const Tensor x = tensor({1.}, {.requires_grad = true});
  bool recorded = false;
  const auto f = [&](const Tensor& a) {
    const Tensor y = sum(square(a));
    recorded |= y.requires_grad();
    return y;
  };
  numerical_gradient(f, x);
  EXPECT_FALSE(recorded);
  EXPECT_TRUE(is_grad_enabled());
}

TEST(NumericalGradient, OfAFunctionThatReturnsItsArgument) {
  const Tensor x = tensor({3.});
  EXPECT_NEAR(numerical_gradient([](const Tensor& a) { return a; }, x).item<double>(), 1, 1e-9);
  EXPECT_NEAR(numerical_gradient([](const Tensor& a) { return reshape(a, {}); }, x).item<double>(),
              1, 1e-9);
  EXPECT_EQ(x.item<double>(), 3);
}

TEST(NumericalGradient, OfAScalarAndOfNoElements) {
  const auto f = [](const Tensor& x) { return sum(square(x)); };
  const Tensor gradient = numerical_gradient(f, tensor(3.));
  EXPECT_EQ(gradient.shape(), Shape{});
  EXPECT_NEAR(gradient.item<double>(), 6, 1e-8);
  EXPECT_EQ(numerical_gradient(f, zeros({2, 0}, f64)).shape(), Shape({2, 0}));
}

TEST(NumericalGradient, RefusesWhatItCannotDifferentiate) {
  const auto total = [](const Tensor& x) { return sum(x); };
  EXPECT_EQ(ERROR_OF(DTypeError, numerical_gradient(total, ones({2, 3}))),
            "numerical_gradient: x of shape (2, 3) is float32; expected float64, as from "
            "to(float64)");
  const Tensor x = tensor({1., 2.});
  EXPECT_EQ(ERROR_OF(DTypeError,
                     numerical_gradient([](const Tensor& a) { return sum(a).to(float32); }, x)),
            "numerical_gradient: f(x) of shape () is float32; expected float64, as from "
            "to(float64)");
  EXPECT_EQ(
      ERROR_OF(ShapeError, numerical_gradient([](const Tensor& a) { return a; }, x)),
      "numerical_gradient: f(x) has shape (2,); it must be a scalar (numerical_jacobian takes "
      "other shapes)");
  EXPECT_EQ(ERROR_OF(ValueError, numerical_gradient(total, x, {.eps = 0})),
            "numerical_gradient: eps is 0; expected more than 0");
  EXPECT_EQ(ERROR_OF(ValueError, numerical_gradient(total, Tensor())),
            "numerical_gradient: x is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, numerical_gradient([](const Tensor&) { return Tensor(); }, x)),
            "numerical_gradient: f(x) is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, numerical_gradient(total, tensor({1., 1e12}))),
            "numerical_gradient: eps 1e-06 is lost in rounding beside element 1 = 1e+12 of x of "
            "shape (2,); use a greater eps");
}

TEST(NumericalJacobian, HasTheShapeOfTheResultThenOfTheArgument) {
  const Tensor x = tensor({{1., 2., 3.}, {4., 5., 6.}});
  const Tensor jacobian = numerical_jacobian([](const Tensor& a) { return sum(square(a), 1); }, x);
  ASSERT_EQ(jacobian.shape(), Shape({2, 2, 3}));
  const Doubles expected = {2, 4, 6, 0, 0, 0, 0, 0, 0, 8, 10, 12};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(jacobian.to_vector<double>()[i], expected[i], 1e-7) << i;
}

TEST(NumericalJacobian, OfTheIdentityIsTheIdentity) {
  const Tensor x = tensor({1., -2., 0.5});
  const Tensor jacobian = numerical_jacobian([](const Tensor& a) { return a; }, x);
  ASSERT_EQ(jacobian.shape(), Shape({3, 3}));
  for (std::size_t i = 0; i < 9; ++i)
    EXPECT_NEAR(jacobian.to_vector<double>()[i], i % 4 == 0 ? 1 : 0, 1e-9) << i;
}

TEST(NumericalJacobian, PerturbsACapturedTensor) {
  const Tensor x = tensor({2., 3.});
  const Tensor jacobian = numerical_jacobian(
      [&] {
        return x * tensor({5., 7.});
      },
      x, {.eps = 1e-4, .scheme = Scheme::forward});
  EXPECT_NEAR(jacobian.to_vector<double>()[0], 5, 1e-9);
  EXPECT_NEAR(jacobian.to_vector<double>()[3], 7, 1e-9);
}

TEST(NumericalJacobian, RefusesTooManyAxesAndChangingResults) {
  const Tensor x = ones({1, 1, 1, 1, 1}, f64);
  EXPECT_EQ(ERROR_OF(ShapeError, numerical_jacobian([](const Tensor& a) { return a; }, x)),
            "numerical_jacobian: the Jacobian of f(x) of shape (1, 1, 1, 1, 1) by x of shape "
            "(1, 1, 1, 1, 1) has more than 8 axes; reshape either");
  std::size_t calls = 0;
  const auto growing = [&](const Tensor&) { return ones({++calls}, f64); };
  EXPECT_EQ(ERROR_OF(ShapeError, numerical_jacobian(growing, tensor({1.}))),
            "numerical_jacobian: f returns 1 elements at x, but 2 and 3 at x ± eps");
}

}  // namespace
}  // namespace xgrad::test
