#include "optim/adam.hpp"

#include <cmath>

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, exp_avg, exp_avg_sq, max_exp_avg_sq };
constexpr StateTensor tensors[] = {{"step", true}, {"exp_avg"}, {"exp_avg_sq"}, {"max_exp_avg_sq"}};

/// m, v, u as in the formula; without amsgrad `u` is not read.
template <bool amsgrad, class T>
void adam(const AdamOptions& options, double t, std::size_t n, T* __restrict param,
          const T* __restrict grad, T* __restrict m, T* __restrict v, T* __restrict u) {
  const auto [beta1, beta2] = options.betas;
  const T b1 = static_cast<T>(beta1);
  const T b2 = static_cast<T>(beta2);
  const T rest1 = static_cast<T>(1 - beta1);
  const T rest2 = static_cast<T>(1 - beta2);
  const T step_size = static_cast<T>(options.lr / (1 - std::pow(beta1, t)));
  // A product where the formula divides: a fifth faster, and at most one rounding apart.
  const T correction = static_cast<T>(1 / std::sqrt(1 - std::pow(beta2, t)));
  const T eps = static_cast<T>(options.eps);
  const T decay = static_cast<T>(options.weight_decay);
  const T sign = options.maximize ? T(-1) : T(1);

  for (std::size_t i = 0; i < n; ++i) {
    T g = sign * grad[i];
    if (decay != 0) g += decay * param[i];
    m[i] = b1 * m[i] + rest1 * g;
    v[i] = b2 * v[i] + rest2 * g * g;
    T square = v[i];
    if constexpr (amsgrad) square = u[i] = u[i] > square ? u[i] : square;
    param[i] -= step_size * m[i] / (std::sqrt(square) * correction + eps);
  }
}

}  // namespace

Adam::Adam(std::vector<Tensor> params, AdamOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

Adam::Adam(std::vector<ParamGroup> groups, AdamOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> Adam::state_tensors() const noexcept { return tensors; }

std::vector<Option> Adam::list(AdamOptions& o) const {
  return {{"lr", &o.lr, Range::non_negative},
          {"betas[0]", &o.betas[0], Range::fraction},
          {"betas[1]", &o.betas[1], Range::fraction},
          {"eps", &o.eps, Range::non_negative},
          {"weight_decay", &o.weight_decay, Range::non_negative},
          {"amsgrad", &o.amsgrad},
          {"maximize", &o.maximize}};
}

void Adam::update(const AdamOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    const double t = ++state.scalar(step_count);
    T* m = state.tensor<T>(exp_avg);
    T* v = state.tensor<T>(exp_avg_sq);
    if (options.amsgrad)
      adam<true>(options, t, state.numel(), state.values<T>(), state.gradient<T>(), m, v,
                 state.tensor<T>(max_exp_avg_sq));
    else
      adam<false, T>(options, t, state.numel(), state.values<T>(), state.gradient<T>(), m, v,
                     nullptr);
  });
}

}  // namespace xgrad::optim
