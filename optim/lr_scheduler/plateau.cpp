#include "plateau.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../../autograd/support/str.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

constexpr const char* modes[] = {"min", "max"};
constexpr const char* threshold_modes[] = {"rel", "abs"};

}  // namespace

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, ReduceLROnPlateauOptions options)
    : SchedulerBase(optimizer),
      options_(std::move(options)),
      best_((options_.mode == PlateauMode::min ? 1 : -1) *
            std::numeric_limits<double>::infinity()) {
  const auto check = [this] {
    check_per_group(*this, "min_lr", options_.min_lr.values.size());
    if (std::isnan(best_)) throw ValueError("ReduceLROnPlateau: best is nan; expected a metric");
    if (num_bad_epochs_ > last_epoch())
      throw ValueError(str("ReduceLROnPlateau: num_bad_epochs is ", num_bad_epochs_, " of ",
                           last_epoch(), " epochs; expected no more than all"));
  };
  set_up("ReduceLROnPlateau",
         {{"mode", Choice(options_.mode, modes)},
          {"factor", &options_.factor, Allowed::fraction},
          {"patience", &options_.patience, Allowed::non_negative},
          {"threshold", &options_.threshold, Allowed::non_negative},
          {"threshold_mode", Choice(options_.threshold_mode, threshold_modes)},
          {"cooldown", &options_.cooldown, Allowed::non_negative},
          {"min_lr", &options_.min_lr.values, Allowed::non_negative},
          {"eps", &options_.eps, Allowed::non_negative},
          {"best", &best_, Allowed::any},
          {"num_bad_epochs", &num_bad_epochs_, Allowed::non_negative},
          {"cooldown_counter", &cooldown_counter_, Allowed::non_negative}},
         check);
}

void ReduceLROnPlateau::step(double metric) {
  check_fields();
  const bool min = options_.mode == PlateauMode::min;
  const double threshold = min ? -options_.threshold : options_.threshold;
  double limit = best_;
  if (std::isfinite(best_))  // there is no part of an infinity
    limit = options_.threshold_mode == ThresholdMode::rel
                ? best_ * (1 + std::copysign(1, best_) * threshold)
                : best_ + threshold;
  ++num_bad_epochs_;
  if (min ? metric < limit : metric > limit) {
    best_ = metric;
    num_bad_epochs_ = 0;
  }
  if (cooldown_counter_ > 0) {
    --cooldown_counter_;
    num_bad_epochs_ = 0;
  }
  if (num_bad_epochs_ > options_.patience) {
    for (std::size_t group = 0; group < num_groups(); ++group) {
      const double reduced = std::max(lr(group) * options_.factor, options_.min_lr[group]);
      if (lr(group) - reduced > options_.eps) lr(group) = reduced;
    }
    cooldown_counter_ = options_.cooldown;
    num_bad_epochs_ = 0;
  }
  reach(last_epoch() + 1);
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
