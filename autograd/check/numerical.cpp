#include "numerical.hpp"

#include <algorithm>
#include <cmath>

#include "../graph/grad_mode.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"

namespace xgrad {
namespace {

using detail::Direction;
using detail::Values;

// Moves a tensor along a direction while alive.
class Displacement {
 public:
  Displacement(const Tensor& x, const Direction& direction, double step)
      : x_(x), first_(direction.first) {
    const auto elements = x_.data<double>().subspan(first_, direction.weights.size());
    original_.assign(elements.begin(), elements.end());
    for (std::size_t k = 0; k < elements.size(); ++k) elements[k] += step * direction.weights[k];
  }
  // Asks for the memory again: f may have reshaped x, and the result shares it.
  ~Displacement() { std::ranges::copy(original_, x_.data<double>().subspan(first_).begin()); }
  Displacement(const Displacement&) = delete;
  Displacement& operator=(const Displacement&) = delete;

 private:
  Tensor x_;
  std::size_t first_;
  Values original_;
};

// The checked result of f, unrecorded.
Tensor result_of(const char* op, const std::function<Tensor()>& f) {
  const NoGrad guard;
  Tensor y = f();
  expect_dtype(op, "f(x)", y, float64);
  return y;
}

// df/dx; `shape_of` gives its shape for that of f(x).
template <class ShapeOf>
Tensor jacobian(const char* op, const std::function<Tensor()>& f, const Tensor& x,
                const NumericalOptions& options, const ShapeOf& shape_of) {
  expect_dtype(op, "x", x, float64);
  expect_positive(op, "eps", options.eps);
  const Tensor y = result_of(op, f);
  Tensor result = empty(shape_of(y.shape()), {.dtype = float64});
  const Values values = y.to_vector<double>();
  const auto evaluate = [&] { return result_of(op, f).to_vector<double>(); };
  const std::span<double> elements = result.data<double>();
  for (std::size_t j = 0; j < x.numel(); ++j) {
    const Values column = detail::difference(op, evaluate, values, x, {j, {1.0}}, options);
    for (std::size_t i = 0; i < column.size(); ++i) elements[i * x.numel() + j] = column[i];
  }
  return result;
}

}  // namespace

Values detail::difference(const char* op, const std::function<Values()>& evaluate,
                          const Values& values, const Tensor& x, const Direction& direction,
                          const NumericalOptions& options) {
  const double eps = options.eps;
  // A step that is lost in rounding would give the derivative 0.
  if (direction.weights.size() == 1)
    if (const double v = x.data<double>()[direction.first];
        std::isfinite(v) && (v + eps == v || v - eps == v))
      throw ValueError(str(op, ": eps ", eps, " is lost in rounding beside element ",
                           direction.first, " = ", v, " of x of shape ", x.shape(),
                           "; use a greater eps"));
  const auto at = [&](double step) {
    const Displacement displacement(x, direction, step);
    return evaluate();
  };
  const bool central = options.scheme == Scheme::central;
  Values derivative = at(eps);
  const Values lower = central ? at(-eps) : values;
  if (derivative.size() != values.size() || lower.size() != values.size())
    throw ShapeError(str(op, ": f returns ", values.size(), " elements at x, but ",
                         derivative.size(), " and ", lower.size(), " at x ± eps"));
  for (std::size_t i = 0; i < values.size(); ++i)
    derivative[i] = (derivative[i] - lower[i]) / (central ? 2 * eps : eps);
  return derivative;
}

Tensor numerical_gradient(const std::function<Tensor()>& f, const Tensor& x,
                          const NumericalOptions& options) {
  constexpr const char* op = "numerical_gradient";
  return jacobian(op, f, x, options, [&](const Shape& y) {
    if (y.numel() != 1)
      throw ShapeError(str(op, ": f(x) has shape ", y,
                           "; it must be a scalar (numerical_jacobian takes other shapes)"));
    return x.shape();
  });
}

Tensor numerical_jacobian(const std::function<Tensor()>& f, const Tensor& x,
                          const NumericalOptions& options) {
  constexpr const char* op = "numerical_jacobian";
  return jacobian(op, f, x, options, [&](Shape y) {
    if (y.size() + x.ndim() > max_ndim)
      throw ShapeError(str(op, ": the Jacobian of f(x) of shape ", y, " by x of shape ", x.shape(),
                           " has more than ", max_ndim, " axes; reshape either"));
    for (const std::size_t extent : x.shape()) y.push_back(extent);
    return y;
  });
}

Tensor numerical_gradient(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                          const NumericalOptions& options) {
  return numerical_gradient([&] { return f(x); }, x, options);
}

Tensor numerical_jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                          const NumericalOptions& options) {
  return numerical_jacobian([&] { return f(x); }, x, options);
}

}  // namespace xgrad
