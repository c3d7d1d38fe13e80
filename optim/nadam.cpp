#include "nadam.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, mu_product, exp_avg, exp_avg_sq };
constexpr StateTensor tensors[] = {
    {"step", true}, {"mu_product", true}, {"exp_avg"}, {"exp_avg_sq"}};

/// μ at step t.
double momentum(const NAdamOptions& options, double t) {
  return options.betas[0] * (1 - 0.5 * std::pow(0.96, t * options.momentum_decay));
}

/// p, m and v as in the formula.
template <class T>
void nadam(const NAdamOptions& options, double t, double& p, std::size_t n, T* __restrict param,
           const T* __restrict grad, T* __restrict m, T* __restrict v) {
  const auto [beta1, beta2] = options.betas;
  const RunningAverage<T> mean(beta1), mean_square(beta2);
  const double mu = momentum(options, t);
  const double mu_next = momentum(options, t + 1);
  p *= mu;
  const T grad_size = static_cast<T>(options.lr * (1 - mu) / (1 - p));
  const T average_size = static_cast<T>(options.lr * mu_next / (1 - p * mu * mu_next));
  const T correction = static_cast<T>(1 / std::sqrt(1 - std::pow(beta2, t)));
  const T eps = static_cast<T>(options.eps);
  const PenalizedGradient<T> penalized(options);

  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    m[i] = mean.next(m[i], g);
    v[i] = mean_square.next_of_square(v[i], g);
    const T d = (grad_size * g + average_size * m[i]) / (std::sqrt(v[i]) * correction + eps);
    param[i] = stepped(param[i], d);
  }
}

}  // namespace

NAdam::NAdam(std::vector<Tensor> params, NAdamOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

NAdam::NAdam(std::vector<ParamGroup> groups, NAdamOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> NAdam::state_tensors() const noexcept { return tensors; }

std::vector<Option> NAdam::list(NAdamOptions& o) const {
  return list_with_betas(
      o, {{"momentum_decay", &o.momentum_decay, Range::non_negative}, {"maximize", &o.maximize}});
}

double NAdam::initial_state(const NAdamOptions&, std::size_t index) const {
  return index == mu_product ? 1 : 0;
}

void NAdam::update(const NAdamOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    const double t = ++state.scalar(step_count);
    nadam(options, t, state.scalar(mu_product), state.numel(), state.values<T>(),
          state.gradient<T>(), state.tensor<T>(exp_avg), state.tensor<T>(exp_avg_sq));
  });
}

}  // namespace xgrad::optim
