#pragma once

#include "../autograd/tensor/expect.hpp"
#include "module_of.hpp"
#include "reduction.hpp"

/// @file
/// Losses of numbers: functions of the difference d = input - target, element by element. The two
/// broadcast, as in PyTorch, so look out: (N, 1) against (N) compares every pair.
/// All throw ShapeError if the two do not broadcast, and DTypeError unless one of them holds
/// floats, and the other integers or floats of the same dtype.

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

  void check() const { expect_positive("huber_loss", "delta", delta); }
  detail::Option<> shown() const { return {"delta", delta}; }
};

struct SmoothL1LossOptions {
  double beta = 1;  ///< |d| from which on the loss is linear
  Reduction reduction = Reduction::mean;

  void check() const { expect_not_negative("smooth_l1_loss", "beta", beta); }
  detail::Option<> shown() const { return {"beta", beta}; }
};

/// d^2.
Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossOptions& options = {});

/// |d|; gradient 0 at 0.
Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossOptions& options = {});

/// d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2). Throws ValueError unless delta > 0 and
/// finite.
/// Source: Huber 1964, "Robust estimation of a location parameter".
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& options = {});

/// huber_loss with delta = beta, over beta: slope 1 beyond beta. l1_loss for beta = 0.
/// Throws ValueError unless beta >= 0 and finite. Source: Girshick 2015, "Fast R-CNN".
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossOptions& options = {});

/// mse_loss as a module.
class MSELoss : public ModuleOfLoss<MSELossOptions, mse_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// l1_loss as a module.
class L1Loss : public ModuleOfLoss<L1LossOptions, l1_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// huber_loss as a module.
class HuberLoss : public ModuleOfLoss<HuberLossOptions, huber_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

/// smooth_l1_loss as a module.
class SmoothL1Loss : public ModuleOfLoss<SmoothL1LossOptions, smooth_l1_loss> {
  using ModuleOfLoss::ModuleOfLoss;
  XGRAD_FIELDS()
};

}  // namespace xgrad::nn
