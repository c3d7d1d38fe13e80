#include "elementwise.hpp"

#include "../op/apply.hpp"
#include "arithmetic.hpp"
#include "formulas.hpp"
#include "logic.hpp"

namespace xgrad {

#define XGRAD_APPLY(name) \
  Tensor name(const Tensor& x) { return apply(formula::name##_op, x); }
XGRAD_UNARY_OPERATIONS(XGRAD_APPLY)
#undef XGRAD_APPLY

Tensor leaky_relu(const Tensor& x, Scalar slope) {
  return apply(formula::leaky_relu_op, x, TensorOrScalar(slope));
}
Tensor elu(const Tensor& x, Scalar alpha) {
  return apply(formula::elu_op, x, TensorOrScalar(alpha));
}

namespace formula {

Tensor normal_cdf(const Tensor& x) { return apply(normal_cdf_formula, x); }
Tensor pow_by_base(const Tensor& x, const Tensor& y) { return apply(pow_by_base_formula, x, y); }
Tensor pow_by_exponent(const Tensor& x, const Tensor& y, const Tensor&) {
  return apply(pow_by_exponent_formula, x, y);
}

}  // namespace formula

namespace detail {

Tensor weigh(const Tensor& x, const Tensor& w) { return apply(formula::weigh_formula, x, w); }

}  // namespace detail

}  // namespace xgrad
