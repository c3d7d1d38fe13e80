#pragma once

#include <functional>
#include <vector>

/// @file
/// The line search of LBFGS.

namespace xgrad::optim::detail {

/// A step t along d, with the loss and its gradient there.
template <class T>
struct WolfeTrial {
  double t, loss;
  double slope;  ///< gradient · d
  std::vector<T> gradient;
};

/// A step with the strong Wolfe conditions for c₁ = 1e-4 and c₂ = 0.9, or the best of 26. `start`
/// is t = 0, `t` the first step to try, `d_norm` the greatest |d|; brackets shorter than
/// `tolerance_change` are not searched. (Nocedal & Wright 2006, algorithms 3.5 and 3.6, with the
/// safeguards of minFunc and of PyTorch, which is followed step for step. minimize has a search of
/// its own.)
template <class T>
WolfeTrial<T> strong_wolfe(WolfeTrial<T> start, double t, double d_norm, double tolerance_change,
                           const std::function<WolfeTrial<T>(double)>& evaluate);

}  // namespace xgrad::optim::detail
