#pragma once

#include <array>

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of Adam.
struct AdamOptions {
  double lr = 1e-3;                            ///< step size γ >= 0
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two averages, 0 <= β < 1
  double eps = 1e-8;                           ///< ε >= 0, keeps the divisor from 0
  double weight_decay = 0;                     ///< L2 penalty λ >= 0
  bool amsgrad = false;                        ///< divide by the largest average so far
  bool maximize = false;                       ///< ascend instead of descend
  static Rule rule(AdamOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Adaptive moment estimation. With the gradient g of the parameter θ (-g to maximize) at step t,
/// counted from 1 for each parameter:
///
///     g ← g + λ θ
///     m ← β₁ m + (1 − β₁) g
///     v ← β₂ v + (1 − β₂) g²
///     u ← max(u, v)  with amsgrad, else  u ← v
///     θ ← θ − γ / (1 − β₁ᵗ) · m / (√u / √(1 − β₂ᵗ) + ε)
///
/// Kingma & Ba 2015, Adam: a method for stochastic optimization; amsgrad: Reddi, Kale & Kumar 2018,
/// On the convergence of Adam and beyond.
/// State: "step" t, "exp_avg" m, "exp_avg_sq" v and, with amsgrad, "max_exp_avg_sq" u.
using Adam = OptimizerOf<AdamOptions>;

}  // namespace xgrad::optim
