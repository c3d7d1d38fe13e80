#include "scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "../../autograd/graph/calls.hpp"
#include "../../autograd/io/file.hpp"
#include "../../autograd/io/safetensors.hpp"
#include "../../autograd/support/str.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

constexpr const char* class_key = "scheduler";
/// To here doubles, in which schedules are computed, tell epochs apart.
constexpr std::int64_t max_epoch = std::int64_t{1} << 53;

}  // namespace

// ---- SchedulerBase

void SchedulerBase::set_up(const char* name, std::vector<Option> fields,
                           std::function<void()> check, std::int64_t last_epoch) {
  name_ = name;
  fields_ = std::move(fields);
  check_ = std::move(check);
  fields_.push_back({"last_epoch", &last_epoch_});
  fields_.push_back({"last_lr", &last_lr_, Allowed::non_negative});
  reach(last_epoch);
  validate();
}

void SchedulerBase::validate() const {
  check_ranges(name(), fields_);
  if (last_epoch_ < -1 || last_epoch_ > max_epoch)
    throw ValueError(
        str(name(), ": last_epoch is ", last_epoch_, "; expected -1 <= last_epoch <= ", max_epoch));
  check_fields();
}

void SchedulerBase::reach(std::int64_t epoch) {
  last_epoch_ = epoch;
  last_lr_.resize(num_groups());
  for (std::size_t group = 0; group < last_lr_.size(); ++group) last_lr_[group] = lr(group);
}

void check_per_group(const SchedulerBase& scheduler, const char* option, std::size_t count) {
  const std::size_t groups = scheduler.optimizer().num_param_groups();
  if (count == 0)
    throw ValueError(str(scheduler.name(), ": ", option, " is not given; it has no default"));
  if (count != 1 && count != groups)
    throw ValueError(str(scheduler.name(), ": ", option, " has ", count, " values for ", groups,
                         " parameter groups; expected 1 or one for each group"));
}

// ---- saving and loading

OptionTexts SchedulerBase::state_dict() const {
  OptionTexts texts = to_texts(fields_);
  texts[class_key] = name();
  for (std::size_t i = 0; i < children_.size(); ++i)
    for (const auto& [key, text] : children_[i].get().state_dict()) texts[str(i, '.', key)] = text;
  return texts;
}

void SchedulerBase::read(const OptionTexts& saved, const std::string& origin) {
  OptionTexts own = saved;
  const auto found = own.extract(class_key);
  if (found.empty() || found.mapped() != name())
    throw ValueError(str(origin, ": the state is that of '", found ? found.mapped() : std::string(),
                         "'; expected '", name(), "'"));
  for (std::size_t i = 0; i < children_.size(); ++i)
    children_[i].get().read(take_prefixed(own, str(i, '.')), str(origin, ": scheduler ", i));
  from_texts(own, fields_, origin);
}

void SchedulerBase::check_loaded(const std::string& origin) {
  for (const Option& field : fields_) {
    const std::string_view key = field.name;
    if (key != "base_lrs" && key != "last_lr") continue;
    if (const auto size = std::get<std::vector<double>*>(field.value)->size(); size != num_groups())
      throw ValueError(str(origin, ": the state has ", key, " of ", size,
                           " parameter groups; the optimizer has ", num_groups()));
  }
  with_origin(origin, [&] { validate(); });
  for (LRScheduler& scheduler : children_) scheduler.check_loaded(origin);
}

void SchedulerBase::load_state_dict(const OptionTexts& saved, const std::string& origin) {
  const OptionTexts before = state_dict();
  try {
    read(saved, origin);
    check_loaded(origin);
  } catch (...) {
    read(before, origin);
    throw;
  }
}

void SchedulerBase::save(const std::string& path) const {
  xgrad::detail::check_path("save", path);
  xgrad::detail::with_memory(path, [&] { save_safetensors(path, {}, state_dict()); });
}

void SchedulerBase::load(const std::string& path) {
  xgrad::detail::check_path("load", path);
  xgrad::detail::with_memory(path, [&] {
    const Safetensors file = load_safetensors(path);
    if (!file.metadata.contains(class_key))
      throw IoError(str(path, ": not the state of a learning rate scheduler; its metadata has no '",
                        class_key, "'"));
    load_state_dict(file.metadata, path);
  });
}

// ---- LRScheduler

void LRScheduler::start(Schedule schedule, std::int64_t last_epoch) {
  schedule_ = std::move(schedule);
  std::vector<Option> fields = schedule_.fields;
  fields.push_back({"base_lrs", &base_lrs_, Allowed::non_negative});
  set_up(
      schedule_.name, std::move(fields), [this] { schedule_.check(*this); }, last_epoch);
  for (std::size_t group = 0; last_epoch != -1 && group < num_groups(); ++group)
    if (!optimizer().initial_lr(group))
      throw ValueError(str(name(), ": last_epoch is ", last_epoch, ", but group ", group,
                           " of the optimizer has no initial_lr from an earlier scheduler; "
                           "load the optimizer's state first, or leave last_epoch at -1"));
  step();
  started_ = true;
}

void LRScheduler::set_lrs(double epoch, bool closed_form) {
  using xgrad::detail::mode;
  if (mode.noting) mode.calls->refuse("it steps a scheduler");
  const std::size_t known = base_lrs_.size();
  if (known < num_groups()) check_fields();
  const auto whole = static_cast<std::int64_t>(std::floor(epoch));
  if (schedule_.advance) schedule_.advance(epoch, started_ && whole > 0 && !closed_form);
  std::vector<double> base_lrs = base_lrs_, lrs;
  for (std::size_t group = 0; group < num_groups(); ++group) {
    if (group >= known)
      base_lrs.push_back(schedule_.base_lr ? schedule_.base_lr(group)
                                           : optimizer().initial_lr(group).value_or(lr(group)));
    const RateStep step{group,     whole,           static_cast<double>(whole),
                        lr(group), base_lrs[group], !started_};
    lrs.push_back(std::max(0.0, closed_form ? schedule_.closed_form(step) : schedule_.next(step)));
  }
  for (std::size_t group = 0; group < num_groups(); ++group) {
    lr(group) = lrs[group];
    if (group >= known) optimizer().initial_lr(group) = base_lrs[group];
  }
  base_lrs_ = std::move(base_lrs);
  reach(whole);
  if (schedule_.finish) schedule_.finish(*this);
}

void LRScheduler::step() { set_lrs(static_cast<double>(last_epoch() + 1), false); }

void LRScheduler::step(double epoch) {
  if (!children().empty())
    throw ValueError(str(name(), ": step to epoch ", epoch,
                         "; it is made of schedulers that cannot be set to one, use step()"));
  if (!(epoch >= 0 && epoch <= static_cast<double>(max_epoch)))
    throw ValueError(
        str(name(), ": step to epoch ", epoch, "; expected 0 <= epoch <= ", max_epoch));
  if (epoch != std::floor(epoch) && !schedule_.advance)
    throw ValueError(str(name(), ": step to epoch ", epoch, "; expected a whole number"));
  set_lrs(epoch, true);
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
