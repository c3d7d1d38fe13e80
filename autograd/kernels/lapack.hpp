#pragma once

#include <cstddef>

/// @file
/// Decompositions by the LAPACK inside OpenBLAS, on one thread.

namespace xgrad::kernels {

/// Of contiguous, row-major matrices, square but for orthonormal_rows. T is float or double.
template <class T>
struct Lapack {
  /// A = U^T L^T P^T in place, where A^T = P L U is what LAPACK finds with partial pivoting: U^T is
  /// the lower triangle with the diagonal, L^T the upper one with ones on it. Row i was exchanged
  /// with row pivots[i] >= i of A^T, counted from 0; an element of T, so that the factors of a
  /// matrix are one block. Returns 0, or the order k >= 1 of the first pivot that is zero.
  static std::size_t lu_factor(T* a, T* pivots, std::size_t n);
  /// B (n, columns) <- A^-1 B, or A^-T B, from the factors.
  static void lu_solve(const T* lu, const T* pivots, std::size_t n, bool transposed, T* b,
                       std::size_t columns);
  static T lu_determinant(const T* lu, const T* pivots, std::size_t n);

  /// The lower triangle of A becomes L, A = L L^T; what is above the diagonal is neither read nor
  /// written. Returns 0, or the order of the first leading minor that is not positive.
  static std::size_t cholesky(T* a, std::size_t n);
  /// B (n, columns) <- L^-1 B, or L^-T B, with the lower triangle L.
  static void solve_lower(const T* l, std::size_t n, bool transposed, T* b, std::size_t columns);

  /// A = left diag(values) right, the singular values falling; A is overwritten. Returns whether
  /// the iteration converged, as it does for finite matrices.
  static bool singular_values(T* a, std::size_t n, T* left, T* values, T* right);

  /// A (rows, columns) <- Q of A = L Q with orthonormal rows and a lower triangle L whose diagonal
  /// is not negative, which makes Q unique where the rows of A are independent. rows <= columns.
  static void orthonormal_rows(T* a, std::size_t rows, std::size_t columns);
};

}  // namespace xgrad::kernels
