#include "minimize.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <ostream>

#include "../autograd/graph/engine.hpp"
#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "arguments.hpp"
#include "minimize/descent.hpp"

namespace xgrad::optim {
namespace {

using detail::max_abs;
using detail::Point;

constexpr double infinity = std::numeric_limits<double>::infinity();

bool is_finite(const Point& p) { return std::isfinite(p.f) && std::isfinite(max_abs(p.g)); }

void check_value(const Tensor& y) {
  if (!y.defined()) throw ValueError("minimize: f(x) is an undefined tensor; return the value");
  expect_floating("minimize", "f(x)", y);
  if (y.numel() != 1)
    throw ShapeError(str("minimize: f(x) has shape ", y.shape(),
                         "; it must be a scalar, as sum(f(x)) or mean(f(x))"));
}

/// A copy of t, times factor.
Tensor converted(const Tensor& t, double factor, const Shape& shape, DType dtype) {
  Tensor copy = empty(shape, {.dtype = dtype});
  visit_floating(dtype, [&]<class To>(To) {
    visit_floating(t.dtype(), [&]<class From>(From) {
      std::ranges::transform(t.data<From>(), copy.data<To>().data(),
                             [=](From x) { return static_cast<To>(factor * x); });
    });
  });
  return copy;
}
Tensor to_vector(const Tensor& t, double factor) {
  return converted(t, factor, {t.numel()}, float64);
}

struct Search {
  const std::function<Tensor(const Tensor&)>& f;
  const Tensor& x0;
  const MinimizeOptions& options;
  MinimizeResult result = {};
  /// The power of 2 by which the methods see f smaller than it is, so that products of gradients do
  /// not overflow: 1 unless the gradient at the first point is beyond 2¹⁰⁰.
  double scale = 1;

  bool bounded = !options.bounds.empty();
  Method method = options.method.value_or(bounded ? Method::l_bfgs_b : Method::bfgs);
  bool second_order = method == Method::newton_cg || method == Method::newton;
  bool limited_memory = method == Method::l_bfgs || method == Method::l_bfgs_b;
  bool many_steps = limited_memory || method == Method::gradient_descent;
  const char* measure = bounded ? "projected gradient" : "gradient";
  double tol = options.tol.value_or(1e-5);
  /// Of f in a step, relative to max(|f|, 1); negative for none.
  double min_decrease = limited_memory ? options.tol.value_or(2.2e-9) : -1;
  std::int64_t max_iter =
      options.max_iter.value_or(many_steps ? 15000 : 200 * static_cast<std::int64_t>(x0.numel()));
  std::int64_t max_eval =
      options.max_eval.value_or(many_steps ? 15000 : std::numeric_limits<std::int64_t>::max());

  Tensor to_tensor(const Tensor& x) const { return converted(x, 1, x0.shape(), x0.dtype()); }
  Tensor gradient(const Point& p) const { return scale == 1 ? p.g : p.g / scale; }

  /// At x rounded to x0's dtype, which is the x of the result.
  Point evaluate(const Tensor& x) {
    const EnableGrad guard;
    Tensor variable = to_tensor(x).requires_grad_();
    const Tensor y = f(variable);
    check_value(y);
    Tensor g;
    if (y.requires_grad())
      g = grad({y}, {variable}, {.create_graph = second_order, .allow_unused = true}).front();
    if (!g.defined())
      throw GradError(
          "minimize: f(x) does not depend on x by recorded operations; compute it from the x it is "
          "called with");
    if (result.evaluations++ == 0)
      if (const double largest = max_abs(g); largest > 0x1p100 && std::isfinite(largest))
        scale = std::ldexp(1, -std::ilogb(largest));
    Point p{to_vector(variable, 1), y.item<double>() * scale, to_vector(g, scale), {}, {}};
    if (second_order) {
      p.variable = std::move(variable);
      p.gradient = std::move(g);
    }
    return p;
  }

  /// The gradient of v · ∇f(p) (Pearlmutter 1994), where the graph of ∇f is used again for every v.
  Tensor hessian_product(const Point& p, const Tensor& v) {
    ++result.hessian_products;
    Tensor product;
    if (p.gradient.requires_grad())
      product = grad({p.gradient}, {p.variable},
                     {.grad_outputs = {to_tensor(v)}, .retain_graph = true, .allow_unused = true})
                    .front();
    return product.defined() ? to_vector(product, scale) : zeros_like(v);
  }

  /// Sets why the search ends at p, the first point or the one after `previous`, if it does.
  void check_end(const detail::Descent& descent, const Point& p, const Point* previous) {
    const double size = previous ? std::max({std::abs(previous->f), std::abs(p.f), scale}) : 0;
    if (descent.stationarity(p.x, gradient(p)) <= tol) {
      result.success = true;
      result.message = str("the ", measure, " is at most ", tol);
    } else if (previous && previous->f - p.f <= min_decrease * size) {
      result.success = true;
      result.message = str("the last step lowered f by less than ", min_decrease, " of its value");
    } else if (result.iterations >= max_iter) {
      result.message = str("max_iter = ", max_iter, " iterations did not reach the tolerance");
    } else if (result.evaluations >= max_eval) {
      result.message = str("max_eval = ", max_eval, " evaluations did not reach the tolerance");
    }
  }

  MinimizeResult run() {
    const auto [lower, upper] = detail::read_bounds("minimize", options.bounds, x0);
    const auto descent =
        method == Method::l_bfgs_b
            ? detail::l_bfgs_b(lower, upper)
            : detail::make_descent(method, std::bind_front(&Search::hessian_product, this));
    Point p = evaluate(descent->feasible(flatten(x0.detach()).to(float64)));
    std::optional<Point> before;
    result.path.push_back(to_tensor(p.x));
    if (!is_finite(p)) result.message = "f(x0) or its gradient is not finite";

    while (result.message.empty()) {
      const Point* previous = before ? &*before : nullptr;
      check_end(*descent, p, previous);
      if (!result.message.empty()) break;

      detail::Direction direction = descent->direction(p, previous);
      direction.wolfe.max_eval = max_eval - result.evaluations;
      detail::Trial found{0, detail::inner(p.g, direction.d), p};
      if (found.slope < 0)
        found = strong_wolfe(found, direction.first_step, direction.wolfe, [&](double t) {
          Tensor x = p.x.clone();
          detail::add_to(x, t, direction.d);
          Point next = evaluate(descent->feasible(x));
          const double slope = detail::inner(next.g, direction.d);
          if (next.f != -infinity && !(is_finite(next) && std::isfinite(slope))) next.f = infinity;
          return detail::Trial{t, slope, std::move(next)};
        });
      const Point& to = found.point;
      const bool endless = to.f == -infinity || found.t >= detail::WolfeOptions{}.max_step;
      if (endless) result.message = "f falls without end: it has no minimum";
      // Equal values of f come by rounding, without end, unless the gradient falls.
      if (to.f == -infinity || !(to.f < p.f || max_abs(to.g) < max_abs(p.g))) {
        if (endless) break;
        if (result.evaluations >= max_eval || descent->reset()) continue;
        result.message = str("no step lowers f: rounding, or f is not smooth; max|", measure,
                             "| is ", descent->stationarity(p.x, gradient(p)));
        break;
      }
      descent->update(p, to);
      before = std::exchange(p, to);
      ++result.iterations;
      result.path.push_back(to_tensor(p.x));
      if (options.callback) options.callback(result.path.back());
    }
    result.x = to_tensor(p.x);
    result.fun = p.f / scale;
    result.grad = to_tensor(gradient(p));
    return std::move(result);
  }
};

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
  if (options.tol) detail::check_tol("minimize", *options.tol);
  if (options.max_iter) detail::check_limit("minimize", "max_iter", *options.max_iter);
  if (options.max_eval) detail::check_limit("minimize", "max_eval", *options.max_eval);
  if (!options.bounds.empty() && options.method && *options.method != Method::l_bfgs_b)
    throw ValueError(str("minimize: ", *options.method,
                         " takes no bounds; use Method::l_bfgs_b or leave them out"));
  detail::check_start("minimize", x0);
  return Search{f, x0, options}.run();
}

}  // namespace xgrad::optim
