#include "descent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "../../autograd/support/message.hpp"

namespace xgrad::optim::detail {
namespace {

/// Why the search ends at p, the first point or the one after `previous`; "" if it does not.
std::string reason_to_end(const Problem& problem, const Descent& method, const Limits& limits,
                          const Point& p, const Point* previous, MinimizeResult& result) {
  if (method.stationarity(p.x, problem.gradient(p)) <= limits.gradient) {
    result.success = true;
    return message("the gradient is at most ", limits.gradient);
  }
  if (previous) {
    const double scale = std::max({std::abs(previous->f), std::abs(p.f), problem.scale()});
    if (previous->f - p.f <= limits.decrease * scale) {
      result.success = true;
      return message("the last step lowered f by less than ", limits.decrease, " of its value");
    }
  }
  if (result.iterations >= limits.iterations)
    return message("max_iter = ", limits.iterations, " iterations did not reach the tolerance");
  if (problem.evaluations() >= limits.evaluations)
    return message("max_eval = ", limits.evaluations, " evaluations did not reach the tolerance");
  return "";
}

}  // namespace

double parabolic_step(const Point& p, const Vector& d, const Point* previous) {
  const double fall = previous ? previous->f - p.f : norm(p.g) / 2;
  // Some more than the 2 of the formula, so that quasi-Newton methods come to try 1.
  const double step = -2.02 * fall / dot(p.g, d);
  return step > 0 ? std::min(1.0, step) : 1;
}

std::optional<StepPair> step_pair(const Point& from, const Point& to) {
  StepPair pair{subtract(to.x, from.x), subtract(to.g, from.g)};
  const double least = std::numeric_limits<double>::epsilon() * std::abs(dot(from.g, pair.s));
  return dot(pair.s, pair.y) > least ? std::optional(std::move(pair)) : std::nullopt;
}

MinimizeResult descend(Problem& problem, Descent& method, const Vector& start, const Limits& limits,
                       const std::function<void(const Tensor&)>& callback) {
  MinimizeResult result;
  Point p = problem.evaluate(method.feasible(start));
  std::optional<Point> previous;
  result.path.push_back(problem.to_tensor(p.x));
  if (!p.finite()) result.message = "f(x0) or its gradient is not finite";

  while (result.message.empty()) {
    result.message =
        reason_to_end(problem, method, limits, p, previous ? &*previous : nullptr, result);
    if (!result.message.empty()) break;

    const Vector d = method.direction(p);
    WolfeOptions wolfe = method.wolfe(p, d);
    wolfe.max_eval = limits.evaluations - problem.evaluations();
    SearchResult search;
    if (dot(p.g, d) < 0)
      search = line_search(
          p, d, method.first_step(p, d, previous ? &*previous : nullptr), wolfe,
          [&](double step) { return problem.evaluate(method.feasible(add(p.x, step, d))); });
    // Equal values of f come by rounding, without end, unless the gradient falls.
    if (search.point && !(search.point->f < p.f) && !(max_abs(search.point->g) < max_abs(p.g)))
      search.point.reset();
    if (search.endless) result.message = "f falls without end: it has no minimum";
    if (!search.point) {
      if (search.endless) break;
      if (problem.evaluations() >= limits.evaluations || method.forget()) continue;
      result.message = message("no step lowers f: rounding, or f is not smooth; max|gradient| is ",
                               method.stationarity(p.x, problem.gradient(p)));
      break;
    }
    method.update(p, *search.point);
    previous = std::exchange(p, std::move(*search.point));
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

}  // namespace xgrad::optim::detail
