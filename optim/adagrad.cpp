#include "adagrad.hpp"

#include <cmath>
#include <tuple>
#include <type_traits>

#include "adadelta.hpp"
#include "rmsprop.hpp"
#include "update.hpp"

namespace xgrad::optim {

Rule AdagradOptions::rule(AdagradOptions& o) {
  enum : std::size_t { step_count, sum };
  const std::vector<Option> fields = common_fields(
      o, {{"lr_decay", &o.lr_decay, Allowed::non_negative},
          {"initial_accumulator_value", &o.initial_accumulator_value, Allowed::non_negative}});
  const auto update = [&o]<class T>(T, State& state) {
    const double t = ++state.scalar(step_count);
    const auto step_size = static_cast<T>(o.lr / (1 + (t - 1) * o.lr_decay));
    const auto epsilon = static_cast<T>(o.eps);
    const auto element = [=](T& param, T g, T& s) {
      s += g * g;
      param = stepped(param, step_size * g / (std::sqrt(s) + epsilon));
    };
    for_each_element<T>(o, state, element, sum);
  };
  return {.name = "Adagrad",
          .state = {{"step", true}, {"sum", false, &o.initial_accumulator_value}},
          .fields = fields,
          .update = of_dtype(update)};
}

Rule AdadeltaOptions::rule(AdadeltaOptions& o) {
  enum : std::size_t { step_count, square_avg, acc_delta };
  const auto update = [&o]<class T>(T, State& state) {
    ++state.scalar(step_count);
    const RunningAverage<T> average(o.rho);
    const auto gamma = static_cast<T>(o.lr), epsilon = static_cast<T>(o.eps);
    const auto element = [=](T& param, T g, T& v, T& u) {
      v = average.next_of_square(v, g);
      const T d = std::sqrt(u + epsilon) / std::sqrt(v + epsilon) * g;
      u = average.next_of_square(u, d);
      param = stepped(param, gamma * d);
    };
    for_each_element<T>(o, state, element, square_avg, acc_delta);
  };
  return {.name = "Adadelta",
          .state = {{"step", true}, {"square_avg"}, {"acc_delta"}},
          .fields = common_fields(o, {{"rho", &o.rho, Allowed::closed_fraction}}),
          .update = of_dtype(update)};
}

Rule RMSpropOptions::rule(RMSpropOptions& o) {
  enum : std::size_t { step_count, square_avg, momentum_buffer, grad_avg };
  const std::vector<Option> fields =
      common_fields(o, {{"alpha", &o.alpha, Allowed::closed_fraction},
                        {"momentum", &o.momentum, Allowed::closed_fraction},
                        {"centered", &o.centered}});
  const auto update = [&o]<class T>(T, State& state) {
    ++state.scalar(step_count);
    const auto step = [&](auto has_buffer, auto has_average, auto... kept) {
      const RunningAverage<T> average(o.alpha);
      const auto gamma = static_cast<T>(o.lr), epsilon = static_cast<T>(o.eps);
      const auto mu = static_cast<T>(o.momentum);
      const auto element = [=](T& param, T g, T& v, auto&... rest) {
        T square = average.next_of_square(v, g);
        if constexpr (has_average) {
          T& a = std::get<decltype(has_buffer)::value>(std::tie(rest...));
          const T before = v - a * a, deviation = g - a;
          a = average.next(a, g);
          v = square;
          // Not v − a²: as a difference it would be rounding, at times below 0, where g hardly
          // varies.
          square =
              average.beta * ((before < 0 ? T(0) : before) + average.rest * deviation * deviation);
        } else {
          v = square;
        }
        T d = g / (std::sqrt(square) + epsilon);
        if constexpr (has_buffer) {
          T& b = std::get<0>(std::tie(rest...));
          d = b = mu * b + d;
        }
        param = stepped(param, gamma * d);
      };
      for_each_element<T>(o, state, element, square_avg, kept...);
    };
    constexpr std::true_type yes;
    constexpr std::false_type no;
    if (o.momentum > 0)
      o.centered ? step(yes, yes, momentum_buffer, grad_avg) : step(yes, no, momentum_buffer);
    else
      o.centered ? step(no, yes, grad_avg) : step(no, no);
  };
  return {.name = "RMSprop",
          .state = {{"step", true}, {"square_avg"}, {"momentum_buffer"}, {"grad_avg"}},
          .fields = fields,
          .update = of_dtype(update)};
}

}  // namespace xgrad::optim
