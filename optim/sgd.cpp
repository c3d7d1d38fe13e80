#include "sgd.hpp"

#include "../autograd/support/message.hpp"
#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, momentum_buffer };
constexpr StateTensor tensors[] = {{"step", true}, {"momentum_buffer"}};

/// Without momentum `buffer` is null.
template <class T>
void sgd(const SGDOptions& options, bool first, std::size_t n, T* __restrict param,
         const T* __restrict grad, T* __restrict buffer) {
  const T lr = static_cast<T>(options.lr);
  const T momentum = static_cast<T>(options.momentum);
  const T undampened = first ? T(1) : static_cast<T>(1 - options.dampening);
  const PenalizedGradient<T> penalized(options);
  const bool nesterov = options.nesterov;

  if (!buffer) {
    for (std::size_t i = 0; i < n; ++i)
      param[i] = stepped(param[i], lr * penalized(grad[i], param[i]));
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    const T b = momentum * buffer[i] + undampened * g;
    buffer[i] = b;
    param[i] = stepped(param[i], lr * (nesterov ? g + momentum * b : b));
  }
}

}  // namespace

SGD::SGD(std::vector<Tensor> params, SGDOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

SGD::SGD(std::vector<ParamGroup> groups, SGDOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> SGD::state_tensors() const noexcept { return tensors; }

std::vector<Option> SGD::list(SGDOptions& o) const {
  return {
      {"lr", &o.lr, Range::non_negative}, {"momentum", &o.momentum, Range::closed_fraction},
      {"dampening", &o.dampening},        {"weight_decay", &o.weight_decay, Range::non_negative},
      {"nesterov", &o.nesterov},          {"maximize", &o.maximize}};
}

void SGD::check(const SGDOptions& o) const {
  if (o.nesterov && (o.momentum <= 0 || o.dampening != 0))
    throw ValueError(message("SGD: nesterov with momentum ", o.momentum, " and dampening ",
                             o.dampening, "; expected momentum > 0 and dampening = 0"));
}

void SGD::update(const SGDOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    T* buffer = nullptr;
    bool first = false;
    if (options.momentum != 0) {
      buffer = state.tensor<T>(momentum_buffer);
      first = state.scalar(step_count)++ == 0;
    }
    sgd(options, first, state.numel(), state.values<T>(), state.gradient<T>(), buffer);
  });
}

}  // namespace xgrad::optim
