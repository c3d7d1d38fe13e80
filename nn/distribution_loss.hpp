#pragma once

#include "module_of.hpp"
#include "reduction.hpp"

/// @file
/// Losses of probabilities, element by element. Weights broadcast to the input and get no gradient.
/// Where a weight is 0, input and target are not looked at: they may be infinite or NaN.
/// All throw ShapeError if input and target, or a weight and the input, do not have the shapes
/// named below, and DTypeError unless all of them are floats of one dtype.

namespace xgrad::nn {

struct BCELossOptions {
  Tensor weight = {};  ///< a factor for each element; without, all are 1
  Reduction reduction = Reduction::mean;
};

struct BCEWithLogitsLossOptions {
  Tensor weight = {};      ///< a factor for each element; without, all are 1
  Tensor pos_weight = {};  ///< a factor for the share of the target; more than 1 favours recall
  Reduction reduction = Reduction::mean;
};

struct KLDivLossOptions {
  bool log_target = false;  ///< whether the target holds logarithms too
  Reduction reduction = Reduction::mean;
};

/// Cross-entropy of probabilities p = input with targets t from 0 to 1, of the same shape:
///     l = -w (t log p + (1 - t) log(1 - p)),
/// the logarithms being no less than -100, so that p = 0 and p = 1 are safe; the gradient's
/// denominator p (1 - p) is no less than 1e-12.
/// Throws ValueError for an input outside 0 … 1.
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BCELossOptions& options = {});

/// binary_cross_entropy of sigmoid(x), with a factor q = pos_weight for the first part:
///     l = w ((1 - t) log(1 + e^x) + q t log(1 + e^-x)),
/// safe for x of any size, also infinite: a part of the share 0 is 0.
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BCEWithLogitsLossOptions& options = {});

/// Kullback-Leibler divergence of the distribution the input holds the logarithm of from the
/// target t: l = t (log t - input), which is 0 where t = 0. Both broadcast. The divergence of whole
/// distributions is what Reduction::sum gives, and batchmean for each of a batch; mean divides by
/// the classes as well.
Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivLossOptions& options = {});

/// binary_cross_entropy as a module; the weight is a buffer.
class BCELoss : public ModuleOfLoss<BCELossOptions, binary_cross_entropy> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS(weight)
};

/// binary_cross_entropy_with_logits as a module; the weights are buffers.
class BCEWithLogitsLoss
    : public ModuleOfLoss<BCEWithLogitsLossOptions, binary_cross_entropy_with_logits> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS(weight, pos_weight)
};

/// kl_div as a module.
class KLDivLoss : public ModuleOfLoss<KLDivLossOptions, kl_div> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

}  // namespace xgrad::nn
