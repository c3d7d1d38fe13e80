#pragma once

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// (x − mean) / deviation of each column of x (N, …) over its N rows, recorded. As in
/// scikit-learn's StandardScaler the deviation divides by N, not by N − 1, and a constant column
/// becomes 0. Moments are computed in float64. A column with a value that is not finite becomes
/// NaN. Throws ShapeError for a 0-d tensor and one without rows, DTypeError for integers.
Tensor standardize(const Tensor& x);

/// The same with the mean and deviation of other rows, as for test data those of the training data.
/// Throws also ShapeError unless both have the same columns, DTypeError unless the same dtype.
Tensor standardize(const Tensor& x, const Tensor& reference);

}  // namespace xgrad::data
