#pragma once

#include <cmath>
#include <functional>
#include <limits>

#include "reduce.hpp"
#include "scratch.hpp"

/// @file
/// Deviations, variances and norms of the middle axis of contiguous Blocks (outer, n,
/// inner), as good as in double precision whatever the elements are.

namespace xgrad::kernels {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// The means of the columns of an (n, inner) matrix, each as a sum of two numbers: `near`, close
/// enough for the differences from it to be exact, and `rest`, the mean of these differences. A
/// single rounded number is off by up to half its last bit, which may be more than the elements
/// differ by.
template <class T>
struct Means {
  // A register may reach beyond the last column.
  explicit Means(std::size_t inner)
      : both(2 * (inner + Lanes<T>::size)),
        near(both.begin()),
        rest(near + inner + Lanes<T>::size) {
    std::fill(both.begin(), both.end(), T(0));
  }
  Means(const Means&) = delete;
  Means& operator=(const Means&) = delete;

  /// x - centre of each column, or its square; a row, whose elements fill the registers, has one
  /// centre.
  template <bool row, bool squared>
  struct Shifted {
    const T* centre;
    template <class V>
    V operator()(V x, std::size_t j) const noexcept {
      const V d = row ? x - V(centre[0]) : x - as_many<V>(centre + j);
      return squared ? d * d : d;
    }
  };

  void find(const T* x, std::size_t n, std::size_t inner) {
    inner == 1 ? find<true>(x, n, 1) : find<false>(x, n, inner);
  }
  /// x less the mean of column j.
  double deviation(double x, std::size_t j) const noexcept { return (x - near[j]) - rest[j]; }

  Scratch<T> both;
  T *near, *rest;

 private:
  template <bool row>
  void find(const T* x, std::size_t n, std::size_t inner) {
    const double share = 1 / static_cast<double>(n);
    std::copy_n(x, inner, near);
    sum_each(
        x, n, inner,
        [&](std::size_t j, double total) { near[j] = static_cast<T>(near[j] + total * share); },
        Shifted<row, false>{near});
    sum_each(
        x, n, inner, [&](std::size_t j, double total) { rest[j] = static_cast<T>(total * share); },
        Shifted<row, false>{near});
    for (std::size_t j = 0; j < inner; ++j) {
      if (std::isfinite(rest[j])) continue;
      double total = 0;  // the mean of infinite elements may be infinite
      for (std::size_t k = 0; k < n; ++k) total += x[k * inner + j];
      near[j] = static_cast<T>(total * share);
      rest[j] = 0;
    }
  }
};

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
  const std::size_t n = b.n, inner = b.inner;
  Means<T> means(inner);
  for (std::size_t o = 0; n > 0 && o < b.outer; ++o, x += n * inner, out += n * inner) {
    means.find(x, n, inner);
    const T *const near = means.near, *const rest = means.rest;
    for (std::size_t j = 0; means_out && j < inner; ++j) *means_out++ = near[j] + rest[j];
    if (inner == 1) {
      map_whole(out, x, n, [a = *near, c = *rest](auto v, std::size_t) { return (v - a) - c; });
    } else {
      for (std::size_t k = 0; k < n; ++k)
        map_whole(out + k * inner, x + k * inner, inner, [=]<class V>(V v, std::size_t j) {
          return (v - as_many<V>(near + j)) - as_many<V>(rest + j);
        });
    }
  }
}

/// x^2.
struct Square {
  auto operator()(auto x, std::size_t /*column*/) const noexcept { return x * x; }
};

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
  const std::size_t n = b.n, inner = b.inner;
  const auto count = static_cast<double>(n);
  const double divisor = std::max(count - correction, 0.0);
  Means<T> means(inner);
  for (std::size_t o = 0; o < b.outer; ++o, x += n * inner, out += inner) {
    if (n > 0) means.find(x, n, inner);
    const auto store = [&](std::size_t j, double squares) {
      double total = squares - count * double{means.rest[j]} * means.rest[j];
      if (!are_safe_squares<T>(total / count)) {
        total = 0;
        for (std::size_t k = 0; k < n; ++k) {
          const double d = means.deviation(x[k * inner + j], j);
          total += d * d;
        }
      }
      const double v = total / divisor;
      out[j] = static_cast<T>(root ? std::sqrt(v) : v);
    };
    if (inner == 1)
      sum_each(x, n, 1, store, typename Means<T>::template Shifted<true, true>{means.near});
    else
      sum_each(x, n, inner, store, typename Means<T>::template Shifted<false, true>{means.near});
  }
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
  const std::size_t n = b.n, inner = b.inner;
  const auto count = static_cast<double>(n);
  const double share = 1 / count;
  for (std::size_t o = 0; o < b.outer; ++o, x += n * inner, out += inner) {
    sum_each(
        x, n, inner, [&](std::size_t j, double total) { out[j] = static_cast<T>(total * share); },
        Square());
    if (squares_out) squares_out = std::copy_n(out, inner, squares_out);
    bool safe = true;
    for (std::size_t j = 0; j < inner; ++j) safe = safe & are_safe_squares<T>(out[j] + eps);
    if (safe) {
      const T e = static_cast<T>(eps);
      for (std::size_t j = 0; j < inner; ++j) out[j] = 1 / std::sqrt(out[j] + e);
      continue;
    }
    for (std::size_t j = 0; j < inner; ++j) {
      const double rms = scaled_norm(x + j, n, inner, 2) / std::sqrt(count);
      out[j] = static_cast<T>(1 / std::hypot(rms, std::sqrt(eps)));
      if (squares_out) *(squares_out - inner + j) = static_cast<T>(rms * rms);
    }
  }
}

/// The p-norm. n >= 1.
template <class T>
void norm(T* out, const T* x, const Blocks& b, double p) {
  // root(sum of term(x)) of each column. If term is a power of the magnitude, `power` is its
  // exponent; 0 says that the sum stays in the range of doubles.
  const auto sum = [&](auto term, auto root, double power) {
    fold(
        out, x, b.n, b.inner, 0.0, [=](double total, double v) { return total + term(v); },
        std::plus<>(),
        [=, &b](double total, std::size_t j) {
          // Beyond these bounds some power may have been lost or have overflowed.
          const bool safe = power == 0 || (total > 1e-280 && total < 1e300);
          return static_cast<T>(safe ? root(total) : scaled_norm(x + j, b.n, b.inner, power));
        });
  };
  const auto extreme = [&](double none, auto f) {
    fold(out, x, b.n, b.inner, none, f, f,
         [](double total, std::size_t) { return static_cast<T>(total); });
  };
  for (std::size_t o = 0; o < b.outer; ++o, x += b.n * b.inner, out += b.inner) {
    if (p == 0)
      sum([](double v) { return v != 0 ? 1.0 : 0.0; }, std::identity(), 0);
    else if (p == 1)
      sum([](double v) { return std::abs(v); }, std::identity(), 0);
    else if (p == 2)
      sum([](double v) { return v * v; }, [](double total) { return std::sqrt(total); }, 2);
    else if (p == infinity)
      extreme(0, extreme_magnitude<true>);
    else if (p == -infinity)
      extreme(infinity, extreme_magnitude<false>);
    else
      sum([p](double v) { return std::pow(std::abs(v), p); },
          [p](double total) { return std::pow(total, 1 / p); }, p);
  }
}

}  // namespace xgrad::kernels
