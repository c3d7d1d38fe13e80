#pragma once

#include <vector>

#include "optimizer.hpp"

namespace xgrad::optim {

/// The step of LBFGS along a direction.
enum class LineSearch {
  none,          ///< the learning rate
  strong_wolfe,  ///< to a point with the strong Wolfe conditions, c₁ = 1e-4 and c₂ = 0.9
};

/// Options of LBFGS.
struct LBFGSOptions {
  double lr = 1;               ///< step γ >= 0 along a direction; with a line search the first try
  std::int64_t max_iter = 20;  ///< iterations in a step, at least 1
  std::int64_t max_eval = max_iter * 5 / 4;  ///< no further iteration after so many evaluations
  double tolerance_grad = 1e-7;              ///< ends a step when max|g| is at most this
  double tolerance_change = 1e-9;   ///< ends a step when the loss or all of θ change by no more
  std::int64_t history_size = 100;  ///< pairs (s, y) that are kept, at least 1
  LineSearch line_search = LineSearch::none;  ///< how far a step goes
  /// Without an update of one parameter: step(closure) does it all.
  static Rule rule(LBFGSOptions& o);
};

/// Limited memory BFGS over all parameters at once, θ. One step() makes up to max_iter iterations,
/// each with the gradient g at θ
///
///     y ← g − g₀,  s ← t d                   of the last iteration, kept if s·y > 1e-10
///     d ← −H g                               H from the kept pairs, by the two-loop recursion
///     θ ← θ + t d                            t = γ, at the very first min(1, 1 / Σ|g|) γ,
///                                            or by line search from there
///
/// It needs a closure that computes the loss and its gradients at the current parameters:
///
///     lbfgs.step([&] { lbfgs.zero_grad(); Tensor loss = …; loss.backward(); return loss; });
///
/// Liu & Nocedal 1989, On the limited memory BFGS method for large scale optimization; the line
/// search is minFunc's (M. Schmidt), as in PyTorch. The parameters are one group, of one dtype; a
/// missing gradient counts as 0.
///
/// State, kept for the first parameter: "n_iter" iterations and "func_evals" calls of the closure
/// so far; "d", "t", "prev_flat_grad" and "prev_loss" of the last iteration; "old_dirs" the y and
/// "old_stps" the s, a row each, oldest first, "ro" 1 / s·y and "H_diag" s·y / y·y of the last. All
/// parameters' elements follow each other in d and in the rows.
class LBFGS final : public OptimizerOf<LBFGSOptions> {
 public:
  /// Throws as Adam, and DTypeError for parameters of several dtypes.
  explicit LBFGS(std::vector<Tensor> params, LBFGSOptions options = {});
  /// Throws also ValueError unless there is one group.
  explicit LBFGS(std::vector<ParamGroup> groups, LBFGSOptions defaults = {});

  /// Throws ValueError: there is no step without a closure.
  void step() override;
  /// Returns the loss at the beginning of the step. If anything throws, the closure included, the
  /// parameters and the state are what they were before.
  /// Throws ValueError or ShapeError unless the closure returns a loss of one element, and
  /// ShapeError for preset state that does not fit together.
  Tensor step(const Closure& closure) override;
  /// Throws ValueError: there is one group.
  void add_param_group(ParamGroup group);

 private:
  void check_loaded(const State& first, const std::string& origin) const override;

  const std::vector<Tensor>& params() const { return param_groups()[0].params(); }
  Tensor iterate(const Closure& closure);
};

}  // namespace xgrad::optim
