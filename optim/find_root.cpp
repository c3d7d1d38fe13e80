#include "find_root.hpp"

#include <cmath>
#include <limits>
#include <ostream>
#include <utility>

#include "../autograd/graph/functional.hpp"
#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"
#include "arguments.hpp"

namespace xgrad::optim {
namespace {

using Function = std::function<Tensor(const Tensor&)>;

bool all_finite(const Tensor& t) { return all(isfinite(t)).item<bool>(); }

/// Whether |a| <= b, element by element.
bool within(const Tensor& a, const Tensor& b) { return all(abs(a) <= b).item<bool>(); }

/// f, as a vector, and its Jacobian, a matrix, at x.
struct Linearized {
  Tensor x, value, jacobian;

  bool finite() const { return all_finite(x) && all_finite(value) && all_finite(jacobian); }
};

Linearized linearize(const Function& f, const Tensor& x) {
  Tensor value;
  const auto checked = [&](const Tensor& at) {
    const Tensor y = f(at);
    if (!y.defined()) throw ValueError("find_root: f(x) is an undefined tensor; return the value");
    if (y.shape() != x.shape())
      throw ShapeError(str("find_root: f(x) has shape ", y.shape(), " and x ", x.shape(),
                           "; expected as many functions as unknowns"));
    expect_same_dtype("find_root", "f(x)", y, "x", x);
    value = y.detach();
    return y;
  };
  const std::size_t n = x.numel();
  const Tensor derivatives = reshape(jacobian(checked, x), {n, n});
  return {x, flatten(value), derivatives};
}

/// J⁻¹ f; undefined when J is singular.
Tensor newton_step(const Linearized& at) {
  // With rows of one size the pivots, too, do not depend on the functions' scales.
  const Tensor size = max(abs(at.jacobian), {1}, true);
  try {
    const Tensor step = solve(at.jacobian / size, at.value / flatten(size));
    return all_finite(step) ? step : Tensor();
  } catch (const ValueError&) {
    return {};
  }
}

/// The tests of convergence that find_root.hpp describes.
class Convergence {
 public:
  Convergence(DType dtype, std::optional<double> tol)
      : epsilon_(dtype == float64 ? std::numeric_limits<double>::epsilon()
                                  : std::numeric_limits<float>::epsilon()),
        tol_(tol.value_or(2 * epsilon_)) {}

  /// Why `at` is a root; "" if it is not known to be one. `step` led to it in full from `before`.
  std::string reason(const Linearized& at, const std::optional<Linearized>& before,
                     const Tensor& step) {
    const Tensor x = flatten(at.x);
    x_scale_ = x_scale_.defined() ? maximum(x_scale_, abs(x)) : abs(x);
    f_scale_ = f_scale_.defined() ? maximum(f_scale_, abs(at.value)) : abs(at.value);
    if (max(abs(at.value)).item<double>() == 0) return "f is 0";
    if (within(at.value, matmul(abs(at.jacobian), tol_ * abs(x))))
      return str("a change of x by ", tol_, " of itself makes f 0");
    if (!before || !within(step, std::sqrt(epsilon_) * x_scale_)) return "";
    // Float32's ε² would be too much.
    constexpr double tiny = std::numeric_limits<double>::epsilon();
    const bool shrinks = last_step_.defined() && within(step, 0.95 * abs(last_step_));
    last_step_ = step;
    if (shrinks && within(at.value, f_scale_ * (tiny * tiny)))
      return "f is 0 beside its values on the way";
    const Tensor unit = where(f_scale_ == 0, 1, f_scale_);
    const auto size = [&](const Tensor& f) { return max(abs(f) / unit).item<double>(); };
    const Tensor error =
        before->value - at.value - matmul(before->jacobian + at.jacobian, step) * 0.5;
    const double now = size(at.value);
    const bool rounding = now <= 1.5 * size(error) && now <= size(before->value);
    return rounding ? "f is 0 within its rounding errors" : "";
  }

 private:
  double epsilon_, tol_;
  Tensor x_scale_, f_scale_;  ///< the largest |x| and |f| so far
  Tensor last_step_;
};

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
  detail::check_limit("find_root", "max_iter", options.max_iter);
  RootResult result;
  const auto evaluate = [&](const Tensor& x) {
    ++result.evaluations;
    return linearize(f, x);
  };
  const NoGrad guard;
  Convergence convergence(x0.dtype(), options.tol);
  Linearized at = evaluate(x0.detach().clone());
  if (!at.finite())
    result.message = all_finite(at.value) ? "the Jacobian is not finite" : "f is not finite";
  std::optional<Linearized> before;  // the last step if it was a full one
  Tensor step;

  while (true) {
    result.path.push_back(at.x);
    if (!result.message.empty()) break;
    result.message = convergence.reason(at, before, step);
    result.success = !result.message.empty();
    if (result.success) break;
    if (result.iterations >= options.max_iter) {
      result.message = str("max_iter = ", options.max_iter, " steps did not converge");
      break;
    }
    step = newton_step(at);
    if (!step.defined()) {
      result.message = at.x.numel() == 1 ? "the derivative is 0" : "the Jacobian is singular";
      break;
    }
    const auto take = [&] { return evaluate(at.x - reshape(step, at.x.shape())); };
    Linearized next = take();
    const bool full = next.finite();
    for (int halvings = 0; halvings < 50 && !next.finite(); ++halvings) {
      step = step * 0.5;
      next = take();
    }
    if (!next.finite()) {
      result.message = "f or its Jacobian is not finite along the step from x";
      break;
    }
    before = std::exchange(at, std::move(next));
    if (!full) before.reset();
    ++result.iterations;
  }
  result.x = at.x;
  result.fun = reshape(at.value, at.x.shape());
  return result;
}

}  // namespace xgrad::optim
