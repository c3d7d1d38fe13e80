#include "value_function.hpp"

#include <iostream>

#include "../check/numerical.hpp"
#include "../graph/grad_mode.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/reduction.hpp"
#include "../support/str.hpp"

namespace xgrad::detail {
namespace {

using List = std::vector<Tensor>;
using Function = std::shared_ptr<const ValueFunction>;

// The list (first, rest…), and what follows its first tensor.
List join(const Tensor& first, const List& rest) {
  List all = {first};
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}
List without_first(const List& all) { return {all.begin() + 1, all.end()}; }

// g dy/dx for each input that requires a gradient, y being f(inputs): the gradient of their product
// by x, computed in float64.
List gradients_by_differences(const ValueFunction& f, const Tensor& g, const List& inputs) {
  const NoGrad guard;
  const Tensor weights = g.to(float64);
  List at, gradients(inputs.size());
  for (const Tensor& x : inputs) at.push_back(x.to(float64).clone());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].requires_grad())
      gradients[i] =
          numerical_gradient([&] { return sum(weights * f.forward(at)); }, at[i], {.eps = f.eps})
              .to(inputs[i].dtype());
  return gradients;
}

// The same as an operation that refuses to be differentiated.
List numerical_gradients(const Function& f, const Tensor& g, const List& inputs) {
  List gradients = gradients_by_differences(*f, g, inputs);
  if (!is_grad_enabled()) return gradients;
  const auto refuse = [f](const Tensor&, const List&) -> List {
    throw GradError(str(f->name,
                        ": its gradient was found by finite differences and has no "
                        "derivative; give xtensor_function a backward, or make the "
                        "function of recorded operations"));
  };
  for (Tensor& each : gradients)
    if (each.defined())
      each = custom_function(
          f->name, [each](const List&) { return each; }, refuse)(join(g, inputs));
  return gradients;
}

// What backward returns; recorded, each gradient is a function of (g, inputs…) again.
List gradients(const Function& f, const Tensor& g, const List& inputs, const Tensor& output) {
  List all = f->backward(g, inputs, output);
  if (!is_grad_enabled()) return all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].defined() || !inputs[i].requires_grad()) continue;
    const auto value = [f, i](const List& in) {
      const List rest = without_first(in);
      return f->backward(in[0], rest, f->forward(rest))[i];
    };
    const ValueFunction derivative{{f->name + " backward", value, nullptr, true}, f->eps};
    all[i] = apply_values(std::make_shared<ValueFunction>(derivative), join(g, inputs));
  }
  return all;
}

}  // namespace

Tensor apply_values(const Function& f, const List& inputs) {
  CustomOperation operation = *f;
  operation.backward = [f](const Tensor& g, const List& in, const Tensor& output) {
    return f->backward ? gradients(f, g, in, output) : numerical_gradients(f, g, in);
  };
  return apply_custom(std::make_shared<CustomOperation>(std::move(operation)), inputs);
}

void announce_differences(const std::string& name) {
  std::clog << "xgrad: " << name
            << " has no backward: its gradient is found by finite differences, "
            << "with two calls of forward for each element of the inputs\n";
}

}  // namespace xgrad::detail
