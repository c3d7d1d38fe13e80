#pragma once

#include <memory>

#include "line_search.hpp"

namespace xgrad::optim::detail {

/// A method of minimization: its directions. minimize() does the rest.
class Descent {
 public:
  virtual ~Descent() = default;

  /// The search from p; `previous`, if there is one, is where the last search began.
  virtual Direction direction(const Point& p, const Point* previous) = 0;
  /// Learns from a step.
  virtual void update(const Point& /*from*/, const Point& /*to*/) {}
  /// Drops what it has learned, to begin again with the steepest descent; false if that is nothing.
  virtual bool reset() { return false; }
  /// The nearest point at which f may be evaluated.
  virtual Tensor feasible(const Tensor& x) const { return x; }
  /// 0 where the first-order conditions of a minimum hold; g is the gradient at x.
  virtual double stationarity(const Tensor& /*x*/, const Tensor& g) const { return max_abs(g); }
};

/// What l_bfgs and l_bfgs_b share: how many steps they remember, and their line search.
inline constexpr std::size_t memory_size = 10;
inline constexpr WolfeOptions limited_memory_wolfe{
    .c1 = 1e-3, .interval = 0.1, .max_evaluations = 20};

/// The methods.
std::unique_ptr<Descent> gradient_descent();
std::unique_ptr<Descent> conjugate_gradient();
std::unique_ptr<Descent> bfgs();
std::unique_ptr<Descent> l_bfgs();
std::unique_ptr<Descent> l_bfgs_b(Tensor lower, Tensor upper);
std::unique_ptr<Descent> newton_cg(Problem& problem);
std::unique_ptr<Descent> newton(Problem& problem);

/// The first step of the methods whose directions have no natural length: as far as f fell in the
/// last step it would fall again if φ were a parabola (Nocedal & Wright, equation 3.60), at first
/// as if it had fallen by |∇f| / 2, and at most 1.
double parabolic_step(const Point& p, const Tensor& d, const Point* previous);

/// A step and the change of the gradient along it, as quasi-Newton methods learn from.
struct StepPair {
  Tensor s, y;
};
/// That from one point to another, if s·y > ε |g·s|, g the gradient at the first: with less
/// curvature, an approximation of the Hessian would not stay positive definite. (So L-BFGS-B;
/// unlike s·y > ε y·y it does not depend on the scale of x.)
std::optional<StepPair> step_pair(const Point& from, const Point& to);

}  // namespace xgrad::optim::detail
