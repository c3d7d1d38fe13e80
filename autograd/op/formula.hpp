#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../kernels/words.hpp"

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
/// which tells what a gradient reads. The words they are made of stand in kernels/words.hpp for
/// plain numbers, in kernels/lanes.hpp for SIMD registers, and in ops/ for Tensors.

/// The elementwise operations of one and of two operands: X(name) for each. `name` is a function of
/// tensors, declared in ops/elementwise.hpp or ops/arithmetic.hpp, and name_op its formula. What
/// applies the formulas to tensors, Probe, Dual and the tests go by these lists. Not in them are
/// pow, whose function is more than its formula, and operations with constants.
/// @{
// clang-format off
#define XGRAD_UNARY_OPERATIONS(X) \
  X(neg) X(abs) X(sign) X(square) X(floor) X(ceil) X(round) \
  X(exp) X(expm1) X(log) X(log2) X(log10) X(log1p) X(sqrt) X(rsqrt) X(reciprocal) \
  X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) \
  X(erf) X(erfc) X(erfinv) X(lgamma) X(digamma) X(sigmoid) X(relu) X(gelu) X(silu) X(softplus)
#define XGRAD_BINARY_OPERATIONS(X) \
  X(add) X(sub) X(mul) X(div) X(floor_divide) X(remainder) X(fmod) \
  X(maximum) X(minimum) X(atan2) X(hypot)
// clang-format on
/// @}

namespace xgrad::formula {

/// An operand without a value: carries a bit for each operand that went into it. What a gradient's
/// formula reads, and the node must therefore save, is its value over Probes, found by the
/// compiler.
struct Probe {
  unsigned reads = 0;  ///< a bit for each operand

  constexpr Probe() noexcept = default;  ///< no operand
  /// A number, which is no operand.
  template <class S>
    requires std::is_arithmetic_v<S>
  constexpr Probe(S) noexcept {}  // NOLINT(*-explicit-*)
  /// Operand i.
  static constexpr Probe operand(std::size_t i) noexcept { return mix(1U << i); }

  /// @cond
  friend constexpr Probe operator-(Probe a) noexcept { return a; }
  friend constexpr Probe where(Probe c, Probe a, Probe b) noexcept {
    return mix(c.reads | a.reads | b.reads);
  }
#define XGRAD_READS_ONE(name) \
  friend constexpr Probe name(Probe a) noexcept { return a; }
#define XGRAD_READS_BOTH(name) \
  friend constexpr Probe name(Probe a, Probe b) noexcept { return mix(a.reads | b.reads); }
  XGRAD_UNARY_OPERATIONS(XGRAD_READS_ONE)
  XGRAD_BINARY_OPERATIONS(XGRAD_READS_BOTH)
  XGRAD_READS_BOTH(pow)
  XGRAD_READS_BOTH(polygamma)
  XGRAD_READS_BOTH(operator+)
  XGRAD_READS_BOTH(operator-)
  XGRAD_READS_BOTH(operator*)
  XGRAD_READS_BOTH(operator/)
  XGRAD_READS_BOTH(operator==)
  XGRAD_READS_BOTH(operator!=)
  XGRAD_READS_BOTH(operator<)
  XGRAD_READS_BOTH(operator<=)
  XGRAD_READS_BOTH(operator>)
  XGRAD_READS_BOTH(operator>=)
#undef XGRAD_READS_ONE
#undef XGRAD_READS_BOTH
  /// @endcond

 private:
  static constexpr Probe mix(unsigned reads) noexcept {
    Probe p;
    p.reads = reads;
    return p;
  }
};

/// What an elementwise operation is computed on.
enum class Domain {
  floats,   ///< integers are computed as float32
  numbers,  ///< on int64 too
};

/// An elementwise operation of N operands, the first sizeof...(Gradients) of them differentiable,
/// the others constants.
template <std::size_t N, Domain D, class V, class... Gradients>
struct Formula {
  static constexpr std::size_t operands = N;                           ///< how many
  static constexpr std::size_t differentiable = sizeof...(Gradients);  ///< how many of them
  static constexpr Domain domain = D;                                  ///< of the operands
  /// The type of gradient I.
  template <std::size_t I>
  using Gradient = std::tuple_element_t<I, std::tuple<Gradients...>>;

  const char* name;                    ///< for messages
  V value;                             ///< of the operands
  std::tuple<Gradients...> gradients;  ///< each of g, the operands and the result

  /// What gradient I reads: bit 0 is g, bit k + 1 operand k, bit N + 1 the result.
  template <std::size_t I>
  static constexpr unsigned reads() {
    return []<std::size_t... K>(std::index_sequence<K...>) {
      return Probe(Gradient<I>{}(Probe::operand(K)...)).reads;
    }(std::make_index_sequence<N + 2>{});
  }
};

/// A Formula of N operands, of one and of two; with no gradients for what is not differentiable.
/// @{
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
/// @}

/// Gradient of an operand that enters the result unchanged: g is passed on, not copied.
inline constexpr auto pass_gradient = [](const auto& g, const auto&...) { return g; };

}  // namespace xgrad::formula
