#pragma once

#include <algorithm>
#include <cmath>
#include <compare>
#include <limits>

#include "../support/parallel.hpp"
#include "tensor.hpp"

/// @file
/// Numbers and buffers from one element type to another.

namespace xgrad::kernels {

/// The value of T nearest to a number, and the order of the number and that value: `equivalent` if
/// T holds the number, `unordered` for NaN and integers. A float T holds an integer if it is exact,
/// and a fraction, which is rounded, unless it becomes infinite or 0.
template <Element T>
struct Nearest {
  T value;
  std::partial_ordering number;
};

/// The first and the last of the integers that T holds without a gap.
template <Element T>
constexpr std::pair<std::int64_t, std::int64_t> integers_of() noexcept {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_floating_point_v<T>)
    return {-(std::int64_t{1} << Limits::digits), std::int64_t{1} << Limits::digits};
  else
    return {Limits::min(), Limits::max()};
}

template <Element T>
Nearest<T> nearest(const Scalar& s) noexcept {
  using Limits = std::numeric_limits<T>;
  if (s.is_integer) {
    constexpr auto exactly = integers_of<T>();
    if (s.integer >= exactly.first && s.integer <= exactly.second && !s.exceeds_int64())
      return {static_cast<T>(s.integer), std::partial_ordering::equivalent};
    __extension__ using Wide = __int128;
    const Wide exact = s.exceeds_int64() ? Wide{static_cast<std::uint64_t>(s.integer)} : s.integer;
    T value;
    if constexpr (std::is_floating_point_v<T>)
      value = static_cast<T>(exact);
    else
      value = static_cast<T>(std::clamp<Wide>(exact, Limits::min(), Limits::max()));
    return {value, exact <=> static_cast<Wide>(value)};
  }
  if constexpr (std::is_floating_point_v<T>) {
    const T value = static_cast<T>(s.value);
    const bool held = std::isnan(s.value) || (std::isfinite(value) == std::isfinite(s.value) &&
                                              (value != 0) == (s.value != 0));
    return {value, held ? std::partial_ordering::equivalent : s.value <=> double{value}};
  } else {
    if (std::isnan(s.value)) return {0, std::partial_ordering::unordered};
    const double whole = std::floor(s.value);
    if (detail::in_range<T>(whole)) return {static_cast<T>(whole), s.value <=> whole};
    return {whole < 0 ? Limits::min() : Limits::max(), whole <=> 0};
  }
}

/// Whether a number can be an element of type T; rounded, if T is a float.
template <Element T>
bool is_held(const Scalar& s) noexcept {
  if constexpr (std::is_floating_point_v<T>)
    return std::isfinite(static_cast<T>(s.value)) || !std::isfinite(s.value);
  else if constexpr (std::is_same_v<T, bool>)
    return true;  // whether it is not 0
  else
    return nearest<T>(s).number == std::partial_ordering::equivalent;
}

/// A number that can be an element of type T, as one.
template <Element T>
T element(const Scalar& s) noexcept {
  return s.is_integer && !s.exceeds_int64() ? static_cast<T>(s.integer) : static_cast<T>(s.value);
}

[[noreturn]] void throw_not_held(const char* op, DType dtype, const Scalar& s);

/// Throws ValueError, naming `op`, if the number cannot be an element of this dtype.
inline void require_held(const char* op, DType dtype, const Scalar& s) {
  if (!visit_dtype(dtype, [&]<class T>(T) { return is_held<T>(s); })) throw_not_held(op, dtype, s);
}

/// Sets n elements to one value, which they can hold.
inline void fill(void* out, std::size_t n, DType dtype, const Scalar& value) noexcept {
  visit_dtype(dtype, [&]<class T>(T) { std::fill_n(static_cast<T*>(out), n, element<T>(value)); });
}

/// As processors, PyTorch and NumPy convert: what int64 does not hold becomes its lowest value.
template <Element T, Element S>
T cut(S v) noexcept {
  if constexpr (std::is_same_v<T, bool>)
    return v != 0;
  else if constexpr (std::is_integral_v<T> && std::is_floating_point_v<S>)
    return static_cast<T>(detail::in_range<std::int64_t>(v)
                              ? static_cast<std::int64_t>(v)
                              : std::numeric_limits<std::int64_t>::min());
  else
    return static_cast<T>(v);
}

/// out[i] = in[i], converted.
inline void convert(void* out, DType to, const void* in, DType from, std::size_t n) noexcept {
  visit_dtype(to, [&]<class T>(T) {
    visit_dtype(from, [&]<class S>(S) {
      // Masks are read as bytes, of which the compiler makes vector loops.
      using Read = std::conditional_t<std::is_same_v<S, bool>, std::uint8_t, S>;
      const Read* source = static_cast<const Read*>(in);
      T* target = static_cast<T*>(out);
      parallel_ranges(n, 0.01 * sizeof(T), [=](std::size_t first, std::size_t end) {
        for (std::size_t i = first; i < end; ++i) target[i] = cut<T>(source[i]);
      });
    });
  });
}

/// The same. Throws ValueError, naming `op`, for the first element that `to` does not hold.
void convert_exactly(const char* op, void* out, DType to, const void* in, DType from,
                     std::size_t n);

}  // namespace xgrad::kernels
