#pragma once

#include <algorithm>
#include <cmath>

#include "lanes.hpp"

namespace xgrad::kernels {

/// The number of the first NaN or infinity among n elements; n if all are finite.
template <class T>
std::size_t first_non_finite(const T* x, std::size_t n) {
  using V = Lanes<T>;
  constexpr std::size_t block = 64 * V::size;
  for (std::size_t from = 0; from < n; from += block) {
    const std::size_t end = std::min(n, from + block);
    V sum(0);  // x - x is 0, or NaN, which stays
    std::size_t i = from;
    for (; i + V::size <= end; i += V::size) {
      const V v = V::load(x + i);
      sum = sum + (v - v);
    }
    if (i < end) {
      const V v = load_partial(x + i, end - i);
      sum = sum + (v - v);
    }
    if (sum_lanes(sum) == 0) continue;
    for (i = from; i < end; ++i)
      if (!std::isfinite(x[i])) return i;
  }
  return n;
}

}  // namespace xgrad::kernels
