#include "adagrad.hpp"

#include <cmath>

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
    const RunningAverage<T> average(o.alpha);
    const auto gamma = static_cast<T>(o.lr), epsilon = static_cast<T>(o.eps);
    const auto mu = static_cast<T>(o.momentum);
    const auto move = [=](T& param, T g, T square, auto&... buffer) {
      T d = g / (std::sqrt(square) + epsilon);
      ((d = buffer = mu * buffer + d), ...);
      param = stepped(param, gamma * d);
    };
    const auto by_square = [=](T& param, T g, T& v, auto&... buffer) {
      v = average.next_of_square(v, g);
      move(param, g, v, buffer...);
    };
    const auto by_variance = [=](T& param, T g, T& v, T& a, auto&... buffer) {
      const T before = v - a * a, deviation = g - a;
      v = average.next_of_square(v, g);
      a = average.next(a, g);
      // Not v − a²: that would be rounding, at times below 0, where g hardly varies.
      const T spread = (before < 0 ? T(0) : before) + average.rest * deviation * deviation;
      move(param, g, average.beta * spread, buffer...);
    };
    if (o.centered && o.momentum > 0)
      for_each_element<T>(o, state, by_variance, square_avg, grad_avg, momentum_buffer);
    else if (o.centered)
      for_each_element<T>(o, state, by_variance, square_avg, grad_avg);
    else if (o.momentum > 0)
      for_each_element<T>(o, state, by_square, square_avg, momentum_buffer);
    else
      for_each_element<T>(o, state, by_square, square_avg);
  };
  return {.name = "RMSprop",
          .state = {{"step", true}, {"square_avg"}, {"momentum_buffer"}, {"grad_avg"}},
          .fields = fields,
          .update = of_dtype(update)};
}

}  // namespace xgrad::optim
