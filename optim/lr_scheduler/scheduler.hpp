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
/// optimizer, which has to outlive it: once when it is made, which is epoch 0, and once for each
/// call of step(), after the optimizer's own steps of that epoch:
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

namespace xgrad::optim {
inline namespace lr_scheduler {

/// An option that is one value for all parameter groups or a list with one for each:
/// `.max_lr = 0.1` or `.max_lr = {0.1, 0.05}`.
template <class T>
class PerGroup {
 public:
  PerGroup() = default;  ///< no value yet
  /// One value, or a list.
  /// @{
  template <std::convertible_to<T> U>
  PerGroup(U&& value) : values{T(std::forward<U>(value))} {}  // NOLINT(*-explicit-*)
  PerGroup(std::initializer_list<T> list) : values(list) {}
  PerGroup(std::vector<T> list) : values(std::move(list)) {}  // NOLINT(*-explicit-*)
  /// @}

  /// The value for a group.
  const T& operator[](std::size_t group) const { return values[values.size() == 1 ? 0 : group]; }

  std::vector<T> values;  ///< one for all, or one for each group
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
  /// optimizer is not changed. Throws ValueError, beginning with `origin`, saying what does not
  /// fit; nothing is changed then.
  void load_state_dict(const OptionTexts& saved, const std::string& origin = "load_state_dict");
  /// Writes the state_dict() as the metadata of a safetensors file. Throws IoError if the file
  /// cannot be written.
  void save(const std::string& path) const;
  /// Reads it. Throws IoError if the file cannot be read or holds no scheduler's state; otherwise
  /// as load_state_dict, the message beginning with the path.
  void load(const std::string& path);

 protected:
  /// Of this optimizer, made of these.
  explicit SchedulerBase(Optimizer& optimizer, SchedulerRefs children = {})
      : optimizer_(optimizer), children_(std::move(children)) {}

  /// To be called by every constructor. `fields` lists the options and the state, without
  /// last_epoch and last_lr: the only source for checking, saving and loading. `check` throws
  /// ValueError if several of them do not fit together. Throws ValueError if one is not allowed.
  void set_up(const char* name, std::vector<Option> fields, std::function<void()> check,
              std::int64_t last_epoch = 0);
  void check_fields() const { check_(); }  ///< throws as set_up
  /// What a step ends with: notes the epoch and the learning rates.
  void reach(std::int64_t epoch);

  /// Number of parameter groups.
  std::size_t num_groups() const noexcept { return optimizer_.num_param_groups(); }
  /// The learning rate of a group, to be set.
  double& lr(std::size_t group) const { return optimizer_.option(group, "lr"); }
  /// Those whose state is saved with it.
  const SchedulerRefs& children() const noexcept { return children_; }

 private:
  friend class SequentialLR;

  void validate() const;
  void read(const OptionTexts& saved, const std::string& origin);
  void check_loaded(const std::string& origin);

  const char* name_ = "";
  Optimizer& optimizer_;
  SchedulerRefs children_;
  std::vector<Option> fields_;
  std::function<void()> check_;
  std::int64_t last_epoch_ = 0;
  std::vector<double> last_lr_;
};

/// Throws ValueError unless an option has `count` values for the groups: one, or one for each.
void check_per_group(const SchedulerBase& scheduler, const char* option, std::size_t count);

/// The step of one group to an epoch.
struct RateStep {
  std::size_t group;   ///< its number
  std::int64_t epoch;  ///< that the step leads to
  double t;            ///< the epoch as a number to compute with
  double lr;           ///< what the group has before the step
  double base_lr;      ///< the initial learning rate
  bool first;          ///< whether it is the one made by the constructor
};

/// How a scheduler computes the learning rates. The functions refer to options and state that live
/// as long as the scheduler; those that are not given do nothing.
struct Schedule {
  const char* name;  ///< of the class
  /// Lists the options and the state: the only source for checking, saving and loading.
  std::vector<Option> fields;
  /// The lr of a group after a step.
  std::function<double(const RateStep& step)> next;
  /// The same from base_lr, for step(epoch).
  std::function<double(const RateStep& step)> closed_form = next;
  /// Throws ValueError if several fields do not fit together, or not to the scheduler's groups.
  std::function<void(const SchedulerBase& scheduler)> check = [](const SchedulerBase&) {};
  /// The base_lr of a group, in the place of the optimizer's initial_lr.
  std::function<double(std::size_t group)> base_lr = {};
  /// Changes the state at the beginning of a step: to the next epoch, or to one by its number,
  /// which may have a fraction.
  std::function<void(double epoch, bool next)> advance = {};
  /// Called at the end of every step.
  std::function<void(const SchedulerBase& scheduler)> finish = {};
};

/// Base of the schedulers that need nothing but to be stepped. The learning rate is never set below
/// 0, where rounding can lead those that end there (LinearLR{.end_factor = 0}).
///
/// Groups that are added to the optimizer later are scheduled from the next step on, from the lr
/// that they then have.
class LRScheduler : public SchedulerBase {
 public:
  /// Goes on to the next epoch. Nothing is changed when an error is thrown.
  virtual void step();
  /// Goes to that epoch, to what would have been reached by steps without other influences. Throws
  /// ValueError unless it is a whole number >= 0 (CosineAnnealingWarmRestarts: a finite one), and
  /// always if the scheduler is made of others.
  void step(double epoch);

 protected:
  using SchedulerBase::SchedulerBase;  ///< that of SchedulerBase

  /// What the constructor of a schedule ends with: checks the options and makes the first step. A
  /// `last_epoch` other than -1 resumes a run after that epoch without a state_dict, the
  /// optimizer's having been loaded. Throws ValueError if it cannot; the optimizer is not changed
  /// then.
  void start(Schedule schedule, std::int64_t last_epoch);

 private:
  void set_lrs(double epoch, bool closed_form);

  Schedule schedule_ = {};
  bool started_ = false;
  std::vector<double> base_lrs_;
};

/// A factor for each epoch, counted from 0. The step that calls it throws ValueError unless the
/// factor is finite and >= 0.
using LRLambda = std::function<double(std::int64_t epoch)>;

/// The scheduler with these options and the schedule that a function makes of them.
template <class Options, Schedule (*schedule)(Options& options) = Options::schedule>
class ScheduleOf final : public LRScheduler {
 public:
  /// Makes the first step. Throws ValueError if an option has a value that is not allowed, and if
  /// last_epoch is given though no scheduler has run; the optimizer is not changed then.
  explicit ScheduleOf(Optimizer& optimizer, Options options = {})
      : LRScheduler(optimizer), options_(std::move(options)) {
    start(schedule(options_), options_.last_epoch);
  }
  /// With one function for all groups, where the options are functions.
  template <std::convertible_to<LRLambda> F>
    requires requires(Options options) { options.lr_lambda; }
  ScheduleOf(Optimizer& optimizer, F lr_lambda)
      : ScheduleOf(optimizer, Options{.lr_lambda = LRLambda(std::move(lr_lambda))}) {}

 private:
  Options options_;
};

}  // namespace lr_scheduler
}  // namespace xgrad::optim
