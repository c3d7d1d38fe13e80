#pragma once

#include <cstdint>

#include "../autograd/tensor/expect.hpp"
#include "module_of.hpp"

/// @file
/// Losses: as functions, and as modules of the same options that are called with (input, target)
/// and have the weights as buffers. Semantics and defaults are those of torch.nn.functional. All
/// can be differentiated twice. Targets and weights, of floats or integers, are converted to the
/// input's dtype, which is recorded. A function check() of options throws what the function does.

namespace xgrad::nn {

/// What becomes of the losses of the single elements (for classes, samples): they are left as they
/// are, averaged or added up. `batchmean`, for kl_div alone, divides the sum by the first extent.
enum class Reduction { none, mean, sum, batchmean };

/// @name Losses of numbers
/// Functions of the difference d = input - target, element by element. The two broadcast, as in
/// PyTorch, so look out: (N, 1) against (N) compares every pair. All throw ShapeError if the two do
/// not broadcast, and DTypeError if neither holds floats.
/// @{

/// Options of MSELoss.
struct MSELossOptions {
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
};
/// d^2.
Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossOptions& options = {});
/// mse_loss as a module.
class MSELoss : public ModuleOfLoss<MSELossOptions, mse_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// Options of L1Loss.
struct L1LossOptions {
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
};
/// |d|; gradient 0 at 0.
Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossOptions& options = {});
/// l1_loss as a module.
class L1Loss : public ModuleOfLoss<L1LossOptions, l1_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// Options of HuberLoss.
struct HuberLossOptions {
  double delta = 1;                       ///< |d| from which on the loss is linear
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
  /// Throws ValueError for options out of range.
  void check() const { expect_positive("huber_loss", "delta", delta); }
  /// What printing names.
  detail::Option<> shown() const { return {"delta", delta}; }
};
/// d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2). Throws ValueError unless delta > 0 and
/// finite.
/// Source: Huber 1964, "Robust estimation of a location parameter".
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& options = {});
/// huber_loss as a module.
class HuberLoss : public ModuleOfLoss<HuberLossOptions, huber_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// Options of SmoothL1Loss.
struct SmoothL1LossOptions {
  double beta = 1;                        ///< |d| from which on the loss is linear
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
  /// Throws ValueError for options out of range.
  void check() const { expect_not_negative("smooth_l1_loss", "beta", beta); }
  /// What printing names.
  detail::Option<> shown() const { return {"beta", beta}; }
};
/// huber_loss with delta = beta, over beta: slope 1 beyond beta. l1_loss for beta = 0.
/// Throws ValueError unless beta >= 0 and finite. Source: Girshick 2015, "Fast R-CNN".
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossOptions& options = {});
/// smooth_l1_loss as a module.
class SmoothL1Loss : public ModuleOfLoss<SmoothL1LossOptions, smooth_l1_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// @}
/// @name Losses of probabilities
/// Element by element. Weights broadcast to the input and get no gradient. Where a weight is 0,
/// input and target are not looked at: they may be infinite or NaN. All throw ShapeError if input
/// and target, or a weight and the input, do not have the shapes named below, and DTypeError for an
/// input of integers.
/// @{

/// Options of BCELoss.
struct BCELossOptions {
  Tensor weight = {};                     ///< a factor for each element; without, all are 1
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
};
/// Cross-entropy of probabilities p = input with targets t from 0 to 1, of the same shape:
///     l = -w (t log p + (1 - t) log(1 - p)),
/// the logarithms being no less than -100, so that p = 0 and p = 1 are safe; the gradient's
/// denominator p (1 - p) is no less than 1e-12.
/// Throws ValueError for an input outside 0 … 1.
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BCELossOptions& options = {});
/// binary_cross_entropy as a module.
class BCELoss : public ModuleOfLoss<BCELossOptions, binary_cross_entropy> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS(weight)
};

/// Options of BCEWithLogitsLoss.
struct BCEWithLogitsLossOptions {
  Tensor weight = {};      ///< a factor for each element; without, all are 1
  Tensor pos_weight = {};  ///< a factor for the share of the target; more than 1 favours recall
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
};
/// binary_cross_entropy of sigmoid(x), with a factor q = pos_weight for the first part:
///     l = w ((1 - t) log(1 + e^x) + q t log(1 + e^-x)),
/// safe for x of any size, also infinite: a part of the share 0 is 0.
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BCEWithLogitsLossOptions& options = {});
/// binary_cross_entropy_with_logits as a module.
class BCEWithLogitsLoss
    : public ModuleOfLoss<BCEWithLogitsLossOptions, binary_cross_entropy_with_logits> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS(weight, pos_weight)
};

/// Options of KLDivLoss.
struct KLDivLossOptions {
  bool log_target = false;                ///< whether the target holds logarithms too
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
};
/// Kullback-Leibler divergence of the distribution the input holds the logarithm of from the
/// target t: l = t (log t - input), which is 0 where t = 0. Both broadcast. The divergence of whole
/// distributions is what Reduction::sum gives, and batchmean for each of a batch; mean divides by
/// the classes as well.
Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivLossOptions& options = {});
/// kl_div as a module.
class KLDivLoss : public ModuleOfLoss<KLDivLossOptions, kl_div> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// @}
/// @name Losses of classes
/// Classes are known by their numbers (in hinge_embedding_loss by 1 and -1). Scores have the shape
/// (N, C), or (C) for a single sample, or (N, C, d…) with a label for each of the places d…; N is
/// the number of samples, C of classes.
/// @{

/// Options of CrossEntropyLoss.
struct CrossEntropyLossOptions {
  Tensor weight = {};                ///< (C): a factor for each class; without, all are 1
  double label_smoothing = 0;        ///< share of the target spread evenly over all classes, 0 to 1
  std::int64_t ignore_index = -100;  ///< samples with this label count nothing
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
  /// Throws ValueError for options out of range.
  void check() const { expect_fraction("cross_entropy", "label_smoothing", label_smoothing); }
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
/// DTypeError unless the logits are floats;
/// ValueError for a label out of range, a smoothing outside 0 … 1, and a class (not a negative
/// number) to be ignored where the target holds probabilities.
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyLossOptions& options = {});
/// cross_entropy as a module.
class CrossEntropyLoss : public ModuleOfLoss<CrossEntropyLossOptions, cross_entropy> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS(weight)
};

/// Options of NLLLoss.
struct NLLLossOptions {
  Tensor weight = {};                     ///< (C): a factor for each class; without, all are 1
  std::int64_t ignore_index = -100;       ///< samples with this label count nothing
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
};
/// Negative log-likelihood of labels given log-probabilities, log p above: cross_entropy without
/// the softmax and the smoothing. Throws what that throws for labels.
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels,
                const NLLLossOptions& options = {});
/// nll_loss as a module.
class NLLLoss : public ModuleOfLoss<NLLLossOptions, nll_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS(weight)
};

/// Options of HingeEmbeddingLoss.
struct HingeEmbeddingLossOptions {
  double margin = 1;  ///< distance from which on a pair that differs costs nothing
  Reduction reduction = Reduction::mean;  ///< what becomes of the losses
  /// Throws ValueError for options out of range.
  void check() const { expect_finite("hinge_embedding_loss", "margin", margin); }
  /// What printing names.
  detail::Option<> shown() const { return {"margin", margin}; }
};
/// For distances x of pairs, and targets y = 1 for pairs that are alike, -1 for those that differ:
///     l = x where y = 1,  max(0, margin - x) where y = -1.
/// The two broadcast. Throws ShapeError if they do not,
/// DTypeError unless the input holds floats, ValueError for another target and for a margin that is
/// not finite.
Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                            const HingeEmbeddingLossOptions& options = {});
/// hinge_embedding_loss as a module.
class HingeEmbeddingLoss : public ModuleOfLoss<HingeEmbeddingLossOptions, hinge_embedding_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// @}

}  // namespace xgrad::nn
