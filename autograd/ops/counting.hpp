#pragma once

#include <optional>
#include <utility>

#include "../tensor/tensor.hpp"

/// @file
/// Which values there are, how often, and where they belong. Not differentiable, except for the
/// weights of bincount. Throw ValueError for an undefined tensor.

namespace xgrad {

/// @addtogroup counting
/// @{

/// The values of a tensor: `auto [values, inverse, counts] = unique(x);`
struct Unique {
  Tensor values;   ///< each value once, ascending: one axis, x's dtype
  Tensor inverse;  ///< of x's shape, int64: x is take(values, inverse, 0)
  Tensor counts;   ///< how often each value occurs, int64
};

/// The values that occur in x, as numpy.unique and torch.unique. NaN counts as larger than every
/// number and as one value, as in NumPy.
Unique unique(const Tensor& x);

/// How often each of 0, 1, … occurs in x, (n) integers; with weights, the sum of the weights of the
/// places where it does. The result has max(max x + 1, minlength) elements: int64, or of the
/// weights' dtype, where integers count as float64. Throws DTypeError for floats, ShapeError unless
/// x has one axis and the weights have its shape, and ValueError for a negative number.
Tensor bincount(const Tensor& x, const Tensor& weights = {}, std::int64_t minlength = 0);

/// Where each value would be inserted to keep `sorted` sorted, int64 of the shape of `values`: the
/// number of elements below it, or, if `right`, of those that are not above it. NaN counts as
/// larger than every number. `sorted` is ascending, which is not checked, along its only axis; or
/// along its last one, as torch.searchsorted has it, with the values of each row in the same row of
/// `values`. Two dtypes meet as in arithmetic; a number meets integers exactly. Throws ShapeError
/// for other shapes, and DTypeError for float32 with float64.
Tensor searchsorted(const Tensor& sorted, const TensorOrScalar& values, bool right = false);

/// A histogram: `auto [counts, edges] = histogram(x, 20);`
struct Histogram {
  Tensor counts;  ///< (bins)
  Tensor edges;   ///< (bins + 1)
};

/// Options of histogram.
struct HistogramOptions {
  /// The first and the last edge; by default the smallest and the largest element, or 0 and 1 for
  /// none. What lies outside is not counted. If they are equal, 1/2 is subtracted and added.
  std::optional<std::pair<double, double>> range = {};
  Tensor weights = {};   ///< of x's shape: what an element counts; by default 1
  bool density = false;  ///< counts divided by their sum and the widths: the integral is 1
};

/// Counts the elements of x in bins of equal width, as numpy.histogram: each from its left edge up
/// to but without its right edge, the last with both. The edges have x's dtype, float64 for
/// integers; the counts are those of bincount, with `density` of the edges' dtype. Throws
/// ValueError unless bins >= 1 and the range is finite and ascending, and ShapeError unless the
/// weights have x's shape.
Histogram histogram(const Tensor& x, std::int64_t bins = 10, const HistogramOptions& options = {});
/// The same with these edges, two or more, which ascend. They take x's dtype if they are integers,
/// or float64 if x is too. Throws ValueError for other edges and for a range, ShapeError unless
/// they have one axis, and DTypeError for float32 with float64.
Histogram histogram(const Tensor& x, const Tensor& edges, const HistogramOptions& options = {});

/// @}

}  // namespace xgrad
