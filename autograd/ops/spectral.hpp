#pragma once

#include <optional>

#include "../tensor/tensor.hpp"

/// @file
/// Singular values and eigenvalues of matrices in the last two axes, and what is made of them;
/// leading axes are batches. Extents may be 0, and a batch empty. Differentiable to any order;
/// computed by LAPACK through xtensor-blas. All throw ValueError for an undefined tensor and for
/// NaN and infinities, whose place is named, DTypeError for integers, and ShapeError for other than
/// matrices.
///
/// The vectors of equal values are any basis of their space: they have no derivative. A backward
/// pass in which the gradient of one has a part along another throws ValueError, naming the values,
/// even for functions that do not depend on the basis, which these gradients do not tell. Functions
/// of the values alone, and of vectors whose value occurs once, have their gradients. Values count
/// as equal if they differ by no more than rounding: 10 eps times the largest.

namespace xgrad::linalg {

/// @addtogroup spectral
/// @{

/// What svd returns: `auto [U, S, Vh] = linalg::svd(A);`
struct SVD {
  Tensor U;   ///< (…, m, k) with orthonormal columns
  Tensor S;   ///< (…, k), falling, not negative
  Tensor Vh;  ///< (…, k, n) with orthonormal rows
};
/// A = U diag(S) Vh for A (…, m, n), reduced: k = min(m, n). U and Vh are unique up to the signs of
/// their columns and rows: functions of them ought not to depend on these. The gradient is that of
/// Townsend 2016, "Differentiating the singular value decomposition". It throws ValueError, beside
/// equal values, for the vector on the longer side of a value that is 0.
SVD svd(const Tensor& A);
/// The S of `svd`, faster where no gradient is recorded.
Tensor svdvals(const Tensor& A);

/// What eigh returns: `auto [eigenvalues, eigenvectors] = linalg::eigh(A);`
struct Eigh {
  Tensor eigenvalues;   ///< (…, n), rising
  Tensor eigenvectors;  ///< (…, n, n), in columns, orthonormal
};
/// A = V diag(eigenvalues) V^T for a symmetric A (…, n, n), of which only the lower triangle is
/// read. Vectors are unique up to sign. The gradient (Giles 2008, "Collected matrix derivative
/// results for forward and reverse mode algorithmic differentiation", 3.1) is symmetric, as
/// cholesky's.
Eigh eigh(const Tensor& A);
/// The eigenvalues of `eigh`, faster where no gradient is recorded.
Tensor eigvalsh(const Tensor& A);

/// The pseudoinverse (…, n, m) of Moore and Penrose: singular values up to rcond times the largest
/// count as 0. The default is eps max(m, n), as PyTorch's. The gradient (Golub and Pereyra 1973,
/// "The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
/// separate", (4.12)) holds where the rank does not change.
Tensor pinv(const Tensor& A, std::optional<double> rcond = {});
/// The x of least |A x - b|, and of these the x of least |x|: by singular values, as NumPy's and
/// with the rcond of `pinv`. b of shape (m), or of A's shape without its last axis, is one vector
/// (for each matrix); otherwise it is (…, m, k). Batches broadcast. Throws as `solve`.
Tensor lstsq(const Tensor& A, const Tensor& b, std::optional<double> rcond = {});
/// How many singular values are greater than tol: int64 (…). The default is eps max(m, n) times the
/// largest of each matrix, as NumPy's.
Tensor matrix_rank(const Tensor& A, std::optional<double> tol = {});

/// @}

}  // namespace xgrad::linalg
