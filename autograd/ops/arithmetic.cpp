#include "arithmetic.hpp"

#include <array>
#include <cmath>

#include "../op/operation.hpp"
#include "../support/message.hpp"
#include "elementwise.hpp"
#include "formulas.hpp"
#include "logic.hpp"

namespace xgrad {
namespace {

constexpr auto where_op = operation(
    "where",
    [](const Inputs& in, const NoAttributes&) {
      const Tensor &mask = in[0], &a = in[1], &b = in[2];
      const Tensor* const all[] = {&mask, &a, &b};
      Tensor out = empty(detail::broadcast_all("where", all, 3), {.dtype = a.dtype()});
      const kernels::BroadcastPlan<3> plan(out.shape(), {&mask.shape(), &a.shape(), &b.shape()});
      visit_dtype(a.dtype(), [&]<class T>(T) {
        kernels::map_mixed([](std::uint8_t m, T x, T y) { return m ? x : y; },
                           detail::values<T>(out), plan, detail::values<std::uint8_t>(mask),
                           detail::values<T>(a), detail::values<T>(b));
      });
      return out;
    },
    gradient(reads::nothing, [](const Tensor&, const auto&) { return Tensor(); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return where(c.input(0), g, 0); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return where(c.input(0), 0, g); }));

}  // namespace

Tensor add(const TensorOrScalar& a, const TensorOrScalar& b) {
  return apply(formula::add_op, a, b);
}
Tensor sub(const TensorOrScalar& a, const TensorOrScalar& b) {
  return apply(formula::sub_op, a, b);
}
Tensor mul(const TensorOrScalar& a, const TensorOrScalar& b) {
  return apply(formula::mul_op, a, b);
}
Tensor div(const TensorOrScalar& a, const TensorOrScalar& b) {
  return apply(formula::div_op, a, b);
}
Tensor maximum(const TensorOrScalar& a, const TensorOrScalar& b) {
  return apply(formula::maximum_op, a, b);
}
Tensor minimum(const TensorOrScalar& a, const TensorOrScalar& b) {
  return apply(formula::minimum_op, a, b);
}
Tensor atan2(const TensorOrScalar& y, const TensorOrScalar& x) {
  return apply(formula::atan2_op, y, x);
}

Tensor pow(const TensorOrScalar& x, const TensorOrScalar& y) {
  // The exponents that formulas are full of need no power function.
  if (!y.tensor() && x.tensor() && x.tensor()->defined() && is_floating(x.tensor()->dtype())) {
    if (y.scalar().value == 2) return square(*x.tensor());
    if (y.scalar().value == 0.5) return sqrt(*x.tensor());
  }
  return apply(formula::pow_op, x, y);
}

Tensor clamp(const Tensor& x, Scalar lo, Scalar hi) {
  detail::require_defined("clamp", x);
  if (std::isnan(lo.value) || std::isnan(hi.value))
    throw ValueError(message("clamp: bounds ", detail::shown(lo), " and ", detail::shown(hi),
                             "; expected numbers"));
  return apply(formula::clamp_op, x, TensorOrScalar(lo), TensorOrScalar(hi));
}

Tensor where(const Tensor& mask, const TensorOrScalar& a, const TensorOrScalar& b) {
  detail::require_defined("where", mask);
  if (mask.dtype() != uint8)
    throw DTypeError(message("where: mask is ", name(mask.dtype()),
                             "; expected uint8, as from comparisons, joined by logical_and or "
                             "logical_or"));
  const std::array given{&a, &b};
  const Tensor* in[2];
  Tensor converted[2];
  if (!detail::are_alike(given, in))
    detail::unify("where", detail::Domain::numbers, given.data(), 2, in, converted);
  return where_op(mask, *in[0], *in[1]);
}

Tensor& detail::assign(const char* op, Tensor& a, const Tensor& result) {
  if (!detail::impl(a).is_parameter || result.requires_grad()) return a = result;
  if (result.shape() != a.shape())
    throw ShapeError(message(op, ": a parameter of shape ", a.shape(),
                             " is changed in place, but the result has shape ", result.shape(),
                             "; expected an operand that broadcasts to the parameter"));
  return a.copy_(result);
}

}  // namespace xgrad
