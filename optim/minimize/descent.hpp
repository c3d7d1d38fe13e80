#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "../minimize.hpp"
#include "../vector.hpp"

/// @file
/// The methods of minimize. They compute in vectors of float64.

namespace xgrad::optim::detail {

/// f and its gradient at x, both times the factor by which minimize scales f.
struct Point {
  Tensor x;
  double f;
  Tensor g;
  /// For Hessian products: x and g, recorded. Undefined for the methods that need none.
  Tensor variable, gradient;

  bool finite() const { return std::isfinite(f) && std::isfinite(max_abs(g)); }
};

/// The Hessian at a point times a vector.
using HessianProduct = std::function<Tensor(const Point& p, const Tensor& v)>;

/// The strong Wolfe conditions, and the steps that may be tried.
struct WolfeOptions {
  double c1 = 1e-4;  ///< sufficient decrease
  double c2 = 0.9;   ///< curvature
  double max_step = 1e100;
  double interval = 1e-14;  ///< gives up on smaller brackets, relative to their steps
  /// In a bracket or beyond a point where f is not finite. Before, steps may grow to max_step.
  int max_evaluations = 40;
  std::int64_t max_eval = std::numeric_limits<std::int64_t>::max();  ///< in all
};

/// A direction of descent, and how to search along it.
struct Direction {
  Tensor d;
  double first_step = 1;
  WolfeOptions wolfe = {};
};

/// Where a search ended.
struct SearchResult {
  std::optional<Point> point = {};  ///< nothing if no step was good
  bool endless = false;             ///< f falls to −∞ along d, as far as doubles reach
};

/// A step along d from `from`, if f falls along d, with the strong Wolfe conditions (see minimize),
/// by the search of Moré & Thuente 1994, which keeps an interval with such steps and tries minima
/// of the cubics and parabolas through its ends. Steps to where f is not finite are cut back. Where
/// rounding or a limit ends the search, the lowest point found, if it satisfies the first
/// condition. `along(step)` evaluates f at x + step d.
SearchResult line_search(const Point& from, const Direction& direction,
                         const std::function<Point(double)>& along);

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

/// All methods but l_bfgs_b.
std::unique_ptr<Descent> make_descent(Method method, const HessianProduct& product);
std::unique_ptr<Descent> l_bfgs_b(Tensor lower, Tensor upper);

/// L-BFGS (Liu & Nocedal 1989, On the limited memory BFGS method for large scale optimization). It
/// remembers 10 steps.
class LimitedBfgs : public Descent {
 public:
  Direction direction(const Point& p, const Point* previous) override;
  void update(const Point& from, const Point& to) final;
  bool reset() final;

 protected:
  /// The search along d.
  Direction search(const Tensor& d) const;

  LimitedMemory memory_{10};
};

}  // namespace xgrad::optim::detail
