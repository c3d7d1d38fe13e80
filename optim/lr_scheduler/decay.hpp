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
class StepLR final : public ScheduleOf<StepLROptions> {
 public:
  StepLR(Optimizer& optimizer, StepLROptions options);
};

struct MultiStepLROptions {
  std::vector<std::int64_t> milestones = {};  ///< epochs of decays; to be given
  double gamma = 0.1;                         ///< factor of a decay, >= 0
  std::int64_t last_epoch = -1;               ///< of a run to resume
};

/// Multiplies by gamma at every milestone, n times at one that is listed n times.
class MultiStepLR final : public ScheduleOf<MultiStepLROptions> {
 public:
  MultiStepLR(Optimizer& optimizer, MultiStepLROptions options);
};

struct ExponentialLROptions {
  double gamma = 0;              ///< factor of every epoch, > 0; to be given
  std::int64_t last_epoch = -1;  ///< of a run to resume
};

/// Multiplies by gamma in every epoch.
class ExponentialLR final : public ScheduleOf<ExponentialLROptions> {
 public:
  ExponentialLR(Optimizer& optimizer, ExponentialLROptions options);
};

struct ConstantLROptions {
  double factor = 1.0 / 3;       ///< of the first epochs, 0 < factor <= 1
  std::int64_t total_iters = 5;  ///< how many these are, > 0
  std::int64_t last_epoch = -1;  ///< of a run to resume
};

/// γ_0 is the initial learning rate times factor, which is taken back at the epoch total_iters.
class ConstantLR final : public ScheduleOf<ConstantLROptions> {
 public:
  explicit ConstantLR(Optimizer& optimizer, ConstantLROptions options = {});
};

struct LinearLROptions {
  double start_factor = 1.0 / 3;  ///< s, 0 < s <= 1
  double end_factor = 1;          ///< e, 0 <= e <= 1
  std::int64_t total_iters = 5;   ///< T > 0
  std::int64_t last_epoch = -1;   ///< of a run to resume
};

/// The initial learning rate times s + (e − s) min(t, T) / T: from s in the first epoch to e after
/// T epochs, through the factor 1 + (e − s) / (T s + (t − 1)(e − s)).
class LinearLR final : public ScheduleOf<LinearLROptions> {
 public:
  explicit LinearLR(Optimizer& optimizer, LinearLROptions options = {});
};

struct PolynomialLROptions {
  std::int64_t total_iters = 5;  ///< T > 0
  double power = 1;              ///< p > 0
  std::int64_t last_epoch = -1;  ///< of a run to resume
};

/// The initial learning rate times (1 − min(t, T) / T)ᵖ, through the factor
/// ((1 − t/T) / (1 − (t − 1)/T))ᵖ.
class PolynomialLR final : public ScheduleOf<PolynomialLROptions> {
 public:
  explicit PolynomialLR(Optimizer& optimizer, PolynomialLROptions options = {});
};

/// A factor for each epoch, counted from 0. The step that calls it throws ValueError unless the
/// factor is finite and >= 0.
using LRLambda = std::function<double(std::int64_t epoch)>;

struct LambdaLROptions {
  PerGroup<LRLambda> lr_lambda = {};  ///< to be given
  std::int64_t last_epoch = -1;       ///< of a run to resume
};

/// The initial learning rate times lr_lambda(epoch):
///
///     optim::LambdaLR scheduler(sgd, [](std::int64_t epoch) { return std::pow(0.95, epoch); });
///
/// A function cannot be saved: to continue, make the scheduler with the same one.
class LambdaLR final : public ScheduleOf<LambdaLROptions> {
 public:
  LambdaLR(Optimizer& optimizer, LambdaLROptions options);
  template <std::convertible_to<LRLambda> F>
  LambdaLR(Optimizer& optimizer, F lr_lambda)
      : LambdaLR(optimizer, LambdaLROptions{.lr_lambda = LRLambda(std::move(lr_lambda))}) {}
};

using MultiplicativeLROptions = LambdaLROptions;

/// Multiplies the learning rate by lr_lambda(epoch) in every epoch from 1. The function is not
/// saved, as with LambdaLR.
class MultiplicativeLR final : public ScheduleOf<LambdaLROptions> {
 public:
  MultiplicativeLR(Optimizer& optimizer, MultiplicativeLROptions options);
  template <std::convertible_to<LRLambda> F>
  MultiplicativeLR(Optimizer& optimizer, F lr_lambda)
      : MultiplicativeLR(optimizer,
                         MultiplicativeLROptions{.lr_lambda = LRLambda(std::move(lr_lambda))}) {}
};

}  // namespace lr_scheduler
}  // namespace xgrad::optim
