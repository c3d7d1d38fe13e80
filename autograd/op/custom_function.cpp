#include "custom_function.hpp"

#include <algorithm>

#include "../graph/node.hpp"
#include "../graph/observer.hpp"
#include "../ops/shaping.hpp"
#include "../support/message.hpp"
#include "../tensor/creation.hpp"

namespace xgrad::detail {
namespace {

// Whether a gradient of shape `from` can be summed to `to`.
bool sums_to(const Shape& from, const Shape& to) {
  return from.size() >= to.size() &&
         std::equal(
             to.begin(), to.end(), from.end() - static_cast<std::ptrdiff_t>(to.size()),
             [](std::size_t wanted, std::size_t given) { return wanted == given || wanted == 1; });
}

class CustomNode final : public Node {
 public:
  explicit CustomNode(std::shared_ptr<CustomOperation> operation)
      : operation_(std::move(operation)) {}

  void record(const std::vector<Tensor>& in, const Tensor& out) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      connect(i, in[i]);
      if (in[i].defined()) save(i, in[i]);
    }
    if (operation_->reads_output()) save_output(out);
  }

  const char* name() const noexcept override { return operation_->name(); }

  Tensor evaluate(std::span<const Tensor* const> in) const override {
    std::vector<Tensor> list;
    for (const Tensor* each : in) list.push_back(*each);
    return apply_custom(operation_, list);
  }

  Tensor gradient(std::size_t i, const Tensor& g, bool /*overwrite*/) override {
    if (!keeps_gradients_) {
      waiting_ = gradients(g);
      keeps_gradients_ = true;
    }
    return std::move(waiting_[i]);
  }

  void forget_gradients() noexcept override {
    waiting_.clear();
    keeps_gradients_ = false;
  }

 private:
  // What backward returns, checked.
  std::vector<Tensor> gradients(const Tensor& g) {
    std::vector<Tensor> in;
    for (std::size_t i = 0; i < inputs().size(); ++i)
      in.push_back(inputs()[i].saved.defined() ? saved(i) : Tensor());
    const Tensor output = operation_->reads_output() ? saved_output(g) : Tensor();
    std::vector<Tensor> all = operation_->backward(g, in, output);
    if (all.size() != in.size())
      throw GradError(message(name(), ": backward returned ", all.size(), " gradients for ",
                              in.size(),
                              " inputs; expected one for each input (an undefined tensor stands "
                              "for zero)"));
    for (std::size_t i = 0; i < all.size(); ++i)
      if (inputs()[i].edge && all[i].defined()) check(i, in[i], all[i]);
    return all;
  }

  void check(std::size_t i, const Tensor& input, const Tensor& gradient) const {
    if (sums_to(gradient.shape(), input.shape()) && gradient.dtype() == input.dtype()) return;
    throw GradError(message(name(), ": backward returned a gradient of shape ", gradient.shape(),
                            " in ", xgrad::name(gradient.dtype()), " for input ", i, " of shape ",
                            input.shape(), " in ", xgrad::name(input.dtype()),
                            "; expected the input's dtype, and its shape or one that this "
                            "broadcasts to"));
  }

  std::shared_ptr<CustomOperation> operation_;
  // The engine asks for one gradient after the other; backward gives all at once. The others wait
  // here until the end of the pass, and no longer: their graph may lead back to this node.
  std::vector<Tensor> waiting_;
};

// A result that nobody else has a handle of: an input becomes a tensor that shares its values.
Tensor own_result(const CustomOperation& operation, Tensor out) {
  if (!out.defined())
    throw ValueError(
        message(operation.name(), ": forward returned an undefined tensor; expected its result"));
  const bool fresh = owns_its_values(out) && !out.requires_grad();
  return fresh ? out : reshape(out, out.shape());
}

}  // namespace

Tensor apply_custom(const std::shared_ptr<CustomOperation>& operation,
                    const std::vector<Tensor>& inputs) {
  Tensor out;
  {
    const Unobserved guard(operation->name());
    out = own_result(*operation, operation->forward(inputs));
  }
  const bool differentiable =
      is_floating(out.dtype()) && std::any_of(inputs.begin(), inputs.end(), [](const Tensor& each) {
        return each.defined() && each.requires_grad();
      });
  if (is_grad_enabled() && differentiable) {
    auto* node = Node::create<CustomNode>(inputs.size(), operation);
    node->record(inputs, out);
    impl(out).node = node;
    impl(out).requires_grad = true;
  }
  if (mode.observer) {
    std::vector<const Tensor*> in;
    for (const Tensor& each : inputs) in.push_back(&each);
    notify_computed(operation->name(), out, in);
  }
  return out;
}

}  // namespace xgrad::detail
