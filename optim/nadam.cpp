#include "nadam.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, mu_product, exp_avg, exp_avg_sq };

std::vector<Option> fields(NAdamOptions& o) {
  return common_fields(o, {{"momentum_decay", &o.momentum_decay, Allowed::non_negative}});
}

/// μ at step t.
double momentum(const NAdamOptions& o, double t) {
  return o.betas[0] * (1 - 0.5 * std::pow(0.96, t * o.momentum_decay));
}

template <class T>
void update(const NAdamOptions& o, State& state) {
  const double t = ++state.scalar(step_count);
  const auto [beta1, beta2] = o.betas;
  const RunningAverage<T> mean(beta1), mean_square(beta2);
  const double mu = momentum(o, t), mu_next = momentum(o, t + 1);
  const double p = state.scalar(mu_product) *= mu;
  const auto grad_size = static_cast<T>(o.lr * (1 - mu) / (1 - p));
  const auto average_size = static_cast<T>(o.lr * mu_next / (1 - p * mu * mu_next));
  const auto correction = static_cast<T>(1 / std::sqrt(1 - std::pow(beta2, t)));
  const auto eps = static_cast<T>(o.eps);
  const auto element = [=](T& param, T g, T& m, T& v) {
    m = mean.next(m, g);
    v = mean_square.next_of_square(v, g);
    const T d = (grad_size * g + average_size * m) / (std::sqrt(v) * correction + eps);
    param = stepped(param, d);
  };
  for_each_element<T>(o, state, element, exp_avg, exp_avg_sq);
}

double initial_state(const NAdamOptions&, std::size_t index) { return index == mu_product ? 1 : 0; }

}  // namespace

Rule<NAdamOptions> NAdam::rule() {
  return {.name = "NAdam",
          .state = {{"step", true}, {"mu_product", true}, {"exp_avg"}, {"exp_avg_sq"}},
          .fields = fields,
          .update = {update<float>, update<double>},
          .initial_state = initial_state};
}

}  // namespace xgrad::optim
