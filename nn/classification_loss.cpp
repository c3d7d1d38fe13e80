#include "classification_loss.hpp"

#include <limits>

#include "../autograd/ops.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"
#include "labels.hpp"

namespace xgrad::nn {
namespace {

/// A weight, if there is one, has an element for each class and is of the scores' dtype.
void check_weight(const char* op, const Tensor& weight, const Tensor& scores) {
  if (!weight.defined()) return;
  const auto classes = scores.size(detail::class_axis(op, scores.shape()));
  if (weight.shape() != Shape{classes})
    throw ShapeError(str(op, ": weight of shape ", weight.shape(), " for scores of shape ",
                         scores.shape(), "; expected one for each class: (", classes, ",)"));
  expect_same_dtype(op, "weight", weight, "the scores are", scores);
}

/// Throws ValueError for the first target that is neither 1 nor -1.
void check_signs(const char* op, const Tensor& target) {
  const std::vector<double> values = target.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != 1 && values[i] != -1)
      throw ValueError(str(op, ": target ", i, " is ", values[i], "; expected 1 or -1"));
}

/// x times the weight of each class, along the classes' axis: 0 where that is 0, even if x is
/// infinite. A weight never gets a gradient.
Tensor weighted(const Tensor& x, const Tensor& weight, int axis) {
  if (!weight.defined()) return x;
  Shape along_axis;
  for (std::size_t i = 0; i < x.ndim(); ++i)
    along_axis.push_back(i == static_cast<std::size_t>(axis) ? weight.numel() : 1);
  return xgrad::detail::weigh(x, reshape(weight.detach(), along_axis));
}

/// The loss of labels, with smoothing (cross_entropy's first formula), of scores of which log_p
/// makes logarithms of probabilities.
template <class LogP>
Tensor label_loss(const char* op, const Tensor& scores, LogP log_p_of, const Tensor& labels,
                  const CrossEntropyLossOptions& options) {
  const int axis = detail::class_axis(op, scores.shape());
  const bool ignoring = detail::check_labels(op, scores.shape(), labels, options.ignore_index);
  const double s = options.label_smoothing;
  Tensor kept = ignoring ? labels != options.ignore_index : Tensor();
  const Tensor index = ignoring ? where(kept, labels, 0) : labels;

  // The weight of each sample; undefined where all are 1.
  Tensor weight;
  if (options.weight.defined()) {
    weight = take(options.weight.detach(), index, 0);
    if (ignoring) weight = where(kept, weight, 0);
    if (s == 0) kept = weight != 0;
  } else if (ignoring) {
    weight = kept.to(scores.dtype());
  }

  // What does not count is left out before anything is computed of it: behind a logarithm of 0 or
  // NaN, the gradient 0 would become NaN.
  const bool dropping = kept.defined() && !all(kept).item<bool>();
  const Tensor log_p = log_p_of(dropping ? where(unsqueeze(kept, axis), scores, 0) : scores);
  Tensor loss = -squeeze(gather(log_p, axis, unsqueeze(index, axis)), axis);
  if (options.weight.defined()) loss = xgrad::detail::weigh(loss, weight);
  if (s > 0) {
    const Tensor over_classes = -sum(weighted(log_p, options.weight, axis), axis);
    const Tensor smooth = s / static_cast<double>(log_p.size(axis)) * over_classes;
    loss = s < 1 ? (1 - s) * loss + smooth : smooth;
  }
  if (ignoring) loss = where(labels != options.ignore_index, loss, 0);

  if (options.reduction == Reduction::mean && weight.defined()) return sum(loss) / sum(weight);
  return detail::reduce(op, loss, options.reduction);
}

/// The loss of probabilities (cross_entropy's second formula).
Tensor probability_loss(const Tensor& log_p, const Tensor& target,
                        const CrossEntropyLossOptions& options) {
  const char* const op = "cross_entropy";
  if (target.shape() != log_p.shape())
    throw ShapeError(str(op, ": probabilities of shape ", target.shape(), " for logits of shape ",
                         log_p.shape(), "; expected equal shapes, or labels of int64"));
  expect_same_dtype(op, "target", target, "the logits are", log_p);
  if (options.ignore_index >= 0)
    throw ValueError(str(op, ": ignore_index is ", options.ignore_index,
                         " but the target holds probabilities, not labels"));

  const int axis = detail::class_axis(op, log_p.shape());
  const auto classes = static_cast<double>(log_p.size(axis));
  const double s = options.label_smoothing;
  const Tensor q = s > 0 ? target * (1 - s) + s / classes : target;
  const Tensor loss = -sum(weighted(xgrad::detail::weigh(log_p, q), options.weight, axis), axis);
  return detail::reduce(op, loss, options.reduction);
}

}  // namespace

void CrossEntropyLossOptions::check() const {
  expect_fraction("cross_entropy", "label_smoothing", label_smoothing);
}

void HingeEmbeddingLossOptions::check() const {
  expect_finite("hinge_embedding_loss", "margin", margin);
}

std::string HingeEmbeddingLoss::extra_repr() const { return str("margin=", margin); }

Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyLossOptions& options) {
  const char* const op = "cross_entropy";
  expect_floating(op, "logits", logits);
  expect_defined(op, "target", target);
  check_weight(op, options.weight, logits);
  options.check();
  const auto log_p = [axis = detail::class_axis(op, logits.shape())](const Tensor& x) {
    return log_softmax(x, axis);
  };
  return is_floating(target.dtype()) ? probability_loss(log_p(logits), target, options)
                                     : label_loss(op, logits, log_p, target, options);
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels,
                const NLLLossOptions& options) {
  const char* const op = "nll_loss";
  expect_floating(op, "log_probabilities", log_probabilities);
  check_weight(op, options.weight, log_probabilities);
  return label_loss(op, log_probabilities, [](const Tensor& x) { return x; }, labels,
                    {.weight = options.weight,
                     .ignore_index = options.ignore_index,
                     .reduction = options.reduction});
}

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                            const HingeEmbeddingLossOptions& options) {
  const char* const op = "hinge_embedding_loss";
  expect_floating(op, "input", input);
  expect_defined(op, "target", target);
  options.check();
  broadcast_shapes(op, input.shape(), target.shape());
  check_signs(op, target);
  const Tensor apart = clamp(options.margin - input, 0, std::numeric_limits<double>::infinity());
  return detail::reduce(op, where(target == 1, input, apart), options.reduction);
}

}  // namespace xgrad::nn
