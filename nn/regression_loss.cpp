#include "regression_loss.hpp"

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {
namespace {

/// input - target; what it throws begins with the loss's name.
Tensor difference(const char* op, const Tensor& input, const Tensor& target) {
  expect_defined(op, {{"input", &input}, {"target", &target}});
  broadcast_shapes(op, input.shape(), target.shape());
  if (!is_floating(input.dtype()) && !is_floating(target.dtype()))
    throw DTypeError(str(op, ": input is ", input.dtype(), " and target ", target.dtype(),
                         "; expected float32 or float64"));
  if (is_floating(input.dtype()) && is_floating(target.dtype()))
    expect_same_dtype(op, "input", input, "target", target);
  return input - target;
}

/// c (d - c / 2) / unit for c = d between the bounds: Huber's function without a choice, the second
/// derivative of which is right at d = 0 too.
Tensor huber(const Tensor& d, double delta, double unit) {
  const Tensor c = clamp(d, -delta, delta);
  return (unit == 1 ? c : c / unit) * (d - 0.5 * c);
}

}  // namespace

void HuberLossOptions::check() const { expect_positive("huber_loss", "delta", delta); }

std::string HuberLoss::extra_repr() const { return str("delta=", delta); }

std::string SmoothL1Loss::extra_repr() const { return str("beta=", beta); }

void SmoothL1LossOptions::check() const { expect_not_negative("smooth_l1_loss", "beta", beta); }

Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossOptions& options) {
  const char* const op = "mse_loss";
  return detail::reduce(op, square(difference(op, input, target)), options.reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossOptions& options) {
  const char* const op = "l1_loss";
  return detail::reduce(op, abs(difference(op, input, target)), options.reduction);
}

Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& options) {
  const char* const op = "huber_loss";
  options.check();
  return detail::reduce(op, huber(difference(op, input, target), options.delta, 1),
                        options.reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossOptions& options) {
  const char* const op = "smooth_l1_loss";
  options.check();
  const Tensor d = difference(op, input, target);
  return detail::reduce(op, options.beta > 0 ? huber(d, options.beta, options.beta) : abs(d),
                        options.reduction);
}

}  // namespace xgrad::nn
