#include "optim/find_root.hpp"

#include <cmath>
#include <limits>
#include <ostream>

#include "autograd/functional.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/message.hpp"
#include "autograd/ops.hpp"
#include "optim/check_start.hpp"

namespace xgrad::optim {
namespace {

using Function = std::function<Tensor(const Tensor&)>;

bool all_finite(const Tensor& t) { return all(isfinite(t)).item<bool>(); }

double max_abs(const Tensor& t) { return max(abs(t)).item<double>(); }

/// f and its Jacobian, a matrix, at x.
struct Linearized {
  Tensor x, value, jacobian;
};

Linearized linearize(const Function& f, const Tensor& x) {
  Tensor value;
  const auto checked = [&](const Tensor& at) {
    const Tensor y = f(at);
    if (!y.defined()) throw ValueError("find_root: f(x) is an undefined tensor; return the value");
    if (y.shape() != x.shape())
      throw ShapeError(message("find_root: f(x) has shape ", y.shape(), " and x ", x.shape(),
                               "; expected as many functions as unknowns"));
    if (y.dtype() != x.dtype())
      throw DTypeError(message("find_root: f(x) is ", name(y.dtype()), " and x ", name(x.dtype()),
                               "; they must be equal"));
    value = y.detach();
    return y;
  };
  const std::size_t n = x.numel();
  const Tensor derivatives = reshape(jacobian(checked, x), {n, n});
  return {x, value, derivatives};
}

/// J⁻¹ f, of x's shape; undefined when J is singular.
Tensor newton_step(const Linearized& at) {
  try {
    return reshape(solve(at.jacobian, flatten(at.value)), at.x.shape());
  } catch (const ValueError&) {
    return {};
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const RootResult& result) {
  return out << (result.success ? "root: " : "no root: ") << result.message << "\n  x: " << result.x
             << "\n  fun: " << result.fun << "\n  iterations: " << result.iterations
             << "\n  evaluations: " << result.evaluations;
}

RootResult find_root(const Function& f, const Tensor& x0, const FindRootOptions& options) {
  if (!f) throw ValueError("find_root: f is empty; give a function");
  detail::check_start("find_root", x0);
  if (options.tol) detail::check_tol("find_root", *options.tol);
  detail::check_max_iter("find_root", options.max_iter);
  const double epsilon = x0.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                               : std::numeric_limits<float>::epsilon();
  const double tol = options.tol.value_or(std::sqrt(epsilon));
  RootResult result;
  const auto evaluate = [&](const Tensor& x) {
    ++result.evaluations;
    return linearize(f, x);
  };
  const NoGrad guard;
  Linearized at = evaluate(x0.detach().clone());
  result.path.push_back(at.x);

  while (result.message.empty()) {
    if (!all_finite(at.value)) {
      result.message = "f is not finite";
      break;
    }
    if (max_abs(at.value) == 0) {
      result.success = true;
      result.message = "f is 0";
      break;
    }
    if (result.iterations >= options.max_iter) {
      result.message = message("max_iter = ", options.max_iter, " steps did not converge");
      break;
    }
    Tensor step = newton_step(at);
    if (!step.defined() || !all_finite(step)) {
      result.message = at.x.numel() == 1 ? "the derivative is 0" : "the Jacobian is singular";
      break;
    }
    Linearized next = evaluate(at.x - step);
    bool full = true;
    for (int halvings = 0; halvings < 50 && !all_finite(next.value); ++halvings) {
      full = false;
      step = step * 0.5;
      next = evaluate(at.x - step);
    }
    at = std::move(next);
    ++result.iterations;
    result.path.push_back(at.x);
    if (full && max_abs(step) <= tol * std::max(1.0, max_abs(at.x))) {
      result.success = all_finite(at.value);
      result.message = message("the last step is at most ", tol, " of x");
    }
  }
  result.x = at.x;
  result.fun = at.value;
  return result;
}

}  // namespace xgrad::optim
