#pragma once

#include <algorithm>
#include <cmath>

#include "reduce.hpp"

namespace xgrad::kernels {

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

}  // namespace xgrad::kernels
