#include "sequence.hpp"

#include <algorithm>

#include "../../autograd/support/error.hpp"
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
    : LRScheduler("SequentialLR", common_optimizer("SequentialLR", options.schedulers, &optimizer)),
      options_(std::move(options)) {
  for (const LRScheduler& scheduler : options_.schedulers)
    if (!dynamic_cast<const RateScheduler*>(&scheduler))
      throw ValueError(str("SequentialLR: ", scheduler.name(),
                           " is made of schedulers; expected one that can begin at a milestone"));
  validate();

  for (std::size_t group = 0; group < num_groups(); ++group)
    lr(group) = optimizer.initial_lr(group).value_or(lr(group));
  for (LRScheduler& scheduler : options_.schedulers) scheduler.reach(scheduler.last_epoch() - 1);
  options_.schedulers[0].get().step();
  reach(0);
}

SequentialLR::SequentialLR(Optimizer& optimizer, SchedulerRefs schedulers,
                           std::vector<std::int64_t> milestones)
    : SequentialLR(optimizer, SequentialLROptions{std::move(schedulers), std::move(milestones)}) {}

std::vector<Option> SequentialLR::own_fields() {
  return {{"milestones", &options_.milestones, Allowed::positive}};
}

void SequentialLR::check_fields() const {
  const auto& milestones = options_.milestones;
  if (milestones.size() + 1 != options_.schedulers.size())
    throw ValueError(str("SequentialLR: milestones is (", joined(milestones), ") for ",
                         options_.schedulers.size(),
                         " schedulers; expected one fewer than schedulers"));
  if (!std::is_sorted(milestones.begin(), milestones.end(), std::less_equal<>()))
    throw ValueError(
        str("SequentialLR: milestones is (", joined(milestones), "); expected rising epochs"));
}

void SequentialLR::step() {
  const std::int64_t epoch = last_epoch() + 1;
  const auto& milestones = options_.milestones;
  const auto next = std::upper_bound(milestones.begin(), milestones.end(), epoch);
  LRScheduler& scheduler = options_.schedulers[static_cast<std::size_t>(next - milestones.begin())];
  if (next != milestones.begin() && *(next - 1) == epoch)
    scheduler.step(0);
  else
    scheduler.step();
  reach(epoch);
}

// ---- ChainedScheduler

ChainedScheduler::ChainedScheduler(SchedulerRefs schedulers)
    : LRScheduler("ChainedScheduler", common_optimizer("ChainedScheduler", schedulers)),
      schedulers_(std::move(schedulers)) {}

void ChainedScheduler::step() {
  for (LRScheduler& scheduler : schedulers_) scheduler.step();
  reach(last_epoch() + 1);
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
