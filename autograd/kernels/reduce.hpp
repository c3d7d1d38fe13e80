#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "lanes.hpp"
#include "scratch.hpp"
#include "walk.hpp"

/// @file
/// Reductions of the middle axis of contiguous Blocks (outer, n, inner). Floats are summed in
/// blocks, and the blocks' results as doubles, so that the rounding error is that of one block,
/// however long the sum.

namespace xgrad::kernels {

inline constexpr std::size_t sum_block = 64;

/// The type that the results of blocks are added up in.
template <class T>
using Total = std::conditional_t<std::is_floating_point_v<T>, double, T>;

/// What sums are taken of: f(x, number of the column); this one is x itself. Where columns are side
/// by side, f sees a register of them, and may see more than there are.
struct Itself {
  auto operator()(auto x, std::size_t /*column*/) const noexcept { return x; }
};

/// p[0], or as many elements from p on as V has lanes.
template <class V, class T>
V as_many(const T* p) noexcept {
  if constexpr (std::is_arithmetic_v<V>)
    return static_cast<V>(*p);
  else
    return V::load(p);
}

/// v in the last n lanes, 0 in the others.
template <class T>
Lanes<T> last_lanes(Lanes<T> v, std::size_t n) noexcept {
  constexpr auto numbers = [] {
    std::array<T, Lanes<T>::size> list{};
    for (std::size_t i = 0; i < list.size(); ++i) list[i] = static_cast<T>(i);
    return list;
  }();
  const auto first = static_cast<T>(Lanes<T>::size - n);
  return where(Lanes<T>::load(numbers.data()) < Lanes<T>(first), Lanes<T>(0), v);
}

/// Sum of f(x, 0) over n contiguous elements. If floats leave their range on the way, it is
/// computed again in doubles.
template <class T, class F = Itself>
Total<T> sum_row(const T* x, std::size_t n, const F& f = {}) {
  Total<T> total = 0;
  const auto add_each = [&] {
    for (std::size_t i = 0; i < n; ++i)
      total = static_cast<Total<T>>(total + f(static_cast<Total<T>>(x[i]), 0));
  };
  if constexpr (std::is_floating_point_v<T>) {
    using V = Lanes<T>;
    constexpr std::size_t block = sum_block * V::size;
    if (n < V::size || n <= 8) {  // sooner done than to set up for more
      add_each();
      return total;
    }
    for (std::size_t from = 0; from < n; from += block) {
      const T* const p = x + from;
      const std::size_t m = std::min(n - from, block);
      V a(0), b(0), c(0), d(0);
      std::size_t i = 0;
      for (; i + 4 * V::size <= m; i += 4 * V::size) {
        a = a + f(V::load(p + i), 0);
        b = b + f(V::load(p + i + V::size), 0);
        c = c + f(V::load(p + i + 2 * V::size), 0);
        d = d + f(V::load(p + i + 3 * V::size), 0);
      }
      for (; i + V::size <= m; i += V::size) a = a + f(V::load(p + i), 0);
      // A whole register ends at the last element: a partial load would be slower. The lanes that
      // were added before count as 0.
      if (i < m) b = b + last_lanes(f(V::load(x + n - V::size), 0), m - i);
      total += sum_lanes((a + b) + (c + d));
    }
    if (std::is_same_v<T, float> && !std::isfinite(total)) [[unlikely]] {
      total = 0;
      add_each();
    }
  } else {
    add_each();
  }
  return total;
}

/// Calls store(j, sum over k of f(x[k][j], j)) for each column j of a contiguous (n, inner) matrix.
template <class T, class Store, class F = Itself>
void sum_columns(const T* x, std::size_t n, std::size_t inner, Store store, const F& f = {}) {
  // Keeps the sums of `count` registers V beside one another in registers; the last `lacking` lanes
  // lie beyond the row.
  const auto sum_some = [&]<class V, std::size_t count>(V, std::index_sequence<count>,
                                                        std::size_t from, std::size_t lacking) {
    constexpr std::size_t size = sizeof(V) / sizeof(T);
    Total<T> totals[count * size] = {};
    for (std::size_t k = 0; k < n; k += sum_block) {
      V sums[count];
      for (V& sum : sums) sum = V(0);
      const std::size_t end = std::min(n, k + sum_block);
      for (std::size_t row = k; row < end; ++row)
        for (std::size_t c = 0; c < count; ++c) {
          const T* const p = x + row * inner + from + c * size;
          const auto add = [&](V v) { sums[c] = static_cast<V>(sums[c] + f(v, from + c * size)); };
          if constexpr (std::is_floating_point_v<T>) {
            if (lacking > 0 && p + size > x + n * inner) [[unlikely]] {
              add(load_partial(p, size - lacking));
              continue;
            }
          }
          add(as_many<V>(p));
        }
      T parts[count * size];
      std::memcpy(parts, sums, sizeof(parts));
      for (std::size_t j = 0; j < count * size; ++j)
        totals[j] = static_cast<Total<T>>(totals[j] + parts[j]);
    }
    if constexpr (std::is_same_v<T, float>) {
      double beyond = 0;  // NaN if any total is, or is infinite
      for (std::size_t j = 0; j < count * size; ++j) beyond += totals[j] * 0;
      for (std::size_t j = 0; beyond != 0 && j < count * size - lacking; ++j) {
        if (std::isfinite(totals[j])) continue;
        totals[j] = 0;
        for (std::size_t k = 0; k < n; ++k)
          totals[j] += f(double{x[k * inner + from + j]}, from + j);
      }
    }
    for (std::size_t j = 0; j < count * size - lacking; ++j) store(from + j, totals[j]);
  };
  std::size_t from = 0;
  if constexpr (std::is_floating_point_v<T>) {
    using V = Lanes<T>;
    for (; from + 4 * V::size <= inner; from += 4 * V::size)
      sum_some(V(0), std::index_sequence<4>(), from, 0);
    for (; from + V::size <= inner; from += V::size)
      sum_some(V(0), std::index_sequence<1>(), from, 0);
    if (from < inner) sum_some(V(0), std::index_sequence<1>(), from, from + V::size - inner);
  } else {
    for (; from + 16 <= inner; from += 16) sum_some(T(0), std::index_sequence<16>(), from, 0);
    for (; from < inner; ++from) sum_some(T(0), std::index_sequence<1>(), from, 0);
  }
}

/// The same for any inner: a single column is a row.
template <class T, class Store, class F>
void sum_each(const T* x, std::size_t n, std::size_t inner, Store store, const F& f) {
  if (inner == 1)
    store(0, sum_row(x, n, f));
  else
    sum_columns(x, n, inner, store, f);
}

/// finish(total), where `total` is the sum of n elements. If doubles left their range on the way,
/// it is computed again in long doubles.
template <class T, class Finish>
T finished(Total<T> total, const T* x, std::size_t n, std::size_t step, Finish finish) {
  if constexpr (std::is_same_v<T, double>)
    if (!std::isfinite(total)) [[unlikely]] {
      long double wide = 0;
      for (std::size_t i = 0; i < n; ++i) wide += x[i * step];
      return static_cast<T>(finish(wide));
    }
  return static_cast<T>(finish(total));
}

/// out = finish(sum).
template <class T, class Finish>
void sum(T* out, const T* x, const Blocks& b, Finish finish) {
  for (std::size_t o = 0; o < b.outer; ++o, x += b.n * b.inner, out += b.inner)
    sum_each(
        x, b.n, b.inner,
        [&](std::size_t j, Total<T> total) {
          out[j] = finished(total, x + j, b.n, b.inner, finish);
        },
        Itself());
}
template <class T>
void sum(T* out, const T* x, const Blocks& b) {
  sum(out, x, b, [](auto total) { return total; });
}
template <class T>
void mean(T* out, const T* x, const Blocks& b) {
  sum(out, x, b, [n = static_cast<double>(b.n)](auto total) { return total / n; });
}

/// Writes the element that `better` prefers to all others, of equal ones the first, and its index.
/// n >= 1. The first NaN is preferred to all numbers.
template <class T, class Better>
void select_extreme(T* out, std::int64_t* where, const T* x, const Blocks& b, Better better) {
  for (std::size_t o = 0; o < b.outer; ++o) {
    for (std::size_t j = 0; j < b.inner; ++j) {
      const T* column = x + o * b.n * b.inner + j;
      T best = column[0];
      std::size_t at = 0;
      for (std::size_t k = 1; k < b.n && best == best; ++k) {
        const T value = column[k * b.inner];
        if (better(value, best) || value != value) {
          best = value;
          at = k;
        }
      }
      if (out) out[o * b.inner + j] = best;
      if (where) where[o * b.inner + j] = static_cast<std::int64_t>(at);
    }
  }
}

/// {value, …, value}.
template <std::size_t N, class V>
std::array<V, N> copies(const V& value) {
  std::array<V, N> all;
  all.fill(value);
  return all;
}

/// Folds n contiguous elements: total = step(total, x[i]), from `none` on. Works in blocks, as
/// sum_row does, and in strands that do not wait for one another; merge(a, b) joins their results.
template <class T, class V, class Step, class Merge>
V fold_row(const T* x, std::size_t n, V none, Step step, Merge merge) {
  constexpr std::size_t strands = 8;
  V total = none;
  for (std::size_t from = 0; from < n; from += strands * sum_block) {
    const std::size_t end = std::min(n, from + strands * sum_block);
    auto part = copies<strands>(none);
    std::size_t i = from;
    for (; i + strands <= end; i += strands)
      for (std::size_t s = 0; s < strands; ++s) part[s] = step(part[s], x[i + s]);
    for (std::size_t s = 0; i < end; ++i, ++s) part[s] = step(part[s], x[i]);
    for (const V& each : part) total = merge(total, each);
  }
  return total;
}

/// out[j] = finish(column j folded, j) for a contiguous (n, inner) matrix.
template <class Out, class T, class V, class Step, class Merge, class Finish>
void fold(Out* out, const T* x, std::size_t n, std::size_t inner, V none, Step step, Merge merge,
          Finish finish) {
  if (inner == 1) {
    *out = finish(fold_row(x, n, none, step, merge), 0);
    return;
  }
  constexpr std::size_t width = 32;
  for (std::size_t from = 0; from < inner; from += width) {
    const std::size_t columns = std::min(width, inner - from);
    auto total = copies<width>(none);
    for (std::size_t k = 0; k < n; k += sum_block) {
      auto part = copies<width>(none);
      for (std::size_t row = k, end = std::min(n, k + sum_block); row < end; ++row)
        for (std::size_t j = 0; j < columns; ++j)
          part[j] = step(part[j], x[row * inner + from + j]);
      for (std::size_t j = 0; j < columns; ++j) total[j] = merge(total[j], part[j]);
    }
    for (std::size_t j = 0; j < columns; ++j) out[from + j] = finish(total[j], from + j);
  }
}

/// The same for Blocks, where f is both the step and the merge.
template <class T, class V, class F>
void fold_blocks(T* out, const T* x, const Blocks& b, V none, F f) {
  const auto finish = [](V total, std::size_t) { return static_cast<T>(total); };
  for (std::size_t o = 0; o < b.outer; ++o, x += b.n * b.inner, out += b.inner)
    fold(out, x, b.n, b.inner, none, f, f, finish);
}

/// The type of products and running sums: integers wrap around, which signed ones must not.
template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;

template <class T>
void prod(T* out, const T* x, const Blocks& b) {
  fold_blocks(out, x, b, Wide<T>(1),
              [](Wide<T> total, auto v) { return total * static_cast<Wide<T>>(v); });
}

/// The smallest (all) or the largest (any) element of a mask of zeros and ones.
template <bool all>
void truth(std::uint8_t* out, const std::uint8_t* x, const Blocks& b) {
  fold_blocks(out, x, b, std::uint8_t{all}, [](std::uint8_t u, std::uint8_t v) {
    return static_cast<std::uint8_t>(all ? u & v : u | v);
  });
}

/// out[k] = x[0] + … + x[k] (or x[k] + … + x[n - 1]) along the middle axis.
template <class T>
void cumsum(T* out, const T* x, const Blocks& b, bool reverse) {
  const std::size_t n = b.n, inner = b.inner;
  const auto row = [=](std::size_t i) { return (reverse ? n - 1 - i : i) * inner; };
  Scratch<Wide<T>> totals(inner);
  for (std::size_t o = 0; o < b.outer; ++o, x += n * inner, out += n * inner) {
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
