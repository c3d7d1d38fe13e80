#include "elementwise.hpp"

#include "../op/apply.hpp"
#include "arithmetic.hpp"
#include "formulas.hpp"
#include "logic.hpp"

namespace xgrad {

Tensor neg(const Tensor& x) { return apply(formula::neg_op, x); }
Tensor abs(const Tensor& x) { return apply(formula::abs_op, x); }
Tensor sign(const Tensor& x) { return apply(formula::sign_op, x); }
Tensor square(const Tensor& x) { return apply(formula::square_op, x); }
Tensor floor(const Tensor& x) { return apply(formula::floor_op, x); }
Tensor ceil(const Tensor& x) { return apply(formula::ceil_op, x); }
Tensor round(const Tensor& x) { return apply(formula::round_op, x); }

Tensor exp(const Tensor& x) { return apply(formula::exp_op, x); }
Tensor expm1(const Tensor& x) { return apply(formula::expm1_op, x); }
Tensor log(const Tensor& x) { return apply(formula::log_op, x); }
Tensor log1p(const Tensor& x) { return apply(formula::log1p_op, x); }
Tensor sqrt(const Tensor& x) { return apply(formula::sqrt_op, x); }
Tensor rsqrt(const Tensor& x) { return apply(formula::rsqrt_op, x); }
Tensor reciprocal(const Tensor& x) { return apply(formula::reciprocal_op, x); }

Tensor sin(const Tensor& x) { return apply(formula::sin_op, x); }
Tensor cos(const Tensor& x) { return apply(formula::cos_op, x); }
Tensor tan(const Tensor& x) { return apply(formula::tan_op, x); }
Tensor asin(const Tensor& x) { return apply(formula::asin_op, x); }
Tensor acos(const Tensor& x) { return apply(formula::acos_op, x); }
Tensor atan(const Tensor& x) { return apply(formula::atan_op, x); }
Tensor sinh(const Tensor& x) { return apply(formula::sinh_op, x); }
Tensor cosh(const Tensor& x) { return apply(formula::cosh_op, x); }
Tensor tanh(const Tensor& x) { return apply(formula::tanh_op, x); }
Tensor erf(const Tensor& x) { return apply(formula::erf_op, x); }
Tensor erfinv(const Tensor& x) { return apply(formula::erfinv_op, x); }

Tensor sigmoid(const Tensor& x) { return apply(formula::sigmoid_op, x); }
Tensor relu(const Tensor& x) { return apply(formula::relu_op, x); }
Tensor gelu(const Tensor& x) { return apply(formula::gelu_op, x); }
Tensor silu(const Tensor& x) { return apply(formula::silu_op, x); }
Tensor softplus(const Tensor& x) { return apply(formula::softplus_op, x); }
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
