#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

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

/// finish(sum of n elements), by a type of more range where the sum of a block has left the range
/// of T, or that of all blocks the range of doubles: sums and means that are finite come out so.
template <class T, class Finish>
T wide_sum(const T* x, std::size_t n, std::size_t step, Finish finish) {
  long double total = 0;
  for (std::size_t i = 0; i < n; ++i) total += x[i * step];
  return static_cast<T>(finish(total));
}

/// finish(sum) of n contiguous elements.
template <class T, class Finish>
T sum_row(const T* x, std::size_t n, Finish finish) {
  if constexpr (std::is_floating_point_v<T>) {
    using V = Lanes<T>;
    constexpr std::size_t block = sum_block * V::size;
    Total<T> total = 0;
    if (n <= 8) {  // sooner done than to set up for more
      for (std::size_t i = 0; i < n; ++i) total += x[i];
      if (!std::isfinite(total)) [[unlikely]]
        return wide_sum(x, n, 1, finish);
      return static_cast<T>(finish(total));
    }
    const T* const begin = x;
    const std::size_t count = n;
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
    if (!std::isfinite(total)) [[unlikely]]
      return wide_sum(begin, count, 1, finish);
    return static_cast<T>(finish(total));
  } else {
    T total = 0;
    for (std::size_t i = 0; i < n; ++i) total = static_cast<T>(total + x[i]);
    return total;
  }
}

/// out[j] = finish(sum over k of x[k][j]), for a contiguous (n, inner) matrix.
template <class T, class Finish>
void sum_columns(T* out, const T* x, std::size_t n, std::size_t inner, Finish finish) {
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
    for (std::size_t j = 0; j < columns; ++j) out[from + j] = static_cast<T>(finish(total[j]));
    if constexpr (std::is_floating_point_v<T>) {
      bool finite = true;
      for (std::size_t j = 0; j < columns; ++j) finite &= std::isfinite(total[j]);
      for (std::size_t j = 0; !finite && j < columns; ++j)
        out[from + j] = wide_sum(x + from + j, n, inner, finish);
    }
  }
}

template <class T, class Finish>
void sum(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner, Finish finish) {
  if (inner == 1) {
    for (std::size_t o = 0; o < outer; ++o) out[o] = sum_row(x + o * n, n, finish);
  } else {
    for (std::size_t o = 0; o < outer; ++o)
      sum_columns(out + o * inner, x + o * n * inner, n, inner, finish);
  }
}
template <class T>
void sum(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner) {
  sum(out, x, outer, n, inner, [](auto total) { return total; });
}
template <class T>
void mean(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner) {
  sum(out, x, outer, n, inner, [n](auto total) { return total / static_cast<double>(n); });
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

// ---- with an accumulator of any kind: it has add(element) and merge(another one)

/// {f(0), …, f(N - 1)}.
template <std::size_t N, class F>
auto array_of(F f) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{f(I)...};
  }(std::make_index_sequence<N>{});
}

/// Folds n contiguous elements: in blocks, as sum_row does, and in strands that do not wait for one
/// another. `start` is the accumulator of no elements.
template <class T, class Accumulator>
Accumulator fold_row(const T* x, std::size_t n, const Accumulator& start) {
  constexpr std::size_t strands = 8;
  Accumulator total = start;
  for (std::size_t from = 0; from < n; from += strands * sum_block) {
    const std::size_t end = std::min(n, from + strands * sum_block);
    auto part = array_of<strands>([&](std::size_t) { return start; });
    std::size_t i = from;
    for (; i + strands <= end; i += strands)
      for (std::size_t s = 0; s < strands; ++s) part[s].add(x[i + s]);
    for (std::size_t s = 0; i < end; ++i, ++s) part[s].add(x[i]);
    for (const Accumulator& each : part) total.merge(each);
  }
  return total;
}

/// out[j] = finish(column j folded, j) for a contiguous (n, inner) matrix; start(j) gives the
/// accumulator of no elements.
template <class Out, class T, class Start, class Finish>
void fold(Out* out, const T* x, std::size_t n, std::size_t inner, Start start, Finish finish) {
  if (inner == 1) {
    *out = finish(fold_row(x, n, start(0)), 0);
    return;
  }
  constexpr std::size_t width = 32;
  for (std::size_t from = 0; from < inner; from += width) {
    const std::size_t columns = std::min(width, inner - from);
    const auto none =
        array_of<width>([&](std::size_t j) { return start(from + std::min(j, columns - 1)); });
    auto total = none;
    for (std::size_t k = 0; k < n; k += sum_block) {
      auto part = none;
      for (std::size_t row = k, end = std::min(n, k + sum_block); row < end; ++row)
        for (std::size_t j = 0; j < columns; ++j) part[j].add(x[row * inner + from + j]);
      for (std::size_t j = 0; j < columns; ++j) total[j].merge(part[j]);
    }
    for (std::size_t j = 0; j < columns; ++j) out[from + j] = finish(total[j], from + j);
  }
}

/// In which factors and running sums are kept: integers wrap around, which signed ones must not.
template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;

template <class T>
struct Product {
  Wide<T> value = 1;
  void add(T x) { value *= static_cast<Wide<T>>(x); }
  void merge(const Product& other) { value *= other.value; }
};

template <class T>
void prod(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner) {
  for (std::size_t o = 0; o < outer; ++o)
    fold(
        out + o * inner, x + o * n * inner, n, inner, [](std::size_t) { return Product<T>(); },
        [](const Product<T>& p, std::size_t) { return static_cast<T>(p.value); });
}

/// Of a mask of zeros and ones, the least (all) or the greatest (any) element.
template <bool all>
struct Truth {
  std::uint8_t value = all;
  void add(std::uint8_t x) { value = static_cast<std::uint8_t>(all ? value & x : value | x); }
  void merge(const Truth& other) { add(other.value); }
};

template <bool all>
void truth(std::uint8_t* out, const std::uint8_t* x, std::size_t outer, std::size_t n,
           std::size_t inner) {
  for (std::size_t o = 0; o < outer; ++o)
    fold(
        out + o * inner, x + o * n * inner, n, inner, [](std::size_t) { return Truth<all>(); },
        [](const Truth<all>& t, std::size_t) { return t.value; });
}

/// out[k] = x[0] + … + x[k] (or x[k] + … + x[n - 1]) along the middle axis.
template <class T>
void cumsum(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner, bool reverse) {
  const auto row = [=](std::size_t i) { return (reverse ? n - 1 - i : i) * inner; };
  std::vector<Wide<T>> totals(inner);
  for (std::size_t o = 0; o < outer; ++o, x += n * inner, out += n * inner) {
    if (inner == 1) {  // apart, with its total in a register
      Wide<T> total = 0;
      for (std::size_t i = 0; i < n; ++i)
        out[row(i)] = static_cast<T>(total += static_cast<Wide<T>>(x[row(i)]));
      continue;
    }
    std::fill(totals.begin(), totals.end(), 0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < inner; ++j)
        out[row(i) + j] = static_cast<T>(totals[j] += static_cast<Wide<T>>(x[row(i) + j]));
  }
}

}  // namespace xgrad::kernels
