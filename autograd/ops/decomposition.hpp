#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Functions of square matrices (…, n, n); leading axes are batches. n may be 0, and a batch empty.
/// Differentiable to any order. Errors: ShapeError unless the matrices are square, DTypeError for
/// integers.

namespace xgrad {

/// x with A x = b. As in PyTorch, b of shape (n), or of A's shape without its last axis, is one
/// vector (for each matrix); otherwise it is (…, n, k). Batches broadcast. By LU with partial
/// pivoting.
/// Errors: ShapeError; DTypeError unless both are the same float; ValueError for a pivot of 0, A
/// being singular.
Tensor solve(const Tensor& A, const Tensor& b);
/// A^-1. Where it is to be multiplied, `solve` is faster and more accurate.
/// Errors: ValueError for a pivot of 0, A being singular.
Tensor inverse(const Tensor& A);
/// The determinant, of shape (…). Its gradient det(A) A^-T is, for singular A too, the matrix of
/// cofactors.
Tensor det(const Tensor& A);
/// L, lower triangular, with A = L L^T for a symmetric positive definite A, of which only the lower
/// triangle is read. The gradient is that in the space of symmetric matrices, as PyTorch's: it is
/// symmetric itself.
/// Errors: ValueError for A that is not positive definite, or has NaN or an infinity in that
/// triangle.
Tensor cholesky(const Tensor& A);

}  // namespace xgrad
