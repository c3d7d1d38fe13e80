#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <xsimd/xsimd.hpp>

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
  friend Lanes operator-(Lanes a) noexcept { return -a.v; }

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
  friend Lanes round(Lanes a) noexcept { return xsimd::nearbyint(a.v); }

  // What xsimd 8.1 gets wrong is put right below. exp and expm1 are infinite from 0.35 before the
  // largest number on; what exp makes of numbers below the smallest normal one is 0, and stays so.
  friend Lanes exp(Lanes a) noexcept {
    return repaired(
        xsimd::exp(a.v), a > largest_exponent, [](T x) { return std::exp(x); }, a);
  }
  friend Lanes expm1(Lanes a) noexcept {
    const Lanes y = repaired(
        xsimd::expm1(a.v), a > largest_exponent, [](T x) { return std::expm1(x); }, a);
    return where(a == 0, a, y);
  }
  // log is wrong below the smallest normal number.
  friend Lanes log(Lanes a) noexcept {
    return repaired(
        xsimd::log(a.v), a < std::numeric_limits<T>::min() && a > 0,
        [](T x) { return std::log(x); }, a);
  }
  // log1p and expm1, and without SSE 4.1 floor and ceil, lose the sign of -0.
  friend Lanes log1p(Lanes a) noexcept { return where(a == 0, a, xsimd::log1p(a.v)); }
  friend Lanes floor(Lanes a) noexcept { return xsimd::copysign(xsimd::floor(a.v), a.v); }
  friend Lanes ceil(Lanes a) noexcept { return xsimd::copysign(xsimd::ceil(a.v), a.v); }
  // erf of doubles is NaN where the square overflows; from 6 on it is 1.
  friend Lanes erf(Lanes a) noexcept {
    return xsimd::erf(where(abs(a) > 6, Lanes(xsimd::copysign(batch(T(6)), a.v)), a).v);
  }
  // sin, cos and tan reduce their arguments in a way that depends on the greatest lane.
  friend Lanes sin(Lanes a) noexcept {
    return within_ten_turns(
        [](auto x) {
          using std::sin;
          return sin(x);
        },
        a);
  }
  friend Lanes cos(Lanes a) noexcept {
    return within_ten_turns(
        [](auto x) {
          using std::cos;
          return cos(x);
        },
        a);
  }
  friend Lanes tan(Lanes a) noexcept {
    return within_ten_turns(
        [](auto x) {
          using std::tan;
          return tan(x);
        },
        a);
  }
  // pow(0, 0) and pow(0, -1) are 0.
  friend Lanes pow(Lanes a, Lanes b) noexcept {
    return by_lane([](T x, T y) { return std::pow(x, y); }, a, b);
  }
  // atan2 is NaN where the quotient is, for two zeros and for two infinities.
  friend Lanes atan2(Lanes a, Lanes b) noexcept {
    const Lanes angle = xsimd::atan2(a.v, b.v);
    return repaired(
        angle, angle != angle, [](T y, T x) { return std::atan2(y, x); }, a, b);
  }

 private:
  static constexpr T largest_exponent = sizeof(T) == 4 ? T(88.37) : T(709.4);

  using Array = std::array<T, size>;
  Array array() const noexcept {
    Array lanes;
    store(lanes.data());
    return lanes;
  }
  /// f of every lane by itself.
  template <class F, class... X>
  static Lanes by_lane(const F& f, const X&... x) noexcept {
    return [&](const auto&... lanes) {
      Array y;
      for (std::size_t i = 0; i < size; ++i) y[i] = f(lanes[i]...);
      return load(y.data());
    }(x.array()...);
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

/// The greatest (least) lane; a NaN in any lane is returned.
template <class T>
T max_lane(Lanes<T> a) noexcept {
  T lanes[Lanes<T>::size];
  a.store(lanes);
  T best = lanes[0];
  for (T lane : lanes) best = (lane > best || lane != lane) ? lane : best;
  return best;
}
template <class T>
T sum_lanes(Lanes<T> a) noexcept {
  return xsimd::hadd(a.v);
}

/// The first n < size elements from p on, the rest `fill`.
template <class T>
Lanes<T> load_partial(const T* p, std::size_t n, T fill = T(0)) noexcept {
  T lanes[Lanes<T>::size];
  for (T& lane : lanes) lane = fill;
  for (std::size_t i = 0; i < n; ++i) lanes[i] = p[i];
  return Lanes<T>::load(lanes);
}
template <class T>
void store_partial(Lanes<T> a, T* p, std::size_t n) noexcept {
  T lanes[Lanes<T>::size];
  a.store(lanes);
  std::memcpy(p, lanes, n * sizeof(T));
}

}  // namespace xgrad::kernels
