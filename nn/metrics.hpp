#pragma once

#include "../autograd/tensor/tensor.hpp"

/// @file
/// How often a classifier is right. logits are (N, classes), labels int64 (N); the prediction is
/// the first class of the largest logit. Throws ShapeError unless the logits are (N, classes) and
/// the labels (N), DTypeError for labels of floats, ValueError for a label out of range.

namespace xgrad::nn {

/// The fraction of samples whose prediction is their label, 0 to 1; NaN when there are none.
double accuracy(const Tensor& logits, const Tensor& labels);

/// int64 (classes, classes): element (i, j) counts the samples of label i predicted as j.
/// Throws ShapeError also if `classes` is not the logits' second extent.
Tensor confusion_matrix(const Tensor& logits, const Tensor& labels, std::size_t classes);

}  // namespace xgrad::nn
