#include "numerical.hpp"

#include <algorithm>
#include <cmath>

#include "../graph/grad_mode.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"

namespace xgrad::detail {
namespace {

// Restores elements of x. Asks for the memory again: f may have reshaped x, and the result shares
// it.
struct Restore {
  Tensor x;
  std::size_t first;
  Values original = {};
  ~Restore() { std::ranges::copy(original, x.data<double>().subspan(first).begin()); }
};

}  // namespace

Values difference(const char* op, const std::function<Values()>& evaluate, const Values& values,
                  const Tensor& x, std::size_t first, const Values& weights,
                  const NumericalOptions& options) {
  const double eps = options.eps;
  // A step that is lost in rounding would give the derivative 0.
  if (weights.size() == 1)
    if (const double v = x.data<double>()[first];
        std::isfinite(v) && (v + eps == v || v - eps == v))
      throw ValueError(str(op, ": eps ", eps, " is lost in rounding beside element ", first, " = ",
                           v, " of x of shape ", x.shape(), "; use a greater eps"));
  const auto at = [&](double step) {
    Restore restore{x, first};
    const auto elements = restore.x.data<double>().subspan(first, weights.size());
    restore.original.assign(elements.begin(), elements.end());
    for (std::size_t k = 0; k < elements.size(); ++k) elements[k] += step * weights[k];
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

Tensor numerical_derivative(const char* op, const std::function<Tensor()>& f, const Tensor& x,
                            const NumericalOptions& options, bool scalar) {
  expect_dtype(op, "x", x, float64);
  expect_positive(op, "eps", options.eps);
  const auto result = [&] {
    const NoGrad guard;
    Tensor y = f();
    expect_dtype(op, "f(x)", y, float64);
    return y;
  };
  const auto evaluate = [&] { return result().to_vector<double>(); };
  const Tensor y = result();
  if (scalar && y.numel() != 1)
    throw ShapeError(str(op, ": f(x) has shape ", y.shape(),
                         "; it must be a scalar (numerical_jacobian takes other shapes)"));
  Shape shape = scalar ? Shape() : y.shape();
  if (shape.size() + x.ndim() > max_ndim)
    throw ShapeError(str(op, ": the Jacobian of f(x) of shape ", shape, " by x of shape ",
                         x.shape(), " has more than ", max_ndim, " axes; reshape either"));
  for (const std::size_t extent : x.shape()) shape.push_back(extent);
  Tensor jacobian = make_tensor(op, shape, float64);
  const std::span<double> elements = jacobian.data<double>();
  const Values values = y.to_vector<double>();
  for (std::size_t j = 0; j < x.numel(); ++j) {
    const Values column = difference(op, evaluate, values, x, j, {1.0}, options);
    for (std::size_t i = 0; i < column.size(); ++i) elements[i * x.numel() + j] = column[i];
  }
  return jacobian;
}

}  // namespace xgrad::detail
