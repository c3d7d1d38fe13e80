#include "cosine.hpp"

#include <cmath>
#include <numbers>

#include "../../autograd/support/error.hpp"
#include "../../autograd/support/message.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

using std::numbers::pi;

/// From `top` at t = 0 down to `bottom` at t = T.
double cosine(double top, double bottom, double t, double T) {
  return bottom + (top - bottom) * (1 + std::cos(pi * t / T)) / 2;
}

}  // namespace

// ---- CosineAnnealingLR

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, CosineAnnealingLROptions options)
    : RateScheduler(optimizer), options_(options) {
  start(options_.last_epoch);
  started_ = true;
}

std::vector<Option> CosineAnnealingLR::options() {
  return {{"T_max", &options_.T_max, Allowed::positive},
          {"eta_min", &options_.eta_min, Allowed::non_negative}};
}

double CosineAnnealingLR::next_lr(std::size_t group, std::int64_t epoch) const {
  if (epoch == 0) return lr(group);
  if (!started_) return closed_form_lr(group, epoch);
  const double eta = options_.eta_min;
  const double T = static_cast<double>(options_.T_max);
  const double t = static_cast<double>(epoch);
  const bool lowest = (epoch - 1) % options_.T_max == 0 && (epoch - 1) / options_.T_max % 2 == 1;
  if (lowest) return lr(group) + (base_lr(group) - eta) * (1 - std::cos(pi / T)) / 2;
  return (1 + std::cos(pi * t / T)) / (1 + std::cos(pi * (t - 1) / T)) * (lr(group) - eta) + eta;
}

double CosineAnnealingLR::closed_form_lr(std::size_t group, std::int64_t epoch) const {
  return cosine(base_lr(group), options_.eta_min, static_cast<double>(epoch),
                static_cast<double>(options_.T_max));
}

// ---- CosineAnnealingWarmRestarts

CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts(Optimizer& optimizer,
                                                         CosineAnnealingWarmRestartsOptions options)
    : RateScheduler(optimizer), options_(options), T_i_(static_cast<double>(options.T_0)) {
  start(options_.last_epoch);
  started_ = true;
}

std::vector<Option> CosineAnnealingWarmRestarts::options() {
  return {{"T_0", &options_.T_0, Allowed::positive},
          {"T_mult", &options_.T_mult, Allowed::positive},
          {"eta_min", &options_.eta_min, Allowed::non_negative},
          {"T_cur", &T_cur_, Allowed::any},
          {"T_i", &T_i_, Allowed::positive}};
}

void CosineAnnealingWarmRestarts::check() const {
  if (!(T_cur_ >= 0 && T_cur_ <= T_i_))
    throw ValueError(message("CosineAnnealingWarmRestarts: T_cur is ", T_cur_, " of T_i ", T_i_,
                             "; expected 0 <= T_cur <= T_i"));
}

double CosineAnnealingWarmRestarts::next_lr(std::size_t group, std::int64_t) const {
  return cosine(base_lr(group), options_.eta_min, T_cur_, T_i_);
}

void CosineAnnealingWarmRestarts::step() {
  const bool goes_on = started_ && last_epoch() >= 0;
  if (!goes_on) return step(static_cast<double>(last_epoch() + 1));
  T_cur_ += 1;
  if (T_cur_ >= T_i_) {
    T_cur_ -= T_i_;
    T_i_ *= static_cast<double>(options_.T_mult);
  }
  move_to(last_epoch() + 1);
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
  move_to(static_cast<std::int64_t>(std::floor(epoch)));
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
