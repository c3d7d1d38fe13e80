#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// The line search of LBFGS and of all methods of minimize.

namespace xgrad::optim::detail {

/// f and its gradient at x.
struct Point {
  Tensor x = {};
  double f = 0;
  Tensor g = {};
  /// For Hessian products: x and g, recorded. Undefined for the methods that need none.
  Tensor variable = {}, gradient = {};
};

/// A step t along a direction d, and the slope of φ(t) = f(x + t d).
struct Trial {
  double t, slope;
  Point point;  ///< f = ∞ where f or its gradient is not finite, unless it is −∞
};

/// Options of Wolfe.
struct WolfeOptions {
  double c1 = 1e-4;              ///< sufficient decrease
  double c2 = 0.9;               ///< curvature
  double max_step = 1e100;       ///< a step that is not exceeded
  double interval = 1e-14;       ///< gives up on smaller brackets, relative to their steps
  double min_width = 0;          ///< the same, absolute
  std::int64_t max_trials = 40;  ///< in a bracket. Before, steps may grow to max_step.
  std::int64_t max_eval = std::numeric_limits<std::int64_t>::max();  ///< in all
  /// As PyTorch, step for step: max_trials counts also before there is a bracket, steps grow by a
  /// factor of up to 10, not 4, and brackets are divided by cubics only.
  bool torch = false;
};

/// A step with the strong Wolfe conditions
///
///     φ(t) <= φ(0) + c₁ t φ'(0)   and   |φ'(t)| <= −c₂ φ'(0),
///
/// or the lowest that was found where rounding or a limit ends the search; max_step if φ falls
/// steeply up to there, and a step with φ = −∞. `start` is t = 0, where φ falls; `t` is the first
/// step to try.
///
/// Nocedal & Wright 2006, algorithms 3.5 and 3.6, with the safeguards of minFunc (M. Schmidt).
Trial strong_wolfe(const Trial& start, double t, const WolfeOptions& options,
                   const std::function<Trial(double)>& evaluate);

}  // namespace xgrad::optim::detail
