#include <algorithm>
#include <cmath>
#include <utility>

#include "../../autograd/ops/arithmetic.hpp"
#include "../../autograd/ops/elementwise.hpp"
#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

/// The steepest descent, with a nearly exact line search.
class GradientDescent final : public Descent {
 public:
  Direction direction(const Point& p, const Point* previous) override {
    const Tensor d = -p.g;
    return {d, parabolic_step(p, d, previous), {.c2 = 0.1}};
  }
};

/// Nonlinear conjugate gradients with the factor β of Hager & Zhang 2005, A new conjugate gradient
/// method with guaranteed descent and an efficient line search:
///
///     d ← −g + max(β, η) d,   β = (y − 2 d y·y / d·y)·g / d·y,   η = −1 / (|d| min(0.01, |g₀|)),
///
/// y = g − g₀ the change of the gradient along d. It is Polak & Ribière's where the line search is
/// exact, and d·g <= −7/8 g·g where it is not, which theirs does not promise.
///
/// An exact line search pays where f is quadratic: there the directions are conjugate and n of them
/// are enough. Where f is not, it is wasted.
class ConjugateGradient final : public Descent {
 public:
  Direction direction(const Point& p, const Point* previous) override {
    const Tensor d = next(p);
    return {d, parabolic_step(p, d, previous), {.c2 = quadratic_ ? 0.01 : 0.4}};
  }
  void update(const Point& from, const Point& to) override {
    const Tensor d = next(from), y = to.g - from.g, s = to.x - from.x;
    const double dy = inner(d, y);
    const double beta = (inner(y, to.g) - 2 * inner(y, y) * inner(d, to.g) / dy) / dy;
    const double eta = -1 / (length(d) * std::min(0.01, length(from.g)));
    d_ = d * std::max(beta, eta) - to.g;

    // The trapezoidal rule is exact for the slope of a parabola.
    const double fall = (inner(s, from.g) + inner(s, to.g)) / 2;
    quadratic_ = std::abs(to.f - from.f - fall) <= 1e-4 * std::abs(fall);
  }
  bool reset() override { return std::exchange(d_, {}).defined(); }

 private:
  Tensor next(const Point& p) const { return d_.defined() ? d_ : -p.g; }

  Tensor d_;                ///< the next direction; undefined for the steepest descent
  bool quadratic_ = false;  ///< f was so along the last step
};

}  // namespace

double parabolic_step(const Point& p, const Tensor& d, const Point* previous) {
  const double fall = previous ? previous->f - p.f : length(p.g) / 2;
  // Some more than the 2 of the formula, so that quasi-Newton methods come to try 1.
  const double step = -2.02 * fall / inner(p.g, d);
  return step > 0 ? std::min(1.0, step) : 1;
}

std::unique_ptr<Descent> gradient_descent() { return std::make_unique<GradientDescent>(); }
std::unique_ptr<Descent> conjugate_gradient() { return std::make_unique<ConjugateGradient>(); }

}  // namespace xgrad::optim::detail
