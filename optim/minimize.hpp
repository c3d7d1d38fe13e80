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

/// The method of minimize. Only l_bfgs_b has bounds.
enum class Method {
  gradient_descent,  ///< along −∇f
  cg,                ///< nonlinear conjugate gradients
  bfgs,              ///< a dense approximation of the inverse Hessian: n² numbers
  l_bfgs,            ///< the same from the last 10 steps alone: 20 n numbers
  l_bfgs_b,          ///< L-BFGS within bounds
  newton_cg,         ///< Newton's method, its equations solved by CG on Hessian-vector products
  newton,            ///< Newton's method with the whole Hessian, made positive definite
};

/// "gradient_descent", "cg", …
const char* name(Method method) noexcept;
/// Prints the name.
std::ostream& operator<<(std::ostream& out, Method method);

/// Options of minimize.
struct MinimizeOptions {
  std::optional<Method> method = {};  ///< by default bfgs, and l_bfgs_b where there are bounds
  /// Success is max|∇f| <= tol (l_bfgs_b: of the gradient projected on the bounds), 1e-5 by
  /// default. l_bfgs and l_bfgs_b also succeed when a step lowers f by at most tol · max(|f|, 1),
  /// before and after, where the default is 2.2e-9.
  std::optional<double> tol = {};
  /// At least 1. By default 200 n for n unknowns, for gradient_descent, l_bfgs and l_bfgs_b 15000.
  std::optional<std::int64_t> max_iter = {};
  /// Evaluations of f, at least 1. By default 15000 for gradient_descent, l_bfgs and l_bfgs_b,
  /// otherwise only max_iter is a limit.
  std::optional<std::int64_t> max_eval = {};
  /// (lower, upper) for each element of x, in row-major order, or one pair for all of them;
  /// infinities where there is none. Only for l_bfgs_b.
  std::vector<std::pair<double, double>> bounds = {};
  /// Called with x after every iteration.
  std::function<void(const Tensor& x)> callback = {};
};

/// The point at which minimize ended, and why.
struct MinimizeResult {
  Tensor x;                           ///< of x0's shape and dtype
  double fun = 0;                     ///< f(x)
  Tensor grad;                        ///< ∇f(x), of x0's shape and dtype
  std::int64_t iterations = 0;        ///< steps of the method
  std::int64_t evaluations = 0;       ///< of f, each with its gradient
  std::int64_t hessian_products = 0;  ///< of newton_cg; newton: n an iteration
  bool success = false;               ///< whether MinimizeOptions::tol was reached
  std::string message;                ///< why it ended
  std::vector<Tensor> path;           ///< x0 and x after every iteration
};
/// Prints why it ended, x, f(x) and the counts.
std::ostream& operator<<(std::ostream& out, const MinimizeResult& result);

/// Finds a local minimum of f: Tensor → scalar Tensor from x0, of any shape. Gradients and Hessian
/// products are autograd's. f is called with gradients recorded and x of x0's dtype; everything
/// else is in float64. With a float32 x0 the gradient may not get as small as the default tol; the
/// result then says so.
///
/// Every method searches along directions d for a step α with the strong Wolfe conditions
///
///     f(x + α d) <= f(x) + c₁ α ∇f(x)·d     and     |∇f(x + α d)·d| <= −c₂ ∇f(x)·d.
///
/// Newton's methods, whose full step has the right length, need only the first. The methods are
/// those of Nocedal & Wright 2006, Numerical optimization, chapters 3, 5, 6 and 7, and for l_bfgs_b
/// of Byrd, Lu, Nocedal & Zhu 1995, A limited memory algorithm for bound constrained optimization,
/// with the projection of Morales & Nocedal 2011. Names, default tolerances and limits are SciPy's,
/// and so are the numbers of evaluations, roughly.
///
/// The search ends without success after max_iter iterations or max_eval evaluations, when no step
/// lowers f (rounding, a kink, a wrong gradient), when f is −∞ at a step or falls as steeply at
/// 1e100 times a direction, or when f is not finite at x0. Other points where f or its gradient are
/// not finite are avoided. l_bfgs_b first moves x0 to the nearest point within the bounds; f is
/// never evaluated outside.
///
/// Throws ValueError for an x0 that is empty or not finite, for tol, max_iter, max_eval or bounds
/// out of range (lower > upper, NaN, their number) and for bounds that the method does not have;
/// DTypeError for integers; ShapeError unless f(x) has one element; GradError if f(x) does not
/// depend on x; and what f and the callback throw.
MinimizeResult minimize(const std::function<Tensor(const Tensor&)>& f, const Tensor& x0,
                        const MinimizeOptions& options = {});

}  // namespace xgrad::optim
