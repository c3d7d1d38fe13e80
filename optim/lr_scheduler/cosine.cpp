#include "cosine.hpp"

#include <cmath>
#include <memory>
#include <numbers>

#include "../../autograd/support/str.hpp"
#include "one_cycle.hpp"

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

// ---- OneCycleLR

namespace {

constexpr const char* strategies[] = {"cos", "linear"};

double steps_of(const OneCycleLROptions& o) {
  return o.total_steps > 0 ? static_cast<double>(o.total_steps)
                           : static_cast<double>(o.epochs) * static_cast<double>(o.steps_per_epoch);
}

/// What is cycled against the lr; null if the optimizer has no momentum.
double* find_momentum(const SchedulerBase& scheduler, std::size_t group) {
  double* beta = scheduler.optimizer().find_option(group, "betas[0]");
  return beta ? beta : scheduler.optimizer().find_option(group, "momentum");
}

/// A value at step t of the cycle: `middle` at the end of the first phase.
double anneal(const OneCycleLROptions& o, double t, double first, double middle, double last) {
  const auto phase = [&](double begin, double end, double from, double to) {
    const double pct = end == begin ? 1 : (t - begin) / (end - begin);
    return o.anneal_strategy == AnnealStrategy::linear
               ? (to - from) * pct + from
               : to + (from - to) / 2 * (std::cos(pi * pct) + 1);
  };
  const double total = steps_of(o), end = total - 1;
  const double up = o.pct_start * total - 1, down = 2 * o.pct_start * total - 2;
  if (t <= up) return phase(0, up, first, middle);
  if (!o.three_phase) return phase(up, end, middle, last);
  return t <= down ? phase(up, down, middle, first) : phase(down, end, first, last);
}

}  // namespace

Schedule OneCycleLROptions::schedule(OneCycleLROptions& o) {
  const auto next = [&o](const RateStep& s) {
    if (s.t > steps_of(o))
      throw ValueError(str("OneCycleLR: step ", s.epoch, " of ", steps_of(o),
                           "; the cycle is over, stop calling step()"));
    return anneal(o, s.t, s.base_lr, o.max_lr[s.group], s.base_lr / o.final_div_factor);
  };
  const auto check = [&o](const SchedulerBase& scheduler) {
    check_per_group(scheduler, "max_lr", o.max_lr.values.size());
    check_per_group(scheduler, "base_momentum", o.base_momentum.values.size());
    check_per_group(scheduler, "max_momentum", o.max_momentum.values.size());
    if (steps_of(o) == 0)
      throw ValueError(str("OneCycleLR: total_steps is ", o.total_steps, ", epochs ", o.epochs,
                           " and steps_per_epoch ", o.steps_per_epoch,
                           "; give total_steps > 0, or the other two"));
    const std::size_t groups = scheduler.optimizer().num_param_groups();
    for (std::size_t group = 0; o.cycle_momentum && group < groups; ++group)
      if (!find_momentum(scheduler, group))
        throw ValueError(str("OneCycleLR: ", scheduler.optimizer().name(),
                             " has neither betas nor momentum; set cycle_momentum to false"));
  };
  const auto finish = [&o](const SchedulerBase& scheduler) {
    const std::size_t groups = scheduler.optimizer().num_param_groups();
    for (std::size_t group = 0; o.cycle_momentum && group < groups; ++group)
      *find_momentum(scheduler, group) =
          anneal(o, static_cast<double>(scheduler.last_epoch()), o.max_momentum[group],
                 o.base_momentum[group], o.max_momentum[group]);
  };
  Schedule cycle{.name = "OneCycleLR",
                 .fields = {{"max_lr", &o.max_lr.values, Allowed::positive},
                            {"total_steps", &o.total_steps, Allowed::non_negative},
                            {"epochs", &o.epochs, Allowed::non_negative},
                            {"steps_per_epoch", &o.steps_per_epoch, Allowed::non_negative},
                            {"pct_start", &o.pct_start, Allowed::closed_fraction},
                            {"anneal_strategy", Choice(o.anneal_strategy, strategies)},
                            {"cycle_momentum", &o.cycle_momentum},
                            {"base_momentum", &o.base_momentum.values, Allowed::fraction},
                            {"max_momentum", &o.max_momentum.values, Allowed::fraction},
                            {"div_factor", &o.div_factor, Allowed::positive},
                            {"final_div_factor", &o.final_div_factor, Allowed::positive},
                            {"three_phase", &o.three_phase}},
                 .next = next,
                 .check = check,
                 .finish = finish};
  if (o.last_epoch == -1)
    cycle.base_lr = [&o](std::size_t group) { return o.max_lr[group] / o.div_factor; };
  return cycle;
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
