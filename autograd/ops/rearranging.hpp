#pragma once

#include <concepts>

#include "../tensor/tensor.hpp"

/// @file
/// The elements in another order, or several times over. Throw ShapeError if an axis is out of
/// range or the result too long to be counted, and ValueError for a negative number of repetitions
/// or an undefined tensor.

namespace xgrad {

/// @addtogroup rearranging
/// @{

namespace detail {
Tensor repeat_flat(const Tensor& x, std::int64_t repeats);
}  // namespace detail

/// Backwards along these axes, or along all. Throws ShapeError if an axis is named twice.
Tensor flip(const Tensor& x, const Axes& axes = {});

/// The whole of x, reps[i] times along axis i, as numpy.tile and torch.tile: the shorter of shape
/// and reps is filled up with ones in front. tile({1, 2}, {2}) is {1, 2, 1, 2}.
Tensor tile(const Tensor& x, const Extents& reps);

/// Each element `repeats` times along one axis, as numpy.repeat and torch.repeat_interleave.
/// repeat({1, 2}, 2, 0) is {1, 1, 2, 2}.
Tensor repeat(const Tensor& x, std::int64_t repeats, int axis);
/// The same of the flattened tensor: one axis. A template, because repeat(x, {2}) would prefer a
/// plain std::int64_t to a list.
template <std::integral Count>
Tensor repeat(const Tensor& x, Count repeats) {
  return detail::repeat_flat(x, static_cast<std::int64_t>(repeats));
}
/// With a list: the same as tile, as PyTorch's Tensor.repeat. Throws ShapeError for fewer numbers
/// than x has axes.
Tensor repeat(const Tensor& x, const Extents& reps);

/// Moved by `shift` places along one axis; what leaves it at one end enters at the other:
/// out[(i + shift) mod n] = x[i]. Any shift, also negative.
Tensor roll(const Tensor& x, std::int64_t shift, int axis);
/// The same in the flattened tensor; the shape stays.
Tensor roll(const Tensor& x, std::int64_t shift);
/// Along several axes, each by its own shift; one that is named twice is moved twice.
/// Throws ValueError unless there are as many shifts as axes, and at least one.
Tensor roll(const Tensor& x, const std::vector<std::int64_t>& shifts, const Axes& axes);

/// @}

}  // namespace xgrad
