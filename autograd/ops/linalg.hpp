#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Products of matrices and vectors. Throw ValueError for an undefined tensor.

namespace xgrad {

/// @addtogroup linalg
/// @{

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
/// Kronecker's product, a of any number of axes with each element replaced by itself times b:
/// result[i n + k] = a[i] b[k] along every axis, n the extent of b. The shorter shape is filled up
/// with ones in front. dtypes as in multiplication. Throws ShapeError if a and b together have more
/// than 8 axes that are not of extent 1, and DTypeError for float32 with float64.
Tensor kron(const Tensor& a, const Tensor& b);
/// The sum of diagonal `offset` of a matrix, or of the matrices in two axes, which go, as
/// numpy.trace; of uint8 and boolean: int64. Throws ShapeError for fewer than two axes, and if an
/// axis is out of range or named twice.
Tensor trace(const Tensor& x, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);

// For the operations' own files: tensors as batches of matrices, which stand in the last two axes.
namespace detail {

/// Which operands of a product enter it transposed.
struct Transposes {
  bool a = false, b = false;
};

/// A B of matrices, or of batches of them that broadcast; recorded as "matmul".
[[nodiscard]] Tensor product(const Tensor& a, const Tensor& b, Transposes t = {});

/// The leading axes; none for a vector.
inline Shape batch_of(const Shape& shape) {
  Shape batch = shape;
  for (int axis = 0; axis < 2 && !batch.empty(); ++axis) batch.erase(batch.size() - 1);
  return batch;
}

/// Throws DTypeError unless both are the same float.
void require_one_float(const char* op, const Tensor& a, const Tensor& b);

/// Throws ShapeError unless the leading axes, those before the last two (of b: the last `b_axes`),
/// are equal or 1, aligned at their last.
void require_broadcasting_batches(const char* op, const Tensor& a, const Tensor& b,
                                  std::size_t b_axes = 2);

}  // namespace detail

/// @}

}  // namespace xgrad
