#pragma once

#include <cmath>
#include <limits>

#include "autograd/kernels/reduce.hpp"

/// @file
/// Variances and norms of the middle axis of a contiguous (outer, n, inner) block, in double
/// precision whatever the elements are.

namespace xgrad::kernels {

/// Sum of term(x).
template <class Term>
struct SumOf {
  Term term;
  double value = 0;
  void add(double x) { value += term(x); }
  void merge(const SumOf& other) { value += other.value; }
};

/// Sums of x - centre and of its square.
struct Moments {
  double centre;
  double first = 0, second = 0;
  void add(double x) {
    const double d = x - centre;
    first += d;
    second += d * d;
  }
  void merge(const Moments& other) {
    first += other.first;
    second += other.second;
  }
};

/// sum (x - mean)^2 / (n - correction), or its root. In two passes, corrected for the rounding of
/// the mean (Chan, Golub & LeVeque, 1983: "Algorithms for computing the sample variance").
template <class T>
void variance(T* out, const T* x, std::size_t outer, std::size_t n, std::size_t inner,
              double degrees, bool root) {
  const double count = static_cast<double>(n);
  const double divisor = std::max(count - degrees, 0.0);
  std::vector<double> mean(inner);
  const auto identity = [](double v) { return v; };
  for (std::size_t o = 0; o < outer; ++o, x += n * inner, out += inner) {
    fold(
        mean.data(), x, n, inner, [&](std::size_t) { return SumOf<decltype(identity)>{identity}; },
        [&](const auto& sum, std::size_t) { return sum.value / count; });
    fold(
        out, x, n, inner, [&](std::size_t j) { return Moments{mean[j]}; },
        [&](const Moments& m, std::size_t) {
          // Beyond the range of doubles both terms are infinite, and their difference is NaN.
          const double correction = std::isfinite(m.second) ? m.first * m.first / count : 0;
          const double v = (m.second - correction) / divisor;
          return static_cast<T>(root ? std::sqrt(v) : v);
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
