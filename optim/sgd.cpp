#include "sgd.hpp"

#include <algorithm>
#include <cmath>

#include "../autograd/support/str.hpp"
#include "asgd.hpp"
#include "rprop.hpp"
#include "update.hpp"

namespace xgrad::optim {

Rule SGDOptions::rule(SGDOptions& o) {
  enum : std::size_t { step_count, momentum_buffer };
  const std::vector<Option> fields =
      common_fields(o, {{"momentum", &o.momentum, Allowed::closed_fraction},
                        {"dampening", &o.dampening},
                        {"nesterov", &o.nesterov}});
  const auto update = [&o]<class T>(T, State& state) {
    const bool first = o.momentum != 0 && state.scalar(step_count)++ == 0;
    const auto undampened = static_cast<T>(first ? 1 : 1 - o.dampening);
    const auto gamma = static_cast<T>(o.lr), mu = static_cast<T>(o.momentum);
    const auto element = [=, ahead = o.nesterov](T& param, T g, auto&... buffer) {
      T d = g;
      ((buffer = mu * buffer + undampened * g, d = ahead ? g + mu * buffer : buffer), ...);
      param = stepped(param, gamma * d);
    };
    if (o.momentum == 0)
      for_each_element<T>(o, state, element);
    else
      for_each_element<T>(o, state, element, momentum_buffer);
  };
  const auto check = [&o] {
    if (o.nesterov && (o.momentum <= 0 || o.dampening != 0))
      throw ValueError(str("SGD: nesterov with momentum ", o.momentum, " and dampening ",
                           o.dampening, "; expected momentum > 0 and dampening = 0"));
  };
  return {.name = "SGD",
          .state = {{"step", true}, {"momentum_buffer"}},
          .fields = fields,
          .update = of_dtype(update),
          .check = check};
}

Rule ASGDOptions::rule(ASGDOptions& o) {
  static constexpr double one = 1;
  enum : std::size_t { step_count, eta, mu, ax };
  const std::vector<Option> fields =
      common_fields(o, {{"lambd", &o.lambd}, {"alpha", &o.alpha}, {"t0", &o.t0, Allowed::any}});
  const auto update = [&o]<class T>(T, State& state) {
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
  };
  const auto check = [&o] {
    if (std::isnan(o.t0)) throw ValueError("ASGD: t0 is nan; expected the step to average from");
  };
  return {.name = "ASGD",
          .state = {{"step", true}, {"eta", true, &o.lr}, {"mu", true, &one}, {"ax"}},
          .fields = fields,
          .update = of_dtype(update),
          .check = check};
}

Rule RpropOptions::rule(RpropOptions& o) {
  enum : std::size_t { step_count, prev, step_size };
  const std::vector<Option> fields = common_fields(o, {{"etas[0]", &o.etas[0]},
                                                       {"etas[1]", &o.etas[1]},
                                                       {"step_sizes[0]", &o.step_sizes[0]},
                                                       {"step_sizes[1]", &o.step_sizes[1]}});
  const auto update = [&o]<class T>(T, State& state) {
    ++state.scalar(step_count);
    const auto shrink = static_cast<T>(o.etas[0]), grow = static_cast<T>(o.etas[1]);
    const auto smallest = static_cast<T>(o.step_sizes[0]);
    const auto largest = static_cast<T>(o.step_sizes[1]);
    const auto element = [=](T& param, T g, T& p, T& s) {
      const T agreement = g * p;
      T size = s * (agreement > 0 ? grow : agreement < 0 ? shrink : T(1));
      size = size < smallest ? smallest : size;
      size = size > largest ? largest : size;
      g = agreement < 0 ? T(0) : g;
      param = g > 0 ? param - size : g < 0 ? param + size : param;
      p = g;
      s = size;
    };
    for_each_element<T>(o, state, element, prev, step_size);
  };
  const auto check = [&o] {
    if (!(0 < o.etas[0] && o.etas[0] < 1 && 1 < o.etas[1]))
      throw ValueError(str("Rprop: etas are ", o.etas[0], " and ", o.etas[1],
                           "; expected 0 < etas[0] < 1 < etas[1]"));
    if (!(0 <= o.step_sizes[0] && o.step_sizes[0] <= o.step_sizes[1]))
      throw ValueError(str("Rprop: step_sizes are ", o.step_sizes[0], " and ", o.step_sizes[1],
                           "; expected 0 <= step_sizes[0] <= step_sizes[1]"));
  };
  return {.name = "Rprop",
          .state = {{"step", true}, {"prev"}, {"step_size", false, &o.lr}},
          .fields = fields,
          .update = of_dtype(update),
          .check = check};
}

}  // namespace xgrad::optim
