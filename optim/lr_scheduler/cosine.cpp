#include "cosine.hpp"

#include <cmath>
#include <numbers>

#include "../../autograd/support/error.hpp"
#include "../../autograd/support/str.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

using std::numbers::pi;

/// From `top` at t = 0 down to `bottom` at t = T.
double cosine(double top, double bottom, double t, double T) {
  return bottom + (top - bottom) * (1 + std::cos(pi * t / T)) / 2;
}

std::vector<Option> fields(CosineAnnealingLROptions& o) {
  return {{"T_max", &o.T_max, Allowed::positive}, {"eta_min", &o.eta_min, Allowed::non_negative}};
}
double closed_form(const CosineAnnealingLROptions& o, const RateStep& s) {
  return cosine(s.base_lr, o.eta_min, s.t, static_cast<double>(o.T_max));
}
double next(const CosineAnnealingLROptions& o, const RateStep& s) {
  if (s.epoch == 0) return s.lr;
  if (s.first) return closed_form(o, s);
  const double eta = o.eta_min, T = static_cast<double>(o.T_max);
  const bool lowest = (s.epoch - 1) % o.T_max == 0 && (s.epoch - 1) / o.T_max % 2 == 1;
  if (lowest) return s.lr + (s.base_lr - eta) * (1 - std::cos(pi / T)) / 2;
  return (1 + std::cos(pi * s.t / T)) / (1 + std::cos(pi * (s.t - 1) / T)) * (s.lr - eta) + eta;
}

}  // namespace

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, CosineAnnealingLROptions options)
    : ScheduleOf(optimizer, options, {"CosineAnnealingLR", fields, next, closed_form}) {}

// ---- CosineAnnealingWarmRestarts

CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts(Optimizer& optimizer,
                                                         CosineAnnealingWarmRestartsOptions options)
    : RateScheduler("CosineAnnealingWarmRestarts", optimizer),
      options_(options),
      T_i_(static_cast<double>(options.T_0)) {
  start(options_.last_epoch);
}

std::vector<Option> CosineAnnealingWarmRestarts::options() {
  return {{"T_0", &options_.T_0, Allowed::positive},
          {"T_mult", &options_.T_mult, Allowed::positive},
          {"eta_min", &options_.eta_min, Allowed::non_negative},
          {"T_cur", &T_cur_, Allowed::any},
          {"T_i", &T_i_, Allowed::positive}};
}

void CosineAnnealingWarmRestarts::check_fields() const {
  if (!(T_cur_ >= 0 && T_cur_ <= T_i_))
    throw ValueError(str("CosineAnnealingWarmRestarts: T_cur is ", T_cur_, " of T_i ", T_i_,
                         "; expected 0 <= T_cur <= T_i"));
}

double CosineAnnealingWarmRestarts::next_lr(const RateStep& s) const {
  return cosine(s.base_lr, options_.eta_min, T_cur_, T_i_);
}

void CosineAnnealingWarmRestarts::step() {
  if (!started() || last_epoch() < 0) return step(static_cast<double>(last_epoch() + 1));
  T_cur_ += 1;
  if (T_cur_ >= T_i_) {
    T_cur_ -= T_i_;
    T_i_ *= static_cast<double>(options_.T_mult);
  }
  RateScheduler::step();
}

void CosineAnnealingWarmRestarts::step(double epoch) {
  check_epoch(epoch);
  const double first = static_cast<double>(options_.T_0);
  const double mult = static_cast<double>(options_.T_mult);
  T_cur_ = epoch;
  T_i_ = first;
  if (epoch >= first && mult == 1) T_cur_ = std::fmod(epoch, first);
  if (epoch >= first && mult > 1) {
    // n periods are over, which were T_0 (mult^n − 1) / (mult − 1) epochs.
    const double n = std::floor(std::log(epoch / first * (mult - 1) + 1) / std::log(mult));
    T_cur_ = epoch - first * (std::pow(mult, n) - 1) / (mult - 1);
    T_i_ = first * std::pow(mult, n);
  }
  set_lrs(static_cast<std::int64_t>(std::floor(epoch)));
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
