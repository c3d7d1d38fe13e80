#pragma once

#include <concepts>
#include <cstddef>

/// @file
/// Products of contiguous row-major matrices, and of vectors.

namespace xgrad::kernels {

/// C = op(A) op(B) + beta C, where op transposes if asked: op(A) is (m, k), op(B) is (k, n).
/// By OpenBLAS on one thread; large products are cut into pieces, by their shape alone, which the
/// library's threads share, so that the result does not depend on how many there are. `cut` = false
/// leaves it in one piece: where one of many is computed on each thread.
template <std::floating_point T>
void gemm(bool transpose_a, bool transpose_b, std::size_t m, std::size_t n, std::size_t k,
          const T* a, const T* b, T beta, T* c, bool cut = true);

/// The sum of a[i] b[i] over n elements.
template <std::floating_point T>
T dot(const T* a, const T* b, std::size_t n);
template <std::integral T>
T dot(const T* a, const T* b, std::size_t n) {
  T total = 0;
  for (std::size_t i = 0; i < n; ++i) total = static_cast<T>(total + a[i] * b[i]);
  return total;
}

}  // namespace xgrad::kernels
