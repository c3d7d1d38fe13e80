#include "autograd/engine.hpp"

#include <algorithm>
#include <unordered_map>

#include "autograd/creation.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/message.hpp"
#include "autograd/node.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shaping.hpp"

namespace xgrad {
namespace {

// The adjoint of broadcasting: sums the axes along which `shape` was repeated.
Tensor sum_to(const Tensor& g, const Shape& shape) {
  const std::size_t extra = g.ndim() - shape.size();
  Axes axes;
  for (std::size_t i = 0; i < g.ndim(); ++i)
    if (i < extra || (shape[i - extra] == 1 && g.shape()[i] != 1))
      axes.push_back(static_cast<int>(i));
  const Tensor summed = axes.empty() ? g : sum(g, axes, true);
  return summed.shape() == shape ? summed : reshape(summed, shape);
}

bool owns_its_values(const Tensor& t) {
  const detail::TensorImpl& impl = t.impl();
  return impl.refs.load(std::memory_order_acquire) == 1 && !impl.storage->shared() && !impl.node;
}

// total += g, in place where the buffer is nobody else's and nothing is recorded.
void accumulate(Tensor& total, Tensor g) {
  if (!total.defined())
    total = std::move(g);
  else if (is_grad_enabled())
    total = add(total, g);
  else if (owns_its_values(total))
    total.add_(g);
  else
    total = add(total, g);
}

void accumulate_into_leaf(detail::TensorImpl& leaf, Tensor g) {
  NoGrad guard;
  if (leaf.grad.defined())
    leaf.grad.add_(g);
  else
    leaf.grad = owns_its_values(g) ? std::move(g) : g.detach().clone();
}

Tensor run_hooks(const detail::Hooks* hooks, Tensor g) {
  if (!hooks) return g;
  for (const Hook& hook : hooks->list) {
    Tensor replacement = hook(g);
    if (!replacement.defined()) continue;
    if (replacement.shape() != g.shape() || replacement.dtype() != g.dtype())
      throw GradError(message("hook: returned a gradient of shape ", replacement.shape(), ", ",
                              name(replacement.dtype()), "; expected ", g.shape(), ", ",
                              name(g.dtype())));
    g = std::move(replacement);
  }
  return g;
}

// The memory of the last sweep's heap, for the next one.
thread_local std::vector<Node*> spare_heap;

// One reverse pass. Nodes are taken from a heap by falling creation number, so that each has all of
// its gradient when its turn comes; there is no recursion. Gradients in waiting lie in the nodes.
class Sweep {
 public:
  Sweep(bool retain_graph, bool create_graph)
      : mode_(create_graph), retain_(retain_graph || create_graph), heap_(std::move(spare_heap)) {
    heap_.clear();
  }

  ~Sweep() {  // after an exception: leave no half-summed gradients behind
    for (Node* node : heap_) {
      node->pending = Tensor();
      node->release();
    }
    spare_heap = std::move(heap_);
  }

  /// Asks for the gradient of `input` instead of those of all leaves.
  void capture(const Tensor& input) {
    const detail::TensorImpl* impl = input.get();
    wanted_[impl->node ? static_cast<const void*>(impl->node) : impl];
    capturing_ = true;
  }
  Tensor captured(const Tensor& input) const {
    const detail::TensorImpl* impl = input.get();
    return wanted_.at(impl->node ? static_cast<const void*>(impl->node) : impl);
  }

  void seed(const Tensor& output, const Tensor& g) { send(Edge(output), g); }

  void run() {
    if (capturing_) find_useful();
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), by_number);
      Node* node = heap_.back();
      heap_.pop_back();
      const Owner owner{node};
      visit(*node);
    }
    for (auto& [leaf, g] : hooked_leaves_) deliver(*leaf.get(), run_hooks(leaf.get()->hooks, g));
  }

 private:
  struct Owner {
    Node* node;
    ~Owner() { node->release(); }
  };

  static bool by_number(const Node* a, const Node* b) noexcept { return a->number() < b->number(); }

  void visit(Node& node) {
    Tensor g = run_hooks(node.hooks, std::exchange(node.pending, Tensor()));
    if (capturing_) {
      if (const auto it = wanted_.find(&node); it != wanted_.end()) it->second = g;
      if (!useful_.at(&node)) return;
    }
    if (node.released())
      throw GradError(message(node.name(),
                              ": backward: the saved values of this graph, whose "
                              "result has shape ",
                              g.shape(),
                              ", were released by an earlier "
                              "backward; pass retain_graph = true to that one"));
    const std::span<Node::Input> inputs = node.inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!leads_on(inputs[i].edge)) continue;
      Tensor gi = node.gradient(i, g);
      if (inputs[i].saved.defined() && inputs[i].saved.shape() != gi.shape())
        gi = sum_to(gi, inputs[i].saved.shape());
      send(inputs[i].edge, std::move(gi));
    }
    if (!retain_) node.release_saved();
  }

  bool leads_on(const Edge& edge) const {
    if (!edge) return false;
    if (!capturing_) return true;
    if (edge.leaf()) return wanted_.contains(edge.leaf());
    return wanted_.contains(edge.node()) || useful_.at(edge.node());
  }

  void send(const Edge& edge, Tensor g) {
    if (Node* node = edge.node()) {
      if (!node->pending.defined()) {
        node->retain();
        heap_.push_back(node);
        std::push_heap(heap_.begin(), heap_.end(), by_number);
      }
      accumulate(node->pending, std::move(g));
    } else if (detail::TensorImpl* leaf = edge.leaf()) {
      leaf->hooks ? collect(leaf, std::move(g)) : deliver(*leaf, std::move(g));
    }
  }

  void deliver(detail::TensorImpl& leaf, Tensor g) {
    if (!capturing_)
      accumulate_into_leaf(leaf, std::move(g));
    else if (const auto it = wanted_.find(&leaf); it != wanted_.end())
      accumulate(it->second, std::move(g));
  }

  // A leaf's hooks see its whole gradient, so it is held back until the sweep has ended.
  void collect(detail::TensorImpl* leaf, Tensor g) {
    for (auto& [held, total] : hooked_leaves_)
      if (held.get() == leaf) return accumulate(total, std::move(g));
    detail::retain(leaf);
    hooked_leaves_.emplace_back(Tensor::adopt(leaf), std::move(g));
  }

  // Which nodes lie on a way to a wanted tensor: all that are reachable, judged in rising order.
  void find_useful() {
    std::vector<Node*> reachable(heap_);
    for (Node* node : heap_) useful_.emplace(node, false);
    for (std::size_t next = 0; next < reachable.size(); ++next)
      for (const Node::Input& input : reachable[next]->inputs())
        if (Node* node = input.edge.node(); node && useful_.emplace(node, false).second)
          reachable.push_back(node);
    std::sort(reachable.begin(), reachable.end(), by_number);
    for (Node* node : reachable)
      for (const Node::Input& input : node->inputs())
        if (leads_on(input.edge)) useful_[node] = true;
  }

  GradModeGuard mode_;
  bool retain_;
  bool capturing_ = false;
  std::vector<Node*> heap_;
  std::unordered_map<const void*, Tensor> wanted_;
  std::unordered_map<const Node*, bool> useful_;
  std::vector<std::pair<Tensor, Tensor>> hooked_leaves_;
};

// The checked seed of one output: what was given, or 1 for a single element.
Tensor seed_for(const char* op, const Tensor& output, const Tensor& given) {
  if (!output.requires_grad())
    throw GradError(message(op, ": tensor of shape ", output.shape(),
                            " was not computed from anything that requires a gradient; call "
                            "requires_grad_() on the inputs, outside NoGrad"));
  if (!given.defined()) {
    if (output.numel() != 1)
      throw GradError(message(op, ": tensor of shape ", output.shape(), " has ", output.numel(),
                              " elements; without a seed of that shape only a scalar can be "
                              "differentiated"));
    NoGrad guard;
    return ones_like(output);
  }
  if (given.shape() != output.shape())
    throw ShapeError(message(op, ": seed of shape ", given.shape(), " for a tensor of shape ",
                             output.shape(), "; they must be equal"));
  if (given.dtype() != output.dtype())
    throw DTypeError(message(op, ": seed of ", name(given.dtype()), " for a tensor of ",
                             name(output.dtype()), "; they must be equal"));
  return given;
}

}  // namespace

void Tensor::backward(const BackwardOptions& options) const { backward(Tensor(), options); }

void Tensor::backward(const Tensor& seed, const BackwardOptions& options) const {
  const Tensor checked = seed_for("backward", *this, seed);
  Sweep sweep(options.retain_graph, options.create_graph);
  sweep.seed(*this, checked);
  sweep.run();
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options) {
  const std::vector<Tensor>& given = options.grad_outputs;
  if (!given.empty() && given.size() != outputs.size())
    throw ValueError(message("grad: ", given.size(), " grad_outputs for ", outputs.size(),
                             " outputs; expected one each, or none"));
  Sweep sweep(options.retain_graph, options.create_graph);
  for (const Tensor& input : inputs) {
    if (!input.requires_grad())
      throw GradError(message("grad: input of shape ", input.shape(),
                              " does not require a gradient; call requires_grad_() on it before "
                              "the outputs are computed"));
    sweep.capture(input);
  }
  std::vector<Tensor> seeds;
  for (std::size_t j = 0; j < outputs.size(); ++j)
    seeds.push_back(seed_for("grad", outputs[j], given.empty() ? Tensor() : given[j]));
  for (std::size_t j = 0; j < outputs.size(); ++j) sweep.seed(outputs[j], seeds[j]);
  sweep.run();

  std::vector<Tensor> gradients;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    gradients.push_back(sweep.captured(inputs[i]));
    if (!gradients.back().defined() && !options.allow_unused)
      throw GradError(message("grad: input ", i, " of shape ", inputs[i].shape(),
                              " was not used to compute the outputs; pass allow_unused = true to "
                              "get an undefined tensor for it"));
  }
  return gradients;
}

std::vector<Tensor> grad(const Tensor& output, const std::vector<Tensor>& inputs,
                         const GradOptions& options) {
  return grad(std::vector<Tensor>{output}, inputs, options);
}

}  // namespace xgrad
