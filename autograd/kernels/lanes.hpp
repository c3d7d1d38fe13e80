#pragma once

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
  friend Lanes exp(Lanes a) noexcept { return xsimd::exp(a.v); }
  friend Lanes log(Lanes a) noexcept { return xsimd::log(a.v); }
  friend Lanes tanh(Lanes a) noexcept { return xsimd::tanh(a.v); }
  // xsimd 8.1 gives pow(0, 0) = 0 and pow(0, -1) = 0: the C library's, lane by lane, is right.
  friend Lanes pow(Lanes a, Lanes b) noexcept {
    T base[size], exponent[size];
    a.store(base);
    b.store(exponent);
    for (std::size_t i = 0; i < size; ++i) base[i] = std::pow(base[i], exponent[i]);
    return load(base);
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
