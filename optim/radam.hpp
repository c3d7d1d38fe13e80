#pragma once

#include <array>

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of RAdam.
struct RAdamOptions {
  double lr = 1e-3;                            ///< step size γ >= 0
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two averages, 0 <= β < 1
  double eps = 1e-8;                           ///< ε >= 0, keeps the divisor from 0
  double weight_decay = 0;                     ///< L2 penalty λ >= 0
  bool maximize = false;                       ///< ascend instead of descend
  static Rule rule(RAdamOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Adam with a rectified variance: as long as the average v of the squared gradients rests on too
/// few of them (ρ <= 5), it is not divided by. With the gradient g of the parameter θ (-g to
/// maximize) at step t, counted from 1 for each parameter:
///
///     g ← g + λ θ
///     m ← β₁ m + (1 − β₁) g
///     v ← β₂ v + (1 − β₂) g²
///     ρ∞ = 2 / (1 − β₂) − 1,  ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
///     θ ← θ − γ / (1 − β₁ᵗ) · m                          if ρ <= 5, else
///     r = √((ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ))
///     θ ← θ − γ r √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
///
/// Liu, Jiang, He, Chen, Liu, Gao & Han 2020, On the variance of the adaptive learning rate and
/// beyond.
/// State: "step" t, "exp_avg" m and "exp_avg_sq" v.
using RAdam = OptimizerOf<RAdamOptions>;

}  // namespace xgrad::optim
