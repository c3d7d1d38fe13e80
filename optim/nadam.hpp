#pragma once

#include <array>

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of NAdam.
struct NAdamOptions {
  double lr = 2e-3;                            ///< step size γ >= 0
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two averages, 0 <= β < 1
  double eps = 1e-8;                           ///< ε >= 0, keeps the divisor from 0
  double weight_decay = 0;                     ///< L2 penalty λ >= 0
  double momentum_decay = 4e-3;                ///< ψ >= 0, how fast μ approaches β₁
  bool maximize = false;                       ///< ascend instead of descend
  static Rule rule(NAdamOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Adam with Nesterov's momentum. With the gradient g of the parameter θ (-g to maximize) at step
/// t, counted from 1 for each parameter:
///
///     g ← g + λ θ
///     μ  = β₁ (1 − 0.96^(t ψ) / 2),  μ' = β₁ (1 − 0.96^((t + 1) ψ) / 2)
///     p ← p μ                                     p starts at 1
///     m ← β₁ m + (1 − β₁) g
///     v ← β₂ v + (1 − β₂) g²
///     θ ← θ − γ ((1 − μ) / (1 − p) · g + μ' / (1 − p μ μ') · m) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// Dozat 2016, Incorporating Nesterov momentum into Adam. PyTorch 1.13, which is followed here, has
/// p μ μ' where the paper has p μ'.
/// State: "step" t, "mu_product" p, "exp_avg" m and "exp_avg_sq" v.
using NAdam = OptimizerOf<NAdamOptions>;

}  // namespace xgrad::optim
