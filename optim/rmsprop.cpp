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
  visit_flag(o.momentum > 0, [&](auto momentum) {
    visit_flag(o.centered, [&](auto centered) {
      const auto element = [=](T& param, T g, T& v, T& b, T& a) {
        T square = average.next_of_square(v, g);
        if constexpr (centered) {
          const T before = v - a * a, deviation = g - a;
          a = average.next(a, g);
          v = square;
          square = average.next_variance(before < 0 ? T(0) : before, deviation);
        } else {
          v = square;
        }
        T d = g / (std::sqrt(square) + eps);
        if constexpr (momentum) d = b = mu * b + d;
        param = stepped(param, lr * d);
      };
      // In the place of a tensor that is not kept stands another, which is not touched as that.
      for_each_element<T>(o, state, element, square_avg, momentum ? momentum_buffer : square_avg,
                          centered ? grad_avg : square_avg);
    });
  });
}

}  // namespace

Rule<RMSpropOptions> RMSprop::rule() {
  return {.name = "RMSprop",
          .state = {{"step", true}, {"square_avg"}, {"momentum_buffer"}, {"grad_avg"}},
          .fields = fields,
          .update = {update<float>, update<double>}};
}

}  // namespace xgrad::optim
