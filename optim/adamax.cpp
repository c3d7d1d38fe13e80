#include "adamax.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, exp_avg, exp_inf };
constexpr StateTensor tensors[] = {{"step", true}, {"exp_avg"}, {"exp_inf"}};

/// m and u as in the formula.
template <class T>
void adamax(const AdamaxOptions& options, double t, std::size_t n, T* __restrict param,
            const T* __restrict grad, T* __restrict m, T* __restrict u) {
  const auto [beta1, beta2] = options.betas;
  const RunningAverage<T> mean(beta1);
  const T b2 = static_cast<T>(beta2);
  const T step_size = static_cast<T>(options.lr / (1 - std::pow(beta1, t)));
  const T eps = static_cast<T>(options.eps);
  const PenalizedGradient<T> penalized(options);

  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    m[i] = mean.next(m[i], g);
    const T before = b2 * u[i];
    const T now = std::abs(g) + eps;
    u[i] = before > now ? before : now;  // NaN if g is
    param[i] = stepped(param[i], step_size * m[i] / u[i]);
  }
}

}  // namespace

Adamax::Adamax(std::vector<Tensor> params, AdamaxOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

Adamax::Adamax(std::vector<ParamGroup> groups, AdamaxOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> Adamax::state_tensors() const noexcept { return tensors; }

std::vector<Option> Adamax::list(AdamaxOptions& o) const {
  return list_with_betas(o, {{"maximize", &o.maximize}});
}

void Adamax::update(const AdamaxOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    const double t = ++state.scalar(step_count);
    adamax(options, t, state.numel(), state.values<T>(), state.gradient<T>(),
           state.tensor<T>(exp_avg), state.tensor<T>(exp_inf));
  });
}

}  // namespace xgrad::optim
