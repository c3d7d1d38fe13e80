#include "tape.hpp"

#include <algorithm>
#include <unordered_map>

#include "../ops/arithmetic.hpp"
#include "../ops/reduction.hpp"
#include "../ops/shaping.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "engine.hpp"
#include "gradient_list.hpp"
#include "observer.hpp"

namespace xgrad::detail {
namespace {

using Tangents = std::unordered_map<const Node*, Tensor>;

const Tensor* find(const Tangents& tangents, const Node* node) {
  const auto it = tangents.find(node);
  return it == tangents.end() ? nullptr : &it->second;
}

// The Jacobian by each input is diagonal: its product with a tangent is the gradient's formula,
// with the tangent in the place of the gradient.
Tensor push_elementwise(Node& node, const Shape& shape, const Tangents& tangents) {
  Tensor total;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const Tensor* t = find(tangents, node.inputs()[i].node.get());
    if (!t) continue;
    const Tensor share = gradient_of(node, i, t->shape() == shape ? *t : broadcast_to(*t, shape));
    total = total.defined() ? add(total, share) : share;
  }
  return total;
}

// A gradient that has no graph is a constant, or it was computed behind autograd's back.
void require_zero(const Node& node, const Tensor& gradient) {
  for (const double g : gradient.to_vector<double>())
    if (g != 0)
      throw GradError(str(node.name(), ": jvp: its gradient of shape ", gradient.shape(),
                          " does not depend on the incoming one by recorded operations; "
                          "compute it by operations on tensors, not on their values"));
}

// The gradient v -> J^T v is linear: its own gradient is J, whatever v it is taken at.
Tensor push_structural(Node& node, const Shape& shape, DType dtype, const Tangents& tangents) {
  Tensor v;
  std::vector<Tensor> gradients, seeds;
  {
    const EnableGrad guard;
    v = reshape(ones(shape, {.dtype = dtype, .requires_grad = true}), shape);
    GradientList list(node);
    for (std::size_t i = 0; i < list.needed.size(); ++i)
      list.needed[i] = tangents.contains(node.inputs()[i].node.get());
    node.gradients(v, list);
    for (std::size_t i = 0; i < list.values.size(); ++i) {
      if (!list.values[i].defined()) continue;
      const Tensor* t = find(tangents, node.inputs()[i].node.get());
      const Tensor g = sum_to(list.values[i], t->shape());
      if (!g.requires_grad()) {
        require_zero(node, g);
        continue;
      }
      gradients.push_back(g);
      seeds.push_back(*t);
    }
  }
  if (gradients.empty()) return zeros(shape, {.dtype = dtype});
  const Tensor product = grad(gradients, {v},
                              {.grad_outputs = std::move(seeds),
                               .create_graph = is_grad_enabled(),
                               .allow_unused = true})
                             .front();
  return product.defined() ? product : zeros(shape, {.dtype = dtype});
}

}  // namespace

/// Writes down what depends on the inputs.
class Tape::Recorder final : public Observer {
 public:
  explicit Recorder(Tape& tape) noexcept : tape_(tape) {}

  void computed(const char*, const Tensor& out, std::span<const Tensor* const>) override {
    Node* node = impl(out).node;
    if (!node) return;
    const auto depends = [&](const Node::Input& input) {
      return tape_.reached_.contains(input.node.get());
    };
    const std::span<Node::Input> inputs = node->inputs();
    if (std::none_of(inputs.begin(), inputs.end(), depends)) return;
    tape_.steps_.push_back({NodeRef(node->retain()), out.shape(), out.dtype()});
    tape_.reached_.insert(node);
  }

 private:
  Tape& tape_;
};

Tape::Tape(const TensorFunction& f, std::vector<Tensor> inputs) : inputs_(std::move(inputs)) {
  for (const Tensor& x : inputs_) reached_.insert(impl(x).node);
  {
    const Recorder recorder(*this);
    outputs_ = f(inputs_);
  }
  drop_dead_ends();
}

void Tape::drop_dead_ends() {
  std::unordered_set<const Node*> needed;
  for (const Tensor& y : outputs_)
    if (y.defined()) needed.insert(impl(y).node);
  std::vector<Step> live;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    Node* node = step->node.get();
    if (!needed.contains(node)) {
      reached_.erase(node);
      continue;
    }
    for (const Node::Input& input : node->inputs()) needed.insert(input.node.get());
    live.push_back(std::move(*step));
  }
  std::reverse(live.begin(), live.end());
  steps_ = std::move(live);
}

bool Tape::has_other_sources() const {
  for (const Tensor& y : outputs_)
    if (y.requires_grad() && !reaches(y)) return true;
  for (const Step& step : steps_)
    for (const Node::Input& input : step.node->inputs())
      if (input.needs_gradient() && !reached_.contains(input.node.get())) return true;
  return false;
}

std::vector<Tensor> Tape::push(const std::vector<Tensor>& tangents) const {
  Tangents known;
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    known.emplace(impl(inputs_[i]).node, tangents[i]);
  for (const Step& step : steps_) {
    Node& node = *step.node;
    if (node.released())
      throw GradError(str(node.name(),
                          ": jvp: the saved values of this step, whose result has "
                          "shape ",
                          step.shape,
                          ", were released within f; pass retain_graph = true to the grad() or "
                          "backward() there"));
    Tensor tangent = node.is_elementwise() ? push_elementwise(node, step.shape, known)
                                           : push_structural(node, step.shape, step.dtype, known);
    if (mode.observer) Observer::notify(&Observer::pushed, node, tangent);
    known.emplace(&node, std::move(tangent));
  }
  std::vector<Tensor> products;
  for (const Tensor& y : outputs_) {
    const Tensor* t = find(known, impl(y).node);
    products.push_back(t ? *t : Tensor());
  }
  return products;
}

}  // namespace xgrad::detail
