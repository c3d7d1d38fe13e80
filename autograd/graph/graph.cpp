#include "graph.hpp"

#include <algorithm>
#include <unordered_set>

#include "../op/apply.hpp"
#include "../tensor/creation.hpp"

namespace xgrad::detail {

std::vector<Node*> recorded_operations(const std::vector<Node*>& roots, std::uint64_t lowest) {
  std::vector<Node*> nodes;
  std::unordered_set<const Node*> seen;
  const auto reach = [&](Node* node) {
    if (node && node->number() >= lowest && seen.insert(node).second) nodes.push_back(node);
  };
  for (Node* root : roots) reach(root);
  for (std::size_t next = 0; next < nodes.size(); ++next)
    for (const Node::Input& input : nodes[next]->inputs()) reach(input.node.get());
  // Stable, and found in a fixed order: the same also where threads gave two the same number.
  std::ranges::stable_sort(nodes, {}, &Node::number);
  return nodes;
}

Tensor gradient_of(Node& node, std::size_t i, const Tensor& g, Tensor total) {
  GradientList list(node, [&](const Node::Input& input) { return &input == &node.inputs()[i]; });
  list.values[i] = std::move(total);
  node.gradients(g, list);
  return std::move(list.values[i]);
}

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
  if (parts.empty()) return {};
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
