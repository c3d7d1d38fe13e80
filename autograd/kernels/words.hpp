#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

/// @file
/// The words that formulas are made of, for plain numbers. For SIMD registers they stand in
/// lanes.hpp, for tensors in ops/.

namespace xgrad::formula {

using std::abs, std::acos, std::asin, std::atan, std::atan2, std::cos, std::cosh, std::erf,
    std::erfc, std::exp, std::expm1, std::log, std::log1p, std::pow, std::sin, std::sinh, std::sqrt,
    std::tan, std::tanh;

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
