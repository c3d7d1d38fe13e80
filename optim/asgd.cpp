#include "asgd.hpp"

#include <algorithm>
#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, eta, mu, ax };

std::vector<Option> fields(ASGDOptions& o) {
  return common_fields(o, {{"lambd", &o.lambd}, {"alpha", &o.alpha}, {"t0", &o.t0, Allowed::any}});
}

template <class T>
void update(const ASGDOptions& o, State& state) {
  const double t = ++state.scalar(step_count);
  double& eta_t = state.scalar(eta);
  double& mu_t = state.scalar(mu);
  const auto decay_factor = static_cast<T>(1 - o.lambd * eta_t);
  const auto step_size = static_cast<T>(eta_t), share = static_cast<T>(mu_t);
  const auto element = [=, averaging = mu_t != 1](T& param, T g, T& a) {
    param = stepped(decayed(param, decay_factor), step_size * g);
    a = averaging ? a + share * (param - a) : param;
  };
  for_each_element<T>(o, state, element, ax);
  eta_t = o.lr / std::pow(1 + o.lambd * o.lr * t, o.alpha);
  mu_t = 1 / std::max(1.0, t - o.t0);
}

void check(const ASGDOptions& o) {
  if (std::isnan(o.t0)) throw ValueError("ASGD: t0 is nan; expected the step to average from");
}

double initial_state(const ASGDOptions& o, std::size_t index) {
  return index == eta ? o.lr : index == mu ? 1 : 0;
}

}  // namespace

Rule<ASGDOptions> ASGD::rule() {
  return {.name = "ASGD",
          .state = {{"step", true}, {"eta", true}, {"mu", true}, {"ax"}},
          .fields = fields,
          .update = {update<float>, update<double>},
          .check = check,
          .initial_state = initial_state};
}

}  // namespace xgrad::optim
