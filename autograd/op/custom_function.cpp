#include "custom_function.hpp"

#include <iostream>

#include "../check/numerical.hpp"
#include "../graph/grad_mode.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/reduction.hpp"
#include "../ops/shaping.hpp"
#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "apply.hpp"

namespace xgrad::detail {
namespace {

using List = std::vector<Tensor>;

class CustomNode final : public Node {
 public:
  explicit CustomNode(std::shared_ptr<const CustomOperation> operation)
      : operation_(std::move(operation)) {}

  const char* name() const noexcept override { return operation_->name.c_str(); }

  Tensor evaluate(std::span<const Tensor* const> in) const override {
    List list;
    for (const Tensor* each : in) list.push_back(*each);
    return apply_custom(operation_, list);
  }

  void gradients(const Tensor& g, InputGradients& out) override {
    List in;
    for (std::size_t i = 0; i < inputs().size(); ++i)
      in.push_back(inputs()[i].saved.defined() ? saved(i) : Tensor());
    const Tensor output = operation_->reads_output ? saved_output(g) : Tensor();
    List all = operation_->backward(g, in, output);
    if (all.size() != in.size())
      throw GradError(str(name(), ": backward returned ", all.size(), " gradients for ", in.size(),
                          " inputs; expected one for each input (an undefined tensor stands "
                          "for zero)"));
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!inputs()[i].needs_gradient()) continue;
      if (all[i].defined()) check(i, in[i], all[i]);
      if (out.needs(i)) out.set(i, std::move(all[i]));
    }
  }

 private:
  void check(std::size_t i, const Tensor& input, const Tensor& gradient) const {
    const Shape &to = input.shape(), &from = gradient.shape();
    const bool sums_to_input =
        from.size() >= to.size() &&
        std::equal(to.begin(), to.end(), from.end() - static_cast<std::ptrdiff_t>(to.size()),
                   [](std::size_t n, std::size_t summed) { return n == summed || n == 1; });
    if (sums_to_input && gradient.dtype() == input.dtype()) return;
    throw GradError(str(name(), ": backward returned a gradient of shape ", from, " in ",
                        gradient.dtype(), " for input ", i, " of shape ", to, " in ", input.dtype(),
                        "; expected the input's dtype, and its shape or one that this "
                        "broadcasts to",
                        gradient.dtype() == input.dtype() ? "" : convert_one(input.dtype())));
  }

  std::shared_ptr<const CustomOperation> operation_;
};

// ---- functions given by their values

using Function = std::shared_ptr<const ValueFunction>;

List join(const Tensor& first, List rest) {
  rest.insert(rest.begin(), first);
  return rest;
}

// g dy/dx for each input that requires a gradient, y being f(inputs): the gradient of their product
// by x, computed in float64; as operations that refuse to be differentiated.
List numerical_gradients(const Function& f, const Tensor& g, const List& inputs) {
  List gradients(inputs.size());
  {
    const NoGrad guard;
    const Tensor weights = g.to(float64);
    List at;
    for (const Tensor& x : inputs) at.push_back(x.to(float64).clone());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].requires_grad())
        gradients[i] = numerical_gradient([&] { return sum(weights * f->forward(at)); }, at[i],
                                          {.eps = f->eps})
                           .to(inputs[i].dtype());
  }
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
      const List rest(in.begin() + 1, in.end());
      return f->backward(in[0], rest, f->forward(rest))[i];
    };
    const ValueFunction derivative{{f->name + " backward", value, nullptr, true}, f->eps};
    all[i] = apply_values(std::make_shared<ValueFunction>(derivative), join(g, inputs));
  }
  return all;
}

}  // namespace

Tensor apply_custom(std::shared_ptr<const CustomOperation> operation, const List& inputs) {
  std::vector<const Tensor*> in;
  for (const Tensor& each : inputs) in.push_back(&each);
  Tensor out;
  {
    const Unobserved guard(operation->name.c_str());
    out = operation->forward(inputs);
    if (!out.defined())
      throw ValueError(
          str(operation->name, ": forward returned an undefined tensor; expected its result"));
    // A tensor that exists elsewhere becomes one that shares its values.
    if (!owns_its_values(out) || out.requires_grad()) out = reshape(out, out.shape());
  }
  if (mode.noting)
    note_value(out, in, [operation](std::span<const Tensor* const> x) {
      List list;
      for (const Tensor* each : x) list.push_back(*each);
      return operation->forward(list);
    });
  if (is_grad_enabled() && is_floating(out.dtype()) && requires_grad(in))
    Node::create<CustomNode>(in.size(), operation)->record(out, in, in.size(), [&](std::size_t) {
      return reads::inputs | (operation->reads_output ? reads::output : reads::nothing);
    });
  if (mode.observer) Observer::notify(&Observer::computed, operation->name.c_str(), out, in);
  return out;
}

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
