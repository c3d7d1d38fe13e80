#pragma once

#include <cstddef>

/// @file
/// Matrix products of contiguous row-major matrices.

namespace xgrad::kernels {

/// C = op(A) op(B) + beta C, where op transposes if asked: op(A) is (m, k), op(B) is (k, n).
/// By OpenBLAS on one thread; large products are cut into tiles, by their shape alone, which the
/// library's threads share, so that the result does not depend on how many there are.
void gemm(bool transpose_a, bool transpose_b, std::size_t m, std::size_t n, std::size_t k,
          const float* a, const float* b, float beta, float* c);
void gemm(bool transpose_a, bool transpose_b, std::size_t m, std::size_t n, std::size_t k,
          const double* a, const double* b, double beta, double* c);

}  // namespace xgrad::kernels
