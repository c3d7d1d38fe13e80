#pragma once

#include <functional>
#include <memory>

#include "../minimize.hpp"
#include "../strong_wolfe.hpp"
#include "../vector.hpp"

/// @file
/// The methods of minimize. They compute in vectors of float64; minimize may have scaled f.

namespace xgrad::optim::detail {

/// The Hessian at a point times a vector.
using HessianProduct = std::function<Tensor(const Point& p, const Tensor& v)>;

/// A direction of descent, and how to search along it.
struct Direction {
  Tensor d;
  double first_step = 1;
  WolfeOptions wolfe = {};
};

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
