#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Elements of a tensor chosen by other tensors, or by their rank. Indices are int64 (or uint8)
/// tensors; negative ones count from the end. Throw ShapeError if an axis or index is out of range,
/// DTypeError for indices that are not integers, and ValueError for an undefined tensor.

namespace xgrad {

/// x[…, indices, …] at `axis`, which is replaced by the axes of `indices`.
Tensor take(const Tensor& x, const Tensor& indices, int axis);
/// out[i][j] = x[i][indices[i][j]] (for axis = 1), of the shape of indices. A 0-d x has an axis 0
/// of one element. Throws ShapeError unless indices has as many axes as x, each no longer than x's,
/// except along `axis`.
Tensor gather(const Tensor& x, int axis, const Tensor& indices);
/// A copy of x with src added at the places gather would read; of uint8: int64. Throws ShapeError
/// as gather, and unless src has the shape of indices; DTypeError unless it has x's dtype.
Tensor scatter_add(const Tensor& x, int axis, const Tensor& indices, const Tensor& src);
/// The elements where mask is not 0, in row-major order: one axis. The two broadcast to each other.
/// Throws ShapeError unless they do, and DTypeError unless mask is boolean or uint8.
Tensor masked_select(const Tensor& x, const Tensor& mask);
/// Labels (…) to (…, classes), float32 unless the options say otherwise, with a 1 at each label
/// and 0 elsewhere. Not differentiable. Throws ValueError if a label is outside 0 … classes - 1,
/// and DTypeError if the labels are floats.
Tensor one_hot(const Tensor& labels, std::size_t classes, const TensorOptions& options = {});

/// @name Sorting
/// Along one axis. NaN counts as larger than every number; equal elements keep their order.
/// @{
/// Chosen elements and their indices (int64) along the axis:
/// `auto [values, indices] = sort(x);`
struct Sorted {
  Tensor values;
  Tensor indices;
};

/// All elements in ascending or descending order. A value's gradient goes to its element.
Sorted sort(const Tensor& x, int axis = -1, bool descending = false);
/// The k largest (smallest) elements, the largest (smallest) first; of equal ones the first.
/// Throws ShapeError unless 0 <= k <= the axis's extent.
Sorted topk(const Tensor& x, std::int64_t k, int axis = -1, bool largest = true);
/// The indices that sort gives, without the values. Not differentiable.
Tensor argsort(const Tensor& x, int axis = -1, bool descending = false);
/// @}

}  // namespace xgrad
