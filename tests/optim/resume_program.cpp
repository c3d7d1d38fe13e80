// Trains a little network with one optimizer and one scheduler, in one run or in several:
//
//     resume_program OPTIMIZER SCHEDULER BEGIN END DIRECTORY
//
// makes the steps BEGIN … END - 1. Unless BEGIN is 0 it goes on from the files that the run up to
// BEGIN left in DIRECTORY, where it leaves its own. `resume_program --list` prints the names of the
// optimizers and, in a second line, of the schedulers. resume_test.cpp compares the files.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/creation.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/ops.hpp"
#include "autograd/random.hpp"
#include "autograd/safetensors.hpp"
#include "optim/optim.hpp"

namespace xgrad {
namespace {

using namespace optim;

// ---- optimizers and schedulers, with options for which they keep the most state

using MakeOptimizer = std::function<std::unique_ptr<Optimizer>(const std::vector<Tensor>&)>;

template <class O, class Options>
MakeOptimizer with(const Options& first, const Options& second) {
  return [=](const std::vector<Tensor>& params) {
    return std::make_unique<O>(std::vector<ParamGroup<Options>>{{{params[0], params[1]}, first},
                                                                {{params[2], params[3]}, second}});
  };
}

const std::map<std::string, MakeOptimizer> optimizers{
    {"SGD",
     with<SGD, SGDOptions>({.lr = 0.1, .momentum = 0.9, .nesterov = true},
                           {.lr = 0.05, .momentum = 0.5, .dampening = 0.1, .weight_decay = 1e-3})},
    {"ASGD", with<ASGD, ASGDOptions>({.lr = 0.1, .lambd = 0.01, .t0 = 20}, {.lr = 0.05, .t0 = 70})},
    {"Adagrad", with<Adagrad, AdagradOptions>({.lr = 0.1, .lr_decay = 0.01},
                                              {.initial_accumulator_value = 0.3})},
    {"Adadelta", with<Adadelta, AdadeltaOptions>({}, {.lr = 0.5, .rho = 0.8})},
    {"RMSprop",
     with<RMSprop, RMSpropOptions>({.momentum = 0.9, .centered = true}, {.weight_decay = 1e-3})},
    {"Adam", with<Adam, AdamOptions>({.lr = 0.01, .amsgrad = true}, {.betas = {0.8, 0.95}})},
    {"AdamW", with<AdamW, AdamWOptions>({.lr = 0.01, .amsgrad = true}, {.weight_decay = 0.1})},
    {"Adamax", with<Adamax, AdamaxOptions>({}, {.lr = 0.01})},
    {"NAdam", with<NAdam, NAdamOptions>({}, {.momentum_decay = 0.1})},
    {"RAdam", with<RAdam, RAdamOptions>({}, {.betas = {0.8, 0.9}})},
    {"Rprop", with<Rprop, RpropOptions>({}, {.lr = 0.1})},
    {"LBFGS",
     [](auto& p) {
       return std::make_unique<LBFGS>(p, LBFGSOptions{.lr = 0.5, .max_iter = 2, .history_size = 5});
     }},
    {"LBFGS with strong Wolfe",
     [](auto& p) {
       return std::make_unique<LBFGS>(
           p, LBFGSOptions{.max_iter = 2, .line_search = LineSearch::strong_wolfe});
     }},
};

/// A scheduler and those it is made of; `step` passes it the loss if it needs one.
struct Schedule {
  std::vector<std::unique_ptr<SchedulerBase>> parts;  // the last one is the scheduler itself
  std::function<void(double loss)> step;
};

template <class S, class... Arguments>
S& add(Schedule& schedule, Arguments&&... arguments) {
  auto scheduler = std::make_unique<S>(std::forward<Arguments>(arguments)...);
  S& reference = *scheduler;
  schedule.parts.push_back(std::move(scheduler));
  if constexpr (std::is_same_v<S, ReduceLROnPlateau>)
    schedule.step = [&reference](double loss) { reference.step(loss); };
  else
    schedule.step = [&reference](double) { reference.step(); };
  return reference;
}

using MakeSchedule = std::function<Schedule(Optimizer&)>;

template <class S, class Options>
MakeSchedule with(const Options& options) {
  return [=](Optimizer& optimizer) {
    Schedule schedule;
    add<S>(schedule, optimizer, options);
    return schedule;
  };
}

Schedule make_sequence(Optimizer& optimizer) {
  Schedule schedule;
  auto& warmup = add<LinearLR>(schedule, optimizer, LinearLROptions{});
  auto& decay = add<ExponentialLR>(schedule, optimizer, ExponentialLROptions{.gamma = 0.99});
  auto& waves = add<CosineAnnealingLR>(schedule, optimizer, CosineAnnealingLROptions{.T_max = 7});
  add<SequentialLR>(
      schedule, optimizer,
      SequentialLROptions{.schedulers = {warmup, decay, waves}, .milestones = {5, 60}});
  return schedule;
}

Schedule make_chain(Optimizer& optimizer) {
  Schedule schedule;
  auto& steps = add<StepLR>(schedule, optimizer, StepLROptions{.step_size = 7, .gamma = 0.9});
  auto& decay = add<ExponentialLR>(schedule, optimizer, ExponentialLROptions{.gamma = 0.99});
  add<ChainedScheduler>(schedule, SchedulerRefs{steps, decay});
  return schedule;
}

const std::map<std::string, MakeSchedule> schedulers{
    {"StepLR", with<StepLR, StepLROptions>({.step_size = 7, .gamma = 0.9})},
    {"MultiStepLR",
     with<MultiStepLR, MultiStepLROptions>({.milestones = {30, 60, 60}, .gamma = 0.7})},
    {"ExponentialLR", with<ExponentialLR, ExponentialLROptions>({.gamma = 0.99})},
    {"ConstantLR", with<ConstantLR, ConstantLROptions>({.total_iters = 70})},
    {"PolynomialLR", with<PolynomialLR, PolynomialLROptions>({.total_iters = 130, .power = 2})},
    {"LinearLR", with<LinearLR, LinearLROptions>({.total_iters = 70})},
    {"CosineAnnealingLR",
     with<CosineAnnealingLR, CosineAnnealingLROptions>({.T_max = 40, .eta_min = 1e-3})},
    {"CosineAnnealingWarmRestarts",
     with<CosineAnnealingWarmRestarts, CosineAnnealingWarmRestartsOptions>(
         {.T_0 = 13, .T_mult = 2})},
    {"OneCycleLR", with<OneCycleLR, OneCycleLROptions>({.max_lr = {0.1, 0.2}, .total_steps = 101})},
    {"LambdaLR",
     with<LambdaLR, LambdaLROptions>(
         {.lr_lambda =
              [](std::int64_t epoch) { return 1 / (1 + 0.01 * static_cast<double>(epoch)); }})},
    {"MultiplicativeLR",
     with<MultiplicativeLR, MultiplicativeLROptions>(
         {.lr_lambda = [](std::int64_t epoch) { return epoch % 9 ? 1 : 0.9; }})},
    {"ReduceLROnPlateau", with<ReduceLROnPlateau, ReduceLROnPlateauOptions>(
                              {.factor = 0.5, .patience = 2, .threshold = 0.05, .cooldown = 3})},
    {"SequentialLR", make_sequence},
    {"ChainedScheduler", make_chain},
};

// ---- training

const std::vector<Shape> shapes{{8, 5}, {8}, {3, 8}, {3}};

class Training {
 public:
  Training(const std::string& optimizer, const std::string& scheduler, std::string directory)
      : directory_(std::move(directory)) {
    manual_seed(1);
    for (const Shape& shape : shapes) params_.push_back(randn(shape, {.requires_grad = true}));
    optimizer_ = optimizers.at(optimizer)(params_);
    schedule_ = schedulers.at(scheduler)(*optimizer_);
  }

  void load() {
    const auto saved = load_safetensors(directory_ + "/parameters").tensors;
    NoGrad guard;
    for (std::size_t i = 0; i < params_.size(); ++i) params_[i].copy_(saved.at(std::to_string(i)));
    for (std::size_t i = 0; i < schedule_.parts.size(); ++i)
      schedule_.parts[i]->load(directory_ + "/scheduler" + std::to_string(i));
    optimizer_->load(directory_ + "/optimizer");
  }

  void save() const {
    std::map<std::string, Tensor> tensors;
    for (std::size_t i = 0; i < params_.size(); ++i)
      tensors[std::to_string(i)] = params_[i].detach();
    save_safetensors(directory_ + "/parameters", tensors);
    for (std::size_t i = 0; i < schedule_.parts.size(); ++i)
      schedule_.parts[i]->save(directory_ + "/scheduler" + std::to_string(i));
    optimizer_->save(directory_ + "/optimizer");
  }

  /// Each step has a batch of its own. In every third one the last parameter has no gradient.
  void step(int number) {
    manual_seed(static_cast<std::uint64_t>(100 + number));
    const Tensor x = randn({16, 5});
    const Tensor target = tanh(slice(x, 1, 0, 3) + slice(x, 1, 2, 5));
    const Tensor loss = optimizer_->step([&] {
      optimizer_->zero_grad();
      const Tensor bias = number % 3 == 0 ? params_[3].detach() : params_[3];
      const Tensor y = linear(tanh(linear(x, params_[0], params_[1])), params_[2], bias);
      Tensor value = mean(square(y - target));
      value.backward();
      return value;
    });
    schedule_.step(loss.item<double>());
  }

 private:
  std::string directory_;
  std::vector<Tensor> params_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
};

template <class Map>
void print_names(const Map& map) {
  for (const auto& [name, make] : map) std::printf("%s,", name.c_str());
  std::printf("\n");
}

int run(const std::vector<std::string>& arguments) {
  if (arguments == std::vector<std::string>{"--list"}) {
    print_names(optimizers);
    print_names(schedulers);
    return 0;
  }
  Training training(arguments.at(0), arguments.at(1), arguments.at(4));
  const int begin = std::stoi(arguments.at(2)), end = std::stoi(arguments.at(3));
  if (begin > 0) training.load();
  for (int number = begin; number < end; ++number) training.step(number);
  training.save();
  return 0;
}

}  // namespace
}  // namespace xgrad

int main(int argc, char** argv) {
  try {
    return xgrad::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
