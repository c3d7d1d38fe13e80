#include "descent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "../../autograd/ops.hpp"
#include "../../autograd/tensor/creation.hpp"

namespace xgrad::optim::detail {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// The first step of the methods whose directions have no natural length: as far as f fell in the
/// last step it would fall again if φ were a parabola (Nocedal & Wright, equation 3.60), at first
/// as if it had fallen by |∇f| / 2, and at most 1.
double parabolic_step(const Point& p, const Tensor& d, const Point* previous) {
  const double fall = previous ? previous->f - p.f : length(p.g) / 2;
  // Some more than the 2 of the formula, so that quasi-Newton methods come to try 1.
  const double step = -2.02 * fall / inner(p.g, d);
  return step > 0 ? std::min(1.0, step) : 1;
}

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

/// A step s and the change y of the gradient along it, as quasi-Newton methods learn from, if
/// s·y > ε |g·s|, g the gradient at the first point: with less curvature, an approximation of the
/// Hessian would not stay positive definite. (So L-BFGS-B; unlike s·y > ε y·y it does not depend on
/// the scale of x.)
std::optional<std::pair<Tensor, Tensor>> step_pair(const Point& from, const Point& to) {
  std::pair pair(to.x - from.x, to.g - from.g);
  const auto& [s, y] = pair;
  if (!(inner(s, y) > epsilon * std::abs(inner(from.g, s)))) return {};
  return pair;
}

/// Broyden, Fletcher, Goldfarb & Shanno's update of the inverse Hessian H from the step s and the
/// change y of the gradient along it (Nocedal & Wright, equation 6.17):
///
///     H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ = H + s uᵀ + u sᵀ,     ρ = 1 / s·y,
///     u = ρ (1 + ρ y·H y) s / 2 − ρ H y
///
/// from H = I, as SciPy. (Equation 6.20 would have H = (s·y / y·y) I before the first update: many
/// more steps where the eigenvalues of the Hessian lie far apart.)
class Bfgs final : public Descent {
 public:
  Direction direction(const Point& p, const Point* previous) override {
    const Tensor d = -(h_.defined() ? matmul(h_, p.g) : p.g);
    return {d, parabolic_step(p, d, previous)};
  }
  void update(const Point& from, const Point& to) override {
    const auto pair = step_pair(from, to);
    if (!pair) return;
    const auto& [s, y] = *pair;
    if (!h_.defined()) h_ = eye(s.numel(), {.dtype = float64});
    const double rho = 1 / inner(s, y);
    const Tensor hy = matmul(h_, y);
    const Tensor u = s * (rho * (1 + rho * inner(y, hy)) / 2) - hy * rho;
    const std::span<const double> s_row = s.data<double>(), u_row = u.data<double>();
    double* h = h_.data<double>().data();
    for (std::size_t i = 0; i < s_row.size(); ++i)
      for (std::size_t j = 0; j < s_row.size(); ++j)
        *h++ += s_row[i] * u_row[j] + u_row[i] * s_row[j];
  }
  bool reset() override { return std::exchange(h_, {}).defined(); }

 private:
  Tensor h_;  ///< H; undefined for I
};

/// Newton's step d = −H⁻¹ g where the Hessian H is positive definite. Elsewhere d = −|H|⁻¹ g, |H|
/// having the absolute values of H's eigenvalues, at least 1e-8 of the largest (Nocedal & Wright,
/// section 3.4): a direction of descent, and away from saddle points.
Tensor newton_step(const Point& p, const HessianProduct& hessian_product) {
  std::vector<Tensor> rows;
  Tensor unit = zeros_like(p.g);
  for (double& element : unit.data<double>()) {
    element = 1;
    rows.push_back(hessian_product(p, unit));
    element = 0;
  }
  const Tensor h = stack(rows);
  if (!all(isfinite(h)).item<bool>()) return -p.g;
  const auto [values, v] = linalg::eigh(h);
  const double largest = max_abs(values);
  if (largest == 0) return -p.g;
  const bool positive = min(values).item<double>() > 0;
  const Tensor sizes = positive ? values : maximum(abs(values), 1e-8 * largest);
  return -matmul(v, matmul(p.g, v) / sizes);
}

/// Conjugate gradients solve H d = −g only as closely as is worth while, and stop at a direction of
/// negative curvature (Dembo & Steihaug 1983, Truncated-Newton algorithms for large-scale
/// unconstrained optimization; Nocedal & Wright, algorithm 7.1).
Tensor newton_cg_step(const Point& p, const HessianProduct& hessian_product) {
  Tensor d = zeros_like(p.g), residual = p.g, search = -p.g;
  double square = inner(residual, residual);
  const double norm = std::sqrt(square);
  const double small = std::min(0.5, std::sqrt(norm)) * norm;  // superlinear convergence
  for (std::size_t i = 0; i < 20 * p.g.numel() && std::sqrt(square) > small; ++i) {
    const Tensor product = hessian_product(p, search);
    const double curvature = inner(search, product);
    if (!(curvature > epsilon * length(search) * length(product))) {
      if (i == 0) return search * (curvature < 0 ? -square / curvature : 1);
      break;
    }
    const double step = square / curvature;
    add_to(d, step, search);
    residual = residual + step * product;
    const double before = std::exchange(square, inner(residual, residual));
    search = search * (square / before) - residual;
  }
  return d;
}

/// Newton's methods, whose full step has the right length. Of the Wolfe conditions they ask for the
/// first alone: the second would refuse that step where f curves downwards.
class NewtonsMethod final : public Descent {
 public:
  NewtonsMethod(decltype(newton_step)* step, HessianProduct product)
      : step_(step), hessian_product_(std::move(product)) {}

  Direction direction(const Point& p, const Point*) override {
    return {step_(p, hessian_product_), 1, {.c2 = std::numeric_limits<double>::infinity()}};
  }

 private:
  decltype(newton_step)* step_;
  HessianProduct hessian_product_;
};

}  // namespace

Direction LimitedBfgs::direction(const Point& p, const Point*) {
  return search(memory_.direction(p.g));
}

void LimitedBfgs::update(const Point& from, const Point& to) {
  if (auto pair = step_pair(from, to)) memory_.push(pair->first, pair->second);
}

bool LimitedBfgs::reset() {
  return !std::exchange(memory_, LimitedMemory{memory_.size}).pairs.empty();
}

Direction LimitedBfgs::search(const Tensor& d) const {
  return {d,
          memory_.pairs.empty() ? 1 / length(d) : 1,
          {.c1 = 1e-3, .interval = 0.1, .max_trials = 20}};
}

std::unique_ptr<Descent> make_descent(Method method, const HessianProduct& product) {
  switch (method) {
    case Method::gradient_descent: return std::make_unique<GradientDescent>();
    case Method::cg: return std::make_unique<ConjugateGradient>();
    case Method::l_bfgs: return std::make_unique<LimitedBfgs>();
    case Method::newton_cg: return std::make_unique<NewtonsMethod>(newton_cg_step, product);
    case Method::newton: return std::make_unique<NewtonsMethod>(newton_step, product);
    default: return std::make_unique<Bfgs>();
  }
}

}  // namespace xgrad::optim::detail
