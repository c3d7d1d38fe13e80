#pragma once

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of Adagrad.
struct AdagradOptions {
  double lr = 1e-2;                      ///< step size γ >= 0
  double lr_decay = 0;                   ///< η >= 0, by which the step size falls with the steps
  double weight_decay = 0;               ///< L2 penalty λ >= 0
  double initial_accumulator_value = 0;  ///< s before the first step, >= 0
  double eps = 1e-10;                    ///< ε >= 0, keeps the divisor from 0
  bool maximize = false;                 ///< ascend instead of descend
  static Rule rule(AdagradOptions& o);   ///< for OptimizerOf: the fields by name, and the update
};

/// Adaptive gradient. With the gradient g of the parameter θ (-g to maximize) at step t, counted
/// from 1 for each parameter:
///
///     g ← g + λ θ
///     s ← s + g²
///     θ ← θ − γ / (1 + (t − 1) η) · g / (√s + ε)
///
/// Duchi, Hazan & Singer 2011, Adaptive subgradient methods for online learning and stochastic
/// optimization; the decay of the step size is PyTorch's.
/// State: "step" t and "sum" s.
using Adagrad = OptimizerOf<AdagradOptions>;

}  // namespace xgrad::optim
