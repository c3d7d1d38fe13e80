#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

/// @file
/// How an elementwise operation is written down: a Formula is its value and, for each
/// differentiable operand, the product of the incoming gradient g with the derivative, in terms of
/// the operands and the result y, as generic lambdas side by side:
///
///     inline constexpr auto tanh_op = unary("tanh",
///         [](const auto& x) { return tanh(x); },
///         [](const auto& g, const auto&, const auto& y) { return g * (1 - y * y); });
///
/// The same lambdas are read over SIMD registers (the fused loop of the ordinary pass,
/// autograd/apply.hpp), over Tensors (the pass that is itself recorded), over dual numbers
/// (autograd/dual.hpp), over plain numbers (integers, and the reference in tests), and over Probe,
/// which tells what a gradient reads. The words they are made of, for plain numbers and Probe, are
/// here; for SIMD registers in kernels/lanes.hpp, for Tensors in ops/.

namespace xgrad::formula {

using std::abs;
using std::acos;
using std::asin;
using std::atan;
using std::atan2;
using std::cos;
using std::cosh;
using std::erf;
using std::erfc;
using std::exp;
using std::expm1;
using std::log;
using std::log1p;
using std::pow;
using std::sin;
using std::sinh;
using std::sqrt;
using std::tan;
using std::tanh;

/// An integer is its own floor, ceiling and nearest integer; the C library would make it a double.
template <class T>
  requires std::is_arithmetic_v<T>
T floor(T x) noexcept {
  if constexpr (std::is_integral_v<T>)
    return x;
  else
    return std::floor(x);
}
template <class T>
  requires std::is_arithmetic_v<T>
T ceil(T x) noexcept {
  if constexpr (std::is_integral_v<T>)
    return x;
  else
    return std::ceil(x);
}
/// The nearest integer, of two the even one: IEEE 754's rounding, which is not std::round's.
template <class T>
  requires std::is_arithmetic_v<T>
T round(T x) noexcept {
  if constexpr (std::is_integral_v<T>)
    return x;
  else
    return std::nearbyint(x);
}

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
  friend constexpr Probe atan2(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe pow(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  friend constexpr Probe abs(Probe a) noexcept { return a; }
  friend constexpr Probe acos(Probe a) noexcept { return a; }
  friend constexpr Probe asin(Probe a) noexcept { return a; }
  friend constexpr Probe atan(Probe a) noexcept { return a; }
  friend constexpr Probe ceil(Probe a) noexcept { return a; }
  friend constexpr Probe cos(Probe a) noexcept { return a; }
  friend constexpr Probe cosh(Probe a) noexcept { return a; }
  friend constexpr Probe erf(Probe a) noexcept { return a; }
  friend constexpr Probe erfc(Probe a) noexcept { return a; }
  friend constexpr Probe exp(Probe a) noexcept { return a; }
  friend constexpr Probe expm1(Probe a) noexcept { return a; }
  friend constexpr Probe floor(Probe a) noexcept { return a; }
  friend constexpr Probe log(Probe a) noexcept { return a; }
  friend constexpr Probe log1p(Probe a) noexcept { return a; }
  friend constexpr Probe round(Probe a) noexcept { return a; }
  friend constexpr Probe sin(Probe a) noexcept { return a; }
  friend constexpr Probe sinh(Probe a) noexcept { return a; }
  friend constexpr Probe sqrt(Probe a) noexcept { return a; }
  friend constexpr Probe tan(Probe a) noexcept { return a; }
  friend constexpr Probe tanh(Probe a) noexcept { return a; }

 private:
  static constexpr Probe mix(unsigned reads) noexcept {
    Probe p;
    p.reads = reads;
    return p;
  }
};

/// Whether an elementwise operation is defined on integers too, or computes them as float32.
enum class Domain { floats, numbers };

/// An elementwise operation of N operands, the first sizeof...(Gradients) of them differentiable,
/// the others constants.
template <std::size_t N, Domain D, class V, class... Gradients>
struct Formula {
  static constexpr std::size_t operands = N;
  static constexpr std::size_t differentiable = sizeof...(Gradients);
  static constexpr Domain domain = D;
  template <std::size_t I>
  using Gradient = std::tuple_element_t<I, std::tuple<Gradients...>>;

  const char* name;
  V value;
  std::tuple<Gradients...> gradients;

  /// What gradient I reads: bit 0 is g, bit k + 1 operand k, bit N + 1 the result.
  template <std::size_t I>
  static constexpr unsigned reads() {
    return []<std::size_t... K>(std::index_sequence<K...>) {
      return Probe(Gradient<I>{}(Probe::operand(K)...)).reads;
    }(std::make_index_sequence<N + 2>{});
  }
};

template <std::size_t N, Domain D = Domain::floats, class Value, class... Gradients>
constexpr auto elementwise(const char* name, Value value, Gradients... gradients) {
  return Formula<N, D, Value, Gradients...>{name, value, {gradients...}};
}
template <Domain D = Domain::floats, class Value, class Gradient>
constexpr auto unary(const char* name, Value value, Gradient gradient) {
  return elementwise<1, D>(name, value, gradient);
}
template <Domain D = Domain::floats, class Value, class GradientA, class GradientB>
constexpr auto binary(const char* name, Value value, GradientA gradient_a, GradientB gradient_b) {
  return elementwise<2, D>(name, value, gradient_a, gradient_b);
}

/// Gradient of an operand that enters the result unchanged: g is passed on, not copied.
inline constexpr auto pass_gradient = [](const auto& g, const auto&...) { return g; };

}  // namespace xgrad::formula
