#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Sorting along one axis. NaN counts as larger than every number; equal elements keep their
/// order. Throw ShapeError if the axis is out of range, and ValueError for an undefined tensor.

namespace xgrad {

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

}  // namespace xgrad
