#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../kernels/gemm.hpp"
#include "../kernels/lapack.hpp"

/// @file
/// Linear algebra of vectors and row-major matrices, for methods that record nothing
/// (minimisation, initialisation). Computed by OpenBLAS.

namespace xgrad::detail {

template <std::floating_point T>
T dot(std::span<const T> a, std::span<const T> b) {
  return kernels::dot(a.data(), b.data(), a.size());
}

/// A^-1 b for a symmetric positive definite A (n, n), of which the lower triangle is read, by
/// Cholesky's decomposition; nothing if A is not positive definite.
inline std::optional<std::vector<double>> solve_positive_definite(std::vector<double> a,
                                                                  std::vector<double> b) {
  if (kernels::Lapack<double>::cholesky(a.data(), b.size()) > 0) return {};
  for (const bool transposed : {false, true})
    kernels::Lapack<double>::solve_lower(a.data(), b.size(), transposed, b.data(), 1);
  return b;
}

/// A = left diag(values) right, all of them (n, n) but for the n values, which fall.
struct SingularValues {
  std::vector<double> left, values, right;
};
/// Those of A (n, n); nothing if the iteration did not converge, as it does for finite matrices.
inline std::optional<SingularValues> singular_values(std::vector<double> a, std::size_t n) {
  SingularValues of = {std::vector<double>(n * n), std::vector<double>(n),
                       std::vector<double>(n * n)};
  if (kernels::Lapack<double>::singular_values(a.data(), n, of.left.data(), of.values.data(),
                                               of.right.data()))
    return of;
  return {};
}

/// Q (rows, columns) of A = L Q, with orthonormal rows and a lower triangle L whose diagonal is not
/// negative. rows <= columns.
inline std::vector<double> orthonormal_rows(std::vector<double> a, std::size_t rows,
                                            std::size_t columns) {
  kernels::Lapack<double>::orthonormal_rows(a.data(), rows, columns);
  return a;
}

}  // namespace xgrad::detail
