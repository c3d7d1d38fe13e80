#include "custom_function.hpp"

#include "../ops/shaping.hpp"
#include "../support/str.hpp"
#include "apply.hpp"

namespace xgrad::detail {
namespace {

class CustomNode final : public Node {
 public:
  explicit CustomNode(std::shared_ptr<const CustomOperation> operation)
      : operation_(std::move(operation)) {}

  const char* name() const noexcept override { return operation_->name.c_str(); }

  Tensor evaluate(std::span<const Tensor* const> in) const override {
    std::vector<Tensor> list;
    for (const Tensor* each : in) list.push_back(*each);
    return apply_custom(operation_, list);
  }

  void gradients(const Tensor& g, InputGradients& out) override {
    std::vector<Tensor> in;
    for (std::size_t i = 0; i < inputs().size(); ++i)
      in.push_back(inputs()[i].saved.defined() ? saved(i) : Tensor());
    const Tensor output = operation_->reads_output ? saved_output(g) : Tensor();
    std::vector<Tensor> all = operation_->backward(g, in, output);
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
    if (sums_to(gradient.shape(), input.shape()) && gradient.dtype() == input.dtype()) return;
    throw GradError(str(name(), ": backward returned a gradient of shape ", gradient.shape(),
                        " in ", gradient.dtype(), " for input ", i, " of shape ", input.shape(),
                        " in ", input.dtype(),
                        "; expected the input's dtype, and its shape or one that this "
                        "broadcasts to"));
  }

  // Whether a gradient of shape `from` can be summed to `to`.
  static bool sums_to(const Shape& from, const Shape& to) {
    return from.size() >= to.size() &&
           std::equal(to.begin(), to.end(), from.end() - static_cast<std::ptrdiff_t>(to.size()),
                      [](std::size_t input, std::size_t gradient) {
                        return input == gradient || input == 1;
                      });
  }

  std::shared_ptr<const CustomOperation> operation_;
};

}  // namespace

Tensor apply_custom(std::shared_ptr<const CustomOperation> operation,
                    const std::vector<Tensor>& inputs) {
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
  if (is_grad_enabled() && is_floating(out.dtype()) && requires_grad(in))
    Node::create<CustomNode>(in.size(), operation)->record(out, in, in.size(), [&](std::size_t) {
      return reads::inputs | (operation->reads_output ? reads::output : reads::nothing);
    });
  if (mode.observer) Observer::notify(&Observer::computed, operation->name.c_str(), out, in);
  return out;
}

}  // namespace xgrad::detail
