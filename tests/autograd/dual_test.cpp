// Forward mode: dual numbers against closed forms, the reverse mode and finite differences.

#include "autograd/dual.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "autograd/engine.hpp"
#include "op_cases.hpp"
#include "tests/support/constants.hpp"

namespace xgrad::test {
namespace {

using D = Dual<double>;
using DD = Dual<D>;
using Points = Doubles;

// |actual - expected| within `tolerance`, absolutely below 1 and relatively above.
void expect_near(double actual, double expected, double tolerance) {
  EXPECT_NEAR(actual, expected, tolerance * std::max(1.0, std::abs(expected)));
}

template <class F>
auto derivative_of(const F& f) {
  return [f](const auto& x) { return derivative(f, x); };
}

// ---- by hand and by numerical differentiation

TEST(Dual, DifferentiatesAProductWithARoot) {
  const D y = [](const D& x) { return x * pow(3 * x + 2, 0.5); }({2, 1});
  EXPECT_NEAR(y.value, 4 * std::sqrt(2), 1e-15);
  EXPECT_NEAR(y.derivative, 22 / (2 * std::sqrt(8)), 1e-15);
  EXPECT_NEAR(y.derivative, 3.8890873, 5e-8);
}

TEST(Dual, DifferentiatesAPolynomial) {
  EXPECT_EQ(derivative([](const auto& x) { return 3 * x * x * x - 5 * x * x; }, 1.5), 5.25);
  EXPECT_EQ(derivative([](const auto& x) { return 3 * pow(x, 3) - 5 * pow(x, 2); }, 1.5), 5.25);
}

// Differences over steps of 1e-13 lose digits to cancellation.
TEST(Dual, DoesNotCancel) {
  const auto central = [](const auto& f, double x) {
    return (f(D(x + 1e-13)).value - f(D(x - 1e-13)).value) / 2e-13;
  };
  const auto by_exponentials = [](const auto& x) {
    return (exp(x) - exp(-x)) / (exp(x) + exp(-x));
  };
  const auto powers = [](const auto& x) { return sin(pow(tan(x), cos(x)) * pow(cos(x), tan(x))); };
  EXPECT_NEAR(derivative(by_exponentials, 2.0), 0.07065082485316446568624765586, 1e-15);
  EXPECT_NEAR(derivative(powers, 1.0), -1.600574286341776394833994405925, 1e-12);

  EXPECT_NEAR(central(by_exponentials, 2), 0.0716093850883226, 5e-3);
  EXPECT_GT(std::abs(central(by_exponentials, 2) - derivative(by_exponentials, 2.0)), 1e-5);
  EXPECT_NEAR(central(powers, 1), -1.5987211554602254, 1e-2);
  EXPECT_GT(std::abs(central(powers, 1) - derivative(powers, 1.0)), 1e-5);
}

TEST(Dual, GivesPartialDerivatives) {
  const auto f = [](const auto& x, const auto& y) { return x * x + y * y; };
  EXPECT_EQ(f(D(3, 1), D(4, 0)).derivative, 6);
  EXPECT_EQ(f(D(3, 0), D(4, 1)).derivative, 8);
}

template <class F>
double newton(const F& f, double x) {
  for (int i = 0; i < 100; ++i) {
    const D y = f(D(x, 1));
    x -= y.value / y.derivative;
  }
  return x;
}

TEST(Dual, ServesNewtonsMethod) {
  const auto f = [](const D& x) { return (x + 4) * (x + 6) * (x - 2) * (x - 12) - 25 * x * x; };
  const auto g = [](const D& x) { return pow(x, 4) - 8 * pow(x, 3) + 21 * x * x - 24 * x + 9; };
  EXPECT_NEAR(newton(f, 9), -8, 1e-12);
  EXPECT_NEAR(newton(f, -2), -3, 1e-12);
  EXPECT_NEAR(newton(f, 14), (15 + std::sqrt(129)) / 2, 1e-12);
  EXPECT_NEAR(newton(g, 2), 0.6972243622680052, 1e-12);
  EXPECT_NEAR(newton(g, 5), (5 + std::sqrt(13)) / 2, 1e-12);
}

// ---- higher order

TEST(Dual, NestsForHigherOrder) {
  const auto cube = [](const auto& x) { return x * x * x; };
  const auto bell = [](const auto& x) { return exp(-x * x); };
  const auto hyperbolic = [](const auto& x) { return tanh(x); };
  const auto logarithm = [](const auto& x) { return log(x); };
  for (const double x : {0.3, 1.1, 2.0}) {
    const double t = std::tanh(x), s = 1 - t * t;
    expect_near(derivative(derivative_of(cube), x), 6 * x, 1e-15);
    expect_near(derivative(derivative_of(derivative_of(cube)), x), 6, 1e-15);
    expect_near(derivative(derivative_of(bell), x), (4 * x * x - 2) * std::exp(-x * x), 1e-14);
    expect_near(derivative(derivative_of(logarithm), x), -1 / (x * x), 1e-15);
    expect_near(derivative(derivative_of(derivative_of(hyperbolic)), x), 4 * t * t * s - 2 * s * s,
                1e-14);
  }
}

TEST(Dual, NestsForMixedDerivatives) {
  const auto f = [](const auto& x, const auto& y) { return pow(x, 2) * pow(y, 3); };
  const DD z = f(DD(D(2, 1)), DD(D(5), D(1)));
  EXPECT_EQ(z.value.value, 500);
  EXPECT_EQ(z.value.derivative, 500);              // 2 x y^3
  EXPECT_EQ(z.derivative.value, 300);              // 3 x^2 y^2
  EXPECT_EQ(z.derivative.derivative, 6 * 2 * 25);  // 6 x y^2
}

TEST(Dual, TakesTheVariableOfAnOuterDerivative) {
  // d/da (d/db a b^2 at b = 3 a) = d/da 6 a^2.
  const auto outer = [](const auto& a) {
    return derivative([&](const auto& b) { return a * b * b; }, 3 * a);
  };
  EXPECT_EQ(derivative(outer, 5.0), 60);
}

// ---- kinks, constants, both modes

TEST(Dual, HasTheSubgradientsOfTensors) {
  EXPECT_EQ(relu(D(0, 1)).derivative, 0);
  EXPECT_EQ(abs(D(0, 1)).derivative, 0);
  EXPECT_EQ(abs(D(-2, 1)).derivative, -1);
  EXPECT_EQ(maximum(D(1, 1), D(1, 0)).derivative, 0.5);
  EXPECT_EQ(clamp(D(1, 1), 0, 1).derivative, 1);
  EXPECT_EQ(leaky_relu(D(0, 1)).derivative, 0.01);
  EXPECT_EQ(sqrt(D(0, 1)).derivative, inf);
  EXPECT_EQ(round(D(2.5, 1)), D(2));
  const D chosen = where(D(2, 1) > 1, D(7, 3), 0);
  EXPECT_EQ(chosen.value, 7);
  EXPECT_EQ(chosen.derivative, 3);
}

TEST(Dual, ConstantsHaveNoShareEvenWhereSlopesAreInfinite) {
  EXPECT_EQ(sqrt(D(0)).derivative, 0);
  EXPECT_EQ(pow(D(-2, 1), 2).derivative, -4);  // by the exponent it is NaN
  EXPECT_EQ(pow(D(-2, 1), D(2)).derivative, -4);
  EXPECT_EQ(pow(DD(D(-2, 1), 1), 2).derivative.derivative, 2);
  EXPECT_EQ(pow(0, D(0.5, 1)).derivative, 0);
  EXPECT_EQ(derivative([](const auto&) { return 3.0; }, 1.0), 0);
}

// One call for numbers that the compiler knows, one for those that it does not.
TEST(Dual, ConstantsHaveNoShareInArithmetic) {
  const auto expect = [](const auto& f, double value, double slope) {
    const volatile double two = 2, zero = 0, infinity = inf;
    for (const D& y : {f(2, 0, inf), f(double(two), double(zero), double(infinity))}) {
      EXPECT_EQ(y.value, value);
      EXPECT_EQ(y.derivative, slope);
    }
  };
  expect([](double a, double o, double i) { return D(a, o) * D(i, 1); }, inf, 2);
  expect([](double a, double o, double i) { return D(i, 1) * D(a, o); }, inf, 2);
  expect([](double a, double o, double i) { return D(i, o) * D(a, 1); }, inf, inf);
  expect([](double a, double o, double i) { return D(i, o) * D(a, o); }, inf, 0);
  expect([](double a, double o, double) { return D(a, 1) / D(o, o); }, inf, inf);
  expect([](double a, double o, double) { return D(a, o) / D(o, 1); }, inf, -inf);
  expect([](double a, double o, double) { return D(a, o) / D(o, o); }, inf, 0);
  expect([](double a, double o, double i) { return a * D(i, o) + D(o, 1) * a - D(a, o); }, inf, 2);
  expect([](double a, double o, double i) { return -D(i, o) - D(i, a); }, -inf, -2);
  expect([](double a, double o, double i) { return (DD(D(a), o) * DD(i, 1)).derivative; }, 2, 0);

  // What is not a constant keeps its NaN.
  EXPECT_TRUE(std::isnan((D(0, 1) * D(inf, 1) - D(0, 1) * D(inf, 1)).derivative));
  EXPECT_TRUE(std::isnan((D(nan, 1) * D(2, nan)).derivative));
  EXPECT_TRUE(std::isnan((2 * D(1, nan)).derivative));
  EXPECT_TRUE(std::isnan((D(0, 1) / D(0, 1)).derivative));
}

TEST(Dual, MixesWithPlainNumbers) {
  const D x(2, 1);
  EXPECT_EQ((3 * x).derivative, 3);
  EXPECT_EQ((x * 3U).derivative, 3);
  EXPECT_EQ((1.F - x).derivative, -1);
  EXPECT_EQ((6 / x).derivative, -1.5);
  EXPECT_EQ(pow(x, 3).derivative, 12);
  expect_near(pow(2, x).derivative, 4 * std::log(2), 1e-15);
  EXPECT_EQ(maximum(x, 1).derivative, 1);
  EXPECT_EQ(minimum(1, x).derivative, 0);
  expect_near(atan2(x, 1).derivative, 0.2, 1e-15);
  EXPECT_TRUE(x == 2 && 2 == x && x != 3 && 1 < x && x <= 2 && x > 1.5F && x >= 2);
  EXPECT_FALSE(x < 2 || x != D(2, 7));
  EXPECT_TRUE(D(nan) != D(nan) && !(D(nan) < x) && !(D(nan) >= x));

  D y = x;
  y += 1, y *= x, y -= 2, y /= 2;  // ((x + 1) x - 2) / 2
  EXPECT_EQ(y.value, 2);
  EXPECT_EQ(y.derivative, 2.5);
  EXPECT_EQ((+y).derivative, 2.5);
  EXPECT_EQ((-y).derivative, -2.5);

  EXPECT_EQ(derivative([](const auto& a) { return a * a; }, 3), 6);  // an integer is a double
  const Dual<float> single =
      derivative([](const auto& a) { return 0.5 * a * a; }, Dual<float>(3, 1));
  EXPECT_EQ(single.value, 3);
  EXPECT_EQ(single.derivative, 1);
}

TEST(Dual, IsPrintedAsItIsWritten) {
  std::ostringstream text;
  text << D(2, 0.5) << ' ' << DD(D(1, 2), D(3, 4));
  EXPECT_EQ(text.str(), "{2, 0.5} {{1, 2}, {3, 4}}");
}

// ---- every formula, forward, reverse and numerical

/// The operations whose formulas ops/formulas.hpp declares.
std::set<std::string> declared_formulas() {
  std::ifstream file(XGRAD_SOURCE_DIR "/autograd/ops/formulas.hpp");
  const std::regex declaration(R"(^(?:inline constexpr auto (\w+)_op|XGRAD_\w+\((\w+),).*)");
  std::set<std::string> names;
  std::smatch found;
  for (std::string line; std::getline(file, line);)
    if (std::regex_match(line, found, declaration)) names.insert(found.str(1) + found.str(2));
  // What the derivatives of others are made of.
  for (const char* part : {"normal_cdf", "pow_by_base", "pow_by_exponent", "weigh"})
    names.erase(part);
  return names;
}

/// Evaluates f over dual numbers and over tensors. Compares f' by dual numbers, by the reverse
/// mode, and by central differences; f'' by nested dual numbers and by the reverse mode twice.
template <class F>
void expect_agreement(const F& f, const Points& points) {
  for (const double x : points) {
    SCOPED_TRACE(testing::Message() << "at " << x);
    const double forward = derivative(f, x);
    const Tensor t = tensor(x, f64_grad);
    const Tensor slope = grad(f(t), t, {.create_graph = true});
    expect_near(forward, slope.item<double>(), 1e-13);

    const double h = 1e-6;
    const double numerical = (f(D(x + h)).value - f(D(x - h)).value) / (2 * h);
    expect_near(forward, numerical, 1e-8);

    double second = 0;
    if (slope.requires_grad()) {
      const Tensors g = grad({slope}, {t}, {.allow_unused = true});
      second = g[0].defined() ? g[0].item<double>() : 0;
    }
    expect_near(derivative(derivative_of(f), x), second, 1e-12);
  }
}

/// Four points of the range that the row of this operation draws its samples from.
Points points_of(const std::string& name) {
  const std::vector<OpCase>& rows = op_cases();
  const auto row = std::ranges::find(rows, name, &OpCase::name);
  if (row == rows.end()) throw std::out_of_range("no row in op_cases/ for " + name);
  const auto [low, high] = row->samples.at(0).inputs.at(0).range;
  Points points;
  for (const double part : {0.075, 0.4, 0.575, 0.8}) points.push_back(low + part * (high - low));
  return points;
}

class EveryFormula : public testing::Test {
 protected:
  template <class F>
  void unary(const std::string& name, const F& f) {
    SCOPED_TRACE(name);
    names_.insert(name);
    expect_agreement(f, points_of(name));
  }
  template <class F>
  void binary(const std::string& name, const F& f) {
    SCOPED_TRACE(name);
    names_.insert(name);
    expect_agreement([&](const auto& x) { return f(x, 1.3); }, {0.4, 1.7});
    expect_agreement([&](const auto& x) { return f(0.7, x); }, {0.4, 1.7});
    expect_agreement([&](const auto& x) { return f(x, 2.5 - x); }, {0.4, 1.7});
    expect_agreement([&](const auto& x) { return f(x * x, 2 * x); }, {0.4, 1.7});
  }
  ~EveryFormula() override { EXPECT_EQ(names_, declared_formulas()); }

 private:
  std::set<std::string> names_;
};

TEST_F(EveryFormula, AgreesForwardReverseAndNumerically) {
#define XGRAD_UNARY(name) unary(#name, [](const auto& x) { return name(x); });
#define XGRAD_BINARY(name) binary(#name, [](const auto& x, const auto& y) { return name(x, y); });
  XGRAD_UNARY_OPERATIONS(XGRAD_UNARY)
  XGRAD_BINARY_OPERATIONS(XGRAD_BINARY)
  XGRAD_BINARY(pow)
#undef XGRAD_UNARY
#undef XGRAD_BINARY
  unary("leaky_relu", [](const auto& x) { return leaky_relu(x, 0.2); });
  unary("elu", [](const auto& x) { return elu(x, 1.5); });
  unary("nan_to_num", [](const auto& x) { return nan_to_num(x, 0, 1, -1); });
  unary("polygamma", [](const auto& x) { return polygamma(2, x); });
  unary("clamp", [](const auto& x) { return clamp(x, -1, 0.5); });
}

}  // namespace
}  // namespace xgrad::test
