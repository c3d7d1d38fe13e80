#pragma once

#include <concepts>
#include <functional>
#include <vector>

#include "../graph/tensor_function.hpp"
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
  Scheme scheme = Scheme::central;  ///< which difference
};

namespace detail {

using Values = std::vector<double>;

/// The derivative of every value that `evaluate` returns in the direction that has these weights
/// for the elements of x from `first` on, given the values at x itself. Throws ValueError, naming
/// `op`, if the step of a single element is lost in rounding.
Values difference(const char* op, const std::function<Values()>& evaluate, const Values& values,
                  const Tensor& x, std::size_t first, const Values& weights,
                  const NumericalOptions& options);

/// The functions below; `scalar` says which.
Tensor numerical_derivative(const char* op, const std::function<Tensor()>& f, const Tensor& x,
                            const NumericalOptions& options, bool scalar);

template <class F>
std::function<Tensor()> evaluation(const char* op, F& f, const Tensor& x) {
  expect_function(op, f);
  if constexpr (std::invocable<F&, const Tensor&>)
    return [&] { return f(x); };
  else
    return [&] { return f(); };
}

}  // namespace detail

/// df/dx for a scalar f, element by element, of x's shape. f takes x, or nothing if it has captured
/// x: `numerical_gradient([&] { return loss(net(images)); }, net.hidden.weight)`. The elements of x
/// itself are changed one at a time while f is called, and restored bit for bit, also if f throws.
/// f is called under NoGrad: one that calls grad() with create_graph itself begins with
/// `EnableGrad guard;`, which gradcheck does for it.
/// Throws DTypeError unless x and f(x) are float64, ShapeError unless f(x) has one element, and
/// ValueError for an empty f, and unless eps > 0 and every x ± eps differs from x.
template <class F>
Tensor numerical_gradient(F&& f, const Tensor& x, const NumericalOptions& options = {}) {
  return detail::numerical_derivative(
      "numerical_gradient", detail::evaluation("numerical_gradient", f, x), x, options, true);
}

/// df/dx for an f of any shape: J[i…, j…] = df[i…]/dx[j…], of shape f(x).shape + x.shape.
/// Throws as numerical_gradient, and ShapeError if the Jacobian has more than max_ndim axes.
template <class F>
Tensor numerical_jacobian(F&& f, const Tensor& x, const NumericalOptions& options = {}) {
  return detail::numerical_derivative(
      "numerical_jacobian", detail::evaluation("numerical_jacobian", f, x), x, options, false);
}

}  // namespace xgrad
