#include "elementwise.hpp"

#include <limits>

#include "../op/operation.hpp"
#include "../support/str.hpp"
#include "../tensor/convert.hpp"
#include "../tensor/expect.hpp"
#include "arithmetic.hpp"
#include "formulas.hpp"
#include "logic.hpp"
#include "strided.hpp"

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

Tensor polygamma(int n, const Tensor& x) {
  expect<ValueError>(n >= 0, "polygamma: order ", n, "; expected 0 (digamma) or more");
  return apply(formula::polygamma_op, x, TensorOrScalar(n));
}
Tensor nan_to_num(const Tensor& x, Scalar nan, std::optional<Scalar> posinf,
                  std::optional<Scalar> neginf) {
  detail::require_defined("nan_to_num", x);
  if (!is_floating(x.dtype())) return x;
  return visit_floating(x.dtype(), [&]<class T>(T) {
    using Limits = std::numeric_limits<T>;
    return apply(formula::nan_to_num_op, x, TensorOrScalar(nan),
                 TensorOrScalar(posinf.value_or(Limits::max())),
                 TensorOrScalar(neginf.value_or(Limits::lowest())));
  });
}

namespace formula {

Tensor polygamma(const Tensor& n, const Tensor& x) { return apply(polygamma_op, x, n); }
Tensor normal_cdf(const Tensor& x) { return apply(normal_cdf_op, x); }
Tensor pow_by_base(const Tensor& x, const Tensor& y) { return apply(pow_by_base_op, x, y); }
Tensor pow_by_exponent(const Tensor& x, const Tensor& y, const Tensor&) {
  return apply(pow_by_exponent_op, x, y);
}

}  // namespace formula

Tensor detail::weigh(const Tensor& x, const Tensor& w) { return apply(formula::weigh_op, x, w); }

// ---- conversion and copies

namespace {

constexpr auto to_op = operation<DType>(
    "to",
    [](const Inputs& in, DType dtype) {
      Tensor out = empty(in[0].shape(), {.dtype = dtype});
      kernels::convert(detail::impl(out).storage->data(), dtype,
                       detail::impl(in[0]).storage->data(), in[0].dtype(), out.numel());
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) { return g.to(c.dtype(0)); }));

constexpr auto clone_op = operation(
    "clone", [](const Inputs& in) { return detail::Strided(in[0].shape()).read(in[0]); },
    gradient(reads::nothing, [](const Tensor& g, const auto&) { return g; }));

}  // namespace

Tensor Tensor::to(DType target) const {
  expect_defined("to", "the tensor", *this);
  if (target == dtype()) return *this;
  if (is_floating(target)) return to_op(*this, target);
  NoGrad guard;  // integers carry no gradient
  return to_op(*this, target);
}

Tensor Tensor::clone() const {
  expect_defined("clone", "the tensor", *this);
  return clone_op(*this);
}

}  // namespace xgrad
