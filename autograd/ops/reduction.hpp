#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Reductions over one axis, a list of axes, or (by default) all of them. With `keepdims` the
/// reduced axes stay, with extent 1; without they go. Softmax and the like are here too.
/// Throw ShapeError if an axis is out of range or named twice, and ValueError for an undefined
/// tensor.

namespace xgrad {

/// @addtogroup reduction
/// @{

/// Sum; of uint8 and boolean: int64. Over no elements: 0.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Arithmetic mean, finite also where the sum is beyond the range of the dtype; NaN over no
/// elements; of boolean: float32, the share that is true. Throws DTypeError for integers.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Product; of uint8 and boolean: int64. Over no elements: 1. Each element's gradient is the
/// product of the others, also where some are 0.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Largest element, NaN if there is one; tied elements share the gradient evenly. Throws ShapeError
/// over no elements.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Smallest element, as max.
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Index, int64, of the first largest element along one axis; NaN counts as largest. Not
/// differentiable. Throws ShapeError over no elements.
Tensor argmax(const Tensor& x, int axis, bool keepdims = false);
/// Index of the first smallest element, as argmax; NaN counts as smallest.
Tensor argmin(const Tensor& x, int axis, bool keepdims = false);
/// The same in the flattened tensor: 0-d.
Tensor argmax(const Tensor& x);
/// The same in the flattened tensor: 0-d.
Tensor argmin(const Tensor& x);
/// boolean: whether all elements are other than 0, as NaN is. Not differentiable. Over no elements:
/// true.
Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// boolean: whether any element is other than 0. Over no elements: false.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Sums of the elements up to and including each one along an axis; of uint8 and boolean: int64.
Tensor cumsum(const Tensor& x, int axis);
/// Products of the elements up to and including each one along an axis; of uint8 and boolean:
/// int64. The gradients of all orders are right also where elements are 0.
Tensor cumprod(const Tensor& x, int axis);
/// log of the sums of e^x up to and including each element along an axis, computed so that nothing
/// overflows. Integers count as float32.
Tensor logcumsumexp(const Tensor& x, int axis);

/// e^x / sum e^x along one axis, computed from x - max x, so that nothing overflows. Where one
/// element is infinite, the limit, 1 for it and 0 for the others; where several are, or all -inf,
/// there is none: NaN. Likewise the two below.
Tensor softmax(const Tensor& x, int axis = -1);
/// x - log sum e^x along one axis; finite where softmax itself underflows.
Tensor log_softmax(const Tensor& x, int axis = -1);
/// log sum e^x. Integers count as float32; over no elements: -inf.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

namespace detail {

/// -log softmax(logits)[label] of each row: logits (N, C) and labels (N), int64 from 0 to C - 1,
/// which is not checked, give (N), or their sum or mean. One node named "cross_entropy".
enum class Total : std::uint8_t { none, sum, mean };
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels, Total total);

/// The adjoint of broadcasting: g summed along the axes along which `shape` was repeated.
Tensor sum_to(const Tensor& g, const Shape& shape);

}  // namespace detail

/// @}

}  // namespace xgrad
