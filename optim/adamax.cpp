#include "adamax.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, exp_avg, exp_inf };

std::vector<Option> fields(AdamaxOptions& o) { return common_fields(o); }

template <class T>
void update(const AdamaxOptions& o, State& state) {
  const double t = ++state.scalar(step_count);
  const auto [beta1, beta2] = o.betas;
  const RunningAverage<T> mean(beta1);
  const auto step_size = static_cast<T>(o.lr / (1 - std::pow(beta1, t)));
  const auto decay = static_cast<T>(beta2), eps = static_cast<T>(o.eps);
  const auto element = [=](T& param, T g, T& m, T& u) {
    m = mean.next(m, g);
    const T before = decay * u, now = std::abs(g) + eps;
    u = before > now ? before : now;  // NaN if g is
    param = stepped(param, step_size * m / u);
  };
  for_each_element<T>(o, state, element, exp_avg, exp_inf);
}

}  // namespace

Rule<AdamaxOptions> Adamax::rule() {
  return {.name = "Adamax",
          .state = {{"step", true}, {"exp_avg"}, {"exp_inf"}},
          .fields = fields,
          .update = {update<float>, update<double>}};
}

}  // namespace xgrad::optim
