#pragma once

#include <algorithm>
#include <cstdint>

#include "autograd/kernels/lanes.hpp"

/// @file
/// Reductions of the middle axis of a contiguous (outer, n, inner) block. Floats are summed in
/// blocks, and the blocks' results as doubles, so that the rounding error is that of one block,
/// however long the sum.

namespace xgrad::kernels {

inline constexpr std::size_t sum_block = 256;

/// In which the results of blocks are added up.
template <class T>
using Total = std::conditional_t<std::is_floating_point_v<T>, double, T>;

/// Sum of n contiguous elements.
template <class T>
T sum_row(const T* x, std::size_t n) {
  if constexpr (std::is_floating_point_v<T>) {
    using V = Lanes<T>;
    constexpr std::size_t block = sum_block * V::size;
    Total<T> total = 0;
    while (n > 0) {
      const std::size_t m = std::min(n, block);
      V a(0), b(0), c(0), d(0);
      std::size_t i = 0;
      for (; i + 4 * V::size <= m; i += 4 * V::size) {
        a = a + V::load(x + i);
        b = b + V::load(x + i + V::size);
        c = c + V::load(x + i + 2 * V::size);
        d = d + V::load(x + i + 3 * V::size);
      }
      for (; i + V::size <= m; i += V::size) a = a + V::load(x + i);
      if (i < m) b = b + load_partial(x + i, m - i);
      total += sum_lanes((a + b) + (c + d));
      x += m;
      n -= m;
    }
    return static_cast<T>(total);
  } else {
    T total = 0;
    for (std::size_t i = 0; i < n; ++i) total = static_cast<T>(total + x[i]);
    return total;
  }
}

/// out[j] = sum over k of x[k][j], for a contiguous (n, inner) matrix.
template <class T>
void sum_columns(T* out, const T* x, std::size_t n, std::size_t inner) {
  constexpr std::size_t width = 64;
  for (std::size_t from = 0; from < inner; from += width) {
    const std::size_t columns = std::min(width, inner - from);
    Total<T> total[width] = {};
    for (std::size_t k = 0; k < n; k += sum_block) {
      T partial[width] = {};
      const std::size_t end = std::min(n, k + sum_block);
      for (std::size_t row = k; row < end; ++row) {
        const T* source = x + row * inner + from;
        for (std::size_t j = 0; j < columns; ++j)
          partial[j] = static_cast<T>(partial[j] + source[j]);
      }
      for (std::size_t j = 0; j < columns; ++j)
        total[j] = static_cast<Total<T>>(total[j] + partial[j]);
    }
    for (std::size_t j = 0; j < columns; ++j) out[from + j] = static_cast<T>(total[j]);
  }
}

template <class T>
void sum(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner) {
  if (inner == 1) {
    for (std::size_t o = 0; o < outer; ++o) out[o] = sum_row(x + o * n, n);
  } else {
    for (std::size_t o = 0; o < outer; ++o)
      sum_columns(out + o * inner, x + o * n * inner, n, inner);
  }
}

/// The first element that `better` prefers to all before it, and where it stands. n >= 1.
/// A NaN, once met, stays.
template <class T, class Better>
void select_extreme(T* out, std::int64_t* where, const T* x, std::size_t outer, std::size_t n,
                    std::size_t inner, Better better) {
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t j = 0; j < inner; ++j) {
      const T* column = x + o * n * inner + j;
      T best = column[0];
      std::size_t at = 0;
      for (std::size_t k = 1; k < n && best == best; ++k) {
        const T value = column[k * inner];
        if (better(value, best) || value != value) {
          best = value;
          at = k;
        }
      }
      if (out) out[o * inner + j] = best;
      if (where) where[o * inner + j] = static_cast<std::int64_t>(at);
    }
  }
}

}  // namespace xgrad::kernels
