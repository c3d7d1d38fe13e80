#pragma once

#include "module.hpp"
#include "reduction.hpp"

/// @file
/// Losses of numbers: functions of the difference d = input - target, element by element. The two
/// broadcast, as in PyTorch, so look out: (N, 1) against (N) compares every pair.
/// Errors: ShapeError, DTypeError for two that do not fit each other; DTypeError unless one of them
/// holds floats.

namespace xgrad::nn {

struct MSELossOptions {
  Reduction reduction = Reduction::mean;
};

struct L1LossOptions {
  Reduction reduction = Reduction::mean;
};

struct HuberLossOptions {
  double delta = 1;  ///< |d| from which on the loss is linear
  Reduction reduction = Reduction::mean;
};

struct SmoothL1LossOptions {
  double beta = 1;  ///< |d| from which on the loss is linear
  Reduction reduction = Reduction::mean;
};

/// d^2.
Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossOptions& options = {});

/// |d|; gradient 0 at 0.
Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossOptions& options = {});

/// d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2). Errors: ValueError unless delta > 0 and
/// finite.
/// Source: Huber 1964, "Robust estimation of a location parameter".
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& options = {});

/// huber_loss with delta = beta, over beta: slope 1 beyond beta. l1_loss for beta = 0.
/// Errors: ValueError unless beta >= 0 and finite. Source: Girshick 2015, "Fast R-CNN".
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossOptions& options = {});

/// mse_loss as a module.
class MSELoss : public Module {
 public:
  explicit MSELoss(const MSELossOptions& options = {}) : options_(options) {}
  using Module::forward;
  Tensor forward(const Tensor& input, const Tensor& target);
  XGRAD_FIELDS()

 private:
  MSELossOptions options_;
};

/// l1_loss as a module.
class L1Loss : public Module {
 public:
  explicit L1Loss(const L1LossOptions& options = {}) : options_(options) {}
  using Module::forward;
  Tensor forward(const Tensor& input, const Tensor& target);
  XGRAD_FIELDS()

 private:
  L1LossOptions options_;
};

/// huber_loss as a module.
class HuberLoss : public Module {
 public:
  explicit HuberLoss(const HuberLossOptions& options = {});
  using Module::forward;
  Tensor forward(const Tensor& input, const Tensor& target);
  std::string extra_repr() const override;
  XGRAD_FIELDS()

 private:
  HuberLossOptions options_;
};

/// smooth_l1_loss as a module.
class SmoothL1Loss : public Module {
 public:
  explicit SmoothL1Loss(const SmoothL1LossOptions& options = {});
  using Module::forward;
  Tensor forward(const Tensor& input, const Tensor& target);
  std::string extra_repr() const override;
  XGRAD_FIELDS()

 private:
  SmoothL1LossOptions options_;
};

}  // namespace xgrad::nn
