#pragma once

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "autograd/creation.hpp"
#include "optim/adam.hpp"
#include "optim/lr_scheduler.hpp"
#include "optim/sgd.hpp"
#include "tests/support/golden.hpp"

/// @file
/// Runs the cases of tests/golden/lr_scheduler.json; tests/golden/lr_scheduler.py says what they
/// are.

namespace xgrad::test {

inline const json& scheduler_cases() {
  static const json golden = read_golden("lr_scheduler.json");
  return golden["cases"];
}

/// Sets `target` to the option of that name if it is given.
template <class T>
void take(const json& options, const char* name, T& target) {
  if (options.contains(name)) target = options[name].get<T>();
}
inline void take(const json& options, const char* name, optim::PerGroup<double>& target) {
  if (!options.contains(name)) return;
  const json& value = options[name];
  target = value.is_array() ? optim::PerGroup<double>(value.get<std::vector<double>>())
                            : optim::PerGroup<double>(value.get<double>());
}

inline optim::LRLambda golden_lambda(const std::string& name) {
  if (name == "power") return [](std::int64_t t) { return std::pow(0.95, t); };
  if (name == "inverse") return [](std::int64_t t) { return 1 / (1 + static_cast<double>(t) / 8); };
  if (name == "seesaw") return [](std::int64_t t) { return 0.5 + static_cast<double>(t % 7) / 8; };
  throw std::invalid_argument(name);
}

inline optim::LambdaLROptions lambda_options(const json& given) {
  optim::LambdaLROptions options;
  for (const std::string name : given["lr_lambda"])
    options.lr_lambda.values.push_back(golden_lambda(name));
  take(given, "last_epoch", options.last_epoch);
  return options;
}

inline optim::OneCycleLROptions one_cycle_options(const json& given) {
  optim::OneCycleLROptions options;
  take(given, "max_lr", options.max_lr);
  take(given, "total_steps", options.total_steps);
  take(given, "epochs", options.epochs);
  take(given, "steps_per_epoch", options.steps_per_epoch);
  take(given, "pct_start", options.pct_start);
  if (given.value("anneal_strategy", "cos") == "linear")
    options.anneal_strategy = optim::AnnealStrategy::linear;
  take(given, "cycle_momentum", options.cycle_momentum);
  take(given, "base_momentum", options.base_momentum);
  take(given, "max_momentum", options.max_momentum);
  take(given, "div_factor", options.div_factor);
  take(given, "final_div_factor", options.final_div_factor);
  take(given, "three_phase", options.three_phase);
  return options;
}

inline optim::ReduceLROnPlateauOptions plateau_options(const json& given) {
  optim::ReduceLROnPlateauOptions options;
  if (given.value("mode", "min") == "max") options.mode = optim::PlateauMode::max;
  take(given, "factor", options.factor);
  take(given, "patience", options.patience);
  take(given, "threshold", options.threshold);
  if (given.value("threshold_mode", "rel") == "abs")
    options.threshold_mode = optim::ThresholdMode::abs;
  take(given, "cooldown", options.cooldown);
  take(given, "min_lr", options.min_lr);
  take(given, "eps", options.eps);
  return options;
}

/// The optimizer and the schedulers of one case, as they are before its first epoch.
class SchedulerCase {
 public:
  explicit SchedulerCase(const json& golden) : golden_(golden) {
    const std::vector<double> lrs = golden["lrs"];
    if (golden["optimizer"] == "SGD")
      optimizer_ = std::make_unique<optim::SGD>(
          std::vector<optim::SGD::ParamGroup>{{{ones({1})}, {.lr = lrs[0], .momentum = 0.9}},
                                              {{ones({1})}, {.lr = lrs[1], .momentum = 0.9}}});
    else
      optimizer_ = std::make_unique<optim::Adam>(std::vector<optim::Adam::ParamGroup>{
          {{ones({1})}, {.lr = lrs[0]}}, {{ones({1})}, {.lr = lrs[1]}}});
    if (golden.contains("initial_lr"))
      for (std::size_t group = 0; group < 2; ++group)
        optimizer_->initial_lr(group) = golden["initial_lr"][group];
    for (const json& spec : golden["schedulers"]) stepped_.push_back(make(spec));
  }

  optim::Optimizer& optimizer() { return *optimizer_; }
  /// Those of the case; the schedulers that these are made of are theirs to step.
  const std::vector<optim::SchedulerBase*>& schedulers() const { return stepped_; }
  std::size_t epochs() const { return golden_["rates"].size() - 1; }

  /// The epoch numbered t, counted from 0.
  void run(std::size_t t) {
    for (const json& change : golden_.value("changes", json::array()))
      if (change["epoch"] == t)
        optimizer_->option(change["group"], "lr") *= change["factor"].get<double>();
    for (optim::SchedulerBase* scheduler : stepped_) {
      if (auto* plateau = dynamic_cast<optim::ReduceLROnPlateau*>(scheduler))
        plateau->step(golden_["metrics"][t].get<double>());
      else if (golden_.contains("epochs"))
        dynamic_cast<optim::LRScheduler&>(*scheduler).step(golden_["epochs"][t].get<double>());
      else
        dynamic_cast<optim::LRScheduler&>(*scheduler).step();
    }
  }

  std::vector<double> rates() { return {optimizer_->option(0, "lr"), optimizer_->option(1, "lr")}; }
  std::vector<double> momenta() {
    const char* name = golden_["optimizer"] == "SGD" ? "momentum" : "betas[0]";
    return {optimizer_->option(0, name), optimizer_->option(1, name)};
  }

 private:
  template <class Scheduler, class... Arguments>
  optim::SchedulerBase* keep(Arguments&&... arguments) {
    owned_.push_back(std::make_unique<Scheduler>(std::forward<Arguments>(arguments)...));
    return owned_.back().get();
  }

  /// The scheduler with the options whose names and members are given.
  template <class Scheduler, class Options, class... Members>
  optim::SchedulerBase* make(const json& given, const std::vector<const char*>& names,
                             Members Options::*... members) {
    Options options;
    auto name = names.begin();
    (take(given, *name++, options.*members), ...);
    take(given, "last_epoch", options.last_epoch);
    return keep<Scheduler>(*optimizer_, options);
  }

  optim::SchedulerRefs make_all(const json& specs) {
    optim::SchedulerRefs made;
    for (const json& spec : specs) made.push_back(dynamic_cast<optim::LRScheduler&>(*make(spec)));
    return made;
  }

  optim::SchedulerBase* make(const json& spec) {
    using namespace optim;
    const json& given = spec["options"];
    const std::string name = spec["class"];
    if (name == "StepLR")
      return make<StepLR>(given, {"step_size", "gamma"}, &StepLROptions::step_size,
                          &StepLROptions::gamma);
    if (name == "MultiStepLR")
      return make<MultiStepLR>(given, {"milestones", "gamma"}, &MultiStepLROptions::milestones,
                               &MultiStepLROptions::gamma);
    if (name == "ExponentialLR")
      return make<ExponentialLR>(given, {"gamma"}, &ExponentialLROptions::gamma);
    if (name == "ConstantLR")
      return make<ConstantLR>(given, {"factor", "total_iters"}, &ConstantLROptions::factor,
                              &ConstantLROptions::total_iters);
    if (name == "LinearLR")
      return make<LinearLR>(given, {"start_factor", "end_factor", "total_iters"},
                            &LinearLROptions::start_factor, &LinearLROptions::end_factor,
                            &LinearLROptions::total_iters);
    if (name == "PolynomialLR")
      return make<PolynomialLR>(given, {"total_iters", "power"}, &PolynomialLROptions::total_iters,
                                &PolynomialLROptions::power);
    if (name == "CosineAnnealingLR")
      return make<CosineAnnealingLR>(given, {"T_max", "eta_min"}, &CosineAnnealingLROptions::T_max,
                                     &CosineAnnealingLROptions::eta_min);
    if (name == "CosineAnnealingWarmRestarts")
      return make<CosineAnnealingWarmRestarts>(given, {"T_0", "T_mult", "eta_min"},
                                               &CosineAnnealingWarmRestartsOptions::T_0,
                                               &CosineAnnealingWarmRestartsOptions::T_mult,
                                               &CosineAnnealingWarmRestartsOptions::eta_min);
    if (name == "LambdaLR") return keep<LambdaLR>(*optimizer_, lambda_options(given));
    if (name == "MultiplicativeLR")
      return keep<MultiplicativeLR>(*optimizer_, lambda_options(given));
    if (name == "OneCycleLR") return keep<OneCycleLR>(*optimizer_, one_cycle_options(given));
    if (name == "ReduceLROnPlateau")
      return keep<ReduceLROnPlateau>(*optimizer_, plateau_options(given));
    if (name == "ChainedScheduler") return keep<ChainedScheduler>(make_all(given["schedulers"]));
    if (name == "SequentialLR")
      return keep<SequentialLR>(*optimizer_, make_all(given["schedulers"]),
                                given["milestones"].get<std::vector<std::int64_t>>());
    throw std::invalid_argument(name);
  }

  const json& golden_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::vector<std::unique_ptr<optim::SchedulerBase>> owned_;
  std::vector<optim::SchedulerBase*> stepped_;
};

}  // namespace xgrad::test
