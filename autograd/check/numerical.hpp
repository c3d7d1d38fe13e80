#pragma once

#include <functional>
#include <vector>

#include "../tensor/tensor.hpp"

/// @file
/// Derivatives by finite differences, in float64. They need nothing but values of the function, so
/// that gradients are checked against them (autograd/gradcheck.hpp).

namespace xgrad {

/// The difference that approximates the derivative.
enum class Scheme {
  central,  ///< (f(x + eps) - f(x - eps)) / 2 eps, error O(eps^2): two evaluations an element
  forward,  ///< (f(x + eps) - f(x)) / eps, error O(eps): one evaluation an element
};

/// Options of the numerical derivatives.
struct NumericalOptions {
  /// The step. Rounding errors of f are divided by it: with 1e-6 the derivative of a smooth f with
  /// values around 1 is exact to about 1e-10.
  double eps = 1e-6;
  Scheme scheme = Scheme::central;
};

/// df/dx for a scalar f, element by element, of x's shape. The elements of x itself are changed one
/// at a time while f is called, with recording off, and restored bit for bit, also if f throws. So
/// f may read its argument or the x it has captured, such as a parameter of a network.
/// Throws DTypeError unless x and f(x) are float64, ShapeError unless f(x) has one element, and
/// ValueError unless eps > 0 and every x ± eps differs from x.
Tensor numerical_gradient(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                          const NumericalOptions& options = {});
/// The same for an f that has captured x:
/// `numerical_gradient([&] { return loss(net(images)); }, net.hidden.weight)`.
Tensor numerical_gradient(const std::function<Tensor()>& f, const Tensor& x,
                          const NumericalOptions& options = {});

/// df/dx for an f of any shape: J[i…, j…] = df[i…]/dx[j…], of shape f(x).shape + x.shape.
/// Throws as numerical_gradient, and ShapeError if the Jacobian has more than max_ndim axes.
Tensor numerical_jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                          const NumericalOptions& options = {});
Tensor numerical_jacobian(const std::function<Tensor()>& f, const Tensor& x,
                          const NumericalOptions& options = {});

namespace detail {

using Values = std::vector<double>;

/// A direction in which a tensor is changed: weights of its elements from `first` on.
struct Direction {
  std::size_t first;
  Values weights;
};

/// The derivative of every value that `evaluate` returns along a direction of x, given the values
/// at x itself. Throws ValueError, naming `op`, if the step of a single element is lost in
/// rounding.
Values difference(const char* op, const std::function<Values()>& evaluate, const Values& values,
                  const Tensor& x, const Direction& direction, const NumericalOptions& options);

}  // namespace detail
}  // namespace xgrad
