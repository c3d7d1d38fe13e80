#include "parts.hpp"

#include <utility>

#include "../tensor/creation.hpp"
#include "grad_mode.hpp"

namespace xgrad::detail {
namespace {

// An operation that takes a part is linear in its input: it is itself the gradient of what puts the
// part back.
class PartsNode final : public Node {
 public:
  explicit PartsNode(std::vector<Part> parts) : parts_(std::move(parts)) {
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      parts_[k].node->retain();
      parts_[k].g = Tensor();
    }
  }
  ~PartsNode() override {
    for (const Part& part : parts_) part.node->release();
  }

  void record(const std::vector<Part>& parts, Tensor& out) {
    for (std::size_t k = 0; k < parts.size(); ++k) {
      connect(k, parts[k].g);
      if (inputs()[k].edge)
        save_shape(k, parts[k].g);
      else
        save(k, parts[k].g);
    }
    impl(out).node = this;
    impl(out).requires_grad = true;
  }

  const char* name() const noexcept override { return "sum_of_parts"; }

  Tensor gradient(std::size_t k, const Tensor& g, bool /*overwrite*/) override {
    const Part& part = parts_[k];
    std::vector<const Tensor*> in;
    for (std::size_t i = 0; i < part.node->inputs().size(); ++i)
      in.push_back(i == part.input ? &g : &part.node->saved(i));
    return part.node->evaluate(in);
  }

  Tensor evaluate(std::span<const Tensor* const> in) const override {
    std::vector<Part> parts = parts_;
    for (std::size_t k = 0; k < parts.size(); ++k) parts[k].g = *in[k];
    return sum_of_parts(parts);
  }

 private:
  std::vector<Part> parts_;  // without their gradients
};

}  // namespace

Tensor sum_of_parts(const std::vector<Part>& parts) {
  if (parts.size() == 1) return parts[0].node->gradient(parts[0].input, parts[0].g);
  const Part& first = parts[0];
  Tensor total = zeros(first.node->inputs()[first.input].saved.shape(), {.dtype = first.g.dtype()});
  bool recorded = false;
  for (const Part& part : parts) {
    part.node->add_gradient(part.input, part.g, total);
    recorded = recorded || part.g.requires_grad();
  }
  if (recorded && is_grad_enabled())
    Node::create<PartsNode>(parts.size(), parts)->record(parts, total);
  return total;
}

}  // namespace xgrad::detail
