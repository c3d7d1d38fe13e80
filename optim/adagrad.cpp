#include "adagrad.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, sum };
constexpr StateTensor tensors[] = {{"step", true}, {"sum"}};

template <class T>
void adagrad(const AdagradOptions& options, double t, std::size_t n, T* __restrict param,
             const T* __restrict grad, T* __restrict s) {
  const T step_size = static_cast<T>(options.lr / (1 + (t - 1) * options.lr_decay));
  const T eps = static_cast<T>(options.eps);
  const PenalizedGradient<T> penalized(options);

  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    s[i] += g * g;
    param[i] = stepped(param[i], step_size * g / (std::sqrt(s[i]) + eps));
  }
}

}  // namespace

Adagrad::Adagrad(std::vector<Tensor> params, AdagradOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

Adagrad::Adagrad(std::vector<ParamGroup> groups, AdagradOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> Adagrad::state_tensors() const noexcept { return tensors; }

std::vector<Option> Adagrad::list(AdagradOptions& o) const {
  return {{"lr", &o.lr, Range::non_negative},
          {"lr_decay", &o.lr_decay, Range::non_negative},
          {"weight_decay", &o.weight_decay, Range::non_negative},
          {"initial_accumulator_value", &o.initial_accumulator_value, Range::non_negative},
          {"eps", &o.eps, Range::non_negative},
          {"maximize", &o.maximize}};
}

double Adagrad::initial_state(const AdagradOptions& options, std::size_t index) const {
  return index == sum ? options.initial_accumulator_value : 0;
}

void Adagrad::update(const AdagradOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    const double t = ++state.scalar(step_count);
    adagrad(options, t, state.numel(), state.values<T>(), state.gradient<T>(),
            state.tensor<T>(sum));
  });
}

}  // namespace xgrad::optim
