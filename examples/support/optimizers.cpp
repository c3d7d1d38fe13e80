#include "examples/support/optimizers.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "autograd/error.hpp"
#include "autograd/support/str.hpp"
#include "optim/optim.hpp"

namespace xgrad::examples {
namespace {

using Params = std::vector<Tensor>;
using Maker = std::unique_ptr<optim::Optimizer> (*)(Params params, double lr);

template <class Class, class Options>
std::unique_ptr<optim::Optimizer> with_rate(Params params, double lr) {
  Options options;
  options.lr = lr;
  return std::make_unique<Class>(std::move(params), options);
}

template <bool nesterov>
std::unique_ptr<optim::Optimizer> with_momentum(Params params, double lr) {
  return std::make_unique<optim::SGD>(
      std::move(params), optim::SGDOptions{.lr = lr, .momentum = 0.9, .nesterov = nesterov});
}

std::unique_ptr<optim::Optimizer> lbfgs(Params params, double lr) {
  return std::make_unique<optim::LBFGS>(
      std::move(params), optim::LBFGSOptions{.lr = lr,
                                             .max_iter = 1,
                                             .tolerance_change = 0,
                                             .line_search = optim::LineSearch::strong_wolfe});
}

const std::vector<std::pair<std::string, Maker>> makers = {
    {"sgd", with_rate<optim::SGD, optim::SGDOptions>},
    {"momentum", with_momentum<false>},
    {"nesterov", with_momentum<true>},
    {"asgd", with_rate<optim::ASGD, optim::ASGDOptions>},
    {"rprop", with_rate<optim::Rprop, optim::RpropOptions>},
    {"adagrad", with_rate<optim::Adagrad, optim::AdagradOptions>},
    {"adadelta", with_rate<optim::Adadelta, optim::AdadeltaOptions>},
    {"rmsprop", with_rate<optim::RMSprop, optim::RMSpropOptions>},
    {"adam", with_rate<optim::Adam, optim::AdamOptions>},
    {"adamw", with_rate<optim::AdamW, optim::AdamWOptions>},
    {"adamax", with_rate<optim::Adamax, optim::AdamaxOptions>},
    {"nadam", with_rate<optim::NAdam, optim::NAdamOptions>},
    {"radam", with_rate<optim::RAdam, optim::RAdamOptions>},
    {"lbfgs", lbfgs},
};

}  // namespace

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const auto& [name, maker] : makers) result.push_back(name);
    return result;
  }();
  return names;
}

std::unique_ptr<optim::Optimizer> make_optimizer(const std::string& name, Params params,
                                                 double lr) {
  for (const auto& [candidate, maker] : makers)
    if (candidate == name) return maker(std::move(params), lr);
  throw ValueError(str("make_optimizer: ", name, ": expected one of ", joined(optimizer_names())));
}

std::unique_ptr<optim::LRScheduler> make_schedule(const std::string& name,
                                                  optim::Optimizer& optimizer, std::size_t steps) {
  const auto total = static_cast<std::int64_t>(std::max<std::size_t>(steps, 1));
  if (name == "constant") return nullptr;
  if (name == "cosine")
    return std::make_unique<optim::CosineAnnealingLR>(
        optimizer, optim::CosineAnnealingLROptions{.T_max = total});
  if (name == "step")
    return std::make_unique<optim::StepLR>(optimizer,
                                           optim::StepLROptions{.step_size = (total + 2) / 3});
  if (name == "onecycle")
    return std::make_unique<optim::OneCycleLR>(
        optimizer,
        optim::OneCycleLROptions{
            .max_lr = optimizer.option(0, "lr"), .total_steps = total, .cycle_momentum = false});
  throw ValueError(
      str("make_schedule: ", name, ": expected one of constant, cosine, step and onecycle"));
}

}  // namespace xgrad::examples
