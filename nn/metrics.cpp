#include "metrics.hpp"

#include "../autograd/ops.hpp"
#include "../autograd/tensor/creation.hpp"
#include "labels.hpp"

namespace xgrad::nn {
namespace {

/// The predictions. Throws what the header says.
Tensor predictions(const char* op, const Tensor& logits, const Tensor& labels) {
  expect_defined(op, {{"logits", &logits}, {"labels", &labels}});
  expect<ShapeError>(logits.ndim() == 2, op, ": logits of shape ", logits.shape(),
                     "; expected (N, classes)");
  detail::check_labels(op, logits.shape(), labels);
  return argmax(logits.detach(), 1);
}

/// Throws unless the prediction can be compared with the target; returns both in float64.
std::pair<Tensor, Tensor> compared(const char* op, const Tensor& prediction, const Tensor& target) {
  expect_floating(op, "prediction", prediction);
  expect_floating(op, "target", target);
  expect_same_shape(op, "prediction", prediction, "target", target);
  return {prediction.detach().to(float64), target.detach().to(float64)};
}

/// The fraction of samples whose prediction is their label.
double share_of_hits(const char* op, const Tensor& logits, const Tensor& labels) {
  const Tensor right = sum(predictions(op, logits, labels) == labels);
  return right.item<double>() / static_cast<double>(labels.numel());
}

/// a / b, 0 where b is 0.
Tensor ratio(const Tensor& a, const Tensor& b) { return a / maximum(b, 1.0) * (b > 0).to(float64); }

/// int64 (classes, classes): element (i, j) counts the samples of label i predicted as j.
Tensor counts(const char* op, const Tensor& logits, const Tensor& labels) {
  const Tensor predicted = predictions(op, logits, labels);
  const std::size_t classes = logits.size(1);
  const Tensor cells = labels.to(int64) * static_cast<std::int64_t>(classes) + predicted;
  const Tensor none = zeros({classes * classes}, {.dtype = int64});
  return reshape(scatter_add(none, 0, cells, ones_like(cells)), {classes, classes});
}

/// The scores, and how often each class was predicted.
struct Scores : ClassScores {
  Tensor predicted;
};
Scores scores_of(const char* op, const Tensor& logits, const Tensor& labels) {
  const Tensor n = counts(op, logits, labels).to(float64);
  const Tensor hits = sum(n * eye(n.size(0), {.dtype = float64}), 0);
  const Tensor predicted = sum(n, 0), support = sum(n, 1);
  return {
      {ratio(hits, predicted), ratio(hits, support), ratio(2 * hits, predicted + support), support},
      predicted};
}

double averaged(const char* op, Tensor ClassScores::*score, const Tensor& logits,
                const Tensor& labels, Average average) {
  if (average == Average::micro) return share_of_hits(op, logits, labels);
  const Scores scores = scores_of(op, logits, labels);
  const std::size_t classes = scores.support.numel();
  if (average == Average::binary) {
    if (classes != 2)
      throw ValueError(str(op, ": Average::binary for ", classes,
                           " classes; expected 2, or use macro, weighted or micro"));
    return (scores.*score).to_vector<double>()[1];
  }
  // A class that does not occur has neither precision nor recall.
  const Tensor weights = average == Average::weighted
                             ? scores.support
                             : (scores.support + scores.predicted > 0).to(float64);
  return (sum(scores.*score * weights) / sum(weights)).item<double>();
}

/// The area for samples of which some are positive.
double area(const Tensor& column, const std::vector<bool>& positive, const std::string& what) {
  const auto scores = column.to_vector<double>();
  const auto order = argsort(column).to_vector<std::size_t>();
  double below = 0, positives = 0, pairs = 0;  // negatives below; pairs in the right order
  for (std::size_t begin = 0, end; begin < order.size(); begin = end) {
    double equal[2] = {0, 0};
    for (end = begin; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end)
      ++equal[positive[order[end]]];
    pairs += equal[1] * (below + equal[0] / 2);
    below += equal[0];
    positives += equal[1];
  }
  if (positives == 0 || below == 0)
    throw ValueError(str("roc_auc: ", positives, " of ", scores.size(), " samples are of ", what,
                         "; expected some of it and some of others"));
  return pairs / (positives * below);
}

}  // namespace

double accuracy(const Tensor& logits, const Tensor& labels) {
  return share_of_hits("accuracy", logits, labels);
}

double top_k_accuracy(const Tensor& logits, const Tensor& labels, std::size_t k) {
  predictions("top_k_accuracy", logits, labels);
  const std::size_t classes = logits.size(1);
  if (k < 1 || k > classes)
    throw ValueError(
        str("top_k_accuracy: k is ", k, " of ", classes, " classes; expected 1 to ", classes));
  const Tensor column = unsqueeze(labels.to(int64), 1);
  const Tensor own = gather(logits.detach(), 1, column);
  const Tensor before = arange(0, static_cast<std::int64_t>(classes), 1) < column;
  // Those that count as larger than the label's.
  const Tensor larger =
      logical_or(logits.detach() > own, logical_and(logits.detach() == own, before));
  const Tensor hits = sum(larger, 1) < static_cast<std::int64_t>(k);
  return sum(hits).item<double>() / static_cast<double>(labels.numel());
}

Tensor confusion_matrix(const Tensor& logits, const Tensor& labels, std::size_t classes) {
  const Tensor matrix = counts("confusion_matrix", logits, labels);
  expect<ShapeError>(logits.size(1) == classes, "confusion_matrix: logits of shape ",
                     logits.shape(), " for ", classes, " classes; expected (N, ", classes, ")");
  return matrix;
}

ClassScores class_scores(const Tensor& logits, const Tensor& labels) {
  return scores_of("class_scores", logits, labels);
}

double precision(const Tensor& logits, const Tensor& labels, Average average) {
  return averaged("precision", &ClassScores::precision, logits, labels, average);
}
double recall(const Tensor& logits, const Tensor& labels, Average average) {
  return averaged("recall", &ClassScores::recall, logits, labels, average);
}
double f1_score(const Tensor& logits, const Tensor& labels, Average average) {
  return averaged("f1_score", &ClassScores::f1, logits, labels, average);
}

double roc_auc(const Tensor& scores, const Tensor& labels) {
  expect_defined("roc_auc", {{"scores", &scores}, {"labels", &labels}});
  if (scores.ndim() != 1 && scores.ndim() != 2)
    throw ShapeError(
        str("roc_auc: scores of shape ", scores.shape(), "; expected (N) or (N, classes)"));
  const bool binary = scores.ndim() == 1;
  const std::size_t samples = scores.size(0), classes = binary ? 2 : scores.size(1);
  detail::check_labels("roc_auc", {samples, classes}, labels);
  const auto classes_of = labels.to_vector<std::size_t>();
  double total = 0;
  for (std::size_t c = binary ? 1 : 0; c < classes; ++c) {
    const Tensor column = binary ? scores : select(scores, 1, static_cast<std::int64_t>(c));
    if (any(isnan(column)).item<bool>())
      throw ValueError(str("roc_auc: a score of class ", c, " is nan; expected numbers"));
    std::vector<bool> positive(samples);
    for (std::size_t i = 0; i < samples; ++i) positive[i] = classes_of[i] == c;
    total += area(column, positive, str("class ", c));
  }
  return total / static_cast<double>(binary ? 1 : classes);
}

double r2_score(const Tensor& prediction, const Tensor& target) {
  const auto [p, t] = compared("r2_score", prediction, target);
  expect<ShapeError>(t.ndim() > 0, "r2_score: target of shape (); expected (N) or (N, outputs)");
  if (t.size(0) < 2)
    throw ValueError(
        str("r2_score: target of shape ", t.shape(), "; expected two samples or more"));
  const auto left = sum(square(t - p), 0).to_vector<double>();
  const auto all = sum(square(t - mean(t, 0, true)), 0).to_vector<double>();
  double total = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    total += all[i] > 0 ? 1 - left[i] / all[i] : left[i] == 0 ? 1 : 0;
  return total / static_cast<double>(all.size());
}

double mean_absolute_error(const Tensor& prediction, const Tensor& target) {
  const auto [p, t] = compared("mean_absolute_error", prediction, target);
  return mean(abs(t - p)).item<double>();
}

}  // namespace xgrad::nn
