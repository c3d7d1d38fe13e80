#include "cosine.hpp"

#include <cmath>
#include <memory>
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

}  // namespace

Schedule CosineAnnealingLROptions::schedule(CosineAnnealingLROptions& o) {
  const auto closed_form = [&o](const RateStep& s) {
    return cosine(s.base_lr, o.eta_min, s.t, static_cast<double>(o.T_max));
  };
  const auto next = [&o, closed_form](const RateStep& s) {
    if (s.epoch == 0) return s.lr;
    if (s.first) return closed_form(s);
    const double eta = o.eta_min, T = static_cast<double>(o.T_max);
    const bool lowest = (s.epoch - 1) % o.T_max == 0 && (s.epoch - 1) / o.T_max % 2 == 1;
    if (lowest) return s.lr + (s.base_lr - eta) * (1 - std::cos(pi / T)) / 2;
    return (1 + std::cos(pi * s.t / T)) / (1 + std::cos(pi * (s.t - 1) / T)) * (s.lr - eta) + eta;
  };
  const std::vector<Option> fields{{"T_max", &o.T_max, Allowed::positive},
                                   {"eta_min", &o.eta_min, Allowed::non_negative}};
  return {"CosineAnnealingLR", fields, next, closed_form};
}

Schedule CosineAnnealingWarmRestartsOptions::schedule(CosineAnnealingWarmRestartsOptions& o) {
  struct Period {
    double T_cur = 0, T_i;
  };
  const auto p = std::make_shared<Period>(Period{.T_i = static_cast<double>(o.T_0)});
  const auto next = [&o, p](const RateStep& s) {
    return cosine(s.base_lr, o.eta_min, p->T_cur, p->T_i);
  };
  const auto check = [p](const SchedulerBase& scheduler) {
    if (!(p->T_cur >= 0 && p->T_cur <= p->T_i))
      throw ValueError(str(scheduler.name(), ": T_cur is ", p->T_cur, " of T_i ", p->T_i,
                           "; expected 0 <= T_cur <= T_i"));
  };
  const auto advance = [&o, p](double epoch, bool to_next) {
    const auto first = static_cast<double>(o.T_0), mult = static_cast<double>(o.T_mult);
    if (to_next) {
      p->T_cur += 1;
      if (p->T_cur >= p->T_i) *p = {p->T_cur - p->T_i, p->T_i * mult};
    } else if (epoch < first || mult == 1) {
      *p = {epoch < first ? epoch : std::fmod(epoch, first), first};
    } else {
      // n periods are over, which were T_0 (mult^n − 1) / (mult − 1) epochs.
      const double n = std::floor(std::log(epoch / first * (mult - 1) + 1) / std::log(mult));
      *p = {epoch - first * (std::pow(mult, n) - 1) / (mult - 1), first * std::pow(mult, n)};
    }
  };
  return {.name = "CosineAnnealingWarmRestarts",
          .fields = {{"T_0", &o.T_0, Allowed::positive},
                     {"T_mult", &o.T_mult, Allowed::positive},
                     {"eta_min", &o.eta_min, Allowed::non_negative},
                     {"T_cur", &p->T_cur, Allowed::any},
                     {"T_i", &p->T_i, Allowed::positive}},
          .next = next,
          .check = check,
          .advance = advance};
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
