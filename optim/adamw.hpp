#pragma once

#include <array>

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of AdamW.
struct AdamWOptions {
  double lr = 1e-3;                            ///< step size γ >= 0
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two averages, 0 <= β < 1
  double eps = 1e-8;                           ///< ε >= 0, keeps the divisor from 0
  double weight_decay = 1e-2;                  ///< λ >= 0, the share that θ loses is γ λ
  bool amsgrad = false;                        ///< divide by the largest average so far
  bool maximize = false;                       ///< ascend instead of descend
  static Rule rule(AdamWOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Adam with a decay of the weights that does not enter the averages: in the place of g ← g + λ θ,
/// a step begins with
///
///     θ ← (1 − γ λ) θ
///
/// Loshchilov & Hutter 2019, Decoupled weight decay regularization. State: as Adam's.
using AdamW = OptimizerOf<AdamWOptions>;

}  // namespace xgrad::optim
