#pragma once

#include <array>

#include "optimizer.hpp"

namespace xgrad::optim {

/// Options of Rprop.
struct RpropOptions {
  double lr = 1e-2;                         ///< the first step size, >= 0
  std::array<double, 2> etas = {0.5, 1.2};  ///< factors of the step size, 0 < η₋ < 1 < η₊
  std::array<double, 2> step_sizes = {1e-6, 50};  ///< smallest and largest step size, 0 <= a <= b
  bool maximize = false;                          ///< ascend instead of descend
  static Rule rule(RpropOptions& o);  ///< for OptimizerOf: the fields by name, and the update
};

/// Resilient backpropagation: every element has a step size s of its own, and only the sign of its
/// gradient counts. With the gradient g of the parameter θ (-g to maximize) and p, that of the step
/// before, at first 0:
///
///     s ← s η₊  if g p > 0,  s ← s η₋  if g p < 0;  then s ← min(max(s, a), b)
///     g ← 0     if g p < 0
///     θ ← θ − s sign(g)
///     p ← g
///
/// Riedmiller & Braun 1993, A direct adaptive method for faster backpropagation learning: the RPROP
/// algorithm; the variant without a step back is PyTorch's.
/// State: "step", how often the parameter has been updated, "prev" p and "step_size" s.
using Rprop = OptimizerOf<RpropOptions>;

}  // namespace xgrad::optim
