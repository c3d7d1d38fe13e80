#pragma once

#include <functional>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// The line search of LBFGS, and what that of minimize shares with it.

namespace xgrad::optim::detail {

/// A step t along a direction, with the value and the slope of f there.
struct Step {
  double t, f, slope;
};

/// The cubic with the values and slopes of two steps. Scaled, so as not to overflow.
struct Cubic {
  /// Where it has its minimum. Without one, if the discriminant is not positive, where its slope is
  /// smallest. NaN if a value or a slope is infinite.
  double minimum;
  double discriminant;

  Cubic(const Step& a, const Step& b);
};

/// A step with the gradient of f.
struct Trial : Step {
  Tensor gradient;
};

/// A step with the strong Wolfe conditions for c₁ = 1e-4 and c₂ = 0.9, or the best of 26. `start`
/// is t = 0, `t` the first step to try; brackets shorter than `min_width` are not searched.
/// (Nocedal & Wright 2006, algorithms 3.5 and 3.6, with the safeguards of minFunc and of PyTorch,
/// which is followed step for step. minimize has a search of its own.)
Trial strong_wolfe(const Trial& start, double t, double min_width,
                   const std::function<Trial(double)>& evaluate);

}  // namespace xgrad::optim::detail
