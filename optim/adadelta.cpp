#include "adadelta.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, square_avg, acc_delta };
constexpr StateTensor tensors[] = {{"step", true}, {"square_avg"}, {"acc_delta"}};

/// v and u as in the formula.
template <class T>
void adadelta(const AdadeltaOptions& options, std::size_t n, T* __restrict param,
              const T* __restrict grad, T* __restrict v, T* __restrict u) {
  const T lr = static_cast<T>(options.lr);
  const RunningAverage<T> average(options.rho);
  const T eps = static_cast<T>(options.eps);
  const PenalizedGradient<T> penalized(options);

  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    v[i] = average.next_of_square(v[i], g);
    const T d = std::sqrt(u[i] + eps) / std::sqrt(v[i] + eps) * g;
    u[i] = average.next_of_square(u[i], d);
    param[i] = stepped(param[i], lr * d);
  }
}

}  // namespace

Adadelta::Adadelta(std::vector<Tensor> params, AdadeltaOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

Adadelta::Adadelta(std::vector<ParamGroup> groups, AdadeltaOptions defaults)
    : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> Adadelta::state_tensors() const noexcept { return tensors; }

std::vector<Option> Adadelta::list(AdadeltaOptions& o) const {
  return {{"lr", &o.lr, Range::non_negative},
          {"rho", &o.rho, Range::closed_fraction},
          {"eps", &o.eps, Range::non_negative},
          {"weight_decay", &o.weight_decay, Range::non_negative},
          {"maximize", &o.maximize}};
}

void Adadelta::update(const AdadeltaOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    ++state.scalar(step_count);
    adadelta(options, state.numel(), state.values<T>(), state.gradient<T>(),
             state.tensor<T>(square_avg), state.tensor<T>(acc_delta));
  });
}

}  // namespace xgrad::optim
