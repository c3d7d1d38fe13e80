#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include "../support/allocator.hpp"
#include "../support/parallel.hpp"
#include "walk.hpp"

/// @file
/// Ranking of the middle axis of contiguous Blocks (outer, n, inner).

namespace xgrad::kernels {

/// u < v, where NaN counts as larger than all numbers.
template <class T>
constexpr bool less(T u, T v) noexcept {
  return u < v || (v != v && u == u);
}

/// The elements' order as that of unsigned integers.
template <class T>
auto sort_key(T v) noexcept {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint8_t>>;
  constexpr Bits top = static_cast<Bits>(Bits{1} << (8 * sizeof(T) - 1));
  if constexpr (std::is_floating_point_v<T>) {
    const Bits bits = std::bit_cast<Bits>(v + T(0));  // -0 equals 0
    return v != v ? ~Bits{0} : (bits & top) != 0 ? static_cast<Bits>(~bits) : bits | top;
  } else {
    return static_cast<Bits>(static_cast<Bits>(v) ^ (std::is_signed_v<T> ? top : Bits{0}));
  }
}

/// Ranks all of n < 2^32 elements, each `step` further than the last, as rank() does: it
/// distributes them by one byte of their keys after another, the last byte first.
template <bool descending, class T>
void rank_all(std::int64_t* out, const T* x, std::size_t n, std::size_t step) {
  using Key = decltype(sort_key(T()));
  struct Keyed {
    Key key;
    std::uint32_t index;
  };
  const auto byte_of = [](Key key, std::size_t byte) { return key >> (8 * byte) & 255U; };
  memory::Scratch<Keyed> keyed(2 * n);
  Keyed *from = keyed.begin(), *to = from + n;
  std::array<std::array<std::uint32_t, 256>, sizeof(T)> counts{};
  for (std::size_t i = 0; i < n; ++i) {
    const Key key = sort_key(x[i * step]);
    from[i] = {descending ? static_cast<Key>(~key) : key, static_cast<std::uint32_t>(i)};
    for (std::size_t byte = 0; byte < sizeof(T); ++byte) ++counts[byte][byte_of(from[i].key, byte)];
  }
  for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
    std::array<std::uint32_t, 256>& place = counts[byte];
    if (place[byte_of(from[0].key, byte)] == n) continue;
    std::exclusive_scan(place.begin(), place.end(), place.begin(), 0U);
    for (std::size_t i = 0; i < n; ++i) to[place[byte_of(from[i].key, byte)]++] = from[i];
    std::swap(from, to);
  }
  for (std::size_t i = 0; i < n; ++i) out[i * step] = from[i].index;
}

template <class T>
struct Ranked {
  T value;
  std::int64_t index;
};

/// Where the first k >= 1 of n elements in ascending (descending) order stand; elements and results
/// are `step` apart. `column` has room for n.
template <bool descending, class T>
void rank_first(std::int64_t* out, const T* x, std::size_t n, std::size_t step, std::size_t k,
                Ranked<T>* column) {
  const auto before = [](const Ranked<T>& p, const Ranked<T>& q) {
    const T u = descending ? q.value : p.value, v = descending ? p.value : q.value;
    return less(u, v) || (!less(v, u) && p.index < q.index);
  };
  Ranked<T>* const last = column + k;
  const bool few = k < n / 64;
  for (std::size_t i = 0; i < (few ? k : n); ++i)
    column[i] = {x[i * step], static_cast<std::int64_t>(i)};
  if (few) {  // a heap of k, which most elements do not enter; equal ones never do
    std::make_heap(column, last, before);
    for (std::size_t i = k; i < n; ++i) {
      const T v = x[i * step], worst = column[0].value;
      if (!(descending ? less(worst, v) : less(v, worst))) continue;
      std::pop_heap(column, last, before);
      last[-1] = {v, static_cast<std::int64_t>(i)};
      std::push_heap(column, last, before);
    }
    std::sort_heap(column, last, before);
  } else {
    if (k < n) std::nth_element(column, last, column + n, before);
    std::sort(column, last, before);
  }
  for (std::size_t i = 0; i < k; ++i) out[i * step] = column[i].index;
}

/// The same along the axis of length n: (outer, k, inner). NaN counts as larger than all numbers;
/// equal elements stay in order.
template <bool descending, class T>
void rank(std::int64_t* out, const T* x, const Blocks& b, std::size_t k) {
  const std::size_t n = b.n, inner = b.inner;
  constexpr std::size_t many = 32 * sizeof(T), most = std::numeric_limits<std::uint32_t>::max();
  const bool all = k == n && n >= many && n <= most;  // sooner done than by comparisons
  parallel_ranges(b.outer * inner, static_cast<double>(n), [=](std::size_t from, std::size_t to) {
    memory::Scratch<Ranked<T>> column(all ? 0 : n);
    for (std::size_t lane = from; lane < to; ++lane) {
      const std::size_t o = lane / inner, j = lane % inner;
      std::int64_t* const ranks = out + o * k * inner + j;
      const T* const elements = x + o * n * inner + j;
      if (all)
        rank_all<descending>(ranks, elements, n, inner);
      else
        rank_first<descending>(ranks, elements, n, inner, k, column.begin());
    }
  });
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
