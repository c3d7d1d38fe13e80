#pragma once

#include <span>

#include "../tensor/index.hpp"
#include "../tensor/tensor.hpp"

/// @file
/// Elements of a tensor chosen by other tensors, or by their rank. Indices are int64 (or uint8)
/// tensors; negative ones count from the end. Throw ShapeError if an axis or index is out of range,
/// DTypeError for indices that are not integers, and ValueError for an undefined tensor.

namespace xgrad {

/// @addtogroup indexing
/// @{

namespace detail {
/// `op` begins the messages.
Tensor index(const Tensor& x, std::span<const Index> entries, const char* op = "index");
}  // namespace detail

/// What x[entries] chooses, as in NumPy, of x's dtype; also written `x[i]` for one entry, and
/// `x[{i, j}]`. Each entry takes its axes of x from the front:
///
/// - an integer: one index of the axis, which goes
/// - `Slice(start, stop, step)`: a part of the axis
/// - `ellipsis`: all axes that the other entries leave; without one they are left at the end
/// - `newaxis`: no axis of x, a new one of extent 1
/// - an int64 tensor: those indices of the axis. Several are broadcast together and choose one
///   element for each of their own, as the integers beside them do.
/// - a mask (boolean or uint8): the indices at which it is not 0, as NumPy's nonzero gives them,
///   one tensor for each axis of the mask
///
/// The axes of the tensors take the place of those that they and the integers choose from; if
/// slices, `newaxis` or an ellipsis stand between these, they come first.
///
///     x[{0, Slice(none, none, 2)}]     // of (2, 3): the first row's elements 0 and 2
///     x[tensor({1, 0})], x[x > 0]      // rows 1 and 0; the positive elements, of one axis
///
/// Indices count from the end if they are negative. Throws ShapeError for an index out of range,
/// for more entries than axes, for two ellipses, for tensors that do not broadcast, and for a mask
/// whose shape is not that of its axes; ValueError for a step of 0 and for undefined tensors;
/// DTypeError for tensors of floats.
Tensor index(const Tensor& x, const std::vector<Index>& entries);
/// x with x[entries] replaced by the values, or with `accumulate` added to, as often as an element
/// is chosen (of uint8 and boolean the result is then int64). The values are a number, or a tensor
/// of x's dtype that broadcasts to the shape of x[entries]. Of several values for one element the
/// last is kept and has the gradient. Throws as index, DTypeError and ShapeError for other values,
/// and ValueError for a number that x's dtype does not hold.
Tensor index_put(const Tensor& x, const std::vector<Index>& entries, const TensorOrScalar& values,
                 bool accumulate = false);

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
/// x with `value` where mask is not 0; the two broadcast to each other. The value is a number or a
/// 0-d tensor, which gets the sum of the gradients there. Throws ShapeError for another tensor,
/// DTypeError unless mask is boolean or uint8 and the value of x's dtype, and ValueError for a
/// number that x's dtype does not hold.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const TensorOrScalar& value);
/// The indices of the elements other than 0, in row-major order, as torch.nonzero: int64 of shape
/// (n, x.ndim()), a row for each of the n elements. NaN is one. numpy.nonzero gives the columns.
Tensor nonzero(const Tensor& x);
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
  Tensor values;   ///< of x's dtype
  Tensor indices;  ///< of the same shape, int64
};

/// All elements in ascending or descending order. A value's gradient goes to its element.
Sorted sort(const Tensor& x, int axis = -1, bool descending = false);
/// The k largest (smallest) elements, the largest (smallest) first; of equal ones the first.
/// Throws ShapeError unless 0 <= k <= the axis's extent.
Sorted topk(const Tensor& x, std::int64_t k, int axis = -1, bool largest = true);
/// The indices that sort gives, without the values. Not differentiable.
Tensor argsort(const Tensor& x, int axis = -1, bool descending = false);
/// @}

/// @}

}  // namespace xgrad
