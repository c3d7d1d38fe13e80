#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// The same elements in another shape or order. Errors: ShapeError.

namespace xgrad {

/// The elements in another shape, of which one extent may be -1. Shares memory until one of the
/// two is changed in place.
Tensor reshape(const Tensor& x, const Extents& shape);
/// Axes `start` to `end`, that one included, made into one. Of a 0-d tensor: one axis.
Tensor flatten(const Tensor& x, int start = 0, int end = -1);
/// Without all axes of extent 1, or without those named (an axis of another extent stays).
/// Errors: ShapeError for an axis named twice.
Tensor squeeze(const Tensor& x, const Axes& axes = {});
/// With a new axis of extent 1 before position `axis` (of the result).
Tensor unsqueeze(const Tensor& x, int axis);
/// Two axes exchanged.
Tensor transpose(const Tensor& x, int a, int b);
/// The transpose of a matrix; tensors of fewer dimensions stay as they are.
Tensor t(const Tensor& x);
/// result.shape[i] = x.shape[axes[i]]; every axis is named once.
Tensor permute(const Tensor& x, const Axes& axes);
/// NumPy's broadcasting to exactly this shape; -1 keeps an extent.
Tensor broadcast_to(const Tensor& x, const Extents& shape);
/// Joined along an existing axis; the other extents agree.
Tensor concatenate(const std::vector<Tensor>& tensors, int axis = 0);
/// Joined along a new axis; all shapes agree.
Tensor stack(const std::vector<Tensor>& tensors, int axis = 0);

}  // namespace xgrad
