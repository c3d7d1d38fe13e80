#pragma once

#include <concepts>
#include <utility>

#include "../tensor/tensor.hpp"

/// @file
/// Parts of a tensor, and what has a tensor for a part. Throw ShapeError if an axis or index is out
/// of range, and ValueError for an undefined tensor.

namespace xgrad {

/// @addtogroup slicing
/// @{

namespace detail {
std::vector<Tensor> split_evenly(const Tensor& x, std::int64_t size, int axis);
}  // namespace detail

/// Elements start, start + step, … before stop along one axis, as Python's x[start:stop:step]:
/// negative bounds count from the end, bounds beyond the ends are cut. Throws ValueError unless
/// step >= 1.
Tensor slice(const Tensor& x, int axis, std::int64_t start, std::int64_t stop,
             std::int64_t step = 1);
/// One index of one axis, which disappears.
Tensor select(const Tensor& x, int axis, std::int64_t index);
/// The differences x[i + 1] - x[i] of neighbours along one axis, which is one shorter; of n of them
/// in turn for order n. uint8 and boolean count as int64. Throws ValueError for n < 0.
Tensor diff(const Tensor& x, std::int64_t n = 1, int axis = -1);

/// Cut along one axis into parts of these extents. Throws ValueError unless they are 0 or more and
/// add up to the axis's extent.
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& sizes, int axis = 0);
/// Cut along one axis into parts of extent `size`, the last of them shorter if need be (one empty
/// part of an axis of extent 0). Throws ValueError unless size >= 1 (>= 0 for extent 0).
template <std::integral Size>
std::vector<Tensor> split(const Tensor& x, Size size, int axis = 0) {
  return detail::split_evenly(x, static_cast<std::int64_t>(size), axis);
}
/// Cut along one axis into `chunks` parts of extent ceil(n / chunks), the last shorter if need be:
/// there may be fewer of them than asked for. Throws ValueError unless chunks >= 1.
std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, int axis = 0);

/// With `value`, converted to x's dtype, added before and behind each axis: one pair of widths an
/// axis, or a single pair for all. Throws ShapeError for another number of pairs, and ValueError
/// for a negative width or a value that x's dtype does not hold.
Tensor pad(const Tensor& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& widths,
           Scalar value = 0);

/// @name Triangles and diagonals
/// Diagonal k lies k places right of the main one, below it for k < 0; one beyond the matrix has no
/// elements.
/// @{

/// x on and below (on and above) a diagonal, and 0 elsewhere. Works on the last two axes, the
/// others are a batch. Throw ShapeError for fewer than two.
Tensor tril(const Tensor& x, std::int64_t diagonal = 0);
Tensor triu(const Tensor& x, std::int64_t diagonal = 0);

/// Of (n): the (n + |k|, n + |k|) matrix with x on diagonal k and 0 elsewhere. Of (n, m): diagonal
/// k, a vector. Throws ShapeError for another number of axes.
Tensor diag(const Tensor& x, std::int64_t diagonal = 0);
/// Diagonal `offset` of the matrices in two axes, which go; the diagonal is the last axis of the
/// result. Throws ShapeError for fewer than two axes and if one is named twice.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);
/// @}

namespace detail {
/// The same; `op` begins the messages.
Tensor diagonal(const char* op, const Tensor& x, std::int64_t offset, int axis1, int axis2);
}  // namespace detail

/// @}

}  // namespace xgrad
