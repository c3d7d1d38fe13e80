#pragma once

#include <functional>
#include <vector>

#include "../tensor/tensor.hpp"

/// @file
/// Derivatives by finite differences, in float64. They need nothing but values of the function, and
/// so are what gradients are checked against (autograd/gradcheck.hpp).

namespace xgrad {

/// Which difference stands for the derivative.
enum class Scheme {
  central,  ///< (f(x + eps) - f(x - eps)) / 2 eps, error O(eps^2): two evaluations an element
  forward,  ///< (f(x + eps) - f(x)) / eps, error O(eps): one evaluation an element
};

/// What the numerical derivatives may be told.
struct NumericalOptions {
  /// The step. Rounding errors of f are divided by it: with 1e-6 a smooth f of values around 1 has
  /// its derivative to about 1e-10.
  double eps = 1e-6;
  Scheme scheme = Scheme::central;
};

/// df/dx for a scalar f, element by element, of x's shape. x itself is changed, one element at a
/// time, and handed to f, with recording off; each element is restored bit for bit, also when f
/// throws. So f may read its argument or the x it has captured, a parameter of a network perhaps.
/// Errors: DTypeError unless x and f(x) are float64; ShapeError unless f(x) has one element;
/// ValueError unless eps > 0 and every x ± eps differs from x.
Tensor numerical_gradient(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                          const NumericalOptions& options = {});
/// The same for an f that closes over x:
/// `numerical_gradient([&] { return loss(net(images)); }, net.hidden.weight)`.
Tensor numerical_gradient(const std::function<Tensor()>& f, const Tensor& x,
                          const NumericalOptions& options = {});

/// df/dx for an f of any shape: J[i…, j…] = df[i…]/dx[j…], of shape f(x).shape + x.shape.
/// Errors: as numerical_gradient; ShapeError when these are more than max_ndim axes.
Tensor numerical_jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                          const NumericalOptions& options = {});
Tensor numerical_jacobian(const std::function<Tensor()>& f, const Tensor& x,
                          const NumericalOptions& options = {});

namespace detail {

/// All values of all results of a function, one after the other.
using Evaluation = std::function<std::vector<double>()>;

/// The derivative of every value with respect to element j of x, given the values at x itself;
/// `op` stands in messages.
std::vector<double> difference(const char* op, const Evaluation& evaluate,
                               const std::vector<double>& values, const Tensor& x, std::size_t j,
                               const NumericalOptions& options);

/// Throws the DTypeError, naming `op` and `what`, unless the tensor is float64.
void require_float64(const char* op, const char* what, const Tensor& tensor);

}  // namespace detail
}  // namespace xgrad
