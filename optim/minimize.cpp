#include "minimize.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <utility>

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "arguments.hpp"
#include "minimize/descent.hpp"

namespace xgrad::optim {
namespace {

using detail::Descent;
using detail::Point;
using detail::Problem;

// ---- options

void check_options(const MinimizeOptions& options) {
  if (options.tol) detail::check_tol("minimize", *options.tol);
  if (options.max_iter) detail::check_limit("minimize", "max_iter", *options.max_iter);
  if (options.max_eval) detail::check_limit("minimize", "max_eval", *options.max_eval);
  if (!options.bounds.empty() && options.method != Method::l_bfgs_b)
    throw ValueError(str("minimize: ", options.method,
                         " takes no bounds; use Method::l_bfgs_b or leave them out"));
}

/// The lower and the upper bounds of x0's elements.
std::pair<Tensor, Tensor> read_bounds(const std::vector<std::pair<double, double>>& bounds,
                                      const Tensor& x0) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::size_t n = x0.numel();
  if (bounds.size() > 1 && bounds.size() != n)
    throw ValueError(str("minimize: ", bounds.size(), " bounds for x0 of shape ", x0.shape(),
                         "; expected 1 or ", n));
  std::vector<double> lower(n, -infinity), upper(n, infinity);
  for (std::size_t i = 0; i < n && !bounds.empty(); ++i) {
    std::tie(lower[i], upper[i]) = bounds[bounds.size() == 1 ? 0 : i];
    if (!(lower[i] <= upper[i]) || lower[i] == infinity || upper[i] == -infinity)
      throw ValueError(str("minimize: the bounds of element ", i, " are (", lower[i], ", ",
                           upper[i], "); expected lower <= upper, with a number in between"));
  }
  return {tensor(lower, {n}), tensor(upper, {n})};
}

std::unique_ptr<Descent> make_descent(Problem& problem, const Tensor& x0,
                                      const MinimizeOptions& options) {
  auto [lower, upper] = read_bounds(options.bounds, x0);
  switch (options.method) {
    case Method::gradient_descent: return detail::gradient_descent();
    case Method::cg: return detail::conjugate_gradient();
    case Method::bfgs: return detail::bfgs();
    case Method::l_bfgs: return detail::l_bfgs();
    case Method::l_bfgs_b: return detail::l_bfgs_b(lower, upper);
    case Method::newton_cg: return detail::newton_cg(problem);
    case Method::newton: break;
  }
  return detail::newton(problem);
}

/// When to end.
struct Limits {
  double gradient;  ///< stationarity
  double decrease;  ///< of f in a step, relative to max(|f|, 1); negative for none
  std::int64_t iterations;
  std::int64_t evaluations;

  Limits(const MinimizeOptions& options, std::size_t n) {
    const bool limited = options.method == Method::l_bfgs || options.method == Method::l_bfgs_b;
    const bool many = limited || options.method == Method::gradient_descent;
    gradient = options.tol.value_or(1e-5);
    decrease = limited ? options.tol.value_or(2.2e-9) : -1;
    iterations = options.max_iter.value_or(many ? 15000 : 200 * static_cast<std::int64_t>(n));
    evaluations =
        options.max_eval.value_or(many ? 15000 : std::numeric_limits<std::int64_t>::max());
  }
};

// ---- the search

/// Sets why the search ends at p, the first point or the one after `previous`, if it does.
void check_end(const Problem& problem, const Descent& method, const Limits& limits, const Point& p,
               const Point* previous, MinimizeResult& result) {
  const double scale =
      previous ? std::max({std::abs(previous->f), std::abs(p.f), problem.scale()}) : 0;
  if (method.stationarity(p.x, problem.gradient(p)) <= limits.gradient) {
    result.success = true;
    result.message = str("the gradient is at most ", limits.gradient);
  } else if (previous && previous->f - p.f <= limits.decrease * scale) {
    result.success = true;
    result.message = str("the last step lowered f by less than ", limits.decrease, " of its value");
  } else if (result.iterations >= limits.iterations) {
    result.message =
        str("max_iter = ", limits.iterations, " iterations did not reach the tolerance");
  } else if (problem.evaluations() >= limits.evaluations) {
    result.message =
        str("max_eval = ", limits.evaluations, " evaluations did not reach the tolerance");
  }
}

MinimizeResult descend(Problem& problem, Descent& method, const Tensor& start, const Limits& limits,
                       const std::function<void(const Tensor&)>& callback) {
  MinimizeResult result;
  Point p = problem.evaluate(method.feasible(start));
  std::optional<Point> before;
  result.path.push_back(problem.to_tensor(p.x));
  if (!p.finite()) result.message = "f(x0) or its gradient is not finite";

  while (result.message.empty()) {
    const Point* previous = before ? &*before : nullptr;
    check_end(problem, method, limits, p, previous, result);
    if (!result.message.empty()) break;

    detail::Direction direction = method.direction(p, previous);
    direction.wolfe.max_eval = limits.evaluations - problem.evaluations();
    const detail::SearchResult search = detail::line_search(p, direction, [&](double step) {
      Tensor x = p.x.clone();
      detail::add_to(x, step, direction.d);
      return problem.evaluate(method.feasible(x));
    });
    if (search.endless) result.message = "f falls without end: it has no minimum";
    // Equal values of f come by rounding, without end, unless the gradient falls.
    const bool lower = search.point && (search.point->f < p.f ||
                                        detail::max_abs(search.point->g) < detail::max_abs(p.g));
    if (!lower) {
      if (search.endless) break;
      if (problem.evaluations() >= limits.evaluations || method.reset()) continue;
      result.message = str("no step lowers f: rounding, or f is not smooth; max|gradient| is ",
                           method.stationarity(p.x, problem.gradient(p)));
      break;
    }
    method.update(p, *search.point);
    before = std::exchange(p, *search.point);
    ++result.iterations;
    result.path.push_back(problem.to_tensor(p.x));
    if (callback) callback(result.path.back());
  }

  result.x = problem.to_tensor(p.x);
  result.fun = p.f / problem.scale();
  result.grad = problem.to_tensor(problem.gradient(p));
  result.evaluations = problem.evaluations();
  result.hessian_products = problem.hessian_products();
  return result;
}

}  // namespace

const char* name(Method method) noexcept {
  constexpr const char* names[] = {"gradient_descent", "cg",        "bfgs",  "l_bfgs",
                                   "l_bfgs_b",         "newton_cg", "newton"};
  return names[static_cast<std::size_t>(method)];
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
  const bool second_order = options.method == Method::newton_cg || options.method == Method::newton;
  Problem problem(f, x0, second_order);
  const auto method = make_descent(problem, x0, options);
  const Tensor start = flatten(x0.detach()).to(float64);
  return descend(problem, *method, start, Limits(options, x0.numel()), options.callback);
}

}  // namespace xgrad::optim
