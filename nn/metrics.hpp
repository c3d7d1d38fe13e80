#pragma once

#include "../autograd/tensor/tensor.hpp"

/// @file
/// How often a classifier is right. logits are (N, classes), labels int64 (N); the prediction is
/// the first class of the greatest logit. Errors: ShapeError, DTypeError, ValueError for a label
/// out of range.

namespace xgrad::nn {

/// The share of samples whose prediction is their label, 0 to 1; NaN when there are none.
double accuracy(const Tensor& logits, const Tensor& labels);

/// int64 (classes, classes): element (i, j) counts the samples of label i predicted as j.
Tensor confusion_matrix(const Tensor& logits, const Tensor& labels, std::size_t classes);

}  // namespace xgrad::nn
