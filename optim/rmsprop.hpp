#pragma once

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of RMSprop.
struct RMSpropOptions {
  double lr = 1e-2;                     ///< step size γ >= 0
  double alpha = 0.99;                  ///< decay of the averages, 0 <= α <= 1
  double eps = 1e-8;                    ///< ε >= 0, keeps the divisor from 0
  double weight_decay = 0;              ///< L2 penalty λ >= 0
  double momentum = 0;                  ///< 0 <= μ <= 1
  bool centered = false;                ///< divide by the gradient's deviation from its average
  bool maximize = false;                ///< ascend instead of descend
  static Rule rule(RMSpropOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Divides by the root of an average of the squared gradients. With the gradient g of the parameter
/// θ (-g to maximize):
///
///     g ← g + λ θ
///     v ← α v + (1 − α) g²
///     a ← α a + (1 − α) g                           only if centered
///     d ← g / (√(v − a²) + ε)  if centered, else  d ← g / (√v + ε)
///     b ← μ b + d                                   only if μ > 0
///     θ ← θ − γ b  if μ > 0, else  θ ← θ − γ d
///
/// Tieleman & Hinton 2012, Lecture 6.5 of Neural networks for machine learning; centered: Graves
/// 2013, Generating sequences with recurrent neural networks. As in PyTorch, ε is added to the root
/// and b does not hold γ. The variance v − a² is computed from v and a before the step as
/// α (v − a² + (1 − α)(g − a)²), which is not below 0.
/// State: "step", how often the parameter has been updated, "square_avg" v; with momentum
/// "momentum_buffer" b; if centered "grad_avg" a.
using RMSprop = OptimizerOf<RMSpropOptions>;

}  // namespace xgrad::optim
