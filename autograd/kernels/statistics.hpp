#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "autograd/kernels/reduce.hpp"
#include "autograd/kernels/softmax.hpp"

/// @file
/// Deviations, variances and norms of the middle axis of a contiguous (outer, n, inner) block, as
/// good as in double precision whatever the elements are.

namespace xgrad::kernels {

/// The means of the columns of an (n, inner) matrix as sums of two numbers: one near enough for the
/// differences from it to be exact to their last bit, and the mean of these differences. With both
/// subtracted, nothing cancels however far from 0 the elements are. (One rounded number is off by
/// up to half its last bit, which may be more than the elements differ by.)
template <class T>
struct Means {
  explicit Means(std::size_t inner) : near(inner), rest(inner) {}

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
    double zero(std::size_t j) const noexcept { return centre[j]; }
  };

  void find(const T* x, std::size_t n, std::size_t inner) {
    inner == 1 ? find<true>(x, n, 1) : find<false>(x, n, inner);
  }
  /// x less the mean of column j.
  double deviation(double x, std::size_t j) const noexcept { return (x - near[j]) - rest[j]; }

  std::vector<T> near, rest;

 private:
  template <bool row>
  void find(const T* x, std::size_t n, std::size_t inner) {
    const auto count = static_cast<double>(n);
    sum_each(
        x, n, inner,
        [&](std::size_t j, double total) {
          near[j] = static_cast<T>(x[j] + total / count);
          if (std::isfinite(near[j])) return;
          total = 0;  // the mean of infinite elements may be infinite
          for (std::size_t k = 0; k < n; ++k) total += x[k * inner + j];
          near[j] = static_cast<T>(total / count);
        },
        Shifted<row, false>{x});
    sum_each(
        x, n, inner,
        [&](std::size_t j, double total) {
          rest[j] = std::isfinite(near[j]) ? static_cast<T>(total / count) : 0;
        },
        Shifted<row, false>{near.data()});
  }
};

/// out = x - mean.
template <class T>
void center(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner) {
  Means<T> means(inner);
  for (std::size_t o = 0; n > 0 && o < outer; ++o, x += n * inner, out += n * inner) {
    means.find(x, n, inner);
    const T *const near = means.near.data(), *const rest = means.rest.data();
    if (inner == 1) {
      const T a = *near, b = *rest;
      map_one_row(out, x, n, [a, b](auto v) { return (v - a) - b; });
    } else {
      using V = Lanes<T>;
      for (std::size_t k = 0; k < n; ++k) {
        const T* const from = x + k * inner;
        T* const to = out + k * inner;
        std::size_t j = 0;
        for (; j + V::size <= inner; j += V::size)
          ((V::load(from + j) - V::load(near + j)) - V::load(rest + j)).store(to + j);
        for (; j < inner; ++j) to[j] = (from[j] - near[j]) - rest[j];
      }
    }
  }
}

/// x^2.
struct Square {
  auto operator()(auto x, std::size_t /*column*/) const noexcept { return x * x; }
  double zero(std::size_t /*column*/) const noexcept { return 0; }
};

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
  for (std::size_t o = 0; o < outer; ++o, x += n * inner, out += inner) {
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
      sum_each(x, n, 1, store, typename Means<T>::template Shifted<true, true>{means.near.data()});
    else
      sum_each(x, n, inner, store,
               typename Means<T>::template Shifted<false, true>{means.near.data()});
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

/// Mean of x^2.
template <class T>
void mean_square(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner) {
  const auto count = static_cast<double>(n);
  for (std::size_t o = 0; o < outer; ++o, x += n * inner, out += inner)
    sum_each(
        x, n, inner,
        [&](std::size_t j, double total) {
          double square = total / count;
          if (!are_safe_squares<T>(square))
            square = std::pow(scaled_norm(x + j, n, inner, 2), 2) / count;
          out[j] = static_cast<T>(square);
        },
        Square());
}

/// 1 / sqrt(mean of x^2 + eps).
template <class T>
void inverse_rms(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner,
                 double eps) {
  const auto count = static_cast<double>(n);
  for (std::size_t o = 0; o < outer; ++o, x += n * inner, out += inner)
    sum_each(
        x, n, inner,
        [&](std::size_t j, double total) {
          const double square = total / count + eps;
          const double root =
              are_safe_squares<T>(square)
                  ? std::sqrt(square)
                  : std::hypot(scaled_norm(x + j, n, inner, 2) / std::sqrt(count), std::sqrt(eps));
          out[j] = static_cast<T>(1 / root);
        },
        Square());
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
