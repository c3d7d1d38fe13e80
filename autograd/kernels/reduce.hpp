#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "../support/allocator.hpp"
#include "lanes.hpp"
#include "walk.hpp"

/// @file
/// Reductions of the middle axis of contiguous Blocks (outer, n, inner). Floats are summed in
/// blocks, and the blocks' results as doubles, so that the rounding error is that of one block,
/// however long the sum.

namespace xgrad::kernels {

inline constexpr std::size_t sum_block = 64;

/// About how long an element of a sum takes, and one of other reductions.
template <class T>
inline constexpr double sum_nanoseconds = 0.01 * sizeof(T);
template <class T>
inline constexpr double fold_nanoseconds = 0.02 * sizeof(T);

/// p[0], or as many elements from p on as V has lanes.
template <class V, class T>
V as_many(const T* p) noexcept {
  if constexpr (std::is_arithmetic_v<V>)
    return *p;
  else
    return V::load(p);
}

/// The register from p on, whose last `lacking` lanes lie beyond the row. What lies from `end` on
/// is not read.
template <class T>
Lanes<T> load_in_row(const T* p, std::size_t lacking, const T* end) noexcept {
  using V = Lanes<T>;
  if (lacking > 0 && p + V::size > end) [[unlikely]]
    return load_partial(p, V::size - lacking);
  return V::load(p);
}

// ---- sums of floats

// Sums are taken of f(x, number of the column): f sees a register of neighbouring elements, which
// may reach beyond the last column, or a single wider one. done(number of the column, total) is
// called for each column, and again in a wider type for a total that left its range on the way.

template <class T, class F, class Done>
[[gnu::noinline]] void sum_again(const T* x, std::size_t n, std::size_t row, std::size_t j,
                                 const F& f, const Done& done) {
  std::conditional_t<std::is_same_v<T, float>, double, long double> total = 0;
  for (std::size_t k = 0; k < n; ++k) total += f(decltype(total){x[k * row + j]}, j);
  done(j, total);
}

/// The sum of n contiguous elements, whatever its range.
template <class T, class F>
[[gnu::always_inline]] inline double sum_short_row(const T* x, std::size_t n, const F& f) {
  using V = Lanes<T>;
  double total = 0;
  if (n < V::size || n <= 8) {  // sooner done than to set up for more
    for (std::size_t i = 0; i < n; ++i) total += f(double{x[i]}, 0);
    return total;
  }
  for (std::size_t from = 0; from < n; from += sum_block * V::size) {
    const T* const p = x + from;
    const std::size_t m = std::min(n - from, sum_block * V::size);
    V a(0), b(0), c(0), d(0);
    std::size_t i = 0;
    for (; i + 4 * V::size <= m; i += 4 * V::size) {
      a = a + f(V::load(p + i), 0);
      b = b + f(V::load(p + i + V::size), 0);
      c = c + f(V::load(p + i + 2 * V::size), 0);
      d = d + f(V::load(p + i + 3 * V::size), 0);
    }
    for (; i + V::size <= m; i += V::size) a = a + f(V::load(p + i), 0);
    // A whole register ends at the last element: a partial load would be slower.
    if (i < m) b = b + last_lanes(f(V::load(x + n - V::size), 0), m - i);
    total += sum_lanes((a + b) + (c + d));
  }
  return total;
}

/// The same, on the library's threads if the row is long.
template <class T, class F>
double sum_row(const T* x, std::size_t n, const F& f) {
  constexpr std::size_t unit = std::size_t{1} << 14, most = 64;
  if (n < 4 * unit) return sum_short_row(x, n, f);
  const std::size_t length = (n / most / unit + 1) * unit, pieces = (n + length - 1) / length;
  double totals[most];
  const double nanoseconds = static_cast<double>(length) * sum_nanoseconds<T>;
  parallel_ranges(pieces, nanoseconds, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      totals[i] = sum_short_row(x + i * length, std::min(length, n - i * length), f);
  });
  return std::accumulate(totals, totals + pieces, 0.0);
}

/// Sums the columns of a matrix of n rows, `inner` columns wide, of which each begins `row`
/// elements behind the one before.
template <class T, class F, class Done>
void sum_columns(const T* x, std::size_t n, std::size_t inner, std::size_t row, const F& f,
                 const Done& done) {
  using V = Lanes<T>;
  const T* const end_of_x = n > 0 ? x + (n - 1) * row + inner : x;
  // Keeps the sums of `count` registers beside one another in registers; the last `lacking` lanes
  // lie beyond the row.
  const auto sum_strip = [&]<std::size_t count>(std::index_sequence<count>, std::size_t from,
                                                std::size_t lacking) {
    constexpr std::size_t width = count * V::size;
    double totals[width] = {};
    V beyond(0);  // NaN where a total is, or is infinite
    for (std::size_t k = 0; k < n; k += sum_block) {
      V sums[count];
      for (V& sum : sums) sum = V(0);
      for (std::size_t i = k, end = std::min(n, k + sum_block); i < end; ++i)
        for (std::size_t c = 0; c < count; ++c) {
          const std::size_t j = from + c * V::size;
          sums[c] = sums[c] + f(load_in_row(x + i * row + j, lacking, end_of_x), j);
        }
      for (V sum : sums) beyond = beyond + sum * 0;
      T parts[width];
      std::memcpy(parts, sums, sizeof(parts));
      for (std::size_t j = 0; j < width; ++j) totals[j] += parts[j];
    }
    if constexpr (std::is_same_v<T, double>)
      for (std::size_t j = 0; j < width; j += V::size) beyond = beyond + V::load(totals + j) * 0;
    for (std::size_t j = 0; j < width - lacking; ++j) done(from + j, totals[j]);
    if (sum_lanes(beyond) == 0) [[likely]]
      return;
    for (std::size_t j = 0; j < width - lacking; ++j)
      if (!std::isfinite(totals[j])) sum_again(x, n, row, from + j, f, done);
  };
  std::size_t from = 0;
  for (; from + 4 * V::size <= inner; from += 4 * V::size)
    sum_strip(std::index_sequence<4>(), from, 0);
  for (; from + V::size <= inner; from += V::size) sum_strip(std::index_sequence<1>(), from, 0);
  if (from < inner) sum_strip(std::index_sequence<1>(), from, from + V::size - inner);
}

/// The same for any inner: a single column is a row.
template <class T, class F, class Done>
void sum_each(const T* x, std::size_t n, std::size_t inner, std::size_t row, const F& f,
              const Done& done) {
  if (row != 1) return sum_columns(x, n, inner, row, f, done);
  const double total = sum_row(x, n, f);
  done(0, total);
  if (!std::isfinite(total)) [[unlikely]]
    sum_again(x, n, 1, 0, f, done);
}

/// The number of the first NaN or infinity among n elements; n if all are finite.
template <class T>
std::size_t first_non_finite(const T* x, std::size_t n) {
  constexpr std::size_t block = 4096;
  for (std::size_t from = 0; from < n; from += block) {
    const std::size_t end = std::min(n, from + block);
    // v - v is 0, or NaN, which stays.
    if (sum_row(x + from, end - from, [](auto v, std::size_t) { return v - v; }) == 0) continue;
    for (std::size_t i = from; i < end; ++i)
      if (!std::isfinite(x[i])) return i;
  }
  return n;
}

// ---- folds

/// Folds n contiguous elements, in strands that do not wait for one another.
template <std::size_t strands, class T, class V, class Step, class Merge>
V fold_row(const T* x, std::size_t n, V none, Step step, Merge merge) {
  V total = none;
  for (std::size_t from = 0; from < n; from += strands * sum_block) {
    const std::size_t end = std::min(n, from + strands * sum_block);
    std::array<V, strands> parts;
    parts.fill(none);
    std::size_t i = from;
    for (; i + strands <= end; i += strands)
      for (std::size_t s = 0; s < strands; ++s) parts[s] = step(parts[s], x[i + s]);
    for (std::size_t s = 0; i < end; ++i, ++s) parts[s] = step(parts[s], x[i]);
    for (std::size_t half = strands / 2; half > 0; half /= 2)
      for (std::size_t s = 0; s < half; ++s) parts[s] = merge(parts[s], parts[s + half]);
    total = merge(total, parts[0]);
  }
  return total;
}

/// out = finish(the elements folded, the first of them). Within a block part = step(part, x), from
/// `none` on; total = merge(total, part) joins the blocks.
template <class Out, class T, class V, class Step, class Merge, class Finish>
void fold_part(Out* out, const T* x, const Blocks& b, V none, Step step, Merge merge,
               Finish finish) {
  constexpr std::size_t width = 32;
  for (std::size_t o = 0; o < b.outer; ++o, x += b.n * b.row) {
    if (b.row == 1) {
      *out++ = finish(b.n < 512 ? fold_row<8>(x, b.n, none, step, merge)
                                : fold_row<width>(x, b.n, none, step, merge),
                      x);
      continue;
    }
    for (std::size_t from = 0; from < b.inner; from += width) {
      const std::size_t columns = std::min(width, b.inner - from);
      std::array<V, width> totals, parts;
      totals.fill(none);
      for (std::size_t k = 0; k < b.n; k += sum_block) {
        parts.fill(none);
        for (std::size_t row = k, end = std::min(b.n, k + sum_block); row < end; ++row)
          for (std::size_t j = 0; j < columns; ++j)
            parts[j] = step(parts[j], x[row * b.row + from + j]);
        for (std::size_t j = 0; j < columns; ++j) totals[j] = merge(totals[j], parts[j]);
      }
      for (std::size_t j = 0; j < columns; ++j) *out++ = finish(totals[j], x + from + j);
    }
  }
}

/// The same on the library's threads.
template <class Out, class T, class V, class Step, class Merge, class Finish>
void fold(Out* out, const T* x, const Blocks& b, V none, Step step, Merge merge, Finish finish) {
  b.in_parallel(fold_nanoseconds<T>, [&](const Blocks& part, std::size_t at, std::size_t to) {
    fold_part(out + to, x + at, part, none, step, merge, finish);
  });
}

/// The same where f is both the step and the merge.
template <class T, class V, class F>
void fold(T* out, const T* x, const Blocks& b, V none, F f) {
  fold(out, x, b, none, f, f, [](V total, const T*) { return static_cast<T>(total); });
}

/// The type of sums and products: integers wrap around, which signed ones must not.
template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;

/// out = finish(sum).
template <class T, class Finish = std::identity>
void sum(T* out, const T* x, const Blocks& b, Finish finish = {}) {
  if constexpr (std::is_floating_point_v<T>)
    b.in_parallel(sum_nanoseconds<T>, [&](const Blocks& part, std::size_t at, std::size_t to) {
      for (std::size_t o = 0; o < part.outer; ++o, at += part.n * part.row, to += part.inner)
        sum_each(
            x + at, part.n, part.inner, part.row, [](auto v, std::size_t) { return v; },
            [&](std::size_t j, auto total) { out[to + j] = static_cast<T>(finish(total)); });
    });
  else
    fold(out, x, b, Wide<T>(0),
         [](Wide<T> total, auto v) { return total + static_cast<Wide<T>>(v); });
}
template <class T>
void mean(T* out, const T* x, const Blocks& b) {
  sum(out, x, b, [n = static_cast<double>(b.n)](auto total) { return total / n; });
}

template <class T>
void prod(T* out, const T* x, const Blocks& b) {
  fold(out, x, b, Wide<T>(1),
       [](Wide<T> total, auto v) { return total * static_cast<Wide<T>>(v); });
}

/// The smallest (all) or the largest (any) element of a mask of zeros and ones.
template <bool all>
void truth(std::uint8_t* out, const std::uint8_t* x, const Blocks& b) {
  fold(out, x, b, std::uint8_t{all}, [](std::uint8_t u, std::uint8_t v) {
    return static_cast<std::uint8_t>(all ? u & v : u | v);
  });
}

/// out[k] = x[0] + … + x[k] (or x[k] + … + x[n - 1]) along the middle axis.
template <class T>
void cumsum(T* out, const T* x, const Blocks& b, bool reverse) {
  const std::size_t n = b.n, inner = b.inner;
  const auto row = [=](std::size_t i) { return (reverse ? n - 1 - i : i) * inner; };
  memory::Scratch<Wide<T>> totals(inner);
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

/// y[k] = a[k] y[k - 1] + b[k] along the middle axis, from y[-1] = initial on (or in reverse); b =
/// 0 if it is null. An initial 0 is not multiplied.
template <class T>
void recurrence(T* y, const T* a, const T* b, const Blocks& blocks, bool reverse, Wide<T> initial) {
  const std::size_t n = blocks.n, inner = blocks.inner;
  memory::Scratch<Wide<T>> totals(inner);
  for (std::size_t o = 0; o < blocks.outer; ++o) {
    if (inner == 1 && !b) {  // apart, with its total in a register
      Wide<T> total = initial;
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t at = o * n + (reverse ? n - 1 - i : i);
        total = i == 0 && initial == 0 ? 0 : total * static_cast<Wide<T>>(a[at]);
        y[at] = static_cast<T>(total);
      }
      continue;
    }
    std::fill(totals.begin(), totals.end(), initial);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t row = (o * n + (reverse ? n - 1 - i : i)) * inner;
      for (std::size_t j = 0; j < inner; ++j) {
        const Wide<T> added = b ? static_cast<Wide<T>>(b[row + j]) : 0;
        const Wide<T> carried =
            i == 0 && initial == 0 ? 0 : totals[j] * static_cast<Wide<T>>(a[row + j]);
        y[row + j] = static_cast<T>(totals[j] = carried + added);
      }
    }
  }
}

/// y[k] = log(e^x[0] + … + e^x[k]) along the middle axis. The sum is kept relative to its largest
/// term.
template <class T>
void logcumsumexp(T* y, const T* x, const Blocks& b) {
  for (std::size_t o = 0; o < b.outer; ++o)
    for (std::size_t j = 0; j < b.inner; ++j) {
      double largest = -std::numeric_limits<double>::infinity(), total = 0;
      for (std::size_t k = 0; k < b.n; ++k) {
        const std::size_t at = (o * b.n + k) * b.inner + j;
        const double v = x[at];
        if (v > largest)
          total = total * std::exp(largest - v) + 1, largest = v;
        else
          total += v == largest ? 1 : std::exp(v - largest);
        y[at] = static_cast<T>(largest + std::log(total));
      }
    }
}

// ---- largest and smallest elements

/// An unsigned integer of T's size, so that both take as many lanes. It holds the index within a
/// block.
template <class T>
using Index = std::conditional_t<sizeof(T) == 8, std::uint64_t,
                                 std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint8_t>>;

/// Shorter rows are sooner done by a plain loop. No register holds more elements of a float type.
inline constexpr std::size_t short_row = 16;

/// pick(best, v): v if `better` prefers it to `best`, or if it is NaN. Of registers, too.
template <class Better>
constexpr auto pick_by(Better better) {
  return [better](auto best, auto v) {
    using formula::where;
    return where(better(v, best) || v != v, v, best);
  };
}

/// The extreme element of n >= short_row contiguous ones; of equal ones any; NaN if there is any.
template <std::floating_point T, class Better>
T row_extreme(const T* x, std::size_t n, Better better) {
  using V = Lanes<T>;
  const V last = V::load(x + n - V::size);  // the rest of whole registers
  V parts[4] = {last, last, last, last};
  auto nan = last != last;  // apart, so that the next comparison need not wait for it
  const auto take = [&](V& best, V v) {
    best = where(better(v, best), v, best);
    nan = nan || v != v;
  };
  std::size_t i = 0;
  for (; i + 4 * V::size <= n; i += 4 * V::size)
    for (std::size_t c = 0; c < 4; ++c) take(parts[c], V::load(x + i + c * V::size));
  for (std::size_t c = 0; i + V::size <= n; i += V::size, ++c) take(parts[c], V::load(x + i));
  if (xsimd::any(nan.bits)) return std::numeric_limits<T>::quiet_NaN();
  take(parts[0], parts[1]);
  take(parts[2], parts[3]);
  take(parts[0], parts[2]);
  T lanes[V::size];
  parts[0].store(lanes);
  return *std::max_element(lanes, lanes + V::size, [better](T a, T b) { return better(b, a); });
}

/// The extreme elements of the columns of a matrix of n >= 1 rows, `inner` columns wide, of which
/// each begins `row` elements behind the one before.
template <std::floating_point T, class Pick>
void column_extremes(T* out, const T* x, std::size_t n, std::size_t inner, std::size_t row,
                     Pick pick) {
  using V = Lanes<T>;
  const T* const end_of_x = x + (n - 1) * row + inner;
  const auto strip = [&]<std::size_t count>(std::index_sequence<count>, std::size_t from,
                                            std::size_t lacking) {
    V best[count];
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < count; ++c) {
        const V v = load_in_row(x + i * row + from + c * V::size, lacking, end_of_x);
        best[c] = i == 0 ? v : pick(best[c], v);
      }
    for (std::size_t c = 0; c < count; ++c)
      if (lacking == 0)
        best[c].store(out + from + c * V::size);
      else
        store_partial(best[c], out + from, V::size - lacking);
  };
  std::size_t from = 0;
  for (; from + 4 * V::size <= inner; from += 4 * V::size) strip(std::index_sequence<4>(), from, 0);
  for (; from + V::size <= inner; from += V::size) strip(std::index_sequence<1>(), from, 0);
  if (from < inner) strip(std::index_sequence<1>(), from, from + V::size - inner);
}

/// True for the element that equals the extreme one of its row, which is NaN if any element is.
template <class T>
constexpr bool is_extreme(T v, T extreme) noexcept {
  return (v == extreme) | (v != v);
}

/// Where the first of n >= 1 contiguous elements stands that is the extreme one.
template <class T>
std::size_t find_extreme(const T* x, std::size_t n, T extreme) {
  std::size_t at = 0;
  for (; at + sum_block < n; at += sum_block) {  // blocks without it are soon passed over
    Index<T> found = 0;
    for (std::size_t i = 0; i < sum_block; ++i) found |= is_extreme(x[at + i], extreme);
    if (found) break;
  }
  while (!is_extreme(x[at], extreme)) ++at;
  return at;
}

/// out = the element that `better` prefers to all others, of equal ones the first; NaN if there is
/// any. n >= 1.
template <class T, class Better>
void extreme(T* out, const T* x, const Blocks& b, Better better) {
  const auto pick = pick_by(better);
  using Limits = std::numeric_limits<T>;
  if constexpr (!std::is_floating_point_v<T>)
    if (b.row != 1 || b.n >= short_row)
      return fold(out, x, b, better(T(0), Limits::max()) ? Limits::max() : Limits::lowest(), pick);
  const auto each = [&](const Blocks& part, std::size_t at, std::size_t to) {
    for (std::size_t o = 0; o < part.outer; ++o, at += part.n * part.row, to += part.inner) {
      const T* const row = x + at;
      T& best = out[to];
      if (part.row == 1 && part.n < short_row) {
        best = std::accumulate(row + 1, row + part.n, *row, pick);
      } else if constexpr (std::is_floating_point_v<T>) {
        if (part.row != 1) {
          column_extremes(&best, row, part.n, part.inner, part.row, pick);
        } else {
          best = row_extreme(row, part.n, better);
          if (best == 0 || best != best)
            best = row[find_extreme(row, part.n, best)];  // signs and bits differ
        }
      }
    }
  };
  b.in_parallel(sum_nanoseconds<T>, each);
}

/// True for an element that is preferred to `best`, which stands before it: a better one, or the
/// first NaN.
template <class T, class Better>
constexpr bool replaces(T v, T best, Better better) noexcept {
  return better(v, best) | ((v != v) & (best == best));
}

/// Where the elements stand that `better` prefers in the columns of a matrix of n rows, `inner`
/// columns wide, of which each begins `row` elements behind the one before.
template <class T, class Better>
void arg_columns(std::int64_t* out, const T* x, std::size_t n, std::size_t inner, std::size_t row,
                 Better better) {
  constexpr std::size_t width = 256 / sizeof(T);
  std::array<T, width> best, part;
  std::array<Index<T>, width> at;
  for (std::size_t from = 0; from < inner; from += width, x += width, out += width) {
    const std::size_t columns = std::min(width, inner - from);
    for (std::size_t k = 0; k < n; k += sum_block) {
      std::copy_n(x + k * row, columns, part.begin());
      std::fill_n(at.begin(), columns, Index<T>(0));
      for (std::size_t i = 1, end = std::min(n - k, sum_block); i < end; ++i)
        for (std::size_t j = 0; j < columns; ++j) {
          const T v = x[(k + i) * row + j];
          const bool chosen = replaces(v, part[j], better);
          part[j] = chosen ? v : part[j];
          at[j] = chosen ? static_cast<Index<T>>(i) : at[j];
        }
      for (std::size_t j = 0; j < columns; ++j)
        if (k == 0 || replaces(part[j], best[j], better)) {
          best[j] = part[j];
          out[j] = static_cast<std::int64_t>(k + at[j]);
        }
    }
  }
}

/// out = where the element stands that `better` prefers, of equal ones the first; the first NaN if
/// there is any. n >= 1.
template <class T, class Better>
void arg_extreme(std::int64_t* out, const T* x, const Blocks& b, Better better) {
  const auto each = [&](const Blocks& part, std::size_t at, std::size_t to) {
    Blocks one = part;
    one.outer = 1;
    for (std::size_t o = 0; o < part.outer; ++o, at += part.n * part.row, to += part.inner) {
      const T* const row = x + at;
      if (part.row != 1) {
        arg_columns(out + to, row, part.n, part.inner, part.row, better);
      } else if (part.n < short_row) {
        const auto first = [=](T u, T v) { return replaces(v, u, better); };
        out[to] = std::max_element(row, row + part.n, first) - row;
      } else {
        T best;
        extreme(&best, row, one, better);
        out[to] = static_cast<std::int64_t>(find_extreme(row, part.n, best));
      }
    }
  };
  b.in_parallel(fold_nanoseconds<T>, each);
}

}  // namespace xgrad::kernels
