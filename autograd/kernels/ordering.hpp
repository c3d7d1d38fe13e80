#pragma once

#include <algorithm>
#include <cstdint>

#include "../support/allocator.hpp"
#include "walk.hpp"

/// @file
/// Ranking of the middle axis of contiguous Blocks (outer, n, inner).

namespace xgrad::kernels {

/// u < v, where NaN counts as larger than all numbers.
template <class T>
constexpr bool less(T u, T v) noexcept {
  return u < v || (v != v && u == u);
}

/// Where the first k >= 1 elements in ascending (descending) order stand: (outer, k, inner). NaN
/// counts as larger than all numbers; equal elements stay in order.
template <bool descending, class T>
void rank(std::int64_t* out, const T* x, const Blocks& b, std::size_t k) {
  struct Ranked {
    T value;
    std::int64_t index;
  };
  const std::size_t n = b.n, inner = b.inner;
  memory::Scratch<Ranked> column(n);
  const auto before = [](const Ranked& p, const Ranked& q) {
    const T u = descending ? q.value : p.value, v = descending ? p.value : q.value;
    return less(u, v) || (!less(v, u) && p.index < q.index);
  };
  Ranked* const last = column.begin() + k;
  const bool few = k < n / 64;
  for (std::size_t o = 0; o < b.outer; ++o, x += n * inner, out += k * inner) {
    for (std::size_t j = 0; j < inner; ++j) {
      for (std::size_t i = 0; i < (few ? k : n); ++i)
        column[i] = {x[i * inner + j], static_cast<std::int64_t>(i)};
      if (few) {  // a heap of k, which most elements do not enter; equal ones never do
        std::make_heap(column.begin(), last, before);
        for (std::size_t i = k; i < n; ++i) {
          const T v = x[i * inner + j], worst = column[0].value;
          if (!(descending ? less(worst, v) : less(v, worst))) continue;
          std::pop_heap(column.begin(), last, before);
          last[-1] = {v, static_cast<std::int64_t>(i)};
          std::push_heap(column.begin(), last, before);
        }
        std::sort_heap(column.begin(), last, before);
      } else {
        if (k < n) std::nth_element(column.begin(), last, column.end(), before);
        std::sort(column.begin(), last, before);
      }
      for (std::size_t i = 0; i < k; ++i) out[i * inner + j] = column[i].index;
    }
  }
}

/// The middle element of each row of n >= 1 in order, of two the lower one; NaN if there is one.
template <class T>
void median(T* out, const T* x, std::size_t rows, std::size_t n) {
  memory::Scratch<T> row(n);
  for (std::size_t r = 0; r < rows; ++r, x += n) {
    std::copy_n(x, n, row.begin());
    T* const middle = row.begin() + (n - 1) / 2;
    const T* const nan = std::find_if(row.begin(), row.end(), [](T v) { return v != v; });
    if (nan == row.end()) std::nth_element(row.begin(), middle, row.end());
    out[r] = nan == row.end() ? *middle : *nan;
  }
}

}  // namespace xgrad::kernels
