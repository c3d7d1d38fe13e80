#include "adam.hpp"

#include <cmath>

#include "adam_update.hpp"

namespace xgrad::optim {
namespace adam {
namespace {

/// Step t with m, v, u as in the formula; without amsgrad `u` is not read. `keep` is what is left
/// of the parameter before the step.
template <bool amsgrad, class T>
void loop(const AdamOptions& options, double keep, double t, std::size_t n, T* __restrict param,
          const T* __restrict grad, T* __restrict m, T* __restrict v, T* __restrict u) {
  const auto [beta1, beta2] = options.betas;
  const T kept = static_cast<T>(keep);
  const RunningAverage<T> mean(beta1), mean_square(beta2);
  const T step_size = static_cast<T>(options.lr / (1 - std::pow(beta1, t)));
  // A product where the formula divides: a fifth faster, and at most one rounding apart.
  const T correction = static_cast<T>(1 / std::sqrt(1 - std::pow(beta2, t)));
  const T eps = static_cast<T>(options.eps);
  const PenalizedGradient<T> penalized(options);

  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    m[i] = mean.next(m[i], g);
    v[i] = mean_square.next_of_square(v[i], g);
    T square = v[i];
    if constexpr (amsgrad) square = u[i] = u[i] > square ? u[i] : square;
    const T d = step_size * m[i] / (std::sqrt(square) * correction + eps);
    param[i] = stepped(decayed(param[i], kept), d);
  }
}

}  // namespace

void update(const AdamOptions& options, double keep, State& state) {
  visit_element(state, [&]<class T>(T) {
    const double t = ++state.scalar(step_count);
    visit_flag(options.amsgrad, [&](auto amsgrad) {
      loop<amsgrad>(options, keep, t, state.numel(), state.values<T>(), state.gradient<T>(),
                    state.tensor<T>(exp_avg), state.tensor<T>(exp_avg_sq),
                    amsgrad ? state.tensor<T>(max_exp_avg_sq) : nullptr);
    });
  });
}

}  // namespace adam

Adam::Adam(std::vector<Tensor> params, AdamOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

Adam::Adam(std::vector<ParamGroup> groups, AdamOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> Adam::state_tensors() const noexcept { return adam::tensors; }

std::vector<Option> Adam::list(AdamOptions& options) const { return adam::list(options); }

void Adam::update(const AdamOptions& options, State& state) { adam::update(options, 1, state); }

}  // namespace xgrad::optim
