#pragma once

#include <cstddef>

/// @file
/// Decompositions by the LAPACK inside OpenBLAS, on one thread.

namespace xgrad::kernels {

/// Of contiguous, row-major matrices, square but for those of svd and lq. T is float or double.
template <class T>
struct Lapack {
  /// A = U^T L^T P^T in place, where A^T = P L U is what LAPACK finds with partial pivoting: U^T is
  /// the lower triangle with the diagonal, L^T the upper one with ones on it. Row i was exchanged
  /// with row pivots[i] >= i of A^T, counted from 0; an element of T, so that the factors of a
  /// matrix are one block.
  static void lu_factor(T* a, T* pivots, std::size_t n);
  /// B (n, columns) <- A^-1 B, or A^-T B, from the factors.
  static void lu_solve(const T* lu, const T* pivots, std::size_t n, bool transposed, T* b,
                       std::size_t columns);
  /// Of any scale: no partial product overflows where the whole does not.
  static T lu_determinant(const T* lu, const T* pivots, std::size_t n);

  /// The lower triangle of A becomes L, A = L L^T; what is above the diagonal is neither read nor
  /// written. Returns 0, or the order of the first leading minor that is not positive.
  static std::size_t cholesky(T* a, std::size_t n);
  /// B (n, columns) <- A^-1 B, or A^-T B, with one triangle of A; its diagonal counts as ones if
  /// it is said to be.
  static void solve_triangular(const T* a, std::size_t n, bool upper, bool transposed,
                               bool unit_diagonal, T* b, std::size_t columns);

  /// A (rows, columns) = U diag(values) Vh with the k = min(rows, columns) singular values,
  /// falling, U (rows, k) and Vh (k, columns); without `u` the values alone. A is overwritten.
  /// Returns whether the iteration converged, as it does for finite matrices.
  static bool svd(T* a, std::size_t rows, std::size_t columns, T* values, T* u = nullptr,
                  T* vh = nullptr);
  /// The symmetric A, of which the lower triangle is read, = V diag(values) V^T with rising values.
  /// A is overwritten, with V^T if the vectors are wanted. Returns as svd.
  static bool eigh(T* a, std::size_t n, T* values, bool vectors);

  /// A (rows, columns) = L Q with a lower triangle L (rows, rows) and orthonormal rows of Q, which
  /// overwrites A. rows <= columns.
  static void lq(T* a, std::size_t rows, std::size_t columns, T* l);
};

}  // namespace xgrad::kernels
