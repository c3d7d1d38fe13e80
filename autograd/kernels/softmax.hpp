#pragma once

#include "map.hpp"
#include "reduce.hpp"

/// @file
/// Row-wise softmax and log_softmax of contiguous matrices.

namespace xgrad::kernels {

/// Folds one row register by register, the last padded with `fill`.
template <class T, class F>
Lanes<T> fold_lanes(const T* x, std::size_t n, T fill, Lanes<T> start, F f) {
  using V = Lanes<T>;
  std::size_t i = 0;
  for (; i + V::size <= n; i += V::size) start = f(start, V::load(x + i));
  return i < n ? f(start, load_partial(x + i, n - i, fill)) : start;
}

template <class T>
T row_max(const T* x, std::size_t n) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  return max_lane(fold_lanes(x, n, lowest, Lanes<T>(lowest), [](auto best, auto v) {
    return where(best != best, best, where(v <= best, best, v));  // keeps a NaN
  }));
}

/// sum_i e^(x_i - max), the common denominator.
template <class T>
T row_exp_sum(const T* x, std::size_t n, T max) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  return sum_lanes(fold_lanes(x, n, lowest, Lanes<T>(0),
                              [max](auto total, auto v) { return total + exp(v - max); }));
}

/// Writes the limits of a row whose largest element is infinite: `chosen` for that element and
/// `other` for the rest; NaN if there are several such elements.
template <class T>
void settle_infinite_row(T* out, const T* x, std::size_t n, T chosen, T other) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  if (std::count(x, x + n, infinity) == 1)
    for (std::size_t i = 0; i < n; ++i) out[i] = x[i] == infinity ? chosen : other;
  else
    std::fill_n(out, n, std::numeric_limits<T>::quiet_NaN());
}

template <class T>
void softmax(T* out, const T* x, std::size_t rows, std::size_t n) {
  for (std::size_t r = 0; r < rows; ++r, x += n, out += n) {
    const T max = row_max(x, n);
    if (max == std::numeric_limits<T>::infinity()) {
      settle_infinite_row(out, x, n, T(1), T(0));
      continue;
    }
    map_flat([max](auto v) { return exp(v - max); }, out, {x}, n);
    const T total =
        sum_lanes(fold_lanes(out, n, T(0), Lanes<T>(0), [](auto sum, auto v) { return sum + v; }));
    const T scale = 1 / total;
    for (std::size_t i = 0; i < n; ++i) out[i] *= scale;
  }
}

template <class T>
void log_softmax(T* out, const T* x, std::size_t rows, std::size_t n) {
  for (std::size_t r = 0; r < rows; ++r, x += n, out += n) {
    const T max = row_max(x, n);
    if (max == std::numeric_limits<T>::infinity()) {
      settle_infinite_row(out, x, n, T(0), -max);
      continue;
    }
    const T log_total = std::log(row_exp_sum(x, n, max));
    // Not x - (max + log_total): at |max| = 1e4 the logarithm's digits would be lost in the sum.
    map_flat([=](auto v) { return (v - max) - log_total; }, out, {x}, n);
  }
}

/// log sum e^x of each row. Where the largest element is not finite, it is the result.
template <class T>
void logsumexp(T* out, const T* x, std::size_t rows, std::size_t n) {
  constexpr std::size_t block = sum_block * Lanes<T>::size;
  for (std::size_t r = 0; r < rows; ++r, x += n) {
    const T max = row_max(x, n);
    double total = 0;
    for (std::size_t i = 0; i < n; i += block)
      total += row_exp_sum(x + i, std::min(n - i, block), max);
    out[r] = std::isfinite(max) ? static_cast<T>(max + std::log(total)) : max;
  }
}

}  // namespace xgrad::kernels
