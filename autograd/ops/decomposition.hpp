#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Functions of square matrices (…, n, n); leading axes are batches. n may be 0, and a batch empty.
/// Differentiable to any order; computed by LAPACK through xtensor-blas. All throw ValueError for
/// an undefined tensor, DTypeError for integers, ShapeError unless the matrices are square.

namespace xgrad {

/// x with A x = b. As in PyTorch, b of shape (n), or of A's shape without its last axis, is one
/// vector (for each matrix); otherwise it is (…, n, k). Batches broadcast. By LU with partial
/// pivoting. Throws ShapeError if b has not n rows or the batches do not broadcast, DTypeError
/// unless A and b have one dtype, ValueError for a pivot of 0: A is singular.
Tensor solve(const Tensor& A, const Tensor& b);
/// A^-1. If it is to be multiplied, `solve` is faster and more accurate. Throws ValueError for a
/// pivot of 0: A is singular.
Tensor inverse(const Tensor& A);
/// The determinant, of shape (…). Its gradient det(A) A^-T is, for singular A too, the matrix of
/// cofactors.
Tensor det(const Tensor& A);
/// L, lower triangular, with A = L L^T for a symmetric positive definite A, of which only the lower
/// triangle is read. The gradient is that in the space of symmetric matrices, as PyTorch's: it is
/// symmetric itself. Throws ValueError if A is not positive definite, or has NaN or an infinity in
/// that triangle.
Tensor cholesky(const Tensor& A);

}  // namespace xgrad
