#include "scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "../../autograd/io/safetensors.hpp"
#include "../../autograd/support/error.hpp"
#include "../../autograd/support/str.hpp"

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

std::vector<Option> SchedulerBase::all_fields() {
  std::vector<Option> all = own_fields();
  all.push_back({"last_epoch", &last_epoch_});
  all.push_back({"last_lr", &last_lr_, Allowed::non_negative});
  return all;
}

void SchedulerBase::validate() const {
  check_ranges(name(), const_cast<SchedulerBase*>(this)->all_fields());  // which are only read
  if (last_epoch_ < -1 || last_epoch_ > max_epoch)
    throw ValueError(
        str(name(), ": last_epoch is ", last_epoch_, "; expected -1 <= last_epoch <= ", max_epoch));
  check_fields();
}

void detail::check_count(const SchedulerBase& scheduler, const char* option, std::size_t count) {
  const std::size_t groups = scheduler.optimizer().num_param_groups();
  if (count == 0)
    throw ValueError(str(scheduler.name(), ": ", option, " is not given; it has no default"));
  if (count != 1 && count != groups)
    throw ValueError(str(scheduler.name(), ": ", option, " has ", count, " values for ", groups,
                         " parameter groups; expected 1 or one for each group"));
}

// ---- saving and loading

OptionTexts SchedulerBase::state_dict() const {
  OptionTexts texts = to_texts(const_cast<SchedulerBase*>(this)->all_fields());  // only read
  texts[class_key] = name();
  const SchedulerRefs schedulers = children();
  for (std::size_t i = 0; i < schedulers.size(); ++i)
    for (const auto& [key, text] : schedulers[i].get().state_dict()) texts[str(i, '.', key)] = text;
  return texts;
}

void SchedulerBase::read(const OptionTexts& saved, const std::string& origin) {
  OptionTexts own = saved;
  const auto found = own.extract(class_key);
  if (found.empty() || found.mapped() != name())
    throw ValueError(str(origin, ": the state is that of '", found ? found.mapped() : std::string(),
                         "'; expected '", name(), "'"));
  const SchedulerRefs schedulers = children();
  for (std::size_t i = 0; i < schedulers.size(); ++i)
    schedulers[i].get().read(take_prefixed(own, str(i, '.')), str(origin, ": scheduler ", i));
  from_texts(own, all_fields(), origin);
}

void SchedulerBase::check_loaded(const std::string& origin) {
  for (const Option& field : all_fields())
    for (const std::string_view of_every_group : {"base_lrs", "last_lr"})
      if (field.name == of_every_group)
        if (const auto size = std::get<std::vector<double>*>(field.value)->size();
            size != num_groups())
          throw ValueError(str(origin, ": the state has ", field.name, " of ", size,
                               " parameter groups; the optimizer has ", num_groups()));
  with_origin(origin, [&] { validate(); });
  for (LRScheduler& scheduler : children()) scheduler.check_loaded(origin);
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
    throw IoError(str(path, ": not the state of a learning rate scheduler; its metadata has no '",
                      class_key, "'"));
  restore(file.metadata, path);
}

// ---- LRScheduler

void LRScheduler::step(double epoch) {
  throw ValueError(str(name(), ": step to epoch ", epoch,
                       "; it is made of schedulers that cannot be set to one, use step()"));
}

// ---- RateScheduler

std::vector<Option> RateScheduler::own_fields() {
  std::vector<Option> all = options();
  all.push_back({"base_lrs", &base_lrs_, Allowed::non_negative});
  return all;
}

double RateScheduler::initial_lr(std::size_t group) const {
  return optimizer().initial_lr(group).value_or(lr(group));
}

void RateScheduler::start(std::int64_t last_epoch) {
  last_epoch_ = last_epoch;
  validate();
  for (std::size_t group = 0; last_epoch != -1 && group < num_groups(); ++group)
    if (!optimizer().initial_lr(group))
      throw ValueError(str(name(), ": last_epoch is ", last_epoch, ", but group ", group,
                           " of the optimizer has no initial_lr from an earlier scheduler; "
                           "load the optimizer's state first, or leave last_epoch at -1"));
  step();
  started_ = true;
}

void RateScheduler::set_lrs(std::int64_t epoch, bool closed_form) {
  const std::size_t known = base_lrs_.size();
  if (known < num_groups()) check_fields();
  std::vector<double> base_lrs = base_lrs_, lrs;
  for (std::size_t group = 0; group < num_groups(); ++group) {
    if (group >= known) base_lrs.push_back(initial_lr(group));
    const RateStep step{group,     epoch,           static_cast<double>(epoch),
                        lr(group), base_lrs[group], !started_};
    lrs.push_back(std::max(0.0, closed_form ? closed_form_lr(step) : next_lr(step)));
  }
  for (std::size_t group = 0; group < num_groups(); ++group) {
    lr(group) = lrs[group];
    if (group >= known) optimizer().initial_lr(group) = base_lrs[group];
  }
  base_lrs_ = std::move(base_lrs);
  reach(epoch);
  finish_step();
}

void RateScheduler::check_epoch(double epoch) const {
  if (!(epoch >= 0 && epoch <= static_cast<double>(max_epoch)))
    throw ValueError(
        str(name(), ": step to epoch ", epoch, "; expected 0 <= epoch <= ", max_epoch));
}

void RateScheduler::step() { set_lrs(last_epoch() + 1); }

void RateScheduler::step(double epoch) {
  check_epoch(epoch);
  if (epoch != std::floor(epoch))
    throw ValueError(str(name(), ": step to epoch ", epoch, "; expected a whole number"));
  set_lrs(static_cast<std::int64_t>(epoch), true);
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
