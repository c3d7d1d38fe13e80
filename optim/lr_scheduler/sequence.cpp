#include "sequence.hpp"

#include <algorithm>

#include "../../autograd/support/str.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

/// The optimizer of all the schedulers. Throws ValueError if there are none, if one is listed twice
/// or if one belongs to another optimizer than `expected`, or else the first.
Optimizer& common_optimizer(const char* name, const SchedulerRefs& schedulers,
                            Optimizer* expected = nullptr) {
  if (schedulers.empty()) throw ValueError(str(name, ": schedulers is empty; give at least one"));
  if (!expected) expected = &schedulers[0].get().optimizer();
  for (std::size_t i = 0; i < schedulers.size(); ++i) {
    const LRScheduler& scheduler = schedulers[i];
    if (&scheduler.optimizer() != expected)
      throw ValueError(str(name, ": scheduler ", i, ", ", scheduler.name(),
                           ", belongs to another optimizer; expected one for all"));
    for (std::size_t k = 0; k < i; ++k)
      if (&schedulers[k].get() == &scheduler)
        throw ValueError(str(name, ": scheduler ", i, ", ", scheduler.name(),
                             ", is listed twice, first as scheduler ", k));
  }
  return *expected;
}

}  // namespace

// ---- SequentialLR

SequentialLR::SequentialLR(Optimizer& optimizer, SequentialLROptions options)
    : LRScheduler(common_optimizer("SequentialLR", options.schedulers, &optimizer),
                  options.schedulers),
      milestones_(std::move(options.milestones)) {
  for (const LRScheduler& scheduler : children())
    if (!scheduler.children().empty())
      throw ValueError(str("SequentialLR: ", scheduler.name(),
                           " is made of schedulers; expected one that can begin at a milestone"));
  const auto check = [this] {
    if (milestones_.size() + 1 != children().size())
      throw ValueError(str("SequentialLR: milestones is (", joined(milestones_), ") for ",
                           children().size(), " schedulers; expected one fewer than schedulers"));
    if (!std::is_sorted(milestones_.begin(), milestones_.end(), std::less_equal<>()))
      throw ValueError(
          str("SequentialLR: milestones is (", joined(milestones_), "); expected rising epochs"));
  };
  set_up("SequentialLR", {{"milestones", &milestones_, Allowed::positive}}, check);

  for (std::size_t group = 0; group < num_groups(); ++group)
    lr(group) = optimizer.initial_lr(group).value_or(lr(group));
  for (LRScheduler& scheduler : children()) scheduler.reach(scheduler.last_epoch() - 1);
  children()[0].get().step();
  reach(0);
}

void SequentialLR::step() {
  const std::int64_t epoch = last_epoch() + 1;
  const auto begun = std::ranges::upper_bound(milestones_, epoch) - milestones_.begin();
  LRScheduler& scheduler = children()[static_cast<std::size_t>(begun)];
  if (begun > 0 && milestones_[static_cast<std::size_t>(begun - 1)] == epoch)
    scheduler.step(0);
  else
    scheduler.step();
  reach(epoch);
}

// ---- ChainedScheduler

ChainedScheduler::ChainedScheduler(SchedulerRefs schedulers)
    : LRScheduler(common_optimizer("ChainedScheduler", schedulers), schedulers) {
  set_up("ChainedScheduler", {}, [] {});
}

void ChainedScheduler::step() {
  for (LRScheduler& scheduler : children()) scheduler.step();
  reach(last_epoch() + 1);
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
