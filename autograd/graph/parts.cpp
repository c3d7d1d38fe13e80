#include "parts.hpp"

#include <utility>

#include "../op/apply.hpp"
#include "../tensor/creation.hpp"
#include "gradient_list.hpp"

namespace xgrad::detail {
namespace {

// An operation that takes a part is linear in its input: it is itself the gradient of what puts the
// part back.
class PartsNode final : public Node {
 public:
  // Without the parts' gradients: those are the inputs.
  explicit PartsNode(std::vector<Part> parts) : parts_(std::move(parts)) {
    for (Part& part : parts_) {
      part.node->retain();
      part.g = Tensor();
    }
  }
  ~PartsNode() override {
    for (const Part& part : parts_) part.node->release();
  }

  const char* name() const noexcept override { return "sum_of_parts"; }

  void gradients(const Tensor& g, InputGradients& out) override {
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      if (!out.needs(k)) continue;
      const Part& part = parts_[k];
      std::vector<const Tensor*> in;
      for (std::size_t i = 0; i < part.node->inputs().size(); ++i)
        in.push_back(i == part.input ? &g : &part.node->saved(i));
      out.set(k, part.node->evaluate(in));
    }
  }

  Tensor evaluate(std::span<const Tensor* const> in) const override {
    std::vector<Part> parts = parts_;
    for (std::size_t k = 0; k < parts.size(); ++k) parts[k].g = *in[k];
    return sum_of_parts(parts);
  }

 private:
  std::vector<Part> parts_;
};

}  // namespace

Tensor sum_of_parts(const std::vector<Part>& parts) {
  const Part& first = parts[0];
  const Tensor& model = first.node->like_input(first.input, first.g);
  Tensor total = zeros(model.shape(), {.dtype = model.dtype()});
  for (const Part& part : parts) gradient_of(*part.node, part.input, part.g, total);
  record_parts(total, parts);
  return total;
}

void record_parts(Tensor& total, const std::vector<Part>& parts) {
  std::vector<const Tensor*> in;
  for (const Part& part : parts) in.push_back(&part.g);
  if (is_grad_enabled() && requires_grad(in))
    Node::create<PartsNode>(parts.size(), parts)->record(total, in, in.size(), [](std::size_t) {
      return reads::nothing;
    });
  if (mode.observer) Observer::notify(&Observer::computed, "sum_of_parts", total, in);
}

}  // namespace xgrad::detail
