#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

/// @file
/// The vocabulary formulas are written in, where the operands are plain numbers, and Probe, over
/// which a formula tells what it reads. Over SIMD registers the same words come from
/// kernels/lanes.hpp, over recorded tensors from ops/. An ops file says `using namespace formula`.

namespace xgrad::formula {

using std::abs;
using std::exp;
using std::log;
using std::pow;
using std::sqrt;
using std::tanh;

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

/// An operand without a value: carries a bit for each operand that went into it. What a gradient's
/// formula reads, and the node must therefore save, is its value over Probes, found by the
/// compiler.
struct Probe {
  unsigned reads = 0;

  constexpr Probe() noexcept = default;
  template <class S>
    requires std::is_arithmetic_v<S>
  constexpr Probe(S) noexcept {}  // NOLINT(*-explicit-*)
  static constexpr Probe operand(std::size_t i) noexcept { return mix(1U << i); }

  friend constexpr Probe operator+(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator-(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator*(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator/(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator-(Probe a) noexcept { return a; }
  friend constexpr Probe operator==(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator!=(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator<(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator<=(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator>(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe operator>=(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe where(Probe c, Probe a, Probe b) noexcept {
    return mix(c.reads | a.reads | b.reads);
  }
  friend constexpr Probe pow(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe abs(Probe a) noexcept { return a; }
  friend constexpr Probe exp(Probe a) noexcept { return a; }
  friend constexpr Probe log(Probe a) noexcept { return a; }
  friend constexpr Probe sqrt(Probe a) noexcept { return a; }
  friend constexpr Probe tanh(Probe a) noexcept { return a; }

 private:
  static constexpr Probe mix(unsigned reads) noexcept {
    Probe p;
    p.reads = reads;
    return p;
  }
};

}  // namespace xgrad::formula
