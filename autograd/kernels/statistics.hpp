#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "autograd/kernels/reduce.hpp"

/// @file
/// Deviations, variances and norms of the middle axis of a contiguous (outer, n, inner) block, as
/// good as in double precision whatever the elements are.

namespace xgrad::kernels {

/// The means of the columns of an (n, inner) matrix as sums of two numbers: one near enough for the
/// differences from it to be exact to their last bit, and the mean of these differences. With both
/// subtracted, nothing cancels however far from 0 the elements are. (One rounded number is off by
/// up to half its last bit, which may be more than the elements differ by.)
template <class T>
class Means {
 public:
  explicit Means(std::size_t inner) : near_(inner), rest_(inner) {}

  void find(const T* x, std::size_t n, std::size_t inner) {
    const auto count = static_cast<double>(n);
    sum_terms(
        x, n, inner,
        [&](std::size_t j, double total) { near_[j] = static_cast<T>(x[j] + total / count); },
        [x](auto v, std::size_t j) { return v - x[j]; });
    sum_terms(
        x, n, inner, [&](std::size_t j, double total) { rest_[j] = static_cast<T>(total / count); },
        [near = near_.data()](auto v, std::size_t j) { return v - near[j]; });
  }
  /// v less the mean, for v in any number of lanes.
  auto deviation() const noexcept {
    return [near = near_.data(), rest = rest_.data()](auto v, std::size_t j) {
      return (v - near[j]) - rest[j];
    };
  }

 private:
  std::vector<T> near_, rest_;
};

/// out = x - mean.
template <class T>
void center(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner) {
  Means<T> means(inner);
  const auto deviation = means.deviation();
  for (std::size_t o = 0; n > 0 && o < outer; ++o, x += n * inner, out += n * inner) {
    means.find(x, n, inner);
    if (inner == 1)
      for (std::size_t i = 0; i < n; ++i) out[i] = deviation(x[i], 0);
    else
      for (std::size_t k = 0; k < n; ++k)
        for (std::size_t j = 0; j < inner; ++j) out[k * inner + j] = deviation(x[k * inner + j], j);
  }
}

/// Whether the mean of squares that were computed in T is as good as T's precision: none that
/// counts has left the range.
template <class T>
bool are_safe_squares(double mean) noexcept {
  return mean > (std::is_same_v<T, float> ? 1e-30 : 1e-280) && std::isfinite(mean);
}

/// Sum of term(x).
template <class Term>
struct SumOf {
  Term term;
  double value = 0;
  void add(double x) { value += term(x); }
  void merge(const SumOf& other) { value += other.value; }
};

/// sum (x - mean)^2 / (n - correction), or its root.
template <class T>
void variance(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner,
              double correction, bool root) {
  const auto count = static_cast<double>(n);
  const double divisor = std::max(count - correction, 0.0);
  Means<T> means(inner);
  const auto deviation = means.deviation();
  for (std::size_t o = 0; o < outer; ++o, x += n * inner, out += inner) {
    if (n > 0) means.find(x, n, inner);
    sum_terms(
        x, n, inner,
        [&](std::size_t j, double total) {
          if (!are_safe_squares<T>(total / count)) {
            total = 0;
            for (std::size_t k = 0; k < n; ++k) {
              const double d = deviation(double{x[k * inner + j]}, j);
              total += d * d;
            }
          }
          const double v = total / divisor;
          out[j] = static_cast<T>(root ? std::sqrt(v) : v);
        },
        [&](auto v, std::size_t j) {
          const auto d = deviation(v, j);
          return d * d;
        });
  }
}

/// The greatest (least) magnitude; NaN if there is one.
template <bool greatest>
struct Magnitude {
  double value = greatest ? 0 : std::numeric_limits<double>::infinity();
  void add(double x) {
    const double a = std::abs(x);
    value = (greatest ? a > value : a < value) || a != a ? a : value;
  }
  void merge(const Magnitude& other) { add(other.value); }
};

template <bool greatest, class T>
void extreme_magnitude(T* out, const T* x, std::size_t n, std::size_t inner) {
  fold(
      out, x, n, inner, [](std::size_t) { return Magnitude<greatest>(); },
      [](const Magnitude<greatest>& m, std::size_t) { return static_cast<T>(m.value); });
}

/// (sum |x / scale|^p)^(1/p) scale of one column whose plain sum of powers left the range of
/// doubles: by the greatest magnitude (the least, for p < 0), every power is at most 1.
template <class T>
double scaled_norm(const T* x, std::size_t n, std::size_t step, double p) {
  Magnitude<true> greatest;
  Magnitude<false> least;
  for (std::size_t i = 0; i < n; ++i) {
    greatest.add(x[i * step]);
    least.add(x[i * step]);
  }
  const double scale = p > 0 ? greatest.value : least.value;
  if (!(scale > 0 && scale < std::numeric_limits<double>::infinity())) return scale;
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) total += std::pow(std::abs(x[i * step]) / scale, p);
  return scale * std::pow(total, 1 / p);
}

/// out[j] = root(sum of term(x)) for each column, where term is the p-th power of the magnitude.
template <class T, class Term, class Root>
void norm_by_powers(T* out, const T* x, std::size_t n, std::size_t inner, double p, Term term,
                    Root root) {
  fold(
      out, x, n, inner, [&](std::size_t) { return SumOf<Term>{term}; },
      [&](const SumOf<Term>& sum, std::size_t j) {
        // Beyond these bounds some power may have been lost or have overflowed.
        const bool safe = sum.value > 1e-280 && sum.value < 1e300;
        return static_cast<T>(safe ? root(sum.value) : scaled_norm(x + j, n, inner, p));
      });
}

/// 1 / sqrt(mean of x^2 + eps).
template <class T>
void inverse_rms(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner,
                 double eps) {
  const auto count = static_cast<double>(n);
  for (std::size_t o = 0; o < outer; ++o, x += n * inner, out += inner)
    sum_terms(
        x, n, inner,
        [&](std::size_t j, double total) {
          const double square = total / count + eps;
          const double root =
              are_safe_squares<T>(square)
                  ? std::sqrt(square)
                  : std::hypot(scaled_norm(x + j, n, inner, 2) / std::sqrt(count), std::sqrt(eps));
          out[j] = static_cast<T>(1 / root);
        },
        [](auto v, std::size_t /*j*/) { return v * v; });
}

/// The p-norm. n >= 1.
template <class T>
void norm(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner, double p) {
  const auto sum = [&](auto term) {
    using Sum = SumOf<decltype(term)>;
    fold(
        out, x, n, inner, [&](std::size_t) { return Sum{term}; },
        [](const Sum& total, std::size_t) { return static_cast<T>(total.value); });
  };
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (std::size_t o = 0; o < outer; ++o, x += n * inner, out += inner) {
    if (p == 0)
      sum([](double v) { return v != 0 ? 1.0 : 0.0; });
    else if (p == 1)
      sum([](double v) { return std::abs(v); });
    else if (p == 2)
      norm_by_powers(
          out, x, n, inner, p, [](double v) { return v * v; },
          [](double total) { return std::sqrt(total); });
    else if (p == inf)
      extreme_magnitude<true>(out, x, n, inner);
    else if (p == -inf)
      extreme_magnitude<false>(out, x, n, inner);
    else
      norm_by_powers(
          out, x, n, inner, p, [p](double v) { return std::pow(std::abs(v), p); },
          [p](double total) { return std::pow(total, 1 / p); });
  }
}

}  // namespace xgrad::kernels
