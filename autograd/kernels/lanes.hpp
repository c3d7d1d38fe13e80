#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <xsimd/xsimd.hpp>

#include "words.hpp"

/// @file
/// Lanes<T>: as many floats or doubles as one SIMD register holds, with the arithmetic and the
/// functions that formulas are written in. With it a formula for one element is the fused vector
/// loop; nothing else in the library names an instruction set.

namespace xgrad::kernels {

/// The widest registers the compiler's target has. xsimd 8.1's log does not compile for avx512bw,
/// which adds nothing for floats over avx512dq.
using Architecture = std::conditional_t<std::is_same_v<xsimd::default_arch, xsimd::avx512bw>,
                                        xsimd::avx512dq, xsimd::default_arch>;

/// Which lanes a condition holds in. The architecture is part of the type's name, so that code
/// compiled for another one can be linked with this.
template <class T, class A = Architecture>
struct Mask {
  xsimd::batch_bool<T, A> bits;

  friend Mask operator&&(Mask a, Mask b) noexcept { return {a.bits & b.bits}; }
  friend Mask operator||(Mask a, Mask b) noexcept { return {a.bits | b.bits}; }
  friend Mask operator!(Mask a) noexcept { return {~a.bits}; }
};

using std::cos, std::sin, std::tan;  // of single lanes

template <std::floating_point T, class A = Architecture>
struct Lanes {
  using batch = xsimd::batch<T, A>;
  using Mask = kernels::Mask<T, A>;
  static constexpr std::size_t size = batch::size;

  batch v;

  Lanes() noexcept = default;
  Lanes(batch b) noexcept : v(b) {}  // NOLINT(*-explicit-*)
  template <class S>
    requires std::is_arithmetic_v<S>
  Lanes(S s) noexcept : v(static_cast<T>(s)) {}  // NOLINT(*-explicit-*)

  static Lanes load(const T* p) noexcept { return batch::load_unaligned(p); }
  void store(T* p) const noexcept { v.store_unaligned(p); }

  friend Lanes operator+(Lanes a, Lanes b) noexcept { return a.v + b.v; }
  friend Lanes operator-(Lanes a, Lanes b) noexcept { return a.v - b.v; }
  friend Lanes operator*(Lanes a, Lanes b) noexcept { return a.v * b.v; }
  friend Lanes operator/(Lanes a, Lanes b) noexcept { return a.v / b.v; }
  // xsimd 8.1 takes 0 - 0 for -0.
  friend Lanes operator-(Lanes a) noexcept { return a.v ^ batch(T(-0.0)); }
  /// a b + c
  friend Lanes fma(Lanes a, Lanes b, Lanes c) noexcept { return xsimd::fma(a.v, b.v, c.v); }

  friend Mask operator==(Lanes a, Lanes b) noexcept { return {a.v == b.v}; }
  // xsimd 8.1 takes NaN != NaN for false.
  friend Mask operator!=(Lanes a, Lanes b) noexcept { return !(a == b); }
  friend Mask operator<(Lanes a, Lanes b) noexcept { return {a.v < b.v}; }
  friend Mask operator<=(Lanes a, Lanes b) noexcept { return {a.v <= b.v}; }
  friend Mask operator>(Lanes a, Lanes b) noexcept { return {a.v > b.v}; }
  friend Mask operator>=(Lanes a, Lanes b) noexcept { return {a.v >= b.v}; }

  friend Lanes where(Mask m, Lanes a, Lanes b) noexcept { return xsimd::select(m.bits, a.v, b.v); }
  friend Lanes abs(Lanes a) noexcept { return xsimd::abs(a.v); }
  friend Lanes sqrt(Lanes a) noexcept { return xsimd::sqrt(a.v); }
  friend Lanes asin(Lanes a) noexcept { return xsimd::asin(a.v); }
  friend Lanes acos(Lanes a) noexcept { return xsimd::acos(a.v); }
  friend Lanes atan(Lanes a) noexcept { return xsimd::atan(a.v); }
  friend Lanes sinh(Lanes a) noexcept { return xsimd::sinh(a.v); }
  friend Lanes cosh(Lanes a) noexcept { return xsimd::cosh(a.v); }
  friend Lanes tanh(Lanes a) noexcept { return xsimd::tanh(a.v); }
  friend Lanes asinh(Lanes a) noexcept { return xsimd::asinh(a.v); }
  friend Lanes atanh(Lanes a) noexcept { return xsimd::atanh(a.v); }
  friend Lanes round(Lanes a) noexcept { return xsimd::nearbyint(a.v); }

  // What xsimd 8.1 gets wrong is put right below. exp and expm1 are infinite from 0.35 before the
  // largest number on, and exp is 0 for what is below the smallest normal number.
  friend Lanes exp(Lanes a) noexcept {
    const Lanes y = xsimd::exp(a.v);
    if (xsimd::any((abs(a - T(0.5)) > largest_exponent - T(0.52)).bits)) [[unlikely]]
      return far_exp(a, y);
    return y;
  }
  friend Lanes expm1(Lanes a) noexcept {
    const Lanes y = repaired(
        xsimd::expm1(a.v), a > largest_exponent, [](T x) { return std::expm1(x); }, a);
    return where(a == 0, a, y);
  }
  // The logarithms are wrong below the smallest normal number.
  friend Lanes log(Lanes a) noexcept {
    return repaired(
        xsimd::log(a.v), is_subnormal(a), [](T x) { return std::log(x); }, a);
  }
  friend Lanes log2(Lanes a) noexcept {
    return repaired(
        xsimd::log2(a.v), is_subnormal(a), [](T x) { return std::log2(x); }, a);
  }
  friend Lanes log10(Lanes a) noexcept {
    return repaired(
        xsimd::log10(a.v), is_subnormal(a), [](T x) { return std::log10(x); }, a);
  }
  // acosh is a number where -a is large.
  friend Lanes acosh(Lanes a) noexcept {
    return where(a < 1, Lanes(std::numeric_limits<T>::quiet_NaN()), xsimd::acosh(a.v));
  }
  // log1p and expm1, and without SSE 4.1 floor and ceil, lose the sign of -0.
  friend Lanes log1p(Lanes a) noexcept { return where(a == 0, a, xsimd::log1p(a.v)); }
  friend Lanes floor(Lanes a) noexcept { return xsimd::copysign(xsimd::floor(a.v), a.v); }
  friend Lanes ceil(Lanes a) noexcept { return xsimd::copysign(xsimd::ceil(a.v), a.v); }
  // erf and erfc of doubles are good to 1e-12 only, and NaN where the square overflows. erfc of
  // floats takes two polynomials where one is enough.
  friend Lanes erf(Lanes a) noexcept {
    if constexpr (sizeof(T) == 4) return xsimd::erf(a.v);
    const Lanes x = abs(a);
    const Mask small = x <= 0.46875;
    if (xsimd::all(small.bits)) return small_erf(a);
    const Lanes y = 1 - large_erfc(where(x > 6, 6, x));
    return where(small, small_erf(a), xsimd::copysign(y.v, a.v));
  }
  friend Lanes erfc(Lanes a) noexcept {
    const Lanes x = abs(a);
    if constexpr (sizeof(T) == 4) {
      const Lanes y = float_erfc(x);
      return where(a < 0, 2 - y, y);
    }
    const Mask small = x <= 0.46875;
    if (xsimd::all(small.bits)) return 1 - small_erf(a);
    const Lanes y = large_erfc(where(x > 28, 28, x));
    return where(small, 1 - small_erf(a), where(a < 0, 2 - y, y));
  }
  // sin, cos and tan reduce their arguments in a way that depends on the largest lane.
  friend Lanes sin(Lanes a) noexcept {
    return within_ten_turns([](auto x) { return sin(x); }, a);
  }
  friend Lanes cos(Lanes a) noexcept {
    return within_ten_turns([](auto x) { return cos(x); }, a);
  }
  friend Lanes tan(Lanes a) noexcept {
    return within_ten_turns([](auto x) { return tan(x); }, a);
  }
  // pow(0, 0) and pow(0, -1) are 0. The exponents -1, 0, 1, 2 and 3 need no logarithm. Floats have
  // all their digits in the logarithms of doubles, which narrow registers are too slow for.
  friend Lanes pow(Lanes a, Lanes b) noexcept {
    const Mask minus_one = b == -1, zero = b == 0, one = b == 1, two = b == 2;
    const Mask by_product = minus_one || zero || one || two || b == 3;
    const Lanes product =
        where(minus_one, 1 / a, where(zero, 1, where(one, a, where(two, a * a, a * a * a))));
    if (xsimd::all(by_product.bits)) return product;
    const auto power = [](T x, T y) { return std::pow(x, y); };
    if constexpr (size >= 16) {
      constexpr T infinity = std::numeric_limits<T>::infinity();
      const Mask regular = abs(a) < infinity && abs(b) < infinity && !(a == 0);
      return repaired(where(by_product, product, float_pow(a, b)), !(by_product || regular), power,
                      a, b);
    } else {
      return repaired(product, !by_product, power, a, b);
    }
  }
  // The squares of hypot overflow.
  friend Lanes hypot(Lanes a, Lanes b) noexcept {
    const Lanes x = abs(a), y = abs(b);
    const Lanes larger = where(x > y, x, y), smaller = where(x > y, y, x);
    const Lanes ratio = smaller / where(larger == 0, 1, larger);
    constexpr T infinity = std::numeric_limits<T>::infinity();
    return where(x == infinity || y == infinity, infinity, larger * sqrt(1 + ratio * ratio));
  }
  // fmod loses the digits of large quotients. a - q b is exact for the quotient q rounded towards
  // 0, which is at most one too far from 0, and for that one too.
  friend Lanes fmod(Lanes a, Lanes b) noexcept {
    constexpr T large = T(std::int64_t{1} << (std::numeric_limits<T>::digits - 2));
    const Lanes q = xsimd::trunc((a / b).v);
    const Mask near = abs(q) < large && abs(b) < std::numeric_limits<T>::infinity();
    const Lanes r = by_lane([](T x, T y, T z) { return std::fma(-x, y, z); }, q, b, a);
    const Mask too_far = (a > 0 && r < 0) || (a < 0 && r > 0);
    const Lanes exact = where(too_far, r + xsimd::copysign(b.v, a.v), r);
    return repaired(
        xsimd::copysign(exact.v, a.v), !near, [](T x, T y) { return std::fmod(x, y); }, a, b);
  }
  // lgamma has few digits near its zeros.
  friend Lanes lgamma(Lanes a) noexcept {
    return by_lane([](T x) { return formula::lgamma(x); }, a);
  }
  friend Lanes polygamma(Lanes n, Lanes a) noexcept {
    return by_lane([](T order, T x) { return formula::polygamma(order, x); }, n, a);
  }
  // atan2 is NaN where the quotient is, for two zeros and for two infinities.
  friend Lanes atan2(Lanes a, Lanes b) noexcept {
    const Lanes angle = xsimd::atan2(a.v, b.v);
    return repaired(
        angle, angle != angle, [](T y, T x) { return std::atan2(y, x); }, a, b);
  }

 private:
  static Mask is_subnormal(Lanes a) noexcept { return a < std::numeric_limits<T>::min() && a > 0; }
  static constexpr T largest_exponent = sizeof(T) == 4 ? T(88.37) : T(709.4);

  /// e^a where `near`, what xsimd makes of it, may be wrong: e^(a - s) e^s or e^(a + s) / e^s. Not
  /// inlined, so that its caller is.
  [[gnu::noinline]] static Lanes far_exp(Lanes a, Lanes near) noexcept {
    const T s = sizeof(T) == 4 ? T(32) : T(64);
    const T of_s = sizeof(T) == 4 ? T(7.8962960182680695e13) : T(6.2351490808116169e27);
    const Mask high = a > largest_exponent - T(0.1);
    const Mask low = a < T(1) - largest_exponent && a > (sizeof(T) == 4 ? T(-104) : T(-746));
    if (!xsimd::any((high || low).bits)) return near;
    const Lanes y = xsimd::exp(where(high, a - s, a + s).v);
    return where(high, y * of_s, where(low, y / of_s, near));
  }

  /// erfc of floats x >= 0 as t p(t) e^(-x^2) with t = 2 / (2 + x); p by least squares, with
  /// weights that made the relative error even: 4.3e-8. Its even and odd terms are independent
  /// sums.
  static Lanes float_erfc(Lanes x) noexcept {
    using formula::polynomial;
    const Lanes t = 2 / (2 + x), u = t * t;
    const Lanes even =
        polynomial(u, 0.282086038, 0.243055718, -0.0270719131, -0.48776291, -0.0591244253);
    const Lanes odd = polynomial(u, 0.282381938, 0.202876295, 0.278713022, 0.284846194);
    return exp(-x * x) * t * (even + t * odd);
  }

  // Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969): erf of
  // doubles up to 0.46875, erfc above.
  static Lanes small_erf(Lanes x) noexcept {
    using formula::polynomial;
    const Lanes q = x * x;
    return x *
           polynomial(q, 3.20937758913846947e03, 3.77485237685302021e02, 1.13864154151050156e02,
                      3.16112374387056560, 1.85777706184603153e-1) /
           polynomial(q, 2.84423683343917062e03, 1.28261652607737228e03, 2.44024637934444173e02,
                      2.36012909523441209e01, 1.0);
  }
  [[gnu::noinline, gnu::flatten]] static Lanes large_erfc(Lanes x) noexcept {
    using formula::polynomial;
    // e^(-x^2): the square of h is exact, and e^-d has few terms.
    const Lanes q = x * x, h = floor(x * 0x1p20) * 0x1p-20, d = (x - h) * (x + h);
    const Lanes decay = exp(-h * h) * polynomial(d, 1, -1, 0.5, -1 / 6.0);
    const Lanes middle =
        polynomial(x, 1.23033935479799725e03, 2.05107837782607147e03, 1.71204761263407058e03,
                   8.81952221241769090e02, 2.98635138197400131e02, 6.61191906371416295e01,
                   8.88314979438837594, 5.64188496988670089e-1, 2.15311535474403846e-8) /
        polynomial(x, 1.23033935480374942e03, 3.43936767414372164e03, 4.36261909014324716e03,
                   3.29079923573345963e03, 1.62138957456669019e03, 5.37181101862009858e02,
                   1.17693950891312499e02, 1.57449261107098347e01, 1.0);
    const Mask large = x > 4;
    if (!xsimd::any(large.bits)) return decay * middle;
    const Lanes r = 1 / q;
    const Lanes tail =
        (0.56418958354775628695 -
         r *
             polynomial(r, 6.58749161529837803e-4, 1.60837851487422766e-2, 1.25781726111229246e-1,
                        3.60344899949804439e-1, 3.05326634961232344e-1, 1.63153871373020978e-2) /
             polynomial(r, 2.33520497626869185e-3, 6.05183413124413191e-2, 5.27905102951428412e-1,
                        1.87295284992346047, 2.56852019228982242, 1.0)) /
        x;
    return decay * where(large, tail, middle);
  }

  /// a^b of finite floats, a != 0, as doubles: e^(b log |a|), with the sign of an odd power.
  static Lanes float_pow(Lanes a, Lanes b) noexcept {
    using Wide = kernels::Lanes<double, A>;
    T x[size], y[size];
    double base[size], exponent[size];
    abs(a).store(x);
    b.store(y);
    for (std::size_t i = 0; i < size; ++i) base[i] = x[i], exponent[i] = y[i];
    for (std::size_t i = 0; i < size; i += Wide::size) {
      const Wide t = Wide::load(exponent + i) * log(Wide::load(base + i));
      exp(where(t < -200, -200, where(t > 200, 200, t))).store(base + i);
    }
    for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<T>(base[i]);
    const Lanes power = load(x);
    const Lanes otherwise = where(round(b) == b, Lanes(xsimd::copysign(power.v, a.v)),
                                  std::numeric_limits<T>::quiet_NaN());
    return where(a > 0 || 2 * round(b / 2) == b, power, otherwise);
  }

  /// f of every lane by itself.
  template <class F, class... X>
  static Lanes by_lane(const F& f, const X&... x) noexcept {
    T y[size];
    for (std::size_t i = 0; i < size; ++i) y[i] = f(x.v.get(i)...);
    return load(y);
  }
  /// f(x), by the C library from 20 pi on.
  template <class F>
  static Lanes within_ten_turns(const F& f, Lanes x) noexcept {
    const Mask near = abs(x) <= T(62.8);
    return repaired(f(where(near, x, 0).v), !near, f, x);
  }
  /// y, but f(x) in the lanes that are wrong.
  template <class F, class... X>
  static Lanes repaired(Lanes y, Mask wrong, const F& f, const X&... x) noexcept {
    if (xsimd::any(wrong.bits)) [[unlikely]]
      return where(wrong, by_lane(f, x...), y);
    return y;
  }
};

template <class T>
T sum_lanes(Lanes<T> a) noexcept {
  return xsimd::hadd(a.v);
}

/// v in the last n lanes, 0 in the others.
template <class T>
Lanes<T> last_lanes(Lanes<T> v, std::size_t n) noexcept {
  T numbers[Lanes<T>::size];
  for (std::size_t i = 0; i < Lanes<T>::size; ++i) numbers[i] = static_cast<T>(i);
  return where(Lanes<T>::load(numbers) < static_cast<T>(Lanes<T>::size - n), 0, v);
}

/// The first n < size elements from p on, the rest `fill`.
template <class T>
Lanes<T> load_partial(const T* p, std::size_t n, T fill = T(0)) noexcept {
  T lanes[Lanes<T>::size];
  Lanes<T>(fill).store(lanes);
  std::memcpy(lanes, p, n * sizeof(T));
  return Lanes<T>::load(lanes);
}
template <class T>
void store_partial(Lanes<T> a, T* p, std::size_t n) noexcept {
  T lanes[Lanes<T>::size];
  a.store(lanes);
  std::memcpy(p, lanes, n * sizeof(T));
}

}  // namespace xgrad::kernels
