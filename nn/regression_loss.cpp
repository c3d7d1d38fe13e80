#include "regression_loss.hpp"

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {
namespace {

/// input - target. Errors bear the loss's name.
Tensor difference(const char* op, const Tensor& input, const Tensor& target) {
  expect_defined(op, {{"input", &input}, {"target", &target}});
  broadcast_shapes(op, input.shape(), target.shape());
  if (!is_floating(input.dtype()) && !is_floating(target.dtype()))
    throw DTypeError(message(op, ": input is ", name(input.dtype()), " and target ",
                             name(target.dtype()), "; expected float32 or float64"));
  if (is_floating(input.dtype()) && is_floating(target.dtype()))
    expect_same_dtype(op, "input", input, "target", target);
  return input - target;
}

void check_delta(double delta) { expect_positive("huber_loss", "delta", delta); }

void check_beta(double beta) { expect_not_negative("smooth_l1_loss", "beta", beta); }

/// c (d - c / 2) / unit for c = d between the bounds: Huber's function without a choice, the second
/// derivative of which is right at d = 0 too.
Tensor huber(const Tensor& d, double delta, double unit) {
  const Tensor c = clamp(d, -delta, delta);
  return (unit == 1 ? c : c / unit) * (d - 0.5 * c);
}

}  // namespace

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
  check_delta(options.delta);
  return detail::reduce(op, huber(difference(op, input, target), options.delta, 1),
                        options.reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossOptions& options) {
  const char* const op = "smooth_l1_loss";
  check_beta(options.beta);
  const Tensor d = difference(op, input, target);
  return detail::reduce(op, options.beta > 0 ? huber(d, options.beta, options.beta) : abs(d),
                        options.reduction);
}

Tensor MSELoss::forward(const Tensor& input, const Tensor& target) {
  return mse_loss(input, target, options_);
}

Tensor L1Loss::forward(const Tensor& input, const Tensor& target) {
  return l1_loss(input, target, options_);
}

HuberLoss::HuberLoss(const HuberLossOptions& options) : options_(options) {
  check_delta(options.delta);
}

Tensor HuberLoss::forward(const Tensor& input, const Tensor& target) {
  return huber_loss(input, target, options_);
}

std::string HuberLoss::extra_repr() const { return message("delta=", options_.delta); }

SmoothL1Loss::SmoothL1Loss(const SmoothL1LossOptions& options) : options_(options) {
  check_beta(options.beta);
}

Tensor SmoothL1Loss::forward(const Tensor& input, const Tensor& target) {
  return smooth_l1_loss(input, target, options_);
}

std::string SmoothL1Loss::extra_repr() const { return message("beta=", options_.beta); }

}  // namespace xgrad::nn
