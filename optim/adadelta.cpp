#include "adadelta.hpp"

#include <cmath>

#include "update.hpp"

namespace xgrad::optim {
namespace {

enum : std::size_t { step_count, square_avg, acc_delta };

std::vector<Option> fields(AdadeltaOptions& o) {
  return common_fields(o, {{"rho", &o.rho, Allowed::closed_fraction}});
}

template <class T>
void update(const AdadeltaOptions& o, State& state) {
  ++state.scalar(step_count);
  const RunningAverage<T> average(o.rho);
  const auto lr = static_cast<T>(o.lr), eps = static_cast<T>(o.eps);
  const auto element = [=](T& param, T g, T& v, T& u) {
    v = average.next_of_square(v, g);
    const T d = std::sqrt(u + eps) / std::sqrt(v + eps) * g;
    u = average.next_of_square(u, d);
    param = stepped(param, lr * d);
  };
  for_each_element<T>(o, state, element, square_avg, acc_delta);
}

}  // namespace

Rule<AdadeltaOptions> Adadelta::rule() {
  return {.name = "Adadelta",
          .state = {{"step", true}, {"square_avg"}, {"acc_delta"}},
          .fields = fields,
          .update = {update<float>, update<double>}};
}

}  // namespace xgrad::optim
