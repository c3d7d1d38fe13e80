#include "rmsprop.hpp"

#include <cmath>
#include <tuple>
#include <type_traits>

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
  const auto step = [&](auto momentum, auto centered, auto... kept) {
    const RunningAverage<T> average(o.alpha);
    const auto lr = static_cast<T>(o.lr), eps = static_cast<T>(o.eps);
    const auto mu = static_cast<T>(o.momentum);
    const auto element = [=](T& param, T g, T& v, auto&... rest) {
      T square = average.next_of_square(v, g);
      if constexpr (centered) {
        T& a = std::get<decltype(momentum)::value>(std::tie(rest...));
        const T before = v - a * a, deviation = g - a;
        a = average.next(a, g);
        v = square;
        square = average.next_variance(before < 0 ? T(0) : before, deviation);
      } else {
        v = square;
      }
      T d = g / (std::sqrt(square) + eps);
      if constexpr (momentum) {
        T& b = std::get<0>(std::tie(rest...));
        d = b = mu * b + d;
      }
      param = stepped(param, lr * d);
    };
    for_each_element<T>(o, state, element, square_avg, kept...);
  };
  constexpr std::true_type yes;
  constexpr std::false_type no;
  if (o.momentum > 0)
    o.centered ? step(yes, yes, momentum_buffer, grad_avg) : step(yes, no, momentum_buffer);
  else
    o.centered ? step(no, yes, grad_avg) : step(no, no);
}

}  // namespace

Rule<RMSpropOptions> RMSprop::rule() {
  return {.name = "RMSprop",
          .state = {{"step", true}, {"square_avg"}, {"momentum_buffer"}, {"grad_avg"}},
          .fields = fields,
          .update = {update<float>, update<double>}};
}

}  // namespace xgrad::optim
