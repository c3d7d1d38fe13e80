#pragma once

#include <algorithm>

#include "../tensor/tensor.hpp"

/// @file
/// For the operations' own files: tensors as batches of matrices, which stand in the last two axes.

namespace xgrad::detail {

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

}  // namespace xgrad::detail
