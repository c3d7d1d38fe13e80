#include "scheduler.hpp"

#include <algorithm>
#include <cmath>

#include "../../autograd/io/safetensors.hpp"
#include "../../autograd/support/error.hpp"
#include "../../autograd/support/message.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

constexpr const char* class_key = "scheduler";
/// To here doubles, in which schedules are computed, tell epochs apart.
constexpr std::int64_t max_epoch = std::int64_t{1} << 53;

}  // namespace

// ---- SchedulerBase

void SchedulerBase::reach(std::int64_t epoch) {
  last_epoch_ = epoch;
  last_lr_.resize(num_groups());
  for (std::size_t group = 0; group < last_lr_.size(); ++group) last_lr_[group] = lr(group);
}

std::vector<Option> SchedulerBase::entries() {
  std::vector<Option> all = list();
  all.push_back({"last_epoch", &last_epoch_});
  all.push_back({"last_lr", &last_lr_, Allowed::non_negative});
  return all;
}

void SchedulerBase::validate() const {
  check_ranges(name(), const_cast<SchedulerBase*>(this)->entries());  // which are only read
  if (last_epoch_ < -1 || last_epoch_ > max_epoch)
    throw ValueError(message(name(), ": last_epoch is ", last_epoch_,
                             "; expected -1 <= last_epoch <= ", max_epoch));
  check();
}

void SchedulerBase::check_count(const char* option, std::size_t count) const {
  if (count == 0)
    throw ValueError(message(name(), ": ", option, " is not given; it has no default"));
  if (count != 1 && count != num_groups())
    throw ValueError(message(name(), ": ", option, " has ", count, " values for ", num_groups(),
                             " parameter groups; expected 1 or one for each group"));
}

void SchedulerBase::check_size(const char* what, std::size_t size,
                               const std::string& origin) const {
  if (size != num_groups())
    throw ValueError(message(origin, ": the state has ", what, " of ", size,
                             " parameter groups; the optimizer has ", num_groups()));
}

void SchedulerBase::check_groups(const std::string& origin) const {
  check_size("last_lr", last_lr_.size(), origin);
}

// ---- saving and loading

OptionTexts SchedulerBase::state_dict() const {
  OptionTexts texts = to_texts(const_cast<SchedulerBase*>(this)->entries());  // only read
  texts[class_key] = name();
  const SchedulerRefs schedulers = children();
  for (std::size_t i = 0; i < schedulers.size(); ++i)
    for (const auto& [key, text] : schedulers[i].get().state_dict())
      texts[message(i, '.', key)] = text;
  return texts;
}

void SchedulerBase::read(const OptionTexts& saved, const std::string& origin) {
  OptionTexts own = saved;
  const auto found = own.extract(class_key);
  if (found.empty() || found.mapped() != name())
    throw ValueError(message(origin, ": the state is that of '",
                             found ? found.mapped() : std::string(), "'; expected '", name(), "'"));
  const SchedulerRefs schedulers = children();
  for (std::size_t i = 0; i < schedulers.size(); ++i)
    schedulers[i].get().read(take_prefixed(own, message(i, '.')),
                             message(origin, ": scheduler ", i));
  from_texts(own, entries(), origin);
}

void SchedulerBase::check_loaded(const std::string& origin) const {
  check_groups(origin);
  try {
    validate();
  } catch (const ValueError& error) {
    throw ValueError(origin + ": " + error.what());
  }
  for (const LRScheduler& scheduler : children()) scheduler.check_loaded(origin);
}

void SchedulerBase::restore(const OptionTexts& saved, const std::string& origin) {
  const OptionTexts before = state_dict();
  try {
    read(saved, origin);
    check_loaded(origin);
  } catch (...) {
    read(before, origin);
    throw;
  }
}

void SchedulerBase::load_state_dict(const OptionTexts& saved) { restore(saved, "load_state_dict"); }

void SchedulerBase::save(const std::string& path) const {
  save_safetensors(path, {}, state_dict());
}

void SchedulerBase::load(const std::string& path) {
  const Safetensors file = load_safetensors(path);
  if (!file.metadata.contains(class_key))
    throw IoError(message(path,
                          ": not the state of a learning rate scheduler; its metadata has no '",
                          class_key, "'"));
  restore(file.metadata, path);
}

// ---- LRScheduler

void LRScheduler::step(double epoch) {
  throw ValueError(message(name(), ": step to epoch ", epoch,
                           "; it is made of schedulers that cannot be set to one, use step()"));
}

// ---- RateScheduler

std::vector<Option> RateScheduler::list() {
  std::vector<Option> all = options();
  all.push_back({"base_lrs", &base_lrs_, Allowed::non_negative});
  return all;
}

void RateScheduler::check_groups(const std::string& origin) const {
  SchedulerBase::check_groups(origin);
  check_size("base_lrs", base_lrs_.size(), origin);
}

double RateScheduler::initial_lr(std::size_t group) const {
  return optimizer().initial_lr(group).value_or(lr(group));
}

void RateScheduler::start(std::int64_t last_epoch) {
  last_epoch_ = last_epoch;
  validate();
  for (std::size_t group = 0; group < num_groups(); ++group) {
    if (last_epoch != -1 && !optimizer().initial_lr(group))
      throw ValueError(message(name(), ": last_epoch is ", last_epoch, ", but group ", group,
                               " of the optimizer has no initial_lr from an earlier scheduler; "
                               "load the optimizer's state first, or leave last_epoch at -1"));
    base_lrs_.push_back(initial_lr(group));
  }
  step();
  for (std::size_t group = 0; group < num_groups(); ++group)
    optimizer().initial_lr(group) = base_lrs_[group];
}

void RateScheduler::set_lrs(std::int64_t epoch, Rate rate) {
  if (base_lrs_.size() < num_groups()) check();
  for (std::size_t group = base_lrs_.size(); group < num_groups(); ++group) {
    base_lrs_.push_back(initial_lr(group));
    optimizer().initial_lr(group) = base_lrs_[group];
  }
  std::vector<double> lrs(num_groups());
  for (std::size_t group = 0; group < lrs.size(); ++group)
    lrs[group] = std::max(0.0, (this->*rate)(group, epoch));
  for (std::size_t group = 0; group < lrs.size(); ++group) lr(group) = lrs[group];
  reach(epoch);
}

void RateScheduler::check_epoch(double epoch) const {
  if (!(epoch >= 0 && epoch <= static_cast<double>(max_epoch)))
    throw ValueError(
        message(name(), ": step to epoch ", epoch, "; expected 0 <= epoch <= ", max_epoch));
}

void RateScheduler::step() { move_to(last_epoch() + 1); }

void RateScheduler::step(double epoch) {
  check_epoch(epoch);
  if (epoch != std::floor(epoch))
    throw ValueError(message(name(), ": step to epoch ", epoch, "; expected a whole number"));
  set_lrs(static_cast<std::int64_t>(epoch), &RateScheduler::closed_form_lr);
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
