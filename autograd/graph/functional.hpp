#pragma once

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor_function.hpp"

/// @file
/// Derivatives of functions of tensors: products with the Jacobian J from either side, the Jacobian
/// and the Hessian themselves.
///
/// All of them evaluate f once, at stand-ins for the inputs, with recording on: the inputs need not
/// require gradients, and no grad() is touched. f is differentiated by its arguments; other tensors
/// that it uses are constants, also where one of them is an input as well.
///
/// What they return is recorded as the results of operations are: it can be differentiated further
/// for all that requires a gradient, be it given or only used by f. So they nest, in each other and
/// in grad(), to any order. Under NoGrad nothing of it is recorded.
///
/// An input that the results do not depend on has derivatives of 0. Where f itself calls grad(),
/// this must be with create_graph, or its result is a constant too.

namespace xgrad {

/// What vjp and jvp return; T is Tensor or std::vector<Tensor>.
template <class T>
struct Products {
  T outputs;   ///< f(inputs)
  T products;  ///< vjp: of the inputs' shapes; jvp: of the outputs' shapes
};

namespace detail {

Products<std::vector<Tensor>> vjp(const TensorFunction& f, const std::vector<Tensor>& inputs,
                                  const std::vector<Tensor>& cotangents);
Products<std::vector<Tensor>> jvp(const TensorFunction& f, const std::vector<Tensor>& inputs,
                                  const std::vector<Tensor>& tangents);

// Input, deduced from the other arguments, is asked first: with the wrong one, a generic f may not
// even compile.
template <class F, class Input>
concept FunctionOfTensor =
    std::same_as<Input, Tensor> && std::is_invocable_r_v<Tensor, F&, const Tensor&>;
template <class F, class Inputs>
concept FunctionOfTensors =
    std::same_as<Inputs, std::vector<Tensor>> && std::invocable<F&, const Inputs&>;

template <class F>
TensorFunction of_one(const char* op, F& f) {
  expect_function(op, f);
  return [&f](const std::vector<Tensor>& inputs) { return as_list(Tensor(f(inputs.front()))); };
}
template <class F>
TensorFunction of_many(const char* op, F& f) {
  expect_function(op, f);
  return [&f](const std::vector<Tensor>& inputs) { return as_list(f(inputs)); };
}

}  // namespace detail

/// f(inputs) and the vector-Jacobian products J^T c: for each input i, the sum over outputs j of
/// cotangent_j · d(output_j)/d(input_i), by the reverse mode. One reverse sweep, whatever the
/// number of inputs. f takes a vector<Tensor> and returns one, or a Tensor. Throws ValueError
/// if f is empty, if a tensor is undefined or there is not one cotangent for each output;
/// ShapeError or DTypeError unless each has its output's shape and dtype; DTypeError if an input
/// has integers; what f throws.
template <class F, class List = std::vector<Tensor>>
  requires detail::FunctionOfTensors<F, List>
Products<List> vjp(F&& f, const List& inputs, const List& cotangents) {
  return detail::vjp(detail::of_many("vjp", f), inputs, cotangents);
}
/// The same for a function of one tensor: `auto [y, product] = vjp(f, x, c);`.
template <class F, class T = Tensor>
  requires detail::FunctionOfTensor<F, T>
Products<T> vjp(F&& f, const T& input, const T& cotangent) {
  auto [outputs, products] = detail::vjp(detail::of_one("vjp", f), {input}, {cotangent});
  return {std::move(outputs.front()), std::move(products.front())};
}

/// f(inputs) and the Jacobian-vector products J t: for each output j, the sum over inputs i of
/// d(output_j)/d(input_i) · tangent_i, the derivative of f along the tangents, by the forward mode
/// over the formulas of the reverse mode. One forward sweep, whatever the number of outputs.
/// Throws as vjp, for one tangent for each input; GradError if f calls a grad() that releases
/// the graph of f's outputs.
template <class F, class List = std::vector<Tensor>>
  requires detail::FunctionOfTensors<F, List>
Products<List> jvp(F&& f, const List& inputs, const List& tangents) {
  return detail::jvp(detail::of_many("jvp", f), inputs, tangents);
}
/// The same for a function of one tensor.
template <class F, class T = Tensor>
  requires detail::FunctionOfTensor<F, T>
Products<T> jvp(F&& f, const T& input, const T& tangent) {
  auto [outputs, products] = detail::jvp(detail::of_one("jvp", f), {input}, {tangent});
  return {std::move(outputs.front()), std::move(products.front())};
}

/// The Jacobian J[i…, j…] = df[i…]/dx[j…], of shape f(x).shape + x.shape and x's dtype: by rows, a
/// reverse sweep for each element of f(x), or by columns, a forward sweep for each element of x,
/// whichever are fewer. f is evaluated once.
/// Throws ValueError if f is empty or a tensor undefined; DTypeError unless x and f(x) are floats;
/// ShapeError if the result would have more than max_ndim axes; what f throws.
Tensor jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& x);

/// The Hessian H[i…, j…] = d²f/dx[i…]dx[j…] of a scalar f, of shape x.shape + x.shape: the Jacobian
/// of its gradient. Throws as jacobian; ShapeError unless f(x) has one element.
Tensor hessian(const std::function<Tensor(const Tensor&)>& f, const Tensor& x);

/// The product H v of the Hessian of a scalar f with a tensor of x's shape, without the Hessian:
/// the reverse mode over the gradient, as H is symmetric (Pearlmutter 1994). Takes about as long as
/// two gradients. Throws as hessian; ShapeError or DTypeError unless v has x's shape and dtype.
Tensor hvp(const std::function<Tensor(const Tensor&)>& f, const Tensor& x, const Tensor& v);

}  // namespace xgrad
