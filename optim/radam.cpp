#include "radam.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, exp_avg, exp_avg_sq };
constexpr StateTensor tensors[] = {{"step", true}, {"exp_avg"}, {"exp_avg_sq"}};

/// r √(1 − β₂ᵗ) as in the formula; 0 as long as the step is not divided by √v.
double rectification(double beta2, double t) {
  const double power = std::pow(beta2, t);
  const double limit = 2 / (1 - beta2) - 1;
  const double rho = limit - 2 * t * power / (1 - power);
  if (rho <= 5) return 0;
  return std::sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) *
         std::sqrt(1 - power);
}

/// m and v as in the formula.
template <bool rectified, class T>
void radam(const RAdamOptions& options, double step_size, std::size_t n, T* __restrict param,
           const T* __restrict grad, T* __restrict m, T* __restrict v) {
  const auto [beta1, beta2] = options.betas;
  const RunningAverage<T> mean(beta1), mean_square(beta2);
  const T size = static_cast<T>(step_size);
  const T eps = static_cast<T>(options.eps);
  const PenalizedGradient<T> penalized(options);

  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    m[i] = mean.next(m[i], g);
    v[i] = mean_square.next_of_square(v[i], g);
    const T step = size * m[i];
    param[i] = stepped(param[i], rectified ? step / (std::sqrt(v[i]) + eps) : step);
  }
}

}  // namespace

RAdam::RAdam(std::vector<Tensor> params, RAdamOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

RAdam::RAdam(std::vector<ParamGroup> groups, RAdamOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> RAdam::state_tensors() const noexcept { return tensors; }

std::vector<Option> RAdam::list(RAdamOptions& o) const {
  return list_with_betas(o, {{"maximize", &o.maximize}});
}

void RAdam::update(const RAdamOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    const double t = ++state.scalar(step_count);
    const double factor = rectification(options.betas[1], t);
    const double size = options.lr / (1 - std::pow(options.betas[0], t));
    visit_flag(factor > 0, [&](auto rectified) {
      radam<rectified>(options, rectified ? size * factor : size, state.numel(), state.values<T>(),
                       state.gradient<T>(), state.tensor<T>(exp_avg), state.tensor<T>(exp_avg_sq));
    });
  });
}

}  // namespace xgrad::optim
