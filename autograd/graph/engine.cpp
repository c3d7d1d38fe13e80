#include "engine.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "../kernels/map.hpp"
#include "../op/operation.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/reduction.hpp"
#include "../ops/shaping.hpp"
#include "../support/message.hpp"
#include "../tensor/creation.hpp"
#include "grad_mode.hpp"
#include "hooks.hpp"
#include "node.hpp"
#include "observer.hpp"
#include "parts.hpp"

namespace xgrad {
namespace {

using detail::owns_its_values;
using detail::Part;
using detail::sum_of_parts;

// total += g, of the same shape and dtype.
void add_in_place(Tensor& total, const Tensor& g) {
  detail::begin_write(total);
  visit_floating(total.dtype(), [&]<class T>(T) {
    T* values = static_cast<T*>(detail::get(total)->storage->data());
    const T* in[] = {values, static_cast<const T*>(detail::get(g)->storage->data())};
    kernels::map_flat([](auto a, auto b) { return a + b; }, values, in,
                      detail::get(total)->storage->bytes / sizeof(T));
  });
}

// total += g, in place where the buffer is nobody else's and nothing is recorded.
void accumulate(Tensor& total, Tensor g) {
  if (!total.defined())
    total = std::move(g);
  else if (!is_grad_enabled() && owns_its_values(total))
    add_in_place(total, g);
  else
    total = add(total, g);
}

// One sweep at a time adds to a leaf's gradient: several threads may share parameters.
class LeafLock {
 public:
  explicit LeafLock(detail::TensorImpl& leaf) noexcept : leaf_(leaf) {
    while (leaf_.accumulating.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  }
  ~LeafLock() { leaf_.accumulating.store(false, std::memory_order_release); }
  LeafLock(const LeafLock&) = delete;
  LeafLock& operator=(const LeafLock&) = delete;

 private:
  detail::TensorImpl& leaf_;
};

void accumulate_into_leaf(detail::TensorImpl& leaf, Tensor g) {
  const LeafLock lock(leaf);
  if (leaf.grad.defined()) return add_in_place(leaf.grad, g);
  if (owns_its_values(g)) {
    leaf.grad = std::move(g);
  } else {
    const NoGrad guard;
    leaf.grad = g.detach().clone();
  }
}

// The tensors whose gradients a sweep is to find, instead of those of all leaves; and which nodes
// lie on a way to one.
class Wanted {
 public:
  void add(const Tensor& input) {
    const detail::TensorImpl& impl = *detail::get(input);
    gradients_[key(impl)];
    lowest_ = std::min(lowest_, impl.node ? impl.node->number() : 0);
  }
  /// Undefined if the outputs do not depend on the input.
  Tensor gradient_of(const Tensor& input) const {
    const Wish& wish = gradients_.at(key(*detail::get(input)));
    return wish.gradient.defined() || !wish.is_zero ? wish.gradient : zeros_like(input);
  }

  /// Where the gradient of a node's result, or of a leaf, is to be put; null if nobody wants it.
  Tensor* slot(const void* target) {
    const auto it = gradients_.find(target);
    return it == gradients_.end() ? nullptr : &it->second.gradient;
  }
  /// What is reached by gradients that are identically 0 alone has that one.
  void reach_by_zeros(const void* target) {
    if (const auto it = gradients_.find(target); it != gradients_.end()) it->second.is_zero = true;
  }
  bool leads_on(const Edge& edge) const {
    if (edge.leaf()) return gradients_.contains(edge.leaf());
    return gradients_.contains(edge.node()) || useful_.at(edge.node());
  }
  bool is_useful(const Node& node) const { return useful_.at(&node); }

  /// Judges all nodes that are reachable from the roots, in rising order. Nothing numbered below
  /// the lowest wanted node leads to one.
  void find_useful(const std::vector<Node*>& roots) {
    std::vector<Node*> reachable(roots);
    for (Node* node : roots) useful_.emplace(node, false);
    for (std::size_t next = 0; next < reachable.size(); ++next)
      for (const Node::Input& input : reachable[next]->inputs())
        if (Node* node = input.edge.node(); node && useful_.emplace(node, false).second)
          if (node->number() >= lowest_) reachable.push_back(node);
    std::sort(reachable.begin(), reachable.end(),
              [](const Node* a, const Node* b) { return a->number() < b->number(); });
    for (Node* node : reachable)
      for (const Node::Input& input : node->inputs())
        if (input.edge && leads_on(input.edge)) useful_[node] = true;
  }

 private:
  static const void* key(const detail::TensorImpl& impl) noexcept {
    return impl.node ? static_cast<const void*>(impl.node) : &impl;
  }

  struct Wish {
    Tensor gradient;
    bool is_zero = false;  // unless there is a gradient
  };

  std::unordered_map<const void*, Wish> gradients_;
  std::unordered_map<const Node*, bool> useful_;
  std::uint64_t lowest_ = std::numeric_limits<std::uint64_t>::max();
};

// The memory of the last sweep's heap, for the next one.
thread_local std::vector<Node*> spare_heap;

// One reverse pass. Nodes are taken from a heap by falling creation number, so that each has all of
// its gradient when its turn comes; there is no recursion. Gradients in waiting lie in the nodes.
// The caller keeps hold of the outputs, and they of all nodes.
class Sweep {
 public:
  Sweep(bool retain_graph, bool create_graph, Wanted* wanted = nullptr)
      : mode_(create_graph),
        retain_(retain_graph || create_graph),
        wanted_(wanted),
        heap_(std::move(spare_heap)) {}

  ~Sweep() {  // after an exception: leave no half-summed gradients behind
    for (Node* node : heap_) node->pending = Tensor();
    heap_.clear();
    spare_heap = std::move(heap_);
  }

  void seed(const Tensor& output, Tensor g) {
    if (Node* node = detail::get(output)->node)
      send(node, std::move(g));
    else
      send(detail::get(output), std::move(g));
  }

  void run() {
    if (wanted_) wanted_->find_useful(heap_);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), by_number);
      Node* node = heap_.back();
      heap_.pop_back();
      visit(*node);
    }
    if (extra_) [[unlikely]]
      finish();
  }

 private:
  static bool by_number(const Node* a, const Node* b) noexcept { return a->number() < b->number(); }

  void visit(Node& node) {
    Tensor g = std::move(node.pending);
    if (extra_) [[unlikely]]
      add_parts(node, g);
    if (node.hooks) [[unlikely]]
      g = node.hooks->run(std::move(g));
    if (wanted_) {
      if (Tensor* slot = wanted_->slot(&node)) *slot = g;
      if (!wanted_->is_useful(node)) return;
    }
    if (node.released()) [[unlikely]]
      throw_released(node, g.shape());
    const GradientPass pass(node);
    const std::span<Node::Input> inputs = node.inputs();
    std::size_t last = inputs.size();
    while (last > 0 && !leads_on(inputs[last - 1].edge)) --last;
    for (std::size_t i = 0; i < last; ++i) {
      if (!leads_on(inputs[i].edge)) continue;
      if (add_directly(node, i, g) || hold_part(node, i, g)) continue;
      // The last gradient may overwrite g, if nobody else holds it: one buffer walks down a chain.
      Tensor gi = node.gradient(i, g, i + 1 == last && owns_its_values(g));
      if (!gi.defined()) [[unlikely]] {
        extra().zeros.push_back(&inputs[i].edge);
        continue;
      }
      const Tensor& saved = inputs[i].saved;
      if (detail::get(saved) && detail::get(saved)->shape != gi.shape())
        gi = detail::sum_to(gi, saved.shape());
      if (detail::mode.observer) [[unlikely]]
        detail::notify_differentiated(node, g.shape(), i, gi);
      if (i + 1 == last) g = Tensor();
      if (Node* next = inputs[i].edge.node())
        send(next, std::move(gi));
      else
        send(inputs[i].edge.leaf(), std::move(gi));
    }
    if (!retain_) node.release_saved();
  }

  // A further share of a sum that nobody else sees is added to it by the loop that computes it.
  bool add_directly(Node& node, std::size_t i, const Tensor& g) {
    if (detail::mode.observer || is_grad_enabled()) return false;
    const Edge& edge = node.inputs()[i].edge;
    const auto add_to = [&](Tensor& total) {
      return total.defined() && owns_its_values(total) && node.add_gradient(i, g, total);
    };
    if (Node* next = edge.node()) return add_to(next->pending);
    detail::TensorImpl& leaf = *edge.leaf();
    if (leaf.hooks) return add_to(held_of(leaf));
    if (wanted_) return add_to(*wanted_->slot(&leaf));
    const LeafLock lock(leaf);
    return leaf.grad.defined() && node.add_gradient(i, g, leaf.grad);
  }

  [[gnu::noinline]] void add_parts(Node& node, Tensor& g) {
    if (const auto held = extra_->parts.extract(&node)) accumulate(g, sum_of_parts(held.mapped()));
  }

  // Parts of one tensor are put back together, if that is to be recorded.
  bool hold_part(Node& node, std::size_t i, const Tensor& g) {
    return is_grad_enabled() && hold_recorded_part(node, i, g);
  }
  [[gnu::noinline]] bool hold_recorded_part(Node& node, std::size_t i, const Tensor& g) {
    if (detail::mode.observer || !node.takes_part(i)) return false;
    const Edge& edge = node.inputs()[i].edge;
    if (edge.node()) wait(edge.node());
    extra().parts[edge.node() ? static_cast<const void*>(edge.node()) : edge.leaf()].push_back(
        {&node, i, g});
    return true;
  }

  // What most sweeps need nothing of.
  struct Extra {
    std::unordered_map<const void*, std::vector<Part>> parts;  // by node or leaf
    std::vector<std::pair<Tensor, Tensor>> leaves;             // with hooks: gradients held back
    std::unordered_map<const detail::TensorImpl*, std::size_t> place;  // of a leaf among them
    std::vector<const Edge*> zeros;  // with gradients that are identically 0
  };
  [[gnu::noinline]] Extra& extra() {
    if (!extra_) extra_ = std::make_unique<Extra>();
    return *extra_;
  }

  [[noreturn]] static void throw_released(const Node& node, const Shape& shape) {
    throw GradError(message(
        node.name(), ": backward: the saved values of this graph, whose result has shape ", shape,
        ", were released by an earlier backward; pass retain_graph = true to "
        "that one"));
  }

  bool leads_on(const Edge& edge) const { return edge && (!wanted_ || wanted_->leads_on(edge)); }

  // The node is to be visited, unless it waits for that already.
  void wait(Node* node) {
    if (node->pending.defined() || (extra_ && extra_->parts.contains(node))) return;
    heap_.push_back(node);
    std::push_heap(heap_.begin(), heap_.end(), by_number);
  }

  void send(Node* node, Tensor g) {
    wait(node);
    accumulate(node->pending, std::move(g));
  }

  void send(detail::TensorImpl* leaf, Tensor g) {
    if (leaf->hooks) [[unlikely]]
      accumulate(held_of(*leaf), std::move(g));
    else
      deliver(*leaf, std::move(g));
  }

  void deliver(detail::TensorImpl& leaf, Tensor g) {
    if (!wanted_)
      accumulate_into_leaf(leaf, std::move(g));
    else if (Tensor* slot = wanted_->slot(&leaf))
      accumulate(*slot, std::move(g));
  }

  // A leaf's hooks see its whole gradient, so it is held back until the sweep has ended.
  [[gnu::noinline]] Tensor& held_of(detail::TensorImpl& leaf) {
    auto& leaves = extra().leaves;
    const auto [at, added] = extra().place.emplace(&leaf, leaves.size());
    if (added) {
      leaves.emplace_back(detail::share(&leaf), Tensor());
    }
    return leaves[at->second].second;
  }

  [[gnu::noinline]] void finish() {
    for (const auto& [leaf, parts] : extra_->parts)  // those of nodes are gone
      send(parts[0].node->inputs()[parts[0].input].edge.leaf(), sum_of_parts(parts));
    for (auto& [leaf, g] : extra_->leaves)
      if (g.defined()) deliver(*detail::get(leaf), detail::get(leaf)->hooks->run(std::move(g)));
    deliver_zeros();
  }

  // Gradients that are identically 0 were not computed. What lies behind their edges and got no
  // other gradient has one all the same: zeros.
  void deliver_zeros() {
    std::unordered_set<const void*> seen;
    std::vector<Node*> reached;
    const auto reach = [&](const Edge& edge) {
      if (!leads_on(edge)) return;
      if (Node* node = edge.node()) {
        if (!seen.insert(node).second) return;
        if (wanted_) wanted_->reach_by_zeros(node);
        if (!wanted_ || wanted_->is_useful(*node)) reached.push_back(node);
      } else if (wanted_) {
        wanted_->reach_by_zeros(edge.leaf());
      } else {
        deliver_zero(*edge.leaf());
      }
    };
    for (const Edge* edge : extra_->zeros) reach(*edge);
    while (!reached.empty()) {
      Node* node = reached.back();
      reached.pop_back();
      for (const Node::Input& input : node->inputs()) reach(input.edge);
    }
  }

  void deliver_zero(detail::TensorImpl& leaf) {
    if (leaf.grad.defined()) return;
    Tensor zero = zeros(leaf.shape, {.dtype = leaf.dtype});
    if (leaf.hooks) zero = leaf.hooks->run(std::move(zero));
    accumulate_into_leaf(leaf, std::move(zero));
  }

  detail::SweepGuard mode_;
  bool retain_;
  Wanted* wanted_;
  std::vector<Node*> heap_;
  std::unique_ptr<Extra> extra_;
};

// The gradient of an output, found with create_graph: its own derivatives may be identically 0 for
// what the output was computed from, and are then zeros. Inputs: the gradient, the outputs.
constexpr auto gradient_op = operation(
    "grad", [](const Inputs& in, const NoAttributes&) { return in[0].detach(); },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return c.index == 0 ? g : Tensor(); }));

// The outputs as one tensor for gradient_op.
Tensor origin_of(const std::vector<Tensor>& outputs) {
  if (outputs.size() == 1) return outputs[0];
  const Tensor nothing = zeros({});
  std::vector<const Tensor*> in{&nothing};
  for (const Tensor& output : outputs) in.push_back(&output);
  return gradient_op(in);
}

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

Tensor detail::sum_to(const Tensor& g, const Shape& shape) {
  const std::size_t extra = g.ndim() - shape.size();
  Axes axes;
  for (std::size_t i = 0; i < g.ndim(); ++i)
    if (i < extra || (shape[i - extra] == 1 && g.shape()[i] != 1))
      axes.push_back(static_cast<int>(i));
  const Tensor summed = axes.empty() ? g : sum(g, axes, true);
  return summed.shape() == shape ? summed : reshape(summed, shape);
}

namespace {

void sweep_from(const Tensor output, const Tensor& seed, const BackwardOptions& options) {
  Tensor checked = seed_for("backward", output, seed);
  Sweep sweep(options.retain_graph, options.create_graph);
  sweep.seed(output, std::move(checked));
  sweep.run();
}

}  // namespace

// By value: a hook may let go of this handle.
void Tensor::backward(const BackwardOptions& options) const { sweep_from(*this, {}, options); }

void Tensor::backward(const Tensor& seed, const BackwardOptions& options) const {
  if (!seed.defined())
    throw ValueError(message("backward: the seed for a tensor of shape ", shape(),
                             " is an undefined tensor; expected one of that shape, or none"));
  sweep_from(*this, seed, options);
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options) {
  const std::vector<Tensor>& given = options.grad_outputs;
  if (!given.empty() && given.size() != outputs.size())
    throw ValueError(message("grad: ", given.size(), " grad_outputs for ", outputs.size(),
                             " outputs; expected one each, or none"));
  Wanted wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].requires_grad())
      throw GradError(message("grad: input ", i, " of shape ", inputs[i].shape(),
                              " does not require a gradient; call requires_grad_() on it before "
                              "the outputs are computed"));
    wanted.add(inputs[i]);
  }
  std::vector<Tensor> seeds;
  for (std::size_t j = 0; j < outputs.size(); ++j)
    seeds.push_back(seed_for("grad", outputs[j], given.empty() ? Tensor() : given[j]));
  const std::vector<Tensor> held = outputs;
  Sweep sweep(options.retain_graph, options.create_graph, &wanted);
  for (std::size_t j = 0; j < held.size(); ++j) sweep.seed(held[j], std::move(seeds[j]));
  sweep.run();

  std::vector<Tensor> gradients;
  const Tensor origin = options.create_graph && !held.empty() ? origin_of(held) : Tensor();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Tensor g = wanted.gradient_of(inputs[i]);
    if (!g.defined() && !options.allow_unused)
      throw GradError(message("grad: input ", i, " of shape ", inputs[i].shape(),
                              " was not used to compute the outputs; pass allow_unused = true to "
                              "get an undefined tensor for it"));
    gradients.push_back(g.defined() && origin.defined() ? gradient_op(g, origin) : g);
  }
  return gradients;
}

std::vector<Tensor> grad(const Tensor& output, const std::vector<Tensor>& inputs,
                         const GradOptions& options) {
  return grad(std::vector<Tensor>{output}, inputs, options);
}

}  // namespace xgrad
