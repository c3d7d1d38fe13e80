#include "one_cycle.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include "../../autograd/support/error.hpp"
#include "../../autograd/support/str.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {

namespace {
constexpr const char* strategies[] = {"cos", "linear"};
}

struct OneCycleLR::Values {
  double first;
  double middle;  ///< at the end of the first phase
  double last;
};

OneCycleLR::OneCycleLR(Optimizer& optimizer, OneCycleLROptions options)
    : RateScheduler("OneCycleLR", optimizer), options_(std::move(options)) {
  start(options_.last_epoch);
}

std::vector<Option> OneCycleLR::options() {
  return {{"max_lr", &options_.max_lr.values, Allowed::positive},
          {"total_steps", &options_.total_steps, Allowed::non_negative},
          {"epochs", &options_.epochs, Allowed::non_negative},
          {"steps_per_epoch", &options_.steps_per_epoch, Allowed::non_negative},
          {"pct_start", &options_.pct_start, Allowed::closed_fraction},
          {"anneal_strategy", Choice(options_.anneal_strategy, strategies)},
          {"cycle_momentum", &options_.cycle_momentum},
          {"base_momentum", &options_.base_momentum.values, Allowed::fraction},
          {"max_momentum", &options_.max_momentum.values, Allowed::fraction},
          {"div_factor", &options_.div_factor, Allowed::positive},
          {"final_div_factor", &options_.final_div_factor, Allowed::positive},
          {"three_phase", &options_.three_phase}};
}

void OneCycleLR::check_fields() const {
  check_per_group(*this, "max_lr", options_.max_lr);
  check_per_group(*this, "base_momentum", options_.base_momentum);
  check_per_group(*this, "max_momentum", options_.max_momentum);
  if (total_steps() == 0)
    throw ValueError(str("OneCycleLR: total_steps is ", options_.total_steps, ", epochs ",
                         options_.epochs, " and steps_per_epoch ", options_.steps_per_epoch,
                         "; give total_steps > 0, or the other two"));
  for (std::size_t group = 0; options_.cycle_momentum && group < num_groups(); ++group)
    if (!momentum(group))
      throw ValueError(str("OneCycleLR: ", optimizer().name(),
                           " has neither betas nor momentum; set cycle_momentum to false"));
}

double OneCycleLR::total_steps() const {
  return options_.total_steps > 0
             ? static_cast<double>(options_.total_steps)
             : static_cast<double>(options_.epochs) * static_cast<double>(options_.steps_per_epoch);
}

double* OneCycleLR::momentum(std::size_t group) const {
  double* beta = optimizer().find_option(group, "betas[0]");
  return beta ? beta : optimizer().find_option(group, "momentum");
}

double OneCycleLR::initial_lr(std::size_t group) const {
  return options_.last_epoch == -1 ? options_.max_lr[group] / options_.div_factor
                                   : RateScheduler::initial_lr(group);
}

double OneCycleLR::anneal(double t, const Values& values) const {
  struct Phase {
    double end;  ///< its last step
    double from, to;
  };
  const double total = total_steps();
  const auto& [first, middle, last] = values;
  std::vector<Phase> phases{{options_.pct_start * total - 1, first, middle}};
  if (options_.three_phase) phases.push_back({2 * options_.pct_start * total - 2, middle, first});
  phases.push_back({total - 1, phases.back().to, last});

  double start = 0;
  std::size_t i = 0;
  for (; i + 1 < phases.size() && t > phases[i].end; ++i) start = phases[i].end;
  const auto& [end, from, to] = phases[i];
  const double pct = end == start ? 1 : (t - start) / (end - start);
  return options_.anneal_strategy == AnnealStrategy::linear
             ? (to - from) * pct + from
             : to + (from - to) / 2 * (std::cos(std::numbers::pi * pct) + 1);
}

double OneCycleLR::next_lr(const RateStep& s) const {
  if (s.t > total_steps())
    throw ValueError(str("OneCycleLR: step ", s.epoch, " of ", total_steps(),
                         "; the cycle is over, stop calling step()"));
  return anneal(s.t, {s.base_lr, options_.max_lr[s.group], s.base_lr / options_.final_div_factor});
}

void OneCycleLR::finish_step() {
  if (!options_.cycle_momentum) return;
  for (std::size_t group = 0; group < num_groups(); ++group) {
    const double highest = options_.max_momentum[group];
    *momentum(group) = anneal(static_cast<double>(last_epoch()),
                              {highest, options_.base_momentum[group], highest});
  }
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
