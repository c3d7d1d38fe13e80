#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Products of matrices and vectors. Throw ValueError for an undefined tensor.

namespace xgrad {

/// Matrix product as NumPy's: vectors (n) count as rows on the left and columns on the right and
/// vanish from the result, leading axes are batches and broadcast.
/// Throws ShapeError for a 0-d operand and for inner dimensions or batches that do not agree, and
/// DTypeError unless both are the same float.
Tensor matmul(const Tensor& a, const Tensor& b);
/// x weight^T + bias: x (…, in), weight (out, in), bias (out) or undefined; result (…, out).
/// Throws ShapeError unless the shapes are these, and DTypeError unless all are the same float.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
/// The sum of a[i] b[i] of two vectors of one length: 0-d. Integers give int64.
/// Throws ShapeError unless they are that, and DTypeError unless both have one dtype.
Tensor dot(const Tensor& a, const Tensor& b);
/// result[i][j] = a[i] b[j] of two vectors; dtypes as in multiplication.
/// Throws ShapeError unless both are vectors, and DTypeError for float32 with float64.
Tensor outer(const Tensor& a, const Tensor& b);

}  // namespace xgrad
