#include "problem.hpp"

#include <algorithm>
#include <cmath>

#include "../../autograd/graph/engine.hpp"
#include "../../autograd/graph/grad_mode.hpp"
#include "../../autograd/support/message.hpp"
#include "../../autograd/tensor/creation.hpp"

namespace xgrad::optim::detail {
namespace {

void check_value(const Tensor& y) {
  if (!y.defined()) throw ValueError("minimize: f(x) is an undefined tensor; return the value");
  if (!is_floating(y.dtype()))
    throw DTypeError(
        message("minimize: f(x) is ", name(y.dtype()), "; expected float32 or float64"));
  if (y.numel() != 1)
    throw ShapeError(message("minimize: f(x) has shape ", y.shape(),
                             "; it must be a scalar, as sum(f(x)) or mean(f(x))"));
}

[[noreturn]] void throw_constant() {
  throw GradError(
      "minimize: f(x) does not depend on x by recorded operations; compute it from the x it is "
      "called with");
}

void multiply(Vector& v, double factor) {
  if (factor == 1) return;
  for (double& element : v) element *= factor;
}

}  // namespace

double norm(const Vector& v) { return std::sqrt(dot(v, v)); }

Vector add(const Vector& y, double a, const Vector& x) {
  Vector sum(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) sum[i] = y[i] + a * x[i];
  return sum;
}

Vector subtract(const Vector& a, const Vector& b) { return add(a, -1, b); }

Vector negated(Vector v) {
  for (double& element : v) element = -element;
  return v;
}

bool Point::finite() const { return std::isfinite(f) && std::isfinite(max_abs(g)); }

Problem::Problem(const std::function<Tensor(const Tensor&)>& f, const Tensor& x0, bool second_order)
    : f_(f), shape_(x0.shape()), dtype_(x0.dtype()), second_order_(second_order) {}

Tensor Problem::to_tensor(const Vector& x) const { return tensor(x, shape_, {.dtype = dtype_}); }

Point Problem::evaluate(const Vector& x) {
  const EnableGrad guard;
  Tensor variable = to_tensor(x).requires_grad_();
  const Tensor y = f_(variable);
  check_value(y);
  if (!y.requires_grad()) throw_constant();
  Tensor gradient =
      grad({y}, {variable}, {.create_graph = second_order_, .allow_unused = true}).front();
  if (!gradient.defined()) throw_constant();
  Point p{variable.to_vector<double>(), y.item<double>(), gradient.to_vector<double>(), {}, {}};
  if (evaluations_++ == 0)
    if (const double greatest = max_abs(p.g); greatest > 0x1p100 && std::isfinite(greatest))
      scale_ = std::ldexp(1, -std::ilogb(greatest));
  p.f *= scale_;
  multiply(p.g, scale_);
  if (second_order_) {
    p.variable = std::move(variable);
    p.gradient = std::move(gradient);
  }
  return p;
}

Vector Problem::gradient(const Point& p) const {
  Vector g = p.g;
  multiply(g, 1 / scale_);
  return g;
}

Vector Problem::hessian_product(const Point& p, const Vector& v) {
  ++hessian_products_;
  Tensor product;
  if (p.gradient.requires_grad())
    product = grad({p.gradient}, {p.variable},
                   {.grad_outputs = {to_tensor(v)}, .retain_graph = true, .allow_unused = true})
                  .front();
  if (!product.defined()) return Vector(v.size(), 0.0);
  Vector result = product.to_vector<double>();
  multiply(result, scale_);
  return result;
}

}  // namespace xgrad::optim::detail
