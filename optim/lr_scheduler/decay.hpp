#pragma once

#include "scheduler.hpp"

/// @file
/// Schedulers that multiply the learning rate γ_t by a factor; t counts epochs from 0. Each states
/// the factor on γ_{t-1}; γ_0 is the initial learning rate unless it says otherwise. The options
/// are PyTorch's; last_epoch is explained at LRScheduler::start.

namespace xgrad::optim {
inline namespace lr_scheduler {

/// Options of StepLR.
struct StepLROptions {
  std::int64_t step_size = 0;                  ///< epochs between two decays, > 0; to be given
  double gamma = 0.1;                          ///< factor of a decay, >= 0
  std::int64_t last_epoch = -1;                ///< of a run to resume
  static Schedule schedule(StepLROptions& o);  ///< for ScheduleOf: fields and formula
};

/// Multiplies by gamma every step_size epochs.
using StepLR = ScheduleOf<StepLROptions>;

/// Options of MultiStepLR.
struct MultiStepLROptions {
  std::vector<std::int64_t> milestones = {};        ///< epochs of decays; to be given
  double gamma = 0.1;                               ///< factor of a decay, >= 0
  std::int64_t last_epoch = -1;                     ///< of a run to resume
  static Schedule schedule(MultiStepLROptions& o);  ///< for ScheduleOf: fields and formula
};

/// Multiplies by gamma at every milestone, n times at one that is listed n times.
using MultiStepLR = ScheduleOf<MultiStepLROptions>;

/// Options of ExponentialLR.
struct ExponentialLROptions {
  double gamma = 0;                                   ///< factor of every epoch, > 0; to be given
  std::int64_t last_epoch = -1;                       ///< of a run to resume
  static Schedule schedule(ExponentialLROptions& o);  ///< for ScheduleOf: fields and formula
};

/// Multiplies by gamma in every epoch.
using ExponentialLR = ScheduleOf<ExponentialLROptions>;

/// Options of ConstantLR.
struct ConstantLROptions {
  double factor = 1.0 / 3;                         ///< of the first epochs, 0 < factor <= 1
  std::int64_t total_iters = 5;                    ///< how many these are, > 0
  std::int64_t last_epoch = -1;                    ///< of a run to resume
  static Schedule schedule(ConstantLROptions& o);  ///< for ScheduleOf: fields and formula
};

/// γ_0 is the initial learning rate times factor, which is taken back at the epoch total_iters.
using ConstantLR = ScheduleOf<ConstantLROptions>;

/// Options of LinearLR.
struct LinearLROptions {
  double start_factor = 1.0 / 3;                 ///< s, 0 < s <= 1
  double end_factor = 1;                         ///< e, 0 <= e <= 1
  std::int64_t total_iters = 5;                  ///< T > 0
  std::int64_t last_epoch = -1;                  ///< of a run to resume
  static Schedule schedule(LinearLROptions& o);  ///< for ScheduleOf: fields and formula
};

/// The initial learning rate times s + (e − s) min(t, T) / T: from s in the first epoch to e after
/// T epochs, through the factor 1 + (e − s) / (T s + (t − 1)(e − s)).
using LinearLR = ScheduleOf<LinearLROptions>;

/// Options of PolynomialLR.
struct PolynomialLROptions {
  std::int64_t total_iters = 5;                      ///< T > 0
  double power = 1;                                  ///< p > 0
  std::int64_t last_epoch = -1;                      ///< of a run to resume
  static Schedule schedule(PolynomialLROptions& o);  ///< for ScheduleOf: fields and formula
};

/// The initial learning rate times (1 − min(t, T) / T)ᵖ, through the factor
/// ((1 − t/T) / (1 − (t − 1)/T))ᵖ.
using PolynomialLR = ScheduleOf<PolynomialLROptions>;

/// Options of LambdaLR.
struct LambdaLROptions {
  PerGroup<LRLambda> lr_lambda = {};               ///< to be given
  std::int64_t last_epoch = -1;                    ///< of a run to resume
  static Schedule schedule(LambdaLROptions& o);    ///< for ScheduleOf: fields and formula
  static Schedule multiplied(LambdaLROptions& o);  ///< the same, for MultiplicativeLR
};

/// The initial learning rate times lr_lambda(epoch):
///
///     optim::LambdaLR scheduler(sgd, [](std::int64_t epoch) { return std::pow(0.95, epoch); });
///
/// A function cannot be saved: to continue, make the scheduler with the same one.
using LambdaLR = ScheduleOf<LambdaLROptions>;

using MultiplicativeLROptions = LambdaLROptions;  ///< the same

/// Multiplies the learning rate by lr_lambda(epoch) in every epoch from 1. The function is not
/// saved, as with LambdaLR.
using MultiplicativeLR = ScheduleOf<LambdaLROptions, LambdaLROptions::multiplied>;

}  // namespace lr_scheduler
}  // namespace xgrad::optim
