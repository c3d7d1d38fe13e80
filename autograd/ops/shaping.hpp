#pragma once

#include <string_view>

#include "../tensor/tensor.hpp"

/// @file
/// The same elements in another shape or order. Throw ShapeError if an axis is out of range, the
/// result would have more than 8 axes, or the shapes do not fit as said; ValueError for an
/// undefined tensor.

namespace xgrad {

/// @addtogroup shaping
/// @{

/// The elements in another shape, of as many elements; one extent may be -1 and is then computed.
/// Shares memory until one of the two is changed in place.
Tensor reshape(const Tensor& x, const Extents& shape);
/// Axes `start` to `end`, that one included, made into one; start <= end. Of a 0-d tensor: one
/// axis.
Tensor flatten(const Tensor& x, int start = 0, int end = -1);
/// Without all axes of extent 1, or without those named (an axis of another extent stays).
/// Throws ShapeError if an axis is named twice.
Tensor squeeze(const Tensor& x, const Axes& axes = {});
/// With a new axis of extent 1 before position `axis` (of the result).
Tensor unsqueeze(const Tensor& x, int axis);
/// unsqueeze by its name in NumPy.
Tensor expand_dims(const Tensor& x, int axis);
/// Two axes exchanged.
Tensor transpose(const Tensor& x, int a, int b);
/// The transpose of a matrix; tensors of fewer axes stay as they are, those of more are refused.
Tensor t(const Tensor& x);
/// result.shape[i] = x.shape[axes[i]]; every axis is named once.
Tensor permute(const Tensor& x, const Axes& axes);
/// With axis source[i] moved to position destination[i] of the result; the others keep their order.
/// Throws ShapeError unless both lists name as many axes, none twice.
Tensor moveaxis(const Tensor& x, const Axes& source, const Axes& destination);
/// NumPy's broadcasting to exactly this shape; -1 keeps an extent.
Tensor broadcast_to(const Tensor& x, const Extents& shape);
/// Joined along an existing axis; the other extents agree. Throws ValueError for no tensors, and
/// DTypeError unless all have one dtype.
Tensor concatenate(const std::vector<Tensor>& tensors, int axis = 0);
/// concatenate by its name in PyTorch.
Tensor cat(const std::vector<Tensor>& tensors, int axis = 0);
/// Joined along a new axis; all shapes agree. Throws as concatenate.
Tensor stack(const std::vector<Tensor>& tensors, int axis = 0);
/// Of vectors x, y, … one tensor each, of shape (|x|, |y|, …): the coordinates of all points of a
/// grid. A 0-d tensor counts as a vector of one element. With "xy", NumPy's default, the first two
/// axes are exchanged: (|y|, |x|, …); "ij" is PyTorch's. Throws ShapeError for tensors of more
/// axes or more than 8 tensors, ValueError for no tensors or another text, and DTypeError unless
/// all have one dtype.
std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, std::string_view indexing = "ij");

namespace detail {
/// Throws ValueError unless there is a tensor and all are defined, and DTypeError unless they have
/// one dtype.
void expect_one_dtype(const char* op, const std::vector<Tensor>& tensors);
}  // namespace detail

/// @}

}  // namespace xgrad
