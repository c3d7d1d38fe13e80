#include "sgd.hpp"

#include "../autograd/support/str.hpp"
#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, momentum_buffer };

std::vector<Option> fields(SGDOptions& o) {
  return common_fields(o, {{"momentum", &o.momentum, Allowed::closed_fraction},
                           {"dampening", &o.dampening},
                           {"nesterov", &o.nesterov}});
}

template <class T>
void update(const SGDOptions& o, State& state) {
  const bool first = o.momentum != 0 && state.scalar(step_count)++ == 0;
  const auto undampened = static_cast<T>(first ? 1 : 1 - o.dampening);
  const auto lr = static_cast<T>(o.lr), momentum = static_cast<T>(o.momentum);
  const auto element = [=, nesterov = o.nesterov](T& param, T g, auto&... buffer) {
    T d = g;
    ((buffer = momentum * buffer + undampened * g, d = nesterov ? g + momentum * buffer : buffer),
     ...);
    param = stepped(param, lr * d);
  };
  if (o.momentum == 0)
    for_each_element<T>(o, state, element);
  else
    for_each_element<T>(o, state, element, momentum_buffer);
}

void check(const SGDOptions& o) {
  if (o.nesterov && (o.momentum <= 0 || o.dampening != 0))
    throw ValueError(str("SGD: nesterov with momentum ", o.momentum, " and dampening ", o.dampening,
                         "; expected momentum > 0 and dampening = 0"));
}

}  // namespace

Rule<SGDOptions> SGD::rule() {
  return {.name = "SGD",
          .state = {{"step", true}, {"momentum_buffer"}},
          .fields = fields,
          .update = {update<float>, update<double>},
          .check = check};
}

}  // namespace xgrad::optim
