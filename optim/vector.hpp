#pragma once

#include <cmath>
#include <type_traits>
#include <vector>

#include "../autograd/kernels/gemm.hpp"

/// @file
/// Vectors of the methods that take all unknowns at once.

namespace xgrad::optim::detail {

/// In double where it does not fit T.
template <class T>
double dot(const std::vector<T>& a, const std::vector<T>& b) {
  double sum = static_cast<double>(kernels::dot(a.data(), b.data(), a.size()));
  if (std::is_same_v<T, float> && !std::isfinite(sum)) {
    sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  }
  return sum;
}

/// NaN if an element is.
template <class T>
double max_abs(const std::vector<T>& v) {
  double largest = 0;
  for (const T element : v) {
    if (std::isnan(element)) return element;
    if (const double x = std::abs(element); x > largest) largest = x;
  }
  return largest;
}

}  // namespace xgrad::optim::detail
