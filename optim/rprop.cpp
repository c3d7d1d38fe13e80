#include "rprop.hpp"

#include "../autograd/support/message.hpp"
#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, prev, step_size };
constexpr StateTensor tensors[] = {{"step", true}, {"prev"}, {"step_size"}};

/// p and s as in the formula.
template <class T>
void rprop(const RpropOptions& options, std::size_t n, T* __restrict param,
           const T* __restrict grad, T* __restrict p, T* __restrict s) {
  const T shrink = static_cast<T>(options.etas[0]);
  const T grow = static_cast<T>(options.etas[1]);
  const T least = static_cast<T>(options.step_sizes[0]);
  const T greatest = static_cast<T>(options.step_sizes[1]);
  const T sign = options.maximize ? T(-1) : T(1);

  for (std::size_t i = 0; i < n; ++i) {
    T g = sign * grad[i];
    const T agreement = g * p[i];
    T size = s[i] * (agreement > 0 ? grow : agreement < 0 ? shrink : T(1));
    size = size < least ? least : size;
    size = size > greatest ? greatest : size;
    g = agreement < 0 ? T(0) : g;
    param[i] = g > 0 ? param[i] - size : g < 0 ? param[i] + size : param[i];
    p[i] = g;
    s[i] = size;
  }
}

}  // namespace

Rprop::Rprop(std::vector<Tensor> params, RpropOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

Rprop::Rprop(std::vector<ParamGroup> groups, RpropOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> Rprop::state_tensors() const noexcept { return tensors; }

std::vector<Option> Rprop::list(RpropOptions& o) const {
  return {{"lr", &o.lr, Range::non_negative},
          {"etas[0]", &o.etas[0]},
          {"etas[1]", &o.etas[1]},
          {"step_sizes[0]", &o.step_sizes[0]},
          {"step_sizes[1]", &o.step_sizes[1]},
          {"maximize", &o.maximize}};
}

void Rprop::check(const RpropOptions& o) const {
  if (!(0 < o.etas[0] && o.etas[0] < 1 && 1 < o.etas[1]))
    throw ValueError(message("Rprop: etas are ", o.etas[0], " and ", o.etas[1],
                             "; expected 0 < etas[0] < 1 < etas[1]"));
  if (!(0 <= o.step_sizes[0] && o.step_sizes[0] <= o.step_sizes[1]))
    throw ValueError(message("Rprop: step_sizes are ", o.step_sizes[0], " and ", o.step_sizes[1],
                             "; expected 0 <= step_sizes[0] <= step_sizes[1]"));
}

double Rprop::initial_state(const RpropOptions& options, std::size_t index) const {
  return index == step_size ? options.lr : 0;
}

void Rprop::update(const RpropOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    ++state.scalar(step_count);
    rprop(options, state.numel(), state.values<T>(), state.gradient<T>(), state.tensor<T>(prev),
          state.tensor<T>(step_size));
  });
}

}  // namespace xgrad::optim
