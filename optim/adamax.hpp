#pragma once

#include <array>

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of Adamax.
struct AdamaxOptions {
  double lr = 2e-3;                            ///< step size γ >= 0
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of m and of u, 0 <= β < 1
  double eps = 1e-8;                           ///< ε >= 0, keeps the divisor from 0
  double weight_decay = 0;                     ///< L2 penalty λ >= 0
  bool maximize = false;                       ///< ascend instead of descend
  static Rule rule(AdamaxOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Adam with the maximum norm in place of the Euclidean one. With the gradient g of the parameter θ
/// (-g to maximize) at step t, counted from 1 for each parameter:
///
///     g ← g + λ θ
///     m ← β₁ m + (1 − β₁) g
///     u ← max(β₂ u, |g| + ε)
///     θ ← θ − γ / (1 − β₁ᵗ) · m / u
///
/// Kingma & Ba 2015, Adam: a method for stochastic optimization, section 7.1; ε is PyTorch's.
/// State: "step" t, "exp_avg" m and "exp_inf" u.
using Adamax = OptimizerOf<AdamaxOptions>;

}  // namespace xgrad::optim
