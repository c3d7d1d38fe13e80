#pragma once

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of ASGD.
struct ASGDOptions {
  double lr = 1e-2;                  ///< step size γ >= 0 at the start
  double lambd = 1e-4;               ///< λ', by which the parameters decay and the step size falls
  double alpha = 0.75;               ///< κ, the power with which the step size falls
  double t0 = 1e6;                   ///< the step at which averaging starts, inf for never
  double weight_decay = 0;           ///< L2 penalty λ >= 0
  bool maximize = false;             ///< ascend instead of descend
  static Rule rule(ASGDOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Averaged stochastic gradient descent. With the gradient g of the parameter θ (-g to maximize) at
/// step t, counted from 1 for each parameter:
///
///     g ← g + λ θ
///     θ ← (1 − λ' η) θ − η g                  η starts at γ
///     a ← a + μ (θ − a)                       μ starts at 1, so that a = θ until averaging starts
///     η ← γ / (1 + λ' γ t)^κ
///     μ ← 1 / max(1, t − t0)
///
/// The average a is only kept: to use it, `theta.copy_(asgd.state(theta)["ax"])`.
/// Polyak & Juditsky 1992, Acceleration of stochastic approximation by averaging; η and μ as in
/// Bottou 2012, Stochastic gradient descent tricks.
/// State: "step" t, "eta" η, "mu" μ and "ax" a.
using ASGD = OptimizerOf<ASGDOptions>;

}  // namespace xgrad::optim
