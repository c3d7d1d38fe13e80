#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

/// The steepest descent, with a nearly exact line search.
class GradientDescent final : public Descent {
 public:
  Vector direction(const Point& p) override { return negated(p.g); }
  double first_step(const Point& p, const Vector& d, const Point* previous) const override {
    return parabolic_step(p, d, previous);
  }
  WolfeOptions wolfe(const Point&, const Vector&) const override { return {.c2 = 0.1}; }
};

}  // namespace

std::unique_ptr<Descent> gradient_descent() { return std::make_unique<GradientDescent>(); }

}  // namespace xgrad::optim::detail
