#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Elements of a tensor that other tensors choose. Indices are int64 (or uint8) tensors; negative
/// ones count from the end. Errors: ShapeError for an axis or index out of range, DTypeError for
/// indices that are not integers.

namespace xgrad {

/// x[…, indices, …] at `axis`, which is replaced by the axes of `indices`.
Tensor take(const Tensor& x, const Tensor& indices, int axis);
/// out[i][j] = x[i][indices[i][j]] (for axis = 1): as many axes as x, each index extent at most x's
/// except along `axis`. A 0-d x has an axis 0 of one element.
Tensor gather(const Tensor& x, int axis, const Tensor& indices);
/// A copy of x with src added at the places gather would read; of uint8: int64. src has the shape
/// of indices.
Tensor scatter_add(const Tensor& x, int axis, const Tensor& indices, const Tensor& src);
/// The elements where mask (uint8) is not 0, in row-major order: one axis. The two broadcast to
/// each other. Errors: ShapeError unless they do, DTypeError for another mask.
Tensor masked_select(const Tensor& x, const Tensor& mask);
/// int64 (…) -> float32 (…, classes) with a 1 at each label. Not differentiable.
/// Errors: ValueError for a label outside 0 … classes - 1.
Tensor one_hot(const Tensor& labels, std::size_t classes, const TensorOptions& options = {});

}  // namespace xgrad
