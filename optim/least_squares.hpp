#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::optim {

/// The loss ρ(z) of a squared residual z. All but linear weigh outliers less.
enum class Loss {
  linear,   ///< z
  soft_l1,  ///< 2 (√(1 + z) − 1)
  huber,    ///< z if z <= 1, else 2 √z − 1
  cauchy,   ///< ln(1 + z)
  arctan,   ///< arctan z
};

/// Options of least_squares.
struct LeastSquaresOptions {
  /// (lower, upper) for each element of x, in row-major order, or one pair for all of them;
  /// infinities where there is none.
  std::vector<std::pair<double, double>> bounds = {};
  Loss loss = Loss::linear;  ///< of the squares of the residuals
  double f_scale = 1;        ///< C > 0: residuals beyond it count as outliers
  double ftol = 1e-8;        ///< relative decrease of the cost in a step, >= 0
  double xtol = 1e-8;        ///< relative length of a step, >= 0
  double gtol = 1e-8;        ///< of the largest element of the (projected) gradient, >= 0
  /// Evaluations of the residuals without those for the Jacobian, at least 1; 100 n by default, for
  /// n unknowns.
  std::optional<std::int64_t> max_nfev = {};
  /// Called with x after every iteration.
  std::function<void(const Tensor& x)> callback = {};
};

/// The point at which least_squares ended, and why.
struct LeastSquaresResult {
  Tensor x;         ///< of x0's shape and dtype
  double cost = 0;  ///< F(x)
  Tensor fun;       ///< the residuals r(x), float64 (m)
  /// Float64 (m, n): the Jacobian of the residuals, with a loss other than linear scaled so that
  /// jacᵀ jac approximates the Hessian of F.
  Tensor jac;
  Tensor grad;            ///< ∇F(x), float64 (n)
  double optimality = 0;  ///< the largest element of the (projected) gradient
  Tensor active_mask;     ///< int64 (n): -1 at the lower bound, 1 at the upper one, else 0
  std::int64_t nfev = 0;  ///< evaluations of the residuals
  std::int64_t njev = 0;  ///< evaluations of the Jacobian
  bool success = false;   ///< whether ftol, xtol or gtol was reached
  std::string message;    ///< why it ended
};
/// Prints why it ended, x, the cost and the counts.
std::ostream& operator<<(std::ostream& out, const LeastSquaresResult& result);

/// Finds a local minimum, within the bounds, of the cost
///
///     F(x) = C²/2 Σ ρ((r_i(x) / C)²)
///
/// from x0, of any shape. r: Tensor → Tensor gives m residuals, of any shape; their Jacobian is
/// autograd's, by forward mode where m > n. x has x0's dtype; everything else is in float64.
///
/// The method is that of Levenberg and Marquardt with the trust region and the scaling of Moré
/// 1978, The Levenberg-Marquardt algorithm: implementation and theory. Elements that the gradient
/// would push across a bound are held there for a step; the step of the others is cut off at the
/// bounds. The gradient of F projected on the bounds is P(x − ∇F) − x. A loss other than linear
/// scales residuals and Jacobian as in Triggs et al. 1999, Bundle adjustment: a modern synthesis.
/// Names, tolerances and losses are those of SciPy's least_squares.
///
/// Trial points where the residuals are not finite are avoided. Residuals are never evaluated
/// outside the bounds.
///
/// Throws ValueError for an x0 that is empty, not finite or outside the bounds, for residuals that
/// are not finite at x0, and for options out of range; DTypeError for integers; ShapeError if the
/// number of residuals changes; and what r and the callback throw.
LeastSquaresResult least_squares(const std::function<Tensor(const Tensor&)>& residuals,
                                 const Tensor& x0, const LeastSquaresOptions& options = {});

/// Options of curve_fit.
struct CurveFitOptions {
  /// The uncertainty of y: standard deviations, of y's shape, or for y of shape (m) a covariance
  /// matrix (m, m). All 1 by default.
  Tensor sigma = {};
  /// Whether the covariance is that of sigma as it is. Otherwise only the ratios of sigma count,
  /// and the covariance is scaled so that χ² / (m − n) is 1.
  bool absolute_sigma = false;
  std::vector<std::pair<double, double>> bounds = {};  ///< as LeastSquaresOptions has them
  Loss loss = Loss::linear;                            ///< as LeastSquaresOptions has it
  double f_scale = 1;                                  ///< as LeastSquaresOptions has it
  std::optional<std::int64_t> max_nfev = {};           ///< as LeastSquaresOptions has it
};

/// What curve_fit found.
struct CurveFit {
  Tensor parameters;  ///< of p0's shape and dtype
  /// Float64 (n, n): (JᵀJ)⁻¹ of the weighted residuals, scaled as absolute_sigma says; infinities
  /// if it is singular or if m <= n leaves nothing to scale by.
  Tensor covariance;
};

/// Fits y ≈ f(x, p) by least_squares of (f(x, p) − y) / sigma from p0. x is passed on to f as it
/// is. SciPy's curve_fit. Throws ValueError if no minimum was found, if y is not finite, or if a
/// sigma is not > 0; ShapeError unless f(x, p) has y's shape and sigma one of its shapes; and as
/// least_squares.
CurveFit curve_fit(const std::function<Tensor(const Tensor& x, const Tensor& p)>& f,
                   const Tensor& x, const Tensor& y, const Tensor& p0,
                   const CurveFitOptions& options = {});

}  // namespace xgrad::optim
