#pragma once

#include <cmath>
#include <functional>
#include <limits>

#include "reduce.hpp"

/// @file
/// Deviations, variances and norms of the middle axis of contiguous Blocks (outer, n,
/// inner), as good as in double precision whatever the elements are.

namespace xgrad::kernels {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// The means of the columns of a matrix of n rows, `inner` columns wide, of which each begins `row`
/// elements behind the one before. Each is a sum of two numbers: `near`, close enough for the
/// differences from it to be exact, and `rest`, the mean of these differences. A single rounded
/// number is off by up to half its last bit, which may be more than the elements differ by.
template <class T>
struct Means {
  T *near, *rest;  // a register may reach beyond the last of several columns

  /// Sums f(x - near), as sum_each does. A row has one mean for all its elements.
  template <class F, class Done>
  void sum_shifted(const T* x, std::size_t n, std::size_t inner, std::size_t row, const F& f,
                   const Done& done) const {
    if (row == 1)
      sum_each(
          x, n, 1, 1, [f, a = near[0]](auto v, std::size_t) { return f(v - a); }, done);
    else
      sum_columns(
          x, n, inner, row,
          [f, a = near]<class V>(V v, std::size_t j) { return f(v - as_many<V>(a + j)); }, done);
  }

  void find(const T* x, std::size_t n, std::size_t inner, std::size_t row) {
    constexpr std::integral_constant<std::size_t, 1> one;
    row == 1 ? find_all(x, n, one, one) : find_all(x, n, inner, row);
  }
  /// Not inlined, which would cost its loops registers; a row's inner is a constant.
  template <class I>
  [[gnu::noinline]] void find_all(const T* x, std::size_t n, I inner, I row) {
    const double share = 1 / static_cast<double>(n);
    const auto itself = [](auto d) { return d; };
    for (std::size_t j = 0; j < inner; ++j) near[j] = x[j];
    sum_shifted(x, n, inner, row, itself, [&](std::size_t j, auto total) {
      rest[j] = static_cast<T>(near[j] + total * share);
    });
    std::swap(near, rest);
    sum_shifted(x, n, inner, row, itself,
                [&](std::size_t j, auto total) { rest[j] = static_cast<T>(total * share); });
    for (std::size_t j = 0; j < inner; ++j) {
      if (std::isfinite(rest[j])) continue;
      double total = 0;  // the mean of infinite elements may be infinite
      for (std::size_t k = 0; k < n; ++k) total += x[k * row + j];
      near[j] = static_cast<T>(total * share);
      rest[j] = 0;
    }
  }
};

/// Calls f(means, part, number of its first element, and of that in what has one element for each
/// run) on the library's threads for parts with outer = 1: single rows, or some of the columns.
template <class T, class F>
void with_means(const T* x, const Blocks& b, const F& f) {
  constexpr double nanoseconds = 4 * sum_nanoseconds<T>;
  const std::size_t size = b.n * b.inner, padded = b.inner + Lanes<T>::size;
  Blocks one = b;
  one.outer = 1;
  if (b.row == 1)
    return b.in_parallel(nanoseconds, [&](const Blocks& part, std::size_t at, std::size_t to) {
      for (const std::size_t end = to + part.outer; to < end; ++to, at += size) {
        T numbers[2] = {};
        Means<T> means{numbers, numbers + 1};
        if (b.n > 0) means.find(x + at, b.n, 1, 1);
        f(means, one, at, to);
      }
    });
  memory::Scratch<T> numbers(2 * padded);
  std::fill(numbers.begin(), numbers.end(), T(0));
  for (std::size_t o = 0; o < b.outer; ++o)
    one.in_parallel(nanoseconds, [&](const Blocks& part, std::size_t at, std::size_t to) {
      Means<T> means{numbers.begin() + at, numbers.begin() + padded + at};
      if (b.n > 0) means.find(x + o * size + at, b.n, part.inner, b.row);
      f(means, part, o * size + at, o * b.inner + to);
    });
}

/// out[i] = f(x[i], i) over one row that is not out itself: the last registers overlap.
template <class T, class F>
void map_whole(T* out, const T* x, std::size_t n, F f) {
  using V = Lanes<T>;
  if (n < V::size) {
    for (std::size_t i = 0; i < n; ++i) out[i] = f(x[i], i);
    return;
  }
  for (std::size_t i = 0; i + V::size < n; i += V::size) f(V::load(x + i), i).store(out + i);
  f(V::load(x + n - V::size), n - V::size).store(out + n - V::size);
}

/// out = x - mean; the means go to `means_out`, if that is there.
template <class T>
void center(T* out, const T* x, const Blocks& b, T* means_out) {
  if (b.n == 0) return;
  const auto subtract = [=](const Means<T>& means, const Blocks& part, std::size_t at,
                            std::size_t to) {
    const T *const near = means.near, *const rest = means.rest;
    for (std::size_t j = 0; means_out && j < part.inner; ++j) means_out[to + j] = near[j] + rest[j];
    if (part.row == 1)
      return map_whole(out + at, x + at, part.n,
                       [a = *near, c = *rest](auto v, std::size_t) { return (v - a) - c; });
    for (std::size_t k = 0; k < part.n; ++k, at += part.row)
      map_whole(out + at, x + at, part.inner, [=]<class V>(V v, std::size_t j) {
        return (v - as_many<V>(near + j)) - as_many<V>(rest + j);
      });
  };
  with_means(x, b, subtract);
}

/// Whether a mean of squares that were computed in T is precise: it is in T's range, and no square
/// that counts was lost.
template <class T>
bool are_safe_squares(double mean) noexcept {
  constexpr bool single = std::is_same_v<T, float>;
  return (mean > (single ? 1e-30 : 1e-280)) & (mean < (single ? 1e38 : 1e300));
}

/// sum (x - mean)^2 / (n - correction), or its root.
template <class T>
void variance(T* out, const T* x, const Blocks& b, double correction, bool root) {
  const auto count = static_cast<double>(b.n);
  const double divisor = std::max(count - correction, 0.0);
  with_means(x, b, [=](const Means<T>& means, const Blocks& part, std::size_t at, std::size_t to) {
    means.sum_shifted(
        x + at, part.n, part.inner, part.row, [](auto d) { return d * d; },
        [&](std::size_t j, auto squares) {
          const double near = means.near[j], rest = means.rest[j];
          double total = static_cast<double>(squares) - count * rest * rest;
          if (!are_safe_squares<T>(total / count)) {
            total = 0;
            for (std::size_t k = 0; k < part.n; ++k) {
              const double d = (x[at + k * part.row + j] - near) - rest;
              total += d * d;
            }
          }
          const double v = total / divisor;
          out[to + j] = static_cast<T>(root ? std::sqrt(v) : v);
        });
  });
}

/// The larger (smaller) of a magnitude and that of x; NaN if there is one.
template <bool largest>
constexpr auto extreme_magnitude = [](double so_far, double x) {
  const double a = std::abs(x);
  return (largest ? a > so_far : a < so_far) || a != a ? a : so_far;
};

/// (sum |x / scale|^p)^(1/p) scale of one column whose plain sum of powers left the range of
/// doubles: by the largest magnitude (the smallest, for p < 0), every power is at most 1.
template <class T>
double scaled_norm(const T* x, std::size_t n, std::size_t step, double p) {
  double scale = p > 0 ? 0 : infinity;
  for (std::size_t i = 0; i < n; ++i)
    scale = p > 0 ? extreme_magnitude<true>(scale, x[i * step])
                  : extreme_magnitude<false>(scale, x[i * step]);
  if (!(scale > 0 && scale < infinity)) return scale;
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) total += std::pow(std::abs(x[i * step]) / scale, p);
  return scale * std::pow(total, 1 / p);
}

/// 1 / sqrt(mean of x^2 + eps); the means of the squares go to `squares_out`, if that is there.
template <class T>
void inverse_rms(T* out, const T* x, const Blocks& b, double eps, T* squares_out) {
  const auto count = static_cast<double>(b.n);
  const double share = 1 / count;
  b.in_parallel(sum_nanoseconds<T>, [=](const Blocks& part, std::size_t at, std::size_t to) {
    for (std::size_t o = 0; o < part.outer; ++o, at += part.n * part.row, to += part.inner) {
      T* const y = out + to;
      sum_each(
          x + at, part.n, part.inner, part.row, [](auto v, std::size_t) { return v * v; },
          [&](std::size_t j, auto total) { y[j] = static_cast<T>(total * share); });
      if (squares_out) std::copy_n(y, part.inner, squares_out + to);
      bool safe = true;
      for (std::size_t j = 0; j < part.inner; ++j) safe = safe & are_safe_squares<T>(y[j] + eps);
      if (safe) {
        const T e = static_cast<T>(eps);
        for (std::size_t j = 0; j < part.inner; ++j) y[j] = 1 / std::sqrt(y[j] + e);
        continue;
      }
      for (std::size_t j = 0; j < part.inner; ++j) {
        const double rms = scaled_norm(x + at + j, part.n, part.row, 2) / std::sqrt(count);
        y[j] = static_cast<T>(1 / std::hypot(rms, std::sqrt(eps)));
        if (squares_out) squares_out[to + j] = static_cast<T>(rms * rms);
      }
    }
  });
}

/// The p-norm. n >= 1.
template <class T>
void norm(T* out, const T* x, const Blocks& b, double p) {
  // root(sum of term(x)). Beyond the bounds some power may have been lost or have overflowed.
  const auto sum = [&](auto term, auto root) {
    fold(
        out, x, b, 0.0, [=](double total, double v) { return total + term(v); }, std::plus<>(),
        [=, &b](double total, const T* column) {
          const bool safe = p == 0 || p == 1 || (total > 1e-280 && total < 1e300);
          return static_cast<T>(safe ? root(total) : scaled_norm(column, b.n, b.inner, p));
        });
  };
  if (p == 0)
    sum([](double v) { return v != 0 ? 1.0 : 0.0; }, std::identity());
  else if (p == 1)
    sum([](double v) { return std::abs(v); }, std::identity());
  else if (p == 2)
    sum([](double v) { return v * v; }, [](double total) { return std::sqrt(total); });
  else if (p == infinity)
    fold(out, x, b, 0.0, extreme_magnitude<true>);
  else if (p == -infinity)
    fold(out, x, b, infinity, extreme_magnitude<false>);
  else if (p == 3)
    sum([](double v) { return std::abs(v * v * v); },
        [p](double total) { return std::pow(total, 1 / p); });
  else
    sum([p](double v) { return std::pow(std::abs(v), p); },
        [p](double total) { return std::pow(total, 1 / p); });
}

}  // namespace xgrad::kernels
