#pragma once

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of SGD.
struct SGDOptions {
  double lr = 1e-3;                 ///< step size γ >= 0
  double momentum = 0;              ///< 0 <= μ <= 1
  double dampening = 0;             ///< τ, of the momentum
  double weight_decay = 0;          ///< L2 penalty λ >= 0
  bool nesterov = false;            ///< needs μ > 0 and τ = 0
  bool maximize = false;            ///< ascend instead of descend
  static Rule rule(SGDOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Stochastic gradient descent. With the gradient g of the parameter θ (-g to maximize):
///
///     g ← g + λ θ
///     b ← μ b + (1 − τ) g           the first time b ← μ b + g; b starts at 0
///     g ← g + μ b  with nesterov, else  g ← b        only if μ ≠ 0, as the line above
///     θ ← θ − γ g
///
/// The velocity b does not hold γ, other than in the papers, so that γ may change from step to
/// step. Robbins & Monro 1951, A stochastic approximation method; Sutskever, Martens, Dahl & Hinton
/// 2013, On the importance of initialization and momentum in deep learning; the rule is PyTorch's
/// SGD.
/// State, with momentum: "momentum_buffer" b; "step", how often b has been updated.
using SGD = OptimizerOf<SGDOptions>;

}  // namespace xgrad::optim
