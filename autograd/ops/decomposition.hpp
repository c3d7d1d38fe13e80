#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Systems of equations, determinants and triangular decompositions of matrices in the last two
/// axes; leading axes are batches. Extents may be 0, and a batch empty. Differentiable to any
/// order; computed by LAPACK through xtensor-blas. All throw ValueError for an undefined tensor,
/// DTypeError for integers, and ShapeError for other than matrices; these are to be square where
/// they are called (…, n, n).

namespace xgrad {

/// @addtogroup decomposition
/// @{

/// x with A x = b. As in PyTorch, b of shape (n), or of A's shape without its last axis, is one
/// vector (for each matrix); otherwise it is (…, n, k). Batches broadcast. By LU with partial
/// pivoting. Throws ShapeError if b has not n rows or the batches do not broadcast, DTypeError
/// unless A and b have one dtype, ValueError for a pivot of 0: A is singular.
Tensor solve(const Tensor& A, const Tensor& b);
/// A^-1. If it is to be multiplied, `solve` is faster and more accurate. Throws ValueError for a
/// pivot of 0: A is singular.
Tensor inverse(const Tensor& A);
/// The determinant, of shape (…), of any scale: only the result over- or underflows, no product on
/// the way. Its gradient det(A) A^-T is, for singular A too, the matrix of cofactors.
Tensor det(const Tensor& A);
/// L, lower triangular, with A = L L^T for a symmetric positive definite A, of which only the lower
/// triangle is read. The gradient is that in the space of symmetric matrices, as PyTorch's: it is
/// symmetric itself. Throws ValueError if A is not positive definite, or has NaN or an infinity in
/// that triangle.
Tensor cholesky(const Tensor& A);

namespace linalg {

using xgrad::cholesky;
using xgrad::det;
using xgrad::solve;
/// The same as `inverse`.
Tensor inv(const Tensor& A);

/// What slogdet returns: `auto [sign, logabsdet] = linalg::slogdet(A);`
struct SlogDet {
  Tensor sign;       ///< 1, -1 or 0, of A's dtype; a constant
  Tensor logabsdet;  ///< -inf for a singular matrix
};
/// The determinant as sign e^logabsdet, both of shape (…): for those that a float does not hold.
/// The gradient of logabsdet is A^-T; it throws ValueError where A is singular.
SlogDet slogdet(const Tensor& A);

/// Options of solve_triangular.
struct TriangularOptions {
  bool upper = false;          ///< which triangle of A is read
  bool unit_diagonal = false;  ///< the diagonal is not read, but counts as ones
};
/// x with A x = b for a triangular A (…, n, n); b and batches as for `solve`. Of the gradient of A
/// only that triangle is not 0. Throws as `solve`, ValueError for a 0 in the diagonal.
Tensor solve_triangular(const Tensor& A, const Tensor& b, const TriangularOptions& options = {});
/// x with A x = b, given the L of A = L L^T as `cholesky` gives it or, if `upper`, the U of
/// A = U^T U. The order of arguments is PyTorch's. b, batches and errors as for `solve_triangular`.
Tensor cholesky_solve(const Tensor& b, const Tensor& L, bool upper = false);

/// What qr returns: `auto [Q, R] = linalg::qr(A);`
struct QR {
  Tensor Q;  ///< (…, m, k) with orthonormal columns
  Tensor R;  ///< (…, k, n), upper triangular; the signs of its diagonal are LAPACK's
};
/// A = Q R for A (…, m, n), reduced: k = min(m, n). By Householder's reflections. The gradient is
/// Walter and Lehmann's (2018). Throws ValueError for NaN and infinities and, from the gradient, if
/// a diagonal element of R is 0: the first k columns of A are to be independent.
QR qr(const Tensor& A);

}  // namespace linalg

/// @}

}  // namespace xgrad
