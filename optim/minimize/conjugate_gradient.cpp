#include <algorithm>
#include <cmath>
#include <utility>

#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

/// Nonlinear conjugate gradients with the factor β of Hager & Zhang 2005, A new conjugate gradient
/// method with guaranteed descent and an efficient line search:
///
///     d ← −g + max(β, η) d,   β = (y − 2 d y·y / d·y)·g / d·y,   η = −1 / (|d| min(0.01, |g₀|)),
///
/// y = g − g₀ the change of the gradient along d. It is Polak & Ribière's where the line search is
/// exact, and d·g <= −7/8 g·g where it is not, which theirs does not promise.
///
/// An exact line search pays where f is quadratic, where the directions are conjugate then and n of
/// them enough; where f is not, it is wasted.
class ConjugateGradient final : public Descent {
 public:
  Vector direction(const Point& p) override { return d_.empty() ? negated(p.g) : d_; }
  double first_step(const Point& p, const Vector& d, const Point* previous) const override {
    return parabolic_step(p, d, previous);
  }
  WolfeOptions wolfe(const Point&, const Vector&) const override {
    return {.c2 = quadratic_ ? 0.01 : 0.4};
  }
  void update(const Point& from, const Point& to) override {
    const Vector d = direction(from), y = subtract(to.g, from.g), s = subtract(to.x, from.x);
    const double dy = dot(d, y);
    const double beta = (dot(y, to.g) - 2 * dot(y, y) * dot(d, to.g) / dy) / dy;
    const double eta = -1 / (norm(d) * std::min(0.01, norm(from.g)));
    d_ = add(negated(to.g), std::max(beta, eta), d);

    // The trapezoidal rule is exact for the slope of a parabola.
    const double fall = (dot(s, from.g) + dot(s, to.g)) / 2;
    quadratic_ = std::abs(to.f - from.f - fall) <= 1e-4 * std::abs(fall);
  }
  bool forget() override { return !std::exchange(d_, {}).empty(); }

 private:
  Vector d_;                ///< the next direction; empty for the steepest descent
  bool quadratic_ = false;  ///< f was so along the last step
};

}  // namespace

std::unique_ptr<Descent> conjugate_gradient() { return std::make_unique<ConjugateGradient>(); }

}  // namespace xgrad::optim::detail
