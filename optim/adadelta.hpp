#pragma once

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of Adadelta.
struct AdadeltaOptions {
  double lr = 1;                         ///< factor γ >= 0 of the step; 1 in the paper
  double rho = 0.9;                      ///< decay ρ of the two averages, 0 <= ρ <= 1
  double eps = 1e-6;                     ///< ε >= 0, without which the first step would be 0
  double weight_decay = 0;               ///< L2 penalty λ >= 0
  bool maximize = false;                 ///< ascend instead of descend
  static Rule rule(AdadeltaOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Adadelta: steps in the units of the parameter, without a step size to choose. With the gradient
/// g of the parameter θ (-g to maximize):
///
///     g ← g + λ θ
///     v ← ρ v + (1 − ρ) g²
///     d ← √(u + ε) / √(v + ε) · g
///     u ← ρ u + (1 − ρ) d²
///     θ ← θ − γ d
///
/// Zeiler 2012, ADADELTA: an adaptive learning rate method.
/// State: "step", how often the parameter has been updated, "square_avg" v and "acc_delta" u.
using Adadelta = OptimizerOf<AdadeltaOptions>;

}  // namespace xgrad::optim
