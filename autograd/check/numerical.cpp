#include "numerical.hpp"

#include <cmath>

#include "../graph/grad_mode.hpp"
#include "../support/message.hpp"
#include "../tensor/creation.hpp"

namespace xgrad {
namespace {

// Holds one element of a tensor changed while alive.
class Perturbation {
 public:
  Perturbation(Tensor x, std::size_t j, double step)
      : x_(std::move(x)), j_(j), original_(x_.data<double>()[j]) {
    x_.data<double>()[j_] = original_ + step;
  }
  // Asks for the memory again: f may have made a reshaped x, which shares it.
  ~Perturbation() { x_.data<double>()[j_] = original_; }
  Perturbation(const Perturbation&) = delete;
  Perturbation& operator=(const Perturbation&) = delete;

 private:
  Tensor x_;
  std::size_t j_;
  double original_;
};

std::vector<double> value_at(const detail::Evaluation& evaluate, const Tensor& x, std::size_t j,
                             double step) {
  const Perturbation perturbation(x, j, step);
  return evaluate();
}

void check_arguments(const char* op, const Tensor& x, const NumericalOptions& options) {
  detail::require_float64(op, "x", x);
  if (!(options.eps > 0))
    throw ValueError(message(op, ": eps is ", options.eps, "; it must be greater than 0"));
}

// What f returns, checked.
Tensor result_of(const char* op, const std::function<Tensor()>& f) {
  const NoGrad guard;
  Tensor y = f();
  detail::require_float64(op, "f(x)", y);
  return y;
}

// df/dx, of this shape, given f(x).
Tensor jacobian_of(const char* op, const std::function<Tensor()>& f, const Tensor& y,
                   const Tensor& x, const Shape& shape, const NumericalOptions& options) {
  const auto evaluate = [&] { return result_of(op, f).to_vector<double>(); };
  const std::vector<double> values = y.to_vector<double>();
  Tensor jacobian = empty(shape, {.dtype = float64});
  const std::span<double> elements = jacobian.data<double>();
  for (std::size_t j = 0; j < x.numel(); ++j) {
    const std::vector<double> column = detail::difference(op, evaluate, values, x, j, options);
    for (std::size_t i = 0; i < column.size(); ++i) elements[i * x.numel() + j] = column[i];
  }
  return jacobian;
}

}  // namespace

namespace detail {

void require_float64(const char* op, const char* what, const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError(message(op, ": ", what, " is an undefined tensor"));
  if (tensor.dtype() != float64)
    throw DTypeError(message(op, ": ", what, " of shape ", tensor.shape(), " is ",
                             name(tensor.dtype()), "; finite differences need float64: use ", what,
                             ".to(float64)"));
}

std::vector<double> difference(const char* op, const Evaluation& evaluate,
                               const std::vector<double>& values, const Tensor& x, std::size_t j,
                               const NumericalOptions& options) {
  const double eps = options.eps;
  const double original = x.data<double>()[j];
  // Without this, a step lost in rounding would pass for a derivative of 0.
  if (std::isfinite(original) && (original + eps == original || original - eps == original))
    throw ValueError(message(op, ": eps ", eps, " is lost in rounding beside element ", j, " = ",
                             original, " of x of shape ", x.shape(), "; use a greater eps"));

  const bool central = options.scheme == Scheme::central;
  const std::vector<double> upper = value_at(evaluate, x, j, eps);
  const std::vector<double> lower = central ? value_at(evaluate, x, j, -eps) : values;
  if (upper.size() != values.size() || lower.size() != values.size())
    throw ShapeError(message(op, ": f returns ", values.size(), " elements at x, but ",
                             upper.size(), " and ", lower.size(), " at x ± eps"));
  std::vector<double> derivative(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    derivative[i] = (upper[i] - lower[i]) / (central ? 2 * eps : eps);
  return derivative;
}

}  // namespace detail

Tensor numerical_gradient(const std::function<Tensor()>& f, const Tensor& x,
                          const NumericalOptions& options) {
  constexpr const char* op = "numerical_gradient";
  check_arguments(op, x, options);
  const Tensor y = result_of(op, f);
  if (y.numel() != 1)
    throw ShapeError(message(op, ": f(x) has shape ", y.shape(),
                             "; it must be a scalar (numerical_jacobian takes other shapes)"));
  return jacobian_of(op, f, y, x, x.shape(), options);
}

Tensor numerical_gradient(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                          const NumericalOptions& options) {
  return numerical_gradient([&] { return f(x); }, x, options);
}

Tensor numerical_jacobian(const std::function<Tensor()>& f, const Tensor& x,
                          const NumericalOptions& options) {
  constexpr const char* op = "numerical_jacobian";
  check_arguments(op, x, options);
  const Tensor y = result_of(op, f);
  Shape shape = y.shape();
  if (shape.size() + x.ndim() > max_ndim)
    throw ShapeError(message(op, ": the Jacobian of f(x) of shape ", shape, " by x of shape ",
                             x.shape(), " has more than ", max_ndim, " axes; reshape either"));
  for (const std::size_t extent : x.shape()) shape.push_back(extent);
  return jacobian_of(op, f, y, x, shape, options);
}

Tensor numerical_jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                          const NumericalOptions& options) {
  return numerical_jacobian([&] { return f(x); }, x, options);
}

}  // namespace xgrad
