#pragma once

#include "../autograd/tensor/tensor.hpp"

/// @file
/// How good predictions are. Definitions are scikit-learn's. Nothing is recorded.
///
/// For classifiers, logits are (N, classes) and labels int64 (N); the prediction is the first class
/// of the largest logit. Throws ShapeError unless the logits are (N, classes) and the labels (N),
/// DTypeError for labels of floats, ValueError for a label out of range.

namespace xgrad::nn {

/// The fraction of samples whose prediction is their label, 0 to 1; NaN when there are none.
double accuracy(const Tensor& logits, const Tensor& labels);

/// The fraction of samples whose label is among the classes of the k largest logits, the first of
/// equal ones counting as larger. Throws ValueError also unless 1 <= k <= classes.
double top_k_accuracy(const Tensor& logits, const Tensor& labels, std::size_t k);

/// int64 (classes, classes): element (i, j) counts the samples of label i predicted as j.
/// Throws ShapeError also if `classes` is not the logits' second extent.
Tensor confusion_matrix(const Tensor& logits, const Tensor& labels, std::size_t classes);

/// How the scores of the classes become one number.
enum class Average {
  macro,     ///< mean over the classes that occur as label or prediction
  weighted,  ///< the same, weighted by the number of samples of each class
  micro,     ///< from the sums of counts over all classes: the accuracy
  binary,    ///< class 1 of two
};

/// Each float64 (classes): with the true positives TP, the false positives FP and the false
/// negatives FN of a class
///
///     precision = TP / (TP + FP),   recall = TP / (TP + FN),
///     f1 = 2 precision recall / (precision + recall) = 2 TP / (2 TP + FP + FN),
///
/// 0 where the divisor is 0; and the number of samples of each class.
struct ClassScores {
  Tensor precision;  ///< by the formula above
  Tensor recall;     ///< by the formula above
  Tensor f1;         ///< by the formula above
  Tensor support;    ///< the number of samples
};
/// The scores of each class. Throws as said above.
ClassScores class_scores(const Tensor& logits, const Tensor& labels);

/// @name One number of ClassScores
/// Throw ValueError also for Average::binary unless there are two classes.
/// @{

/// The precision of ClassScores, 0 to 1, averaged as said.
double precision(const Tensor& logits, const Tensor& labels, Average average = Average::macro);
/// The recall of ClassScores, likewise.
double recall(const Tensor& logits, const Tensor& labels, Average average = Average::macro);
/// The f1 of ClassScores, likewise.
double f1_score(const Tensor& logits, const Tensor& labels, Average average = Average::macro);
/// @}

/// The area under the receiver operating characteristic: the probability that a sample of class 1
/// has a higher score than one of class 0, equal scores counting half. `scores` is (N) for labels 0
/// and 1, or (N, classes): the mean over the classes of that of each class against the rest
/// (scikit-learn's "ovr"). Throws ValueError if a score is NaN, or if a class has no sample or all.
double roc_auc(const Tensor& scores, const Tensor& labels);

/// The coefficient of determination 1 − Σ (target − prediction)² / Σ (target − mean)², of (N), or
/// of (N, outputs) the mean over the outputs. Where the target is constant: 1 if all predictions
/// are right, else 0. Throws ShapeError unless both have one shape with at least 1 axis and
/// DTypeError for integers; ValueError for fewer than two samples.
double r2_score(const Tensor& prediction, const Tensor& target);

/// The mean of |target − prediction|. Throws ShapeError unless both have one shape, DTypeError for
/// integers.
double mean_absolute_error(const Tensor& prediction, const Tensor& target);

}  // namespace xgrad::nn
