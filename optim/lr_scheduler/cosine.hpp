#pragma once

#include "scheduler.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {

/// Options of CosineAnnealingLR.
struct CosineAnnealingLROptions {
  std::int64_t T_max = 0;        ///< T, epochs of half a period, > 0; to be given
  double eta_min = 0;            ///< η, the lowest learning rate, >= 0
  std::int64_t last_epoch = -1;  ///< of a run to resume
  static Schedule schedule(CosineAnnealingLROptions& o);  ///< for ScheduleOf: fields and formula
};

/// From the initial learning rate γ_0 down to η in T epochs and up again in the next T:
///
///     γ_t = η + (γ_0 − η)(1 + cos(π t / T)) / 2,
///
/// computed from γ_{t-1} by (γ_t − η) / (γ_{t-1} − η) = (1 + cos(π t/T)) / (1 + cos(π (t−1)/T)),
/// and by the difference γ_t − γ_{t-1} just after η has been reached.
///
/// Loshchilov & Hutter 2017, SGDR: stochastic gradient descent with warm restarts (whose restarts
/// are CosineAnnealingWarmRestarts).
using CosineAnnealingLR = ScheduleOf<CosineAnnealingLROptions>;

/// Options of CosineAnnealingWarmRestarts.
struct CosineAnnealingWarmRestartsOptions {
  std::int64_t T_0 = 0;          ///< epochs to the first restart, > 0; to be given
  std::int64_t T_mult = 1;       ///< each period is this many times the one before, >= 1
  double eta_min = 0;            ///< η, the lowest learning rate, >= 0
  std::int64_t last_epoch = -1;  ///< of a run to resume
  static Schedule schedule(
      CosineAnnealingWarmRestartsOptions& o);  ///< for ScheduleOf: fields and formula
};

/// From the initial learning rate γ_0 down towards η, and again from γ_0: with T_cur epochs since
/// the last restart, of T_i to the next,
///
///     γ_t = η + (γ_0 − η)(1 + cos(π T_cur / T_i)) / 2.
///
/// step(epoch) also takes fractions, to go by batches: `step(epoch + batch / batches)`. The lr does
/// not depend on the group's present one: what other schedulers did to it is lost.
///
/// Loshchilov & Hutter 2017, SGDR: stochastic gradient descent with warm restarts.
using CosineAnnealingWarmRestarts = ScheduleOf<CosineAnnealingWarmRestartsOptions>;

}  // namespace lr_scheduler
}  // namespace xgrad::optim
