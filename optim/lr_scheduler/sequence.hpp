#pragma once

#include "scheduler.hpp"

/// @file
/// Schedulers made of others, which have to live as long and are no longer stepped themselves.
/// state_dict() has theirs.

namespace xgrad::optim {
inline namespace lr_scheduler {

/// Options of SequentialLR.
struct SequentialLROptions {
  SchedulerRefs schedulers = {};              ///< of the optimizer; to be given
  std::vector<std::int64_t> milestones = {};  ///< rising, > 0, one fewer than schedulers
};

/// One scheduler after another; the one numbered i + 1 begins at the epoch milestones[i]:
///
///     optim::LinearLR warmup(sgd, {.start_factor = 0.1, .total_iters = 5});
///     optim::ExponentialLR decay(sgd, {.gamma = 0.9});
///     optim::SequentialLR scheduler(sgd, {.schedulers = {warmup, decay}, .milestones = {5}});
///
/// At its making all learning rates are set back to the initial ones, and the first scheduler makes
/// its first step once more. At a milestone the next one begins with step(0), from the initial
/// learning rates. Schedulers that are made of others cannot be among them.
class SequentialLR final : public LRScheduler {
 public:
  /// Throws ValueError for other milestones, for schedulers of another optimizer, listed twice or
  /// made of others, and for none.
  /// @{
  SequentialLR(Optimizer& optimizer, SequentialLROptions options);
  SequentialLR(Optimizer& optimizer, SchedulerRefs schedulers, std::vector<std::int64_t> milestones)
      : SequentialLR(optimizer, SequentialLROptions{std::move(schedulers), std::move(milestones)}) {
  }
  /// @}

  using LRScheduler::step;
  void step() override;

 private:
  std::vector<std::int64_t> milestones_;
};

/// Steps several schedulers of one optimizer, one after another, each from what the one before has
/// left. When one of them throws, those before it have stepped.
class ChainedScheduler final : public LRScheduler {
 public:
  /// Throws ValueError if there are no schedulers, if one is listed twice, or if they belong to
  /// several optimizers.
  explicit ChainedScheduler(SchedulerRefs schedulers);

  using LRScheduler::step;
  void step() override;
};

}  // namespace lr_scheduler
}  // namespace xgrad::optim
