#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <tuple>
#include <type_traits>
#include <utility>

#include "ops/formulas.hpp"

/// @file
/// Forward mode: dual numbers, which carry a derivative along with a value. An opt-in header.

namespace xgrad {

template <class T>
struct Dual;

namespace detail {

template <class T>
bool is_zero(const T& x) noexcept {
  if constexpr (std::floating_point<T>)
    return x == 0;
  else
    return is_zero(x.value) && is_zero(x.derivative);
}

/// Whether the compiler can tell that c holds, in the place where it inlines the call.
[[gnu::always_inline]] inline bool is_known(bool c) noexcept {
  return __builtin_constant_p(c) && c;
}

/// The rule of forward mode. A gradient formula multiplies the incoming gradient by the derivative
/// with respect to one operand; given the operand's own derivative instead, it returns the
/// operand's share of the result's derivative. An operand of derivative 0 has no share, even if the
/// slope is infinite or does not exist, as that of (-2)^y.
template <class F, class T, std::same_as<Dual<T>>... X>
[[gnu::always_inline]] inline Dual<T> forward(const F& f, const Dual<T>& a, const X&... more) {
  const T value(f.value(a.value, more.value...));
  const T derivatives[] = {a.derivative, more.derivative...};
  const auto share = [&](const auto& gradient, const T& g) __attribute__((always_inline)) {
    return is_zero(g) ? T(0) : T(gradient(g, a.value, more.value..., value));
  };
  return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    return Dual<T>(value, (share(std::get<I>(f.gradients), derivatives[I]) + ...));
  }
  (std::make_index_sequence<F::differentiable>{});
}

/// forward() of arithmetic, whose shares cost less than a branch: each is computed, then replaced
/// if the operand's derivative is 0. The compiler leaves out what it can tell beforehand: the share
/// of a constant, and the replacement where the slope is finite, as those of x + y and 2 x are. The
/// shares of a Dual<Dual<T>> cost more than a branch.
template <class F, class T, std::same_as<Dual<T>>... X>
[[gnu::always_inline]] inline Dual<T> forward_at_once(const F& f, const Dual<T>& a,
                                                      const X&... more) {
  if constexpr (!std::floating_point<T>) {
    return forward(f, a, more...);
  } else {
    const T value = f.value(a.value, more.value...);
    const T derivatives[] = {a.derivative, more.derivative...};
    T derivative = 0;
    bool has_share = false;
    const auto add_share = [&](const auto& gradient, const T& g) __attribute__((always_inline)) {
      if (is_known(g == 0)) return;
      T share = gradient(g, a.value, more.value..., value);
      const bool is_finite = is_known(gradient(T(0), a.value, more.value..., value) == 0);
      if (!is_finite && g == 0) share = 0;
      derivative = has_share ? derivative + share : share;
      has_share = true;
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
      (add_share(std::get<I>(f.gradients), derivatives[I]), ...);
    }
    (std::make_index_sequence<F::differentiable>{});
    return {value, derivative};
  }
}

}  // namespace detail

/// A number and its derivative with respect to one variable: value + derivative e, where e^2 = 0.
/// Functions of dual numbers use the formulas of the operations on tensors, with the same
/// subgradients at kinks. Sources: Clifford 1873; Wengert, CACM 7 (8), 1964.
///
///     Dual<double> x{2, 1};            // the variable itself, at 2
///     Dual<double> y = x * sqrt(3 * x + 2);
///     y.derivative;                    // dy/dx
///
/// The functions are those of one and of two numbers in autograd/ops/elementwise.hpp and
/// autograd/ops/arithmetic.hpp, by name or by sign, and pow, clamp, elu, leaky_relu, nan_to_num and
/// polygamma. Plain numbers are constants. T is a floating-point type or a Dual: Dual<Dual<double>>
/// holds derivatives of second order, see derivative(). Comparisons compare the values alone.
template <class T>
struct Dual {
  T value{};       ///< the number
  T derivative{};  ///< with respect to the variable

  /// 0, a constant.
  Dual() = default;
  /// A number with its derivative: 1 for the variable itself.
  [[gnu::always_inline]] Dual(const T& v, const T& d) : value(v), derivative(d) {}
  /// A constant.
  [[gnu::always_inline]] Dual(const T& v) : value(v) {}  // NOLINT(*-explicit-*)
  /// A constant of another type.
  template <class S>
    requires(std::is_arithmetic_v<S> && !std::same_as<S, T>)
  [[gnu::always_inline]] Dual(S s) : value(static_cast<T>(s)) {}  // NOLINT(*-explicit-*)

  /// Compares the values.
  /// @{
  friend bool operator==(const Dual& a, const Dual& b) { return a.value == b.value; }
  friend auto operator<=>(const Dual& a, const Dual& b) { return a.value <=> b.value; }
  /// @}

  /// a if c, else b.
  friend Dual where(bool c, const Dual& a, const Dual& b) { return c ? a : b; }

  /// @cond
  // Of two numbers, either of which may be a plain one.
#define XGRAD_BINARY(name)                            \
  friend Dual name(const Dual& a, const Dual& b) {    \
    return detail::forward(formula::name##_op, a, b); \
  }
#define XGRAD_OPERATOR(symbol, name)                                                 \
  [[gnu::always_inline]] friend Dual operator symbol(const Dual& a, const Dual& b) { \
    return detail::forward_at_once(formula::name##_op, a, b);                        \
  }
  XGRAD_BINARY_OPERATIONS(XGRAD_BINARY)
  XGRAD_BINARY(pow)
  XGRAD_OPERATOR(+, add)
  XGRAD_OPERATOR(-, sub)
  XGRAD_OPERATOR(*, mul)
  XGRAD_OPERATOR(/, div)
  [[gnu::always_inline]] friend Dual& operator+=(Dual& a, const Dual& b) { return a = a + b; }
  [[gnu::always_inline]] friend Dual& operator-=(Dual& a, const Dual& b) { return a = a - b; }
  [[gnu::always_inline]] friend Dual& operator*=(Dual& a, const Dual& b) { return a = a * b; }
  [[gnu::always_inline]] friend Dual& operator/=(Dual& a, const Dual& b) { return a = a / b; }

  // Of one number, some with constants.
#define XGRAD_UNARY(name) \
  friend Dual name(const Dual& x) { return detail::forward(formula::name##_op, x); }
  XGRAD_UNARY_OPERATIONS(XGRAD_UNARY)
  [[gnu::always_inline]] friend Dual operator-(const Dual& x) {
    return detail::forward_at_once(formula::neg_op, x);
  }
  friend Dual operator+(const Dual& x) { return x; }
  friend Dual clamp(const Dual& x, const T& lo, const T& hi) {
    return detail::forward(formula::clamp_op, x, Dual(lo), Dual(hi));
  }
  friend Dual elu(const Dual& x, const T& alpha = T(1)) {
    return detail::forward(formula::elu_op, x, Dual(alpha));
  }
  friend Dual nan_to_num(const Dual& x, const T& nan, const T& posinf, const T& neginf) {
    return detail::forward(formula::nan_to_num_op, x, Dual(nan), Dual(posinf), Dual(neginf));
  }
  friend Dual polygamma(const Dual& n, const Dual& x) {
    return detail::forward(formula::polygamma_op, x, n);
  }
  friend Dual leaky_relu(const Dual& x, const T& slope = T(0.01)) {
    return detail::forward(formula::leaky_relu_op, x, Dual(slope));
  }

  // What the derivatives of pow and gelu are made of.
  XGRAD_UNARY(normal_cdf)
  XGRAD_BINARY(pow_by_base)
  friend Dual pow_by_exponent(const Dual& x, const Dual& y, const Dual&) {
    return detail::forward(formula::pow_by_exponent_op, x, y);
  }
#undef XGRAD_BINARY
#undef XGRAD_OPERATOR
#undef XGRAD_UNARY
  /// @endcond

  /// Prints {value, derivative}.
  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& out,
                                                      const Dual& x) {
    return out << '{' << x.value << ", " << x.derivative << '}';
  }
};

/// df/dx at x, where f takes and returns dual numbers. Nests, for generic f:
///
///     const auto f = [](const auto& x) { return sin(x) * x; };
///     const auto slope = [&](const auto& x) { return derivative(f, x); };
///     derivative(slope, 2.0);          // f'' at 2
///
/// An integer x counts as a double. If f also uses the variable of an outer derivative(), x must be
/// of that variable's type (3 * x, say, or Dual<double>(1)): duals of one type are taken to vary
/// with one variable.
template <class F, class T>
auto derivative(const F& f, const T& x) {
  using Real = std::conditional_t<std::is_integral_v<T>, double, T>;
  return Dual<Real>(f(Dual<Real>(static_cast<Real>(x), Real(1)))).derivative;
}

}  // namespace xgrad
