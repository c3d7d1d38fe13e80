#include "least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <tuple>

#include "../autograd/graph/functional.hpp"
#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "arguments.hpp"
#include "vector.hpp"

namespace xgrad::optim {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// ρ and its derivatives at z.
struct Rho {
  double value, first, second;
};

Rho rho(Loss loss, double z) {
  switch (loss) {
    case Loss::soft_l1: {
      const double t = std::sqrt(1 + z);
      return {2 * z / (1 + t), 1 / t, -0.5 / (t * t * t)};
    }
    case Loss::huber: {
      if (z <= 1) break;
      const double t = std::sqrt(z);
      return {2 * t - 1, 1 / t, -0.5 / (t * z)};
    }
    case Loss::cauchy: return {std::log1p(z), 1 / (1 + z), -1 / ((1 + z) * (1 + z))};
    case Loss::arctan: {
      const double t = 1 / (1 + z * z);
      return {std::atan(z), t, -2 * z * t * t};
    }
    default: break;
  }
  return {z, 1, 0};
}

/// A point, its residuals and their cost, which is infinite where a residual is not finite.
struct Point {
  Tensor x, residuals;
  double cost;
};

/// The model of the cost near a point: residuals + jacobian h, scaled for the loss.
struct Model {
  Tensor residuals, jacobian, gradient;
  Tensor norms;  ///< of the columns of the Jacobian that is not scaled
};

/// Residuals as a function of a vector of float64.
class Residuals {
 public:
  Residuals(const char* op, const std::function<Tensor(const Tensor&)>& f, const Tensor& x0,
            Loss loss, double f_scale)
      : op_(op), f_(f), x0_(x0), loss_(loss), scale_(f_scale) {}

  Tensor to_tensor(const Tensor& x) const { return reshape(x, x0_.shape()).to(x0_.dtype()); }

  Point evaluate(const Tensor& x) {
    ++nfev;
    const Tensor y = [&] {
      const EnableGrad guard;  // f may differentiate, too
      return f_(to_tensor(x));
    }();
    expect_floating(op_, "the tensor of residuals", y);
    if (nfev == 1) shape_ = y.shape();
    if (y.shape() != shape_)
      throw ShapeError(str(op_, ": the residuals have shape ", y.shape(),
                           "; expected that of the first call, ", shape_));
    Point p{x, flatten(y.detach()).to(float64), 0};
    for (const double r : p.residuals.data<double>())
      p.cost += scale_ * scale_ / 2 * rho(loss_, r * r / (scale_ * scale_)).value;
    if (!std::isfinite(p.cost)) p.cost = infinity;
    return p;
  }

  /// √w J and (ρ' / √w) r, with w = ρ' + 2 ρ'' r² (Triggs et al., section 4.3, as SciPy has it).
  Model model(const Point& p) {
    ++njev;
    const std::size_t m = p.residuals.numel(), n = p.x.numel();
    const Tensor j = reshape(jacobian(f_, to_tensor(p.x)), {m, n}).to(float64);
    Tensor slopes = empty({m}, {.dtype = float64}), weights = empty({m, 1}, {.dtype = float64});
    const auto r = std::as_const(p.residuals).data<double>();
    for (std::size_t i = 0; i < m; ++i) {
      const double z = r[i] * r[i] / (scale_ * scale_);
      const Rho at = rho(loss_, z);
      slopes.data<double>()[i] = at.first;
      weights.data<double>()[i] = std::sqrt(std::max(at.first + 2 * at.second * z, epsilon));
    }
    Model of{p.residuals * slopes / flatten(weights), j * weights, {}, norm(j, 2, 0)};
    of.gradient = matmul(of.residuals, of.jacobian);
    return of;
  }

  std::int64_t nfev = 0, njev = 0;

 private:
  const char* op_;
  const std::function<Tensor(const Tensor&)>& f_;
  const Tensor& x0_;
  Loss loss_;
  double scale_;
  Shape shape_;
};

/// J = U diag(values) right, and Uᵀ r of a vector r.
struct Decomposition {
  std::vector<double> values, along;
  Tensor right;

  Decomposition(const Tensor& j, const Tensor& r) {
    const auto [u, s, vh] = linalg::svd(j);
    values = s.to_vector<double>();
    along = matmul(r, u).to_vector<double>();
    right = vh;
  }

  /// Whether singular value k is not distinguished from 0.
  bool is_zero(std::size_t k) const {
    return values[k] <= epsilon * static_cast<double>(right.size(1)) * values[0];
  }
};

/// The step −D⁻¹ (D⁻¹JᵀJD⁻¹ + λ)⁻¹ D⁻¹Jᵀ r, from the decomposition of J D⁻¹, with the λ >= 0 that
/// keeps its length ‖D h‖ at about the radius (Moré 1978, section 5).
Tensor trust_region_step(const Decomposition& jd, const Tensor& inverse_d, double radius) {
  const std::size_t n = jd.values.size();
  Tensor c = empty({n}, {.dtype = float64});
  double lambda = 0;
  for (int i = 0; i < 20; ++i) {
    double square = 0, slope = 0;  // ‖D h‖² and half its derivative by λ
    for (std::size_t k = 0; k < n; ++k) {
      const double s = jd.values[k], damped = s * s + lambda;
      const double ck = c.data<double>()[k] = jd.is_zero(k) ? 0 : s * jd.along[k] / damped;
      square += ck * ck;
      if (ck != 0) slope -= ck * ck / damped;
    }
    const double length = std::sqrt(square);
    if (length <= 1.1 * radius) break;
    lambda += (length - radius) / radius * square / -slope;
  }
  return -matmul(c, jd.right) * inverse_d;
}

void check_options(const char* op, const LeastSquaresOptions& options) {
  expect_positive(op, "f_scale", options.f_scale);
  expect_not_negative(op, "ftol", options.ftol);
  expect_not_negative(op, "xtol", options.xtol);
  expect_not_negative(op, "gtol", options.gtol);
  if (options.max_nfev) detail::check_limit(op, "max_nfev", *options.max_nfev);
}

LeastSquaresResult search(const char* op, const std::function<Tensor(const Tensor&)>& f,
                          const Tensor& x0, const LeastSquaresOptions& options) {
  if (!f) throw ValueError(str(op, ": f is empty; give a function"));
  check_options(op, options);
  detail::check_start(op, x0);
  const bool recording = is_grad_enabled();
  const NoGrad guard;
  const auto [lower, upper] = detail::read_bounds(op, options.bounds, x0);
  const auto feasible = [&lower = lower, &upper = upper](const Tensor& x) {
    return minimum(maximum(x, lower), upper);
  };
  const auto n = static_cast<std::int64_t>(x0.numel());
  const std::int64_t limit = options.max_nfev.value_or(100 * n);

  Residuals residuals(op, f, x0, options.loss, options.f_scale);
  const Tensor start = flatten(x0.detach()).to(float64);
  if (detail::max_abs(feasible(start) - start) > 0)
    throw ValueError(
        str(op, ": x0 ", x0, " is outside the bounds; expected ", lower, " to ", upper));
  Point p = residuals.evaluate(start);
  if (p.cost == infinity)
    throw ValueError(str(op, ": the residuals at x0 ", x0, " are not finite; expected a start ",
                         "where they are"));

  LeastSquaresResult result;
  Model model;
  Tensor scale;
  double radius = 0;
  while (true) {
    model = residuals.model(p);
    result.optimality = detail::max_abs(feasible(p.x - model.gradient) - p.x);
    if (!result.message.empty()) break;
    if (!std::isfinite(result.optimality)) {
      result.message = "the Jacobian of the residuals is not finite";
      break;
    }
    if (result.optimality <= options.gtol) {
      result.success = true;
      result.message = str("the ", options.bounds.empty() ? "" : "projected ",
                           "gradient is at most gtol = ", options.gtol);
      break;
    }
    scale = scale.defined() ? maximum(scale, model.norms)
                            : where(model.norms > 0, model.norms, ones_like(p.x));
    if (radius == 0) radius = detail::length(scale * p.x);
    if (radius == 0) radius = 1;
    const Tensor held = logical_or(logical_and(p.x <= lower, model.gradient > 0),
                                   logical_and(p.x >= upper, model.gradient < 0));
    const Tensor inverse_d = where(held, zeros_like(p.x), 1 / scale);
    const Decomposition jd(model.jacobian * inverse_d, model.residuals);

    Point next{{}, {}, infinity};
    while (!(next.cost < p.cost) && result.message.empty()) {
      if (residuals.nfev >= limit) {
        result.message = str("max_nfev = ", limit, " evaluations did not reach the tolerance");
        break;
      }
      const Tensor full = trust_region_step(jd, inverse_d, radius);
      const double full_length = detail::length(scale * full);
      next = residuals.evaluate(feasible(p.x + full));
      const Tensor h = next.x - p.x, change = matmul(model.jacobian, h);
      const double expected = -detail::inner(model.gradient, h) - detail::inner(change, change) / 2;
      const double decrease = p.cost - next.cost;
      const double ratio = expected > 0 ? decrease / expected : 0;
      if (decrease < options.ftol * p.cost && ratio > 0.25)
        result.message =
            str("the last step lowered the cost by less than ftol = ", options.ftol, " of itself");
      else if (detail::length(h) < options.xtol * (options.xtol + detail::length(p.x)))
        result.message = str("the last step was shorter than xtol = ", options.xtol, " of x");
      result.success = !result.message.empty();
      if (!(ratio >= 0.25))
        radius = full_length / 4;
      else if (ratio > 0.75 && full_length > 0.95 * radius)
        radius *= 2;
    }
    if (!(next.cost < p.cost)) break;
    p = next;
    if (options.callback) {
      const GradModeGuard mode(recording);
      options.callback(residuals.to_tensor(p.x));
    }
  }

  result.x = residuals.to_tensor(p.x);
  result.cost = p.cost;
  result.fun = p.residuals;
  result.jac = model.jacobian;
  result.grad = model.gradient;
  result.active_mask = (p.x >= upper).to(int64) - (p.x <= lower).to(int64);
  result.nfev = residuals.nfev;
  result.njev = residuals.njev;
  return result;
}

/// r / sigma, or L⁻¹ r for a covariance L Lᵀ.
Tensor weighted(const Tensor& r, const Tensor& sigma, bool covariance) {
  if (!sigma.defined()) return r;
  return covariance ? solve(sigma, r) : r / sigma;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const LeastSquaresResult& result) {
  return out << (result.success ? "minimum: " : "no minimum: ") << result.message
             << "\n  x: " << result.x << "\n  cost: " << result.cost
             << "\n  optimality: " << result.optimality << "\n  nfev: " << result.nfev
             << "\n  njev: " << result.njev;
}

LeastSquaresResult least_squares(const std::function<Tensor(const Tensor&)>& residuals,
                                 const Tensor& x0, const LeastSquaresOptions& options) {
  return search("least_squares", residuals, x0, options);
}

CurveFit curve_fit(const std::function<Tensor(const Tensor& x, const Tensor& p)>& f,
                   const Tensor& x, const Tensor& y, const Tensor& p0,
                   const CurveFitOptions& options) {
  constexpr const char* op = "curve_fit";
  if (!f) throw ValueError(str(op, ": f is empty; give a function"));
  expect_floating(op, "y", y);
  if (!all(isfinite(y)).item<bool>())
    throw ValueError(str(op, ": y is not finite: ", y, "; expected finite numbers"));
  Tensor sigma = options.sigma;
  const std::size_t m = y.numel();
  const bool covariance = sigma.defined() && y.ndim() == 1 && sigma.shape() == Shape{m, m};
  if (sigma.defined()) {
    if (!covariance) {
      expect_same_shape(op, "sigma", sigma, "y", y);
      if (!all(sigma > 0).item<bool>())
        throw ValueError(str(op, ": sigma is ", sigma, "; expected numbers > 0"));
    }
    sigma = covariance ? cholesky(sigma.to(float64)) : sigma.to(float64);
  }
  const auto residuals = [&](const Tensor& p) {
    const Tensor fitted = f(x, p);
    expect_floating(op, "f(x, p)", fitted);
    expect_same_shape(op, "f(x, p)", fitted, "y", y);
    return weighted(fitted.to(float64) - y.to(float64), sigma, covariance);
  };
  const LeastSquaresResult found = search(op, residuals, p0,
                                          {.bounds = options.bounds,
                                           .loss = options.loss,
                                           .f_scale = options.f_scale,
                                           .max_nfev = options.max_nfev});
  if (!found.success) throw ValueError(str(op, ": no fit was found: ", found.message));

  const std::size_t n = p0.numel();
  CurveFit fit{found.x, full({n, n}, infinity, {.dtype = float64})};
  const Decomposition j(found.jac, found.fun);
  const bool scaled = !options.absolute_sigma;
  if (m < n || j.is_zero(n - 1) || (scaled && m == n)) return fit;
  const Tensor rows = j.right / tensor(j.values, {n, 1});
  fit.covariance = matmul(t(rows), rows);
  if (scaled) fit.covariance = fit.covariance * (2 * found.cost / static_cast<double>(m - n));
  return fit;
}

}  // namespace xgrad::optim
