#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <numeric>

#include "map.hpp"
#include "reduce.hpp"

/// @file
/// softmax and log_softmax of the rows and of the columns of contiguous matrices.

namespace xgrad::kernels {

/// About how long an element takes of which an exponential is computed.
template <class T>
inline constexpr double exp_nanoseconds = 0.1 * sizeof(T);

/// Folds one row register by register, the last padded with `fill`.
template <class T, class F>
Lanes<T> fold_lanes(const T* x, std::size_t n, T fill, Lanes<T> start, F f) {
  using V = Lanes<T>;
  std::size_t i = 0;
  for (; i + V::size <= n; i += V::size) start = f(start, V::load(x + i));
  return i < n ? f(start, load_partial(x + i, n - i, fill)) : start;
}

/// The largest element; a NaN if there is any.
template <class T>
T row_max(const T* x, std::size_t n) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  const auto larger = pick_by(std::greater<>());
  T lanes[Lanes<T>::size];
  fold_lanes(x, n, lowest, Lanes<T>(lowest), larger).store(lanes);
  return std::accumulate(lanes, lanes + Lanes<T>::size, lowest, larger);
}

/// sum_i e^(x_i - max), the common denominator.
template <class T>
T row_exp_sum(const T* x, std::size_t n, T max) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  return sum_lanes(fold_lanes(x, n, lowest, Lanes<T>(0),
                              [max](auto total, auto v) { return total + exp(v - max); }));
}

/// Calls row(number, first element) for each row, on the library's threads.
template <class T, class Row>
void for_rows(std::size_t rows, std::size_t n, const T* x, const Row& row) {
  const double nanoseconds = static_cast<double>(n) * exp_nanoseconds<T>;
  parallel_ranges(rows, nanoseconds, [&](std::size_t from, std::size_t to) {
    for (std::size_t r = from; r < to; ++r) row(r, x + r * n);
  });
}

/// Calls row(out, x, its largest element) for each row. If that is infinite, the limits are
/// written: `chosen` for that element and `other` for the rest; NaN if there are several such
/// elements.
template <class T, class Row>
void for_each_finite_row(T* out, const T* x, std::size_t rows, std::size_t n, T chosen, T other,
                         const Row& row) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for_rows(rows, n, x, [&](std::size_t r, const T* in) {
    T* const to = out + r * n;
    if (const T max = row_max(in, n); max != infinity)
      row(to, in, max);
    else if (std::count(in, in + n, infinity) == 1)
      std::transform(in, in + n, to, [=](T v) { return v == infinity ? chosen : other; });
    else
      std::fill_n(to, n, std::numeric_limits<T>::quiet_NaN());
  });
}

/// As many rows of n elements as a register has lanes, one in each. For narrow rows that is faster
/// than a register for each row, most of which would be empty.
template <class T>
struct RowsInLanes {
  using V = Lanes<T>;
  static constexpr std::size_t longest = 16;
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  std::size_t count, n;
  std::array<V, longest> v, powers;  ///< elements, and e^(v - max)
  V max, total;                      ///< of each row; the total of the powers

  RowsInLanes(const T* x, std::size_t rows, std::size_t length)
      : count(std::min(rows, V::size)), n(length), max(-infinity), total(T(0)) {
    T column[V::size];
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = 0; i < V::size; ++i) column[i] = x[std::min(i, count - 1) * n + j];
      v[j] = V::load(column);
      max = where(max != max, max, where(v[j] <= max, max, v[j]));
    }
    for (std::size_t j = 0; j < n; ++j) {
      powers[j] = unless_infinite(limit(v[j], T(1), T(0)), exp(v[j] - max));
      total = total + powers[j];
    }
    constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    total = unless_infinite(where(total == T(1), total, V(nan)), total);
  }
  /// y, but where the largest element is infinite the limit. If there are several of these, there
  /// is none: the total is NaN.
  V unless_infinite(V limit, V y) const { return where(max == infinity, limit, y); }
  static V limit(V element, T chosen, T other) {
    return where(element == infinity, V(chosen), V(other));
  }
  /// Puts y into column j of rows of n elements.
  void store(T* out, std::size_t j, V y) const {
    T column[V::size];
    y.store(column);
    for (std::size_t i = 0; i < count; ++i) out[i * n + j] = column[i];
  }
};

/// Calls f(first row, RowsInLanes) for all rows; returns false, without doing so, if they are not
/// narrow.
template <class T, class F>
bool in_lanes(const T* x, std::size_t rows, std::size_t n, const F& f) {
  if (n > std::min(rows, RowsInLanes<T>::longest)) return false;
  constexpr std::size_t size = Lanes<T>::size;
  for_rows((rows + size - 1) / size, size * n, x, [&](std::size_t i, const T* first) {
    f(i * size, RowsInLanes<T>(first, rows - i * size, n));
  });
  return true;
}

template <class T>
void softmax(T* out, const T* x, std::size_t rows, std::size_t n) {
  if (in_lanes(x, rows, n, [&](std::size_t r, const RowsInLanes<T>& in) {
        const Lanes<T> scale = T(1) / in.total;
        for (std::size_t j = 0; j < n; ++j) in.store(out + r * n, j, in.powers[j] * scale);
      }))
    return;
  for_each_finite_row(out, x, rows, n, T(1), T(0), [n](T* to, const T* from, T max) {
    map_flat([max](auto v) { return exp(v - max); }, to, {from}, n);
    const T scale = 1 / sum_lanes(fold_lanes(to, n, T(0), Lanes<T>(0),
                                             [](auto total, auto v) { return total + v; }));
    for (std::size_t i = 0; i < n; ++i) to[i] *= scale;
  });
}

template <class T>
void log_softmax(T* out, const T* x, std::size_t rows, std::size_t n) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  if (in_lanes(x, rows, n, [&](std::size_t r, const RowsInLanes<T>& in) {
        const Lanes<T> log_total = log(in.total);
        for (std::size_t j = 0; j < n; ++j) {
          const Lanes<T> limit = in.limit(in.v[j], T(0), -infinity) + log_total;
          in.store(out + r * n, j, in.unless_infinite(limit, (in.v[j] - in.max) - log_total));
        }
      }))
    return;
  for_each_finite_row(out, x, rows, n, T(0), -infinity, [n](T* to, const T* from, T max) {
    const T log_total = std::log(row_exp_sum(from, n, max));
    // Not x - (max + log_total): at |max| = 1e4 the logarithm's digits would be lost in the sum.
    map_flat([=](auto v) { return (v - max) - log_total; }, to, {from}, n);
  });
}

/// softmax and log_softmax of the columns of contiguous blocks: out = f(x, the column's largest
/// element, of_total(sum_i e^(x_i - max))).
template <class T, class OfTotal, class F>
void normalise_columns(T* out, const T* x, const Blocks& b, T chosen, T other, OfTotal of_total,
                       F f) {
  const std::size_t n = b.n, inner = b.inner;
  memory::Scratch<T> maxima(inner + Lanes<T>::size), totals(inner), column(n);
  std::fill(maxima.begin(), maxima.end(), T(0));  // those that a last register sees, too
  for (std::size_t o = 0; o < b.outer; ++o, x += n * inner, out += n * inner) {
    Blocks one = b;
    one.outer = 1;
    one.in_parallel(exp_nanoseconds<T>, [&](const Blocks& part, std::size_t at, std::size_t) {
      T* const max = maxima.begin() + at;
      T* const total_of = totals.begin() + at;
      column_extremes(max, x + at, n, part.inner, inner, pick_by(std::greater<>()));
      sum_columns(
          x + at, n, part.inner, inner,
          [max]<class V>(V v, std::size_t j) {
            using std::exp;
            return exp(v - as_many<V>(max + j));
          },
          [&](std::size_t j, auto total) { total_of[j] = static_cast<T>(of_total(total)); });
      for (std::size_t k = 0; k < n; ++k)
        map_flat(f, out + k * inner + at, {x + k * inner + at, max, total_of}, part.inner);
    });
    for (std::size_t j = 0; j < inner; ++j) {
      if (maxima[j] != std::numeric_limits<T>::infinity()) continue;
      for (std::size_t k = 0; k < n; ++k) column[k] = x[k * inner + j];
      for_each_finite_row(column.begin(), column.begin(), 1, n, chosen, other, [](auto...) {});
      for (std::size_t k = 0; k < n; ++k) out[k * inner + j] = column[k];
    }
  }
}

template <class T>
void softmax_columns(T* out, const T* x, const Blocks& b) {
  normalise_columns(
      out, x, b, T(1), T(0), [](auto total) { return 1 / total; },
      [](auto v, auto max, auto scale) { return exp(v - max) * scale; });
}

template <class T>
void log_softmax_columns(T* out, const T* x, const Blocks& b) {
  normalise_columns(
      out, x, b, T(0), -std::numeric_limits<T>::infinity(),
      [](auto total) { return std::log(total); },
      [](auto v, auto max, auto log_total) { return (v - max) - log_total; });
}

/// -log softmax(x) at each row's label, to the digit as log_softmax has it.
template <class T>
void cross_entropy(T* out, const T* x, const std::int64_t* labels, std::size_t rows,
                   std::size_t n) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  if (in_lanes(x, rows, n, [&](std::size_t r, const RowsInLanes<T>& in) {
        T of_label[Lanes<T>::size] = {}, loss[Lanes<T>::size];
        for (std::size_t i = 0; i < in.count; ++i)
          of_label[i] = x[(r + i) * n + static_cast<std::size_t>(labels[r + i])];
        const Lanes<T> chosen = Lanes<T>::load(of_label), log_total = log(in.total);
        const Lanes<T> limit = in.limit(chosen, T(0), infinity) + log_total;
        in.unless_infinite(limit, log_total - (chosen - in.max)).store(loss);
        std::copy_n(loss, in.count, out + r);
      }))
    return;
  for_rows(rows, n, x, [&](std::size_t r, const T* row) {
    const T max = row_max(row, n), chosen = row[labels[r]];
    if (max != infinity)
      out[r] = std::log(row_exp_sum(row, n, max)) - (chosen - max);
    else if (std::count(row, row + n, infinity) == 1)
      out[r] = chosen == infinity ? T(0) : infinity;
    else
      out[r] = std::numeric_limits<T>::quiet_NaN();
  });
}

/// log sum e^x of each row. Where the largest element is not finite, it is the result.
template <class T>
void logsumexp(T* out, const T* x, std::size_t rows, std::size_t n) {
  constexpr std::size_t block = sum_block * Lanes<T>::size;
  for_rows(rows, n, x, [&](std::size_t r, const T* row) {
    const T max = row_max(row, n);
    double total = 0;
    for (std::size_t i = 0; i < n; i += block)
      total += row_exp_sum(row + i, std::min(n - i, block), max);
    out[r] = std::isfinite(max) ? static_cast<T>(max + std::log(total)) : max;
  });
}

}  // namespace xgrad::kernels
