#pragma once

#include <cstdint>

#include "../autograd/tensor/expect.hpp"
#include "module_of.hpp"
#include "reduction.hpp"

/// @file
/// Losses of classes, known by their numbers (hinge_embedding_loss: by 1 and -1).
///
/// Scores have the shape (N, C), or (C) for a single sample, or (N, C, d…) with a label for each of
/// the places d…; N is the number of samples, C of classes.

namespace xgrad::nn {

struct CrossEntropyLossOptions {
  Tensor weight = {};                ///< (C): a factor for each class; without, all are 1
  double label_smoothing = 0;        ///< share of the target spread evenly over all classes, 0 to 1
  std::int64_t ignore_index = -100;  ///< samples with this label count nothing
  Reduction reduction = Reduction::mean;

  void check() const { expect_fraction("cross_entropy", "label_smoothing", label_smoothing); }
};

struct NLLLossOptions {
  Tensor weight = {};
  std::int64_t ignore_index = -100;
  Reduction reduction = Reduction::mean;
};

struct HingeEmbeddingLossOptions {
  double margin = 1;  ///< distance from which on a pair that differs costs nothing
  Reduction reduction = Reduction::mean;

  void check() const { expect_finite("hinge_embedding_loss", "margin", margin); }
  detail::Option<> shown() const { return {"margin", margin}; }
};

/// Cross-entropy between the softmax p of the logits and the target.
///
/// With labels y, int64 of the logits' shape without the axis of classes, and smoothing s:
///     l_n = (1 - s) w[y_n] (-log p_n[y_n]) + s / C sum_c w[c] (-log p_n[c]),
/// and the mean is sum_n l_n / sum_n w[y_n], both over the samples that are not ignored: NaN if
/// there are none. With probabilities q, floats of the logits' shape:
///     l_n = -sum_c w[c] ((1 - s) q_n[c] + s / C) log p_n[c],
/// and the mean is over the number of samples. log p is computed by log_softmax, so that logits of
/// any size are safe. What is ignored or has the weight or share 0 counts nothing, in no derivative
/// either, whatever it is: scores may be infinite or NaN there.
/// Throws ShapeError unless the target has one of these shapes and the weight the shape (C);
/// DTypeError unless the logits are floats and the weight and the probabilities of their dtype;
/// ValueError for a label out of range, a smoothing outside 0 … 1, and a class (not a negative
/// number) to be ignored where the target holds probabilities.
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyLossOptions& options = {});

/// Negative log-likelihood of labels given log-probabilities, log p above: cross_entropy without
/// the softmax and the smoothing. Throws what that throws for labels.
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels,
                const NLLLossOptions& options = {});

/// For distances x of pairs, and targets y = 1 for pairs that are alike, -1 for those that differ:
///     l = x where y = 1,  max(0, margin - x) where y = -1.
/// The two broadcast; the target may be of any dtype. Throws ShapeError if they do not broadcast,
/// DTypeError unless the input holds floats, ValueError for another target and for a margin that is
/// not finite.
Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                            const HingeEmbeddingLossOptions& options = {});

/// cross_entropy as a module; the weight is a buffer.
class CrossEntropyLoss : public ModuleOfLoss<CrossEntropyLossOptions, cross_entropy> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS(weight)
};

/// nll_loss as a module; the weight is a buffer.
class NLLLoss : public ModuleOfLoss<NLLLossOptions, nll_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS(weight)
};

/// hinge_embedding_loss as a module.
class HingeEmbeddingLoss : public ModuleOfLoss<HingeEmbeddingLossOptions, hinge_embedding_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

}  // namespace xgrad::nn
