#include "rmsprop.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, square_avg, momentum_buffer, grad_avg };
constexpr StateTensor tensors[] = {
    {"step", true}, {"square_avg"}, {"momentum_buffer"}, {"grad_avg"}};

/// v, b and a as in the formula; without momentum b, and if not centered a, is not read.
template <bool momentum, bool centered, class T>
void rmsprop(const RMSpropOptions& options, std::size_t n, T* __restrict param,
             const T* __restrict grad, T* __restrict v, T* __restrict b, T* __restrict a) {
  const T lr = static_cast<T>(options.lr);
  const RunningAverage<T> average(options.alpha);
  const T eps = static_cast<T>(options.eps);
  const T mu = static_cast<T>(options.momentum);
  const PenalizedGradient<T> penalized(options);

  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    T square = average.next_of_square(v[i], g);
    if constexpr (centered) {
      const T before = v[i] - a[i] * a[i], deviation = g - a[i];
      a[i] = average.next(a[i], g);
      v[i] = square;
      square = average.next_variance(before < 0 ? T(0) : before, deviation);
    } else {
      v[i] = square;
    }
    T d = g / (std::sqrt(square) + eps);
    if constexpr (momentum) d = b[i] = mu * b[i] + d;
    param[i] = stepped(param[i], lr * d);
  }
}

}  // namespace

RMSprop::RMSprop(std::vector<Tensor> params, RMSpropOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

RMSprop::RMSprop(std::vector<ParamGroup> groups, RMSpropOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> RMSprop::state_tensors() const noexcept { return tensors; }

std::vector<Option> RMSprop::list(RMSpropOptions& o) const {
  return {{"lr", &o.lr, Range::non_negative},
          {"alpha", &o.alpha, Range::closed_fraction},
          {"eps", &o.eps, Range::non_negative},
          {"weight_decay", &o.weight_decay, Range::non_negative},
          {"momentum", &o.momentum, Range::closed_fraction},
          {"centered", &o.centered},
          {"maximize", &o.maximize}};
}

void RMSprop::update(const RMSpropOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    ++state.scalar(step_count);
    visit_flag(options.momentum > 0, [&](auto momentum) {
      visit_flag(options.centered, [&](auto centered) {
        rmsprop<momentum, centered>(options, state.numel(), state.values<T>(), state.gradient<T>(),
                                    state.tensor<T>(square_avg),
                                    momentum ? state.tensor<T>(momentum_buffer) : nullptr,
                                    centered ? state.tensor<T>(grad_avg) : nullptr);
      });
    });
  });
}

}  // namespace xgrad::optim
