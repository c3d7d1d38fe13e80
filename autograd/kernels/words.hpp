#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "../support/error.hpp"
#include "../support/str.hpp"

/// @file
/// The words that formulas are made of, for plain numbers. For SIMD registers they stand in
/// lanes.hpp, for tensors in ops/.

namespace xgrad::formula {

using std::abs, std::acos, std::acosh, std::asin, std::asinh, std::atan, std::atan2, std::atanh,
    std::cos, std::cosh, std::erf, std::erfc, std::exp, std::expm1, std::hypot, std::log,
    std::log10, std::log1p, std::log2, std::pow, std::sin, std::sinh, std::sqrt, std::tan,
    std::tanh;

/// An integer is its own floor, ceiling and nearest integer; the C library would make it a double.
constexpr auto floor(std::integral auto x) noexcept { return x; }
constexpr auto ceil(std::integral auto x) noexcept { return x; }
constexpr auto round(std::integral auto x) noexcept { return x; }
auto floor(std::floating_point auto x) noexcept { return std::floor(x); }
auto ceil(std::floating_point auto x) noexcept { return std::ceil(x); }
/// The nearest integer, of two the even one: IEEE 754's rounding, which is not std::round's.
auto round(std::floating_point auto x) noexcept { return std::nearbyint(x); }

/// base^exponent of integers, modulo 2^64; with a negative exponent the quotient 1 /
/// base^|exponent| rounded towards 0, as PyTorch has it, and 0 for base 0.
template <std::integral T>
constexpr T pow(T base, T exponent) noexcept {
  if constexpr (std::is_signed_v<T>)
    if (exponent < 0) return base == 1 ? 1 : base != -1 ? 0 : exponent % 2 == 0 ? 1 : -1;
  std::uint64_t result = 1, square = static_cast<std::uint64_t>(base);
  for (auto bits = static_cast<std::uint64_t>(exponent); bits != 0; bits >>= 1U, square *= square)
    if ((bits & 1U) != 0) result *= square;
  return static_cast<T>(result);
}

/// The exact remainder of a / b rounded towards 0.
auto fmod(std::floating_point auto a, std::floating_point auto b) noexcept {
  return std::fmod(a, b);
}

/// @name Divisions of integers, modulo 2^64; those by 0 throw ValueError
/// @{
inline std::int64_t fmod(std::int64_t a, std::int64_t b, const char* op = "fmod") {
  if (b == 0)
    throw ValueError(str(op, ": integers are divided by 0: ", a, " by ", b,
                         "; expected other divisors, or floats"));
  return b == -1 ? 0 : a % b;
}
inline std::int64_t remainder(std::int64_t a, std::int64_t b) {
  const std::int64_t r = fmod(a, b, "remainder");
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
inline std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t r = fmod(a, b, "floor_divide");
  if (b == -1) return static_cast<std::int64_t>(-static_cast<std::uint64_t>(a));
  return a / b - (r != 0 && (r < 0) != (b < 0));
}
/// @}

/// log |gamma(x)|. std::lgamma also writes the sign to a variable that threads share.
template <std::floating_point T>
T lgamma(T x) noexcept {
  int sign = 0;
  return static_cast<T>(::lgamma_r(x, &sign));
}

/// The derivative n = 0, 1, ... of the digamma function. At the integers <= 0 it is infinite, or
/// NaN where its sign changes there. From 10 + n on by the asymptotic series (Abramowitz & Stegun,
/// 6.4.11), below by recurrence. For negative x by the sum over the poles of both sides, which has
/// the period 1.
template <std::floating_point T>
T polygamma(double n, T x) {
  using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;  // has digits to lose
  const bool even = std::fmod(n, 2) == 0;
  const auto of_positive = [n, even](Wide a) {
    const auto term = [](double m, Wide b) {  // m! / b^(m+1)
      Wide product = 1 / b;
      for (int i = 1; i <= m; ++i) product *= i / b;
      return product;
    };
    Wide sum = 0;
    for (; a < 10 + n; ++a) sum += term(n, a);
    Wide part = term(n, a);
    sum += (n == 0 ? -std::log(a) : term(n - 1, a)) + part / 2;
    part *= (n + 1) / (2 * a);
    Wide k = 2;
    for (const long double bernoulli : {1 / 6.L, -1 / 30.L, 1 / 42.L, -1 / 30.L, 5 / 66.L,
                                        -691 / 2730.L, 7 / 6.L, -3617 / 510.L, 43867 / 798.L}) {
      sum += static_cast<Wide>(bernoulli) * part;
      part *= (n + k) * (n + k + 1) / ((k + 1) * (k + 2) * a * a);
      k += 2;
    }
    return even ? -sum : sum;
  };
  if (x > 0) return static_cast<T>(of_positive(x));
  const Wide d = std::remainder(x, T(1));  // from the nearest pole; of 0 its sign
  if (even && x < 0 && d == 0) return std::numeric_limits<T>::quiet_NaN();
  const Wide right = d < 0 ? 1 + d : d, left = d < 0 ? -d : 1 - d;
  const Wide beyond = of_positive(left) - of_positive(1 - static_cast<Wide>(x));
  return static_cast<T>(of_positive(right) + (even ? -beyond : beyond));
}

/// c ? a : b, lane by lane where the operands have lanes.
template <class A, class B>
  requires std::is_arithmetic_v<A> && std::is_arithmetic_v<B>
constexpr std::common_type_t<A, B> where(bool c, A a, B b) noexcept {
  return c ? static_cast<std::common_type_t<A, B>>(a) : static_cast<std::common_type_t<A, B>>(b);
}

/// c0 + c1 x + c2 x^2 + ...
template <class X, class... C>
constexpr X polynomial(const X& x, double c0, C... c) {
  if constexpr (sizeof...(c) == 0)
    return c0;
  else
    return c0 + x * polynomial(x, c...);
}

}  // namespace xgrad::formula
