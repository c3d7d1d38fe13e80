#pragma once

#include "scheduler.hpp"

/// @file
/// Schedulers that multiply the learning rate γ_t by a factor; t counts epochs from 0. Each states
/// the factor on γ_{t-1}; γ_0 is the initial learning rate unless it says otherwise. The options
/// are PyTorch's; last_epoch is explained at RateScheduler::start.

namespace xgrad::optim {
inline namespace lr_scheduler {

struct StepLROptions {
  std::int64_t step_size = 0;    ///< epochs between two decays, > 0; to be given
  double gamma = 0.1;            ///< factor of a decay, >= 0
  std::int64_t last_epoch = -1;  ///< of a run to resume
};

/// Multiplies by gamma every step_size epochs.
class StepLR final : public RateScheduler {
 public:
  StepLR(Optimizer& optimizer, StepLROptions options);
  const char* name() const noexcept override { return "StepLR"; }

 private:
  std::vector<Option> options() override;
  double next_lr(std::size_t group, std::int64_t epoch) const override;
  double closed_form_lr(std::size_t group, std::int64_t epoch) const override;

  StepLROptions options_;
};

struct MultiStepLROptions {
  std::vector<std::int64_t> milestones = {};  ///< epochs of decays; to be given
  double gamma = 0.1;                         ///< factor of a decay, >= 0
  std::int64_t last_epoch = -1;               ///< of a run to resume
};

/// Multiplies by gamma at every milestone, n times at one that is listed n times.
class MultiStepLR final : public RateScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, MultiStepLROptions options);
  const char* name() const noexcept override { return "MultiStepLR"; }

 private:
  std::vector<Option> options() override;
  void check() const override;
  double next_lr(std::size_t group, std::int64_t epoch) const override;
  double closed_form_lr(std::size_t group, std::int64_t epoch) const override;

  MultiStepLROptions options_;
};

struct ExponentialLROptions {
  double gamma = 0;              ///< factor of every epoch, > 0; to be given
  std::int64_t last_epoch = -1;  ///< of a run to resume
};

/// Multiplies by gamma in every epoch.
class ExponentialLR final : public RateScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, ExponentialLROptions options);
  const char* name() const noexcept override { return "ExponentialLR"; }

 private:
  std::vector<Option> options() override;
  double next_lr(std::size_t group, std::int64_t epoch) const override;
  double closed_form_lr(std::size_t group, std::int64_t epoch) const override;

  ExponentialLROptions options_;
};

struct ConstantLROptions {
  double factor = 1.0 / 3;       ///< of the first epochs, 0 < factor <= 1
  std::int64_t total_iters = 5;  ///< how many these are, > 0
  std::int64_t last_epoch = -1;  ///< of a run to resume
};

/// γ_0 is the initial learning rate times factor, which is taken back at the epoch total_iters.
class ConstantLR final : public RateScheduler {
 public:
  explicit ConstantLR(Optimizer& optimizer, ConstantLROptions options = {});
  const char* name() const noexcept override { return "ConstantLR"; }

 private:
  std::vector<Option> options() override;
  double next_lr(std::size_t group, std::int64_t epoch) const override;
  double closed_form_lr(std::size_t group, std::int64_t epoch) const override;

  ConstantLROptions options_;
};

struct LinearLROptions {
  double start_factor = 1.0 / 3;  ///< s, 0 < s <= 1
  double end_factor = 1;          ///< e, 0 <= e <= 1
  std::int64_t total_iters = 5;   ///< T > 0
  std::int64_t last_epoch = -1;   ///< of a run to resume
};

/// The initial learning rate times s + (e − s) min(t, T) / T: from s in the first epoch to e after
/// T epochs, through the factor 1 + (e − s) / (T s + (t − 1)(e − s)).
class LinearLR final : public RateScheduler {
 public:
  explicit LinearLR(Optimizer& optimizer, LinearLROptions options = {});
  const char* name() const noexcept override { return "LinearLR"; }

 private:
  std::vector<Option> options() override;
  double next_lr(std::size_t group, std::int64_t epoch) const override;
  double closed_form_lr(std::size_t group, std::int64_t epoch) const override;

  LinearLROptions options_;
};

struct PolynomialLROptions {
  std::int64_t total_iters = 5;  ///< T > 0
  double power = 1;              ///< p > 0
  std::int64_t last_epoch = -1;  ///< of a run to resume
};

/// The initial learning rate times (1 − min(t, T) / T)ᵖ, through the factor
/// ((1 − t/T) / (1 − (t − 1)/T))ᵖ.
class PolynomialLR final : public RateScheduler {
 public:
  explicit PolynomialLR(Optimizer& optimizer, PolynomialLROptions options = {});
  const char* name() const noexcept override { return "PolynomialLR"; }

 private:
  std::vector<Option> options() override;
  double next_lr(std::size_t group, std::int64_t epoch) const override;
  double closed_form_lr(std::size_t group, std::int64_t epoch) const override;

  PolynomialLROptions options_;
};

}  // namespace lr_scheduler
}  // namespace xgrad::optim
