#include "adagrad.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, sum };

std::vector<Option> fields(AdagradOptions& o) {
  return common_fields(
      o, {{"lr_decay", &o.lr_decay, Allowed::non_negative},
          {"initial_accumulator_value", &o.initial_accumulator_value, Allowed::non_negative}});
}

template <class T>
void update(const AdagradOptions& o, State& state) {
  const double t = ++state.scalar(step_count);
  const auto step_size = static_cast<T>(o.lr / (1 + (t - 1) * o.lr_decay));
  const auto eps = static_cast<T>(o.eps);
  const auto element = [=](T& param, T g, T& s) {
    s += g * g;
    param = stepped(param, step_size * g / (std::sqrt(s) + eps));
  };
  for_each_element<T>(o, state, element, sum);
}

double initial_state(const AdagradOptions& o, std::size_t index) {
  return index == sum ? o.initial_accumulator_value : 0;
}

}  // namespace

Rule<AdagradOptions> Adagrad::rule() {
  return {.name = "Adagrad",
          .state = {{"step", true}, {"sum"}},
          .fields = fields,
          .update = {update<float>, update<double>},
          .initial_state = initial_state};
}

}  // namespace xgrad::optim
