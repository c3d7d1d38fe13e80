#include "minimize.hpp"

#include <limits>
#include <ostream>

#include "../autograd/support/message.hpp"
#include "check_start.hpp"
#include "minimize/descent.hpp"

namespace xgrad::optim {
namespace {

using detail::Vector;

void check_options(const MinimizeOptions& options) {
  if (options.tol) detail::check_tol("minimize", *options.tol);
  if (options.max_iter) detail::check_limit("minimize", "max_iter", *options.max_iter);
  if (options.max_eval) detail::check_limit("minimize", "max_eval", *options.max_eval);
  if (!options.bounds.empty() && options.method != Method::l_bfgs_b)
    throw ValueError(message("minimize: ", options.method,
                             " takes no bounds; use Method::l_bfgs_b or leave them out"));
}

struct Bounds {
  Vector lower, upper;
};

Bounds read_bounds(const std::vector<std::pair<double, double>>& bounds, const Tensor& x0) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::size_t n = x0.numel();
  if (bounds.size() > 1 && bounds.size() != n)
    throw ValueError(message("minimize: ", bounds.size(), " bounds for x0 of shape ", x0.shape(),
                             "; expected 1 or ", n));
  Bounds result{Vector(n, -infinity), Vector(n, infinity)};
  for (std::size_t i = 0; i < n && !bounds.empty(); ++i) {
    const auto [lower, upper] = bounds[bounds.size() == 1 ? 0 : i];
    if (!(lower <= upper) || lower == infinity || upper == -infinity)
      throw ValueError(message("minimize: the bounds of element ", i, " are (", lower, ", ", upper,
                               "); expected lower <= upper, with a number in between"));
    result.lower[i] = lower;
    result.upper[i] = upper;
  }
  return result;
}

std::unique_ptr<detail::Descent> make_descent(Method method, detail::Problem& problem,
                                              std::size_t n, Bounds bounds) {
  switch (method) {
    case Method::gradient_descent: return detail::gradient_descent();
    case Method::cg: return detail::conjugate_gradient();
    case Method::bfgs: return detail::bfgs(n);
    case Method::l_bfgs: return detail::l_bfgs();
    case Method::l_bfgs_b:
      return detail::l_bfgs_b(std::move(bounds.lower), std::move(bounds.upper));
    case Method::newton_cg: return detail::newton_cg(problem);
    case Method::newton: break;
  }
  return detail::newton(problem);
}

detail::Limits limits(const MinimizeOptions& options, std::size_t n) {
  const bool limited = options.method == Method::l_bfgs || options.method == Method::l_bfgs_b;
  const bool many = limited || options.method == Method::gradient_descent;
  return {
      .gradient = options.tol.value_or(1e-5),
      .decrease = limited ? options.tol.value_or(2.2e-9) : -1,
      .iterations = options.max_iter.value_or(many ? 15000 : 200 * static_cast<std::int64_t>(n)),
      .evaluations =
          options.max_eval.value_or(many ? 15000 : std::numeric_limits<std::int64_t>::max())};
}

}  // namespace

const char* name(Method method) noexcept {
  switch (method) {
    case Method::gradient_descent: return "gradient_descent";
    case Method::cg: return "cg";
    case Method::bfgs: return "bfgs";
    case Method::l_bfgs: return "l_bfgs";
    case Method::l_bfgs_b: return "l_bfgs_b";
    case Method::newton_cg: return "newton_cg";
    case Method::newton: break;
  }
  return "newton";
}

std::ostream& operator<<(std::ostream& out, Method method) { return out << name(method); }

std::ostream& operator<<(std::ostream& out, const MinimizeResult& result) {
  out << (result.success ? "minimum: " : "no minimum: ") << result.message << "\n  x: " << result.x
      << "\n  fun: " << result.fun << "\n  grad: " << result.grad
      << "\n  iterations: " << result.iterations << "\n  evaluations: " << result.evaluations;
  if (result.hessian_products > 0) out << "\n  hessian_products: " << result.hessian_products;
  return out;
}

MinimizeResult minimize(const std::function<Tensor(const Tensor&)>& f, const Tensor& x0,
                        const MinimizeOptions& options) {
  if (!f) throw ValueError("minimize: f is empty; give a function");
  check_options(options);
  detail::check_start("minimize", x0);
  Bounds bounds = read_bounds(options.bounds, x0);
  const bool second_order = options.method == Method::newton_cg || options.method == Method::newton;
  detail::Problem problem(f, x0, second_order);
  const auto method = make_descent(options.method, problem, x0.numel(), std::move(bounds));
  return detail::descend(problem, *method, x0.to_vector<double>(), limits(options, x0.numel()),
                         options.callback);
}

}  // namespace xgrad::optim
