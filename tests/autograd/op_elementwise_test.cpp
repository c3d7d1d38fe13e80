// Elementwise operations over the whole range of floating-point numbers: values against the C
// library in extended precision, gradients where squares and exponentials leave the range.

#include <bit>

#include "golden.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Real = long double;

struct Function {
  const char* name;
  Tensor (*of_tensor)(const Tensor&);
  Real (*exact)(Real);
  double ulps = 4;  ///< units in the last place that it may be off by
};

Real sigmoid_of(Real x) { return 1 / (1 + std::exp(-x)); }

const Function functions[] = {
    {"floor", floor, [](Real x) { return std::floor(x); }, 0},
    {"ceil", ceil, [](Real x) { return std::ceil(x); }, 0},
    {"round", round, [](Real x) { return std::nearbyint(x); }, 0},
    {"exp", exp, [](Real x) { return std::exp(x); }},
    {"expm1", expm1, [](Real x) { return std::expm1(x); }},
    {"log", log, [](Real x) { return std::log(x); }},
    {"log2", log2, [](Real x) { return std::log2(x); }},
    {"log10", log10, [](Real x) { return std::log10(x); }},
    {"log1p", log1p, [](Real x) { return std::log1p(x); }},
    {"sqrt", sqrt, [](Real x) { return std::sqrt(x); }},
    {"rsqrt", rsqrt, [](Real x) { return 1 / std::sqrt(x); }},
    {"sin", sin, [](Real x) { return std::sin(x); }},
    {"cos", cos, [](Real x) { return std::cos(x); }},
    {"tan", tan, [](Real x) { return std::tan(x); }},
    {"asin", asin, [](Real x) { return std::asin(x); }},
    {"acos", acos, [](Real x) { return std::acos(x); }},
    {"atan", atan, [](Real x) { return std::atan(x); }},
    {"sinh", sinh, [](Real x) { return std::sinh(x); }},
    {"cosh", cosh, [](Real x) { return std::cosh(x); }},
    {"tanh", tanh, [](Real x) { return std::tanh(x); }},
    {"asinh", asinh, [](Real x) { return std::asinh(x); }},
    {"acosh", acosh, [](Real x) { return std::acosh(x); }},
    {"atanh", atanh, [](Real x) { return std::atanh(x); }},
    {"lgamma", lgamma, [](Real x) { return std::lgamma(x); }, 6},
    {"erf", erf, [](Real x) { return std::erf(x); }, 80},
    {"erfc", erfc, [](Real x) { return std::erfc(x); }, 80},
    {"sigmoid", sigmoid, sigmoid_of},
    {"softplus", softplus,
     [](Real x) { return std::max(x, Real(0)) + std::log1p(std::exp(-std::abs(x))); }},
};

/// Numbers of all sizes, and those around which functions change; shuffled, so that different ones
/// are neighbours.
template <class T>
std::vector<T> numbers_of_all_sizes() {
  Doubles all = {0,    -0.,  1,     -1,     inf,     -inf,  nan, 0.5,   -0.5,   1.5,  2.5,
                 -1.5, 88.5, 88.72, 89,     709.5,   709.7, 710, 710.4, 62,     63,   -62.9,
                 1e4,  -1e4, 1e22,  1e-310, -1e-310, 1e-42, -87, -88,   -103.5, -708, -745};
  using Limits = std::numeric_limits<T>;
  for (int exponent = Limits::min_exponent; exponent < Limits::max_exponent; ++exponent)
    for (double factor : {1.0, -1.3}) all.push_back(std::ldexp(factor, exponent));
  manual_seed(1);
  for (double scale : {1., 10., 100., 700.})
    for (double x : randn({500}, f64).to_vector<double>()) all.push_back(scale * x);
  std::vector<T> result(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)  // 1009 is prime
    result[i] = static_cast<T>(all[i * 1009 % all.size()]);
  return result;
}

/// Whether infinities, NaN and the sign of 0 agree, and other numbers to so many units in the last
/// place (of the smallest normal number, for numbers below it).
template <class T>
bool is_close(T actual, Real exact, double ulps) {
  const T rounded = static_cast<T>(exact);
  if (std::isnan(rounded)) return std::isnan(actual);
  if (std::isinf(rounded) || std::isinf(actual)) return actual == rounded;
  if (rounded == 0) return actual == 0 && std::signbit(actual) == std::signbit(rounded);
  using Limits = std::numeric_limits<T>;
  const Real ulp =
      std::max<Real>(std::ldexp(Real(1), std::ilogb(rounded) - Limits::digits + 1), Limits::min());
  return std::abs(static_cast<Real>(actual) - exact) <= std::max<Real>(ulps, 0.5) * ulp;
}

template <class T>
void expect_values_of_the_c_library(const Function& f) {
  const std::vector<T> x = numbers_of_all_sizes<T>();
  const std::vector<T> y = f.of_tensor(tensor(x, {x.size()})).template to_vector<T>();
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_TRUE(is_close(y[i], f.exact(x[i]), f.ulps))
        << f.name << '(' << x[i] << ") is " << y[i] << ", expected " << f.exact(x[i]);
}

TEST(OpElementwise, ValuesAreThoseOfTheCLibrary) {
  for (const Function& f : functions) {
    expect_values_of_the_c_library<double>(f);
    expect_values_of_the_c_library<float>(f);
  }
}

template <class T>
void expect_independent_elements(const Function& f) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const std::vector<T> x = numbers_of_all_sizes<T>();
  const std::vector<T> y = f.of_tensor(tensor(x, {x.size()})).template to_vector<T>();
  for (std::size_t i = 0; i < x.size(); i += 7) {
    const T alone = f.of_tensor(tensor(x[i])).template item<T>();
    if (!std::isnan(alone)) {
      EXPECT_EQ(std::bit_cast<Bits>(alone), std::bit_cast<Bits>(y[i])) << f.name << ' ' << x[i];
    }
  }
}

// The results are equal to the last bit.
TEST(OpElementwise, AnElementDoesNotDependOnItsNeighbours) {
  for (const Function& f : functions) {
    expect_independent_elements<double>(f);
    expect_independent_elements<float>(f);
  }
}

/// y = f(a, b) of pairs of numbers of all sizes, in one tensor and each pair alone.
template <class T>
void expect_pairs(const char* name, Tensor (*f)(const TensorOrScalar&, const TensorOrScalar&),
                  Real (*exact)(Real, Real), double ulps) {
  std::vector<T> a = numbers_of_all_sizes<T>(), b(a.rbegin(), a.rend());
  for (std::size_t i = 0; i < a.size(); i += 2)  // whole exponents and near quotients too
    b[i] = i % 4 ? static_cast<T>(i % 11) - 5 : a[i] / 8 * static_cast<T>(i % 7 + 1);
  const Shape shape{a.size()};
  const auto y = f(tensor(a, shape), tensor(b, shape)).template to_vector<T>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(is_close(y[i], exact(a[i], b[i]), ulps))
        << name << '(' << a[i] << ", " << b[i] << ") is " << y[i] << ", expected "
        << exact(a[i], b[i]);
    if (i % 13 == 0 && !std::isnan(y[i])) {
      EXPECT_EQ(f(tensor(a[i]), tensor(b[i])).template item<T>(), y[i]) << name << ' ' << a[i];
    }
  }
}

TEST(OpElementwise, PowersAndRemaindersAreThoseOfTheCLibrary) {
  const auto power = [](Real a, Real b) { return std::pow(a, b); };
  const auto rest = [](Real a, Real b) { return std::fmod(a, b); };
  expect_pairs<double>("pow", pow, power, 2);
  expect_pairs<float>("pow", pow, power, 2);
  expect_pairs<double>("fmod", fmod, rest, 0);
  expect_pairs<float>("fmod", fmod, rest, 0);
}

TEST(OpElementwise, ZeroHasANegative) {
  for (const DType dtype : {float32, float64})
    for (const double y : (-zeros({40}, dtype)).to_vector<double>()) EXPECT_TRUE(std::signbit(y));
}

// ---- gradients

TEST(OpElementwise, ActivationsAreSmoothFarOut) {
  const Tensor x = leaf({-1e4, -800, 800, 1e4});
  for (const auto f : {sigmoid, tanh, erf}) {
    expect_near(slope(f(x), x), {0, 0, 0, 0});
    expect_near(curvature(f(x), x), {0, 0, 0, 0});
  }
  for (const auto f : {softplus, silu, gelu}) {
    expect_near(f(x), {0, 0, 800, 1e4});
    expect_near(slope(f(x), x), {0, 0, 1, 1});
    expect_near(curvature(f(x), x), {0, 0, 0, 0});
  }
  expect_near(elu(x, 2), {-2, -2, 800, 1e4});
  expect_near(slope(elu(x, 2), x), {0, 0, 1, 1});
  expect_near(curvature(elu(x, 2), x), {0, 0, 0, 0});
}

TEST(OpElementwise, InverseFunctionsAreSteepNearOne) {
  const Tensor x = leaf({1 - 0x1p-53, -1 + 0x1p-53, 1, -1});
  const double steep = 1 / std::sqrt(0x1p-53 * (2 - 0x1p-53));
  expect_near(slope(asin(x), x), {steep, steep, inf, inf});
  expect_near(slope(acos(x), x), {-steep, -steep, -inf, -inf});
}

TEST(OpElementwise, LogarithmsAndTheirInversesAreExactNearZero) {
  const Tensor x = leaf({-1e-300, 1e-17, 1e-9});
  for (const auto f : {log1p, expm1, sinh, tan}) {
    EXPECT_TRUE(all_close((f(x) / x).to_vector<double>(), {1, 1, 1}, 2e-9));
    EXPECT_TRUE(all_close(slope(f(x), x).to_vector<double>(), {1, 1, 1}, 2e-9));
  }
}

// (x, -y) / (x^2 + y^2), where neither square is a floating-point number.
TEST(OpElementwise, GradientOfAtan2NeitherOverflowsNorVanishes) {
  const Tensor y = leaf({3e200, 3e-200, 3, 0, 1e300}), x = leaf({4e200, 4e-200, 4, 2, 1e-300});
  const Tensors g = grad({sum(atan2(y, x))}, {y, x});
  for (const auto& [actual, expected] :
       {std::pair{g[0], Doubles{0.16e-200, 0.16e200, 0.16, 0.5, 0}},
        std::pair{g[1], Doubles{-0.12e-200, -0.12e200, -0.12, 0, -1e-300}}})
    for (std::size_t i = 0; i < 5; ++i)
      EXPECT_NEAR(actual.to_vector<double>()[i], expected[i], 1e-14 * std::abs(expected[i]));
}

// PyTorch has NaN for all of these.
TEST(OpElementwise, PowOfZeroHasSecondDerivatives) {
  const Tensor x = leaf({0, 0, 0}), y = leaf({3, 2, 1});
  const Tensors first = grad({sum(pow(x, y))}, {x, y}, {.create_graph = true});
  expect_near(first[0], {0, 0, 1});
  expect_near(first[1], {0, 0, 0});
  const Tensors second = grad({sum(first[0])}, {x}, {.retain_graph = true});
  expect_near(second[0], {0, 2, 0});
  for (const Tensor& mixed : grad({sum(first[1])}, {x, y})) expect_near(mixed, {0, 0, 0});
}

}  // namespace
}  // namespace xgrad::test
