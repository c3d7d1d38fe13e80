#pragma once

#include <functional>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// The line search of LBFGS.

namespace xgrad::optim::detail {

/// A step t along d, with the loss and its gradient there.
struct WolfeTrial {
  double t, loss;
  double slope;  ///< gradient · d
  Tensor gradient;
};

/// A step with the strong Wolfe conditions for c₁ = 1e-4 and c₂ = 0.9, or the best of 26. `start`
/// is t = 0, `t` the first step to try, `d_norm` the largest |d|; brackets shorter than
/// `tolerance_change` are not searched. (Nocedal & Wright 2006, algorithms 3.5 and 3.6, with the
/// safeguards of minFunc and of PyTorch, which is followed step for step. minimize has a search of
/// its own.)
WolfeTrial strong_wolfe(WolfeTrial start, double t, double d_norm, double tolerance_change,
                        const std::function<WolfeTrial(double)>& evaluate);

}  // namespace xgrad::optim::detail
