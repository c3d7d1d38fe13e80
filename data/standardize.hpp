#pragma once

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// (x − mean) / deviation of each column of x (N, …), over its N rows, as scikit-learn's
/// StandardScaler: the deviation is that of the rows themselves (divided by N, not by N − 1), and a
/// column without any is only moved to 0. Moments are computed in float64. A column with a value
/// that is not finite becomes NaN. Recorded. Errors: ShapeError for a 0-d tensor and one without
/// rows; DTypeError unless x is float.
Tensor standardize(const Tensor& x);

/// The same with mean and deviation of other rows: test data by what is known of the training data.
/// Errors: also ShapeError unless both have the same columns; DTypeError unless the same dtype.
Tensor standardize(const Tensor& x, const Tensor& reference);

}  // namespace xgrad::data
