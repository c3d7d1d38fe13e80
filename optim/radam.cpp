#include "radam.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, exp_avg, exp_avg_sq };

std::vector<Option> fields(RAdamOptions& o) { return common_fields(o); }

/// r √(1 − β₂ᵗ) as in the formula; 0 as long as the step is not divided by √v.
double rectification(double beta2, double t) {
  const double power = std::pow(beta2, t);
  const double limit = 2 / (1 - beta2) - 1;
  const double rho = limit - 2 * t * power / (1 - power);
  if (rho <= 5) return 0;
  return std::sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) *
         std::sqrt(1 - power);
}

template <class T>
void update(const RAdamOptions& o, State& state) {
  const double t = ++state.scalar(step_count);
  const auto [beta1, beta2] = o.betas;
  const RunningAverage<T> mean(beta1), mean_square(beta2);
  const double factor = rectification(beta2, t);
  const auto eps = static_cast<T>(o.eps);
  const auto size = static_cast<T>(o.lr / (1 - std::pow(beta1, t)) * (factor > 0 ? factor : 1));
  const auto element = [=, rectified = factor > 0](T& param, T g, T& m, T& v) {
    m = mean.next(m, g);
    v = mean_square.next_of_square(v, g);
    const T step = size * m;
    param = stepped(param, rectified ? step / (std::sqrt(v) + eps) : step);
  };
  for_each_element<T>(o, state, element, exp_avg, exp_avg_sq);
}

}  // namespace

Rule<RAdamOptions> RAdam::rule() {
  return {.name = "RAdam",
          .state = {{"step", true}, {"exp_avg"}, {"exp_avg_sq"}},
          .fields = fields,
          .update = {update<float>, update<double>}};
}

}  // namespace xgrad::optim
