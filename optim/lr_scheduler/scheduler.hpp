#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "../optimizer.hpp"
#include "../option.hpp"

/// @file
/// What all learning rate schedulers share. A scheduler sets the lr of every parameter group of an
/// optimizer: once when it is made, which is epoch 0, and once for each call of step(), after the
/// optimizer's own steps of that epoch:
///
///     optim::SGD sgd(net.parameters(), {.lr = 0.1});
///     optim::StepLR scheduler(sgd, {.step_size = 30, .gamma = 0.1});
///     for (int epoch = 0; epoch < 90; ++epoch) {
///       train(net, sgd);
///       scheduler.step();
///     }
///
/// Most compute the next lr from the group's present one, so that several schedulers of one
/// optimizer act together, as does a change by hand.
///
/// The optimizer has to outlive its schedulers, which refer to it.

namespace xgrad::optim {
inline namespace lr_scheduler {

/// An option that is one value for all parameter groups or a list with one for each:
/// `.max_lr = 0.1` or `.max_lr = {0.1, 0.05}`.
template <class T>
class PerGroup {
 public:
  PerGroup() = default;
  template <std::convertible_to<T> U>
  PerGroup(U&& value) : values{T(std::forward<U>(value))} {}  // NOLINT(*-explicit-*)
  PerGroup(std::initializer_list<T> list) : values(list) {}
  PerGroup(std::vector<T> list) : values(std::move(list)) {}  // NOLINT(*-explicit-*)

  const T& operator[](std::size_t group) const { return values[values.size() == 1 ? 0 : group]; }

  std::vector<T> values;
};

class LRScheduler;

/// Schedulers that others are made of. They are referred to and have to live as long.
using SchedulerRefs = std::vector<std::reference_wrapper<LRScheduler>>;

/// What ReduceLROnPlateau and all others have in common: their state.
///
/// To continue a run, make the optimizer and its schedulers as before and then load the state of
/// each. The learning rates (and what OneCycleLR cycles) are the optimizer's state: load it after
/// its schedulers have been made, since they change them. What follows is then the same bit for
/// bit.
class SchedulerBase {
 public:
  virtual ~SchedulerBase() = default;
  SchedulerBase(const SchedulerBase&) = delete;
  SchedulerBase& operator=(const SchedulerBase&) = delete;

  /// The learning rate of each group, as the last step left it.
  const std::vector<double>& get_last_lr() const noexcept { return last_lr_; }
  /// The number of steps so far, without the one made by the constructor.
  std::int64_t last_epoch() const noexcept { return last_epoch_; }
  /// Whose learning rates it sets.
  Optimizer& optimizer() const noexcept { return optimizer_; }
  /// Name of the class, as "StepLR".
  const char* name() const noexcept { return name_; }

  /// Options and state by name, as text that gives the same bits when read back, and under
  /// "scheduler" the name of the class. Those of a SequentialLR's second scheduler begin with "1.".
  OptionTexts state_dict() const;
  /// Loads options and state from a state_dict() of the same class for as many groups. The
  /// optimizer is not changed. Throws ValueError saying what does not fit; nothing is changed then.
  void load_state_dict(const OptionTexts& saved);
  /// Writes the state_dict() as the metadata of a safetensors file. Throws IoError if the file
  /// cannot be written.
  void save(const std::string& path) const;
  /// Reads it. Throws IoError if the file cannot be read or holds no scheduler's state; otherwise
  /// as load_state_dict, the message beginning with the path.
  void load(const std::string& path);

 protected:
  SchedulerBase(const char* name, Optimizer& optimizer) : name_(name), optimizer_(optimizer) {
    reach(0);
  }

  std::size_t num_groups() const noexcept { return optimizer_.num_param_groups(); }
  double& lr(std::size_t group) const { return optimizer_.option(group, "lr"); }
  /// What a step ends with: notes the epoch and the learning rates.
  void reach(std::int64_t epoch);
  /// Throws ValueError if an option or the state has a value that is not allowed.
  void validate() const;

 private:
  friend class RateScheduler;
  friend class SequentialLR;

  /// Lists the options and the state, without last_epoch and last_lr: the only source for checking,
  /// saving and loading.
  virtual std::vector<Option> own_fields() = 0;
  /// Throws ValueError if several fields do not fit together.
  virtual void check_fields() const {}
  /// Those whose state is saved with it.
  virtual SchedulerRefs children() const { return {}; }

  std::vector<Option> all_fields();
  void read(const OptionTexts& saved, const std::string& origin);
  void check_loaded(const std::string& origin);
  void restore(const OptionTexts& saved, const std::string& origin);

  const char* name_;
  Optimizer& optimizer_;
  std::int64_t last_epoch_ = 0;
  std::vector<double> last_lr_;
};

namespace detail {
void check_count(const SchedulerBase& scheduler, const char* option, std::size_t count);
}

/// Throws ValueError unless the option has one value, or one for each group.
template <class T>
void check_per_group(const SchedulerBase& scheduler, const char* option,
                     const PerGroup<T>& values) {
  detail::check_count(scheduler, option, values.values.size());
}

/// Base of the schedulers that need nothing but to be stepped.
class LRScheduler : public SchedulerBase {
 public:
  /// Goes on to the next epoch. Nothing is changed when an error is thrown.
  virtual void step() = 0;
  /// Goes to that epoch, to what would have been reached by steps without other influences. Throws
  /// ValueError unless it is a whole number >= 0, and always if the scheduler is made of others.
  virtual void step(double epoch);

 protected:
  using SchedulerBase::SchedulerBase;
};

/// The step of one group to an epoch.
struct RateStep {
  std::size_t group;
  std::int64_t epoch;
  double t;        ///< the epoch as a number to compute with
  double lr;       ///< what the group has before the step
  double base_lr;  ///< the initial learning rate
  bool first;      ///< whether it is the one made by the constructor
};

/// Base of the schedulers that compute the learning rate of a group from the epoch. It is never set
/// below 0, where rounding can lead those that end there (LinearLR{.end_factor = 0}).
///
/// Groups that are added to the optimizer later are scheduled from the next step on, from the lr
/// that they then have.
class RateScheduler : public LRScheduler {
 public:
  void step() override;
  void step(double epoch) override;

 protected:
  using LRScheduler::LRScheduler;

  /// What a constructor ends with: checks the options and makes the first step. A `last_epoch`
  /// other than -1 resumes a run after that epoch without a state_dict, the optimizer's having
  /// been loaded. Throws ValueError if it cannot; the optimizer is not changed then.
  void start(std::int64_t last_epoch);
  bool started() const noexcept { return started_; }

  /// Sets every lr by next_lr, or by closed_form_lr.
  void set_lrs(std::int64_t epoch, bool closed_form = false);
  /// Throws ValueError unless it is an epoch or part of one.
  void check_epoch(double epoch) const;

  /// The lr of a group after the step.
  virtual double next_lr(const RateStep& step) const = 0;
  /// The same from base_lr.
  virtual double closed_form_lr(const RateStep& step) const { return next_lr(step); }
  /// Called at the end of every step.
  virtual void finish_step() {}
  /// The base_lr of a group: what the optimizer has kept from an earlier scheduler, else its lr.
  virtual double initial_lr(std::size_t group) const;

 private:
  virtual std::vector<Option> options() = 0;
  std::vector<Option> own_fields() final;

  bool started_ = false;
  std::vector<double> base_lrs_;
};

/// What a schedule with these options is.
template <class Options>
struct Schedule {
  using Next = double(const Options& options, const RateStep& step);

  const char* name;
  /// Lists the fields of the options: the only source for checking, saving and loading.
  std::vector<Option> (*fields)(Options& options);
  Next* next;         ///< the lr after a step
  Next* closed_form;  ///< the same from base_lr, for step(epoch)
  /// Throws ValueError if several options do not fit together, or not to the scheduler's groups.
  void (*check)(const Options& options,
                const SchedulerBase& scheduler) = [](const Options&, const SchedulerBase&) {};
};

/// Base of the schedulers that are nothing but a schedule.
template <class Options>
class ScheduleOf : public RateScheduler {
 protected:
  /// Makes the first step. Throws ValueError if an option has a value that is not allowed, and if
  /// last_epoch is given though no scheduler has run; the optimizer is not changed then.
  ScheduleOf(Optimizer& optimizer, Options options, Schedule<Options> schedule)
      : RateScheduler(schedule.name, optimizer), options_(std::move(options)), schedule_(schedule) {
    start(options_.last_epoch);
  }

 private:
  std::vector<Option> options() final { return schedule_.fields(options_); }
  void check_fields() const final { schedule_.check(options_, *this); }
  double next_lr(const RateStep& step) const final { return schedule_.next(options_, step); }
  double closed_form_lr(const RateStep& s) const final {
    return schedule_.closed_form(options_, s);
  }

  Options options_;
  Schedule<Options> schedule_;
};

}  // namespace lr_scheduler
}  // namespace xgrad::optim
