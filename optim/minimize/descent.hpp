#pragma once

#include <memory>

#include "line_search.hpp"

namespace xgrad::optim::detail {

/// A method of minimization: its directions. descend() does the rest.
class Descent {
 public:
  virtual ~Descent() = default;

  /// Where to search from p.
  virtual Vector direction(const Point& p) = 0;
  /// The first step to try along d; `previous`, if there is one, is where the last search began.
  virtual double first_step(const Point& p, const Vector& d, const Point* previous) const = 0;
  /// The conditions of a step along d.
  virtual WolfeOptions wolfe(const Point& p, const Vector& d) const = 0;
  /// Told each step.
  virtual void update(const Point& /*from*/, const Point& /*to*/) {}
  /// Forgets what it knows, to begin again with the steepest descent; false if it knew nothing.
  virtual bool forget() { return false; }
  /// The nearest point at which f may be evaluated.
  virtual Vector feasible(Vector x) const { return x; }
  /// 0 where the first-order conditions of a minimum hold; g is the gradient at x.
  virtual double stationarity(const Vector& /*x*/, const Vector& g) const { return max_abs(g); }
};

/// A step and the change of the gradient along it, as quasi-Newton methods learn from.
struct StepPair {
  Vector s, y;
};
/// That from one point to another, if s·y > ε |g·s|, g the gradient at the first: with less
/// curvature, an approximation of the Hessian would not stay positive definite. (So L-BFGS-B;
/// unlike s·y > ε y·y it does not depend on the scale of x.)
std::optional<StepPair> step_pair(const Point& from, const Point& to);

/// The methods, one file each. n is the number of unknowns.
std::unique_ptr<Descent> gradient_descent();
std::unique_ptr<Descent> conjugate_gradient();
std::unique_ptr<Descent> bfgs(std::size_t n);
std::unique_ptr<Descent> l_bfgs();
std::unique_ptr<Descent> l_bfgs_b(Vector lower, Vector upper);
std::unique_ptr<Descent> newton_cg(Problem& problem);
std::unique_ptr<Descent> newton(Problem& problem);

/// The first step of the methods whose directions have no natural length: as far as f fell in the
/// last step it would fall again if φ were a parabola (Nocedal & Wright, equation 3.60), at first
/// as if it had fallen by |∇f| / 2, and at most 1.
double parabolic_step(const Point& p, const Vector& d, const Point* previous);

/// When to end.
struct Limits {
  double gradient;  ///< stationarity
  double decrease;  ///< of f in a step, relative to max(|f|, 1); negative for none
  std::int64_t iterations;
  std::int64_t evaluations;
};

/// From `start` to where a limit is met.
MinimizeResult descend(Problem& problem, Descent& method, const Vector& start, const Limits& limits,
                       const std::function<void(const Tensor&)>& callback);

}  // namespace xgrad::optim::detail
