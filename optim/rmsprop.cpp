#include "rmsprop.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, square_avg, momentum_buffer, grad_avg };

std::vector<Option> fields(RMSpropOptions& o) {
  return common_fields(o, {{"alpha", &o.alpha, Allowed::closed_fraction},
                           {"momentum", &o.momentum, Allowed::closed_fraction},
                           {"centered", &o.centered}});
}

template <class T>
void update(const RMSpropOptions& o, State& state) {
  ++state.scalar(step_count);
  const RunningAverage<T> average(o.alpha);
  const auto lr = static_cast<T>(o.lr), eps = static_cast<T>(o.eps);
  const auto mu = static_cast<T>(o.momentum);
  const auto plain = [=](T g, T& v) {
    v = average.next_of_square(v, g);
    return g / (std::sqrt(v) + eps);
  };
  const auto centered = [=](T g, T& v, T& a) {
    const T before = v - a * a, deviation = g - a;
    a = average.next(a, g);
    v = average.next_of_square(v, g);
    return g / (std::sqrt(average.next_variance(before < 0 ? T(0) : before, deviation)) + eps);
  };
  const auto step = [=, &o, &state](auto direction, auto... averages) {
    const auto element = [=](T& param, T g, auto&... v) {
      param = stepped(param, lr * direction(g, v...));
    };
    const auto with_momentum = [=](T& param, T g, T& b, auto&... v) {
      b = mu * b + direction(g, v...);
      param = stepped(param, lr * b);
    };
    if (o.momentum > 0)
      for_each_element<T>(o, state, with_momentum, momentum_buffer, averages...);
    else
      for_each_element<T>(o, state, element, averages...);
  };
  if (o.centered)
    step(centered, square_avg, grad_avg);
  else
    step(plain, square_avg);
}

}  // namespace

Rule<RMSpropOptions> RMSprop::rule() {
  return {.name = "RMSprop",
          .state = {{"step", true}, {"square_avg"}, {"momentum_buffer"}, {"grad_avg"}},
          .fields = fields,
          .update = {update<float>, update<double>}};
}

}  // namespace xgrad::optim
