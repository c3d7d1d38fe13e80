#include "asgd.hpp"

#include <algorithm>
#include <cmath>

#include "../autograd/support/error.hpp"
#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, eta, mu, ax };
constexpr StateTensor tensors[] = {{"step", true}, {"eta", true}, {"mu", true}, {"ax"}};

/// η, μ and a as in the formula; `averaging` unless μ is 1.
template <bool averaging, class T>
void asgd(const ASGDOptions& options, double eta, double mu, std::size_t n, T* __restrict param,
          const T* __restrict grad, T* __restrict a) {
  const T keep = static_cast<T>(1 - options.lambd * eta);
  const T step_size = static_cast<T>(eta);
  const T share = static_cast<T>(mu);
  const PenalizedGradient<T> penalized(options);

  for (std::size_t i = 0; i < n; ++i) {
    const T g = penalized(grad[i], param[i]);
    const T x = stepped(decayed(param[i], keep), step_size * g);
    param[i] = x;
    a[i] = averaging ? a[i] + share * (x - a[i]) : x;
  }
}

}  // namespace

ASGD::ASGD(std::vector<Tensor> params, ASGDOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

ASGD::ASGD(std::vector<ParamGroup> groups, ASGDOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> ASGD::state_tensors() const noexcept { return tensors; }

std::vector<Option> ASGD::list(ASGDOptions& o) const {
  return {{"lr", &o.lr, Range::non_negative},
          {"lambd", &o.lambd},
          {"alpha", &o.alpha},
          {"t0", &o.t0, Range::any},
          {"weight_decay", &o.weight_decay, Range::non_negative},
          {"maximize", &o.maximize}};
}

void ASGD::check(const ASGDOptions& o) const {
  if (std::isnan(o.t0)) throw ValueError("ASGD: t0 is nan; expected the step to average from");
}

double ASGD::initial_state(const ASGDOptions& options, std::size_t index) const {
  switch (index) {
    case eta: return options.lr;
    case mu: return 1;
    default: return 0;
  }
}

void ASGD::update(const ASGDOptions& options, State& state) {
  visit_element(state, [&]<class T>(T) {
    const double t = ++state.scalar(step_count);
    double& eta_t = state.scalar(eta);
    double& mu_t = state.scalar(mu);
    visit_flag(mu_t != 1, [&](auto averaging) {
      asgd<averaging>(options, eta_t, mu_t, state.numel(), state.values<T>(), state.gradient<T>(),
                      state.tensor<T>(ax));
    });
    eta_t = options.lr / std::pow(1 + options.lambd * options.lr * t, options.alpha);
    mu_t = 1 / std::max(1.0, t - options.t0);
  });
}

}  // namespace xgrad::optim
