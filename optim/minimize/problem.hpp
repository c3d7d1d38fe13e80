#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "../../autograd/tensor/tensor.hpp"
#include "../vector.hpp"

/// @file
/// f as a function of vectors of float64, in which the methods of minimize compute.

namespace xgrad::optim::detail {

/// f and its gradient at x, both times Problem::scale().
struct Point {
  Tensor x;
  double f;
  Tensor g;
  /// For Hessian products: x and g, recorded. Undefined unless they were asked for.
  Tensor variable, gradient;

  bool finite() const;
};

/// f: Tensor → Tensor as a function of vectors. Counts the evaluations.
class Problem {
 public:
  /// `second_order`: points are to have Hessian products.
  Problem(const std::function<Tensor(const Tensor&)>& f, const Tensor& x0, bool second_order)
      : f_(f), shape_(x0.shape()), dtype_(x0.dtype()), second_order_(second_order) {}

  /// At x rounded to x0's dtype, which is the x of the result.
  Point evaluate(const Tensor& x);
  /// The Hessian at p times v: the gradient of v · ∇f(p) (Pearlmutter 1994), where the graph of ∇f
  /// is used again for every v.
  Tensor hessian_product(const Point& p, const Tensor& v);
  /// A copy of x with x0's shape and dtype.
  Tensor to_tensor(const Tensor& x) const;

  /// The power of 2 by which the methods see f smaller than it is, so that products of gradients do
  /// not overflow: 1 unless the gradient at the first point is beyond 2¹⁰⁰.
  double scale() const noexcept { return scale_; }
  /// The gradient at p as it is.
  Tensor gradient(const Point& p) const;

  std::int64_t evaluations() const noexcept { return evaluations_; }
  std::int64_t hessian_products() const noexcept { return hessian_products_; }

 private:
  std::function<Tensor(const Tensor&)> f_;
  Shape shape_;
  DType dtype_;
  bool second_order_;
  double scale_ = 1;
  std::int64_t evaluations_ = 0;
  std::int64_t hessian_products_ = 0;
};

}  // namespace xgrad::optim::detail
