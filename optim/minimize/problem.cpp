#include "problem.hpp"

#include <algorithm>
#include <cmath>

#include "../../autograd/graph/engine.hpp"
#include "../../autograd/graph/grad_mode.hpp"
#include "../../autograd/ops/arithmetic.hpp"
#include "../../autograd/support/str.hpp"
#include "../../autograd/tensor/creation.hpp"
#include "../../autograd/tensor/expect.hpp"

namespace xgrad::optim::detail {
namespace {

void check_value(const Tensor& y) {
  if (!y.defined()) throw ValueError("minimize: f(x) is an undefined tensor; return the value");
  expect_floating("minimize", "f(x)", y);
  if (y.numel() != 1)
    throw ShapeError(str("minimize: f(x) has shape ", y.shape(),
                         "; it must be a scalar, as sum(f(x)) or mean(f(x))"));
}

/// A copy of t, times factor.
Tensor converted(const Tensor& t, double factor, const Shape& shape, DType dtype) {
  Tensor copy = empty(shape, {.dtype = dtype});
  visit_floating(dtype, [&]<class To>(To) {
    visit_floating(t.dtype(), [&]<class From>(From) {
      std::ranges::transform(t.data<From>(), copy.data<To>().data(),
                             [=](From x) { return static_cast<To>(factor * x); });
    });
  });
  return copy;
}

Tensor to_vector(const Tensor& t, double factor) {
  return converted(t, factor, {t.numel()}, float64);
}

}  // namespace

bool Point::finite() const { return std::isfinite(f) && std::isfinite(max_abs(g)); }

Tensor Problem::to_tensor(const Tensor& x) const { return converted(x, 1, shape_, dtype_); }

Point Problem::evaluate(const Tensor& x) {
  const EnableGrad guard;
  Tensor variable = to_tensor(x).requires_grad_();
  const Tensor y = f_(variable);
  check_value(y);
  Tensor gradient;
  if (y.requires_grad())
    gradient = grad({y}, {variable}, {.create_graph = second_order_, .allow_unused = true}).front();
  if (!gradient.defined())
    throw GradError(
        "minimize: f(x) does not depend on x by recorded operations; compute it from the x it is "
        "called with");
  if (evaluations_++ == 0)
    if (const double largest = max_abs(gradient); largest > 0x1p100 && std::isfinite(largest))
      scale_ = std::ldexp(1, -std::ilogb(largest));
  Point p{to_vector(variable, 1), y.item<double>() * scale_, to_vector(gradient, scale_), {}, {}};
  if (second_order_) {
    p.variable = std::move(variable);
    p.gradient = std::move(gradient);
  }
  return p;
}

Tensor Problem::gradient(const Point& p) const { return scale_ == 1 ? p.g : p.g / scale_; }

Tensor Problem::hessian_product(const Point& p, const Tensor& v) {
  ++hessian_products_;
  Tensor product;
  if (p.gradient.requires_grad())
    product = grad({p.gradient}, {p.variable},
                   {.grad_outputs = {to_tensor(v)}, .retain_graph = true, .allow_unused = true})
                  .front();
  return product.defined() ? to_vector(product, scale_) : zeros_like(v);
}

}  // namespace xgrad::optim::detail
