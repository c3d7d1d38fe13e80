#include "rprop.hpp"

#include "../autograd/support/str.hpp"
#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, prev, step_size };

std::vector<Option> fields(RpropOptions& o) {
  return common_fields(o, {{"etas[0]", &o.etas[0]},
                           {"etas[1]", &o.etas[1]},
                           {"step_sizes[0]", &o.step_sizes[0]},
                           {"step_sizes[1]", &o.step_sizes[1]}});
}

template <class T>
void update(const RpropOptions& o, State& state) {
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
}

void check(const RpropOptions& o) {
  if (!(0 < o.etas[0] && o.etas[0] < 1 && 1 < o.etas[1]))
    throw ValueError(str("Rprop: etas are ", o.etas[0], " and ", o.etas[1],
                         "; expected 0 < etas[0] < 1 < etas[1]"));
  if (!(0 <= o.step_sizes[0] && o.step_sizes[0] <= o.step_sizes[1]))
    throw ValueError(str("Rprop: step_sizes are ", o.step_sizes[0], " and ", o.step_sizes[1],
                         "; expected 0 <= step_sizes[0] <= step_sizes[1]"));
}

double initial_state(const RpropOptions& o, std::size_t index) {
  return index == step_size ? o.lr : 0;
}

}  // namespace

Rule<RpropOptions> Rprop::rule() {
  return {.name = "Rprop",
          .state = {{"step", true}, {"prev"}, {"step_size"}},
          .fields = fields,
          .update = {update<float>, update<double>},
          .check = check,
          .initial_state = initial_state};
}

}  // namespace xgrad::optim
