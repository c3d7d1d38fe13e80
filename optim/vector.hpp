#pragma once

#include <cmath>
#include <vector>

#include "autograd/kernels/gemm.hpp"

/// @file
/// Vectors of the methods that take all unknowns at once.

namespace xgrad::optim::detail {

template <class T>
double dot(const std::vector<T>& a, const std::vector<T>& b) {
  return static_cast<double>(kernels::dot(a.data(), b.data(), a.size()));
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
