#include "engine.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "../op/operation.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/reduction.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"
#include "grad_mode.hpp"
#include "graph.hpp"
#include "hooks.hpp"
#include "node.hpp"
#include "observer.hpp"
#include "parts.hpp"

namespace xgrad {
namespace {

using detail::owns_its_values;
using detail::TensorImpl;

// total += g, of the same shape and dtype.
void add_in_place(Tensor& total, const Tensor& g) {
  detail::begin_write(total);
  visit_floating(total.dtype(), [&]<class T>(T) {
    T* values = detail::values<T>(total);
    const T* in[] = {values, detail::values<T>(g)};
    kernels::map_flat([](auto a, auto b) { return a + b; }, values, in,
                      detail::get(total)->storage->bytes / sizeof(T));
  });
}

// total += g, in place where nobody else has the total and nothing is recorded.
[[gnu::noinline]] void add_to_defined(Tensor& total, const Tensor& g) {
  if (!is_grad_enabled() && owns_its_values(total))
    add_in_place(total, g);
  else
    total = add(total, g);
}

void accumulate(Tensor& total, Tensor&& g) {
  if (total.defined())
    add_to_defined(total, g);
  else
    total.swap(g);
}

// One sweep at a time adds to a leaf's gradient: several threads may share parameters.
class LeafLock {
 public:
  explicit LeafLock(TensorImpl& leaf) noexcept : leaf_(leaf) {
    while (leaf_.accumulating.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  }
  ~LeafLock() { leaf_.accumulating.store(false, std::memory_order_release); }
  LeafLock(const LeafLock&) = delete;
  LeafLock& operator=(const LeafLock&) = delete;

 private:
  TensorImpl& leaf_;
};

void accumulate_into_leaf(TensorImpl& leaf, Tensor&& g) {
  const LeafLock lock(leaf);
  if (leaf.grad.defined()) return add_in_place(leaf.grad, g);
  if (owns_its_values(g)) {
    leaf.grad = std::move(g);
  } else {
    const NoGrad guard;
    leaf.grad = g.detach().clone();
  }
}

// The memory of the last sweep's heap, for the next one.
thread_local std::vector<Node*> spare_heap;

// One reverse pass, to all leaves or, for grad(), to some inputs. Nodes are taken from a heap by
// falling creation number, so that each has all of its gradient when its turn comes; there is no
// recursion. Gradients wait in the nodes. The caller keeps hold of the outputs, and they of all
// nodes.
class Sweep final : public InputGradients {
 public:
  Sweep(bool retain_graph, bool create_graph, const std::vector<Tensor>* inputs = nullptr)
      : InputGradients(inputs != nullptr),
        mode_(create_graph),
        retain_(retain_graph || create_graph),
        heap_(std::move(spare_heap)) {
    find_observers();
    if (inputs)
      for (const Tensor& input : *inputs) {
        const Node::Input way = way_to(input);
        extra().held[way.target()];
        extra().on_way.insert(way.target());
        extra().lowest = std::min(extra().lowest, way.node ? way.node->number() : 0);
      }
  }
  ~Sweep() {  // after an exception: leave no half-summed gradients behind
    for (Node* node : heap_) {
      node->pending = Tensor();
      node->waiting = false;
    }
    heap_.clear();
    spare_heap = std::move(heap_);
  }

  void seed(const Tensor& output, Tensor&& g) {
    if (Node* node = detail::get(output)->node)
      send(*node, std::move(g));
    else
      send(way_to(output), std::move(g));
  }

  void run() {
    if (selective_) find_way();
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), by_number);
      Node* node = heap_.back();
      heap_.pop_back();
      visit(*node);
    }
    if (extra_) [[unlikely]]
      finish();
  }

  // Of one of the inputs; undefined if the outputs do not depend on it.
  Tensor gradient_of(const Tensor& input) const {
    const Held& held = extra_->held.at(way_to(input).target());
    return held.gradient.defined() || !held.reached ? held.gradient : zeros_like(input);
  }

  void set(std::size_t i, Tensor&& gradient) override {
    const Node::Input& input = node_->inputs()[i];
    const TensorImpl *saved = detail::get(input.saved), *impl = detail::get(gradient);
    if (impl && saved && saved->shape != impl->shape) [[unlikely]]
      gradient = detail::sum_to(gradient, saved->shape);
    if (observed_ && impl) [[unlikely]]
      Observer::notify(&Observer::differentiated, *node_, g_.shape(), i, gradient);
    if (--remaining_ == 0) g_ = Tensor();
    send(input, std::move(gradient));
  }

  // Parts of one tensor are put back together if that is to be recorded.
  bool set_part(std::size_t i, const Tensor& g) override {
    if (!is_grad_enabled() || observed_) return false;
    const Node::Input& input = node_->inputs()[i];
    if (input.node) wait(*input.node);
    hold(input).parts.push_back({node_, i, g});
    --remaining_;
    return true;
  }

 private:
  // What waits elsewhere than in a node or leaf.
  struct Held {
    TensorImpl* leaf = nullptr;  // if reached
    bool reached = false;
    Tensor gradient;
    std::vector<detail::Part> parts;
  };
  // What most sweeps need nothing of.
  struct Extra {
    // By node or leaf: the inputs of grad(); parts; and leaves that have hooks, which see the whole
    // gradient, or that were reached by a gradient that is identically 0.
    std::unordered_map<const void*, Held> held;
    std::vector<Held*> leaves;  // among them, as they were reached
    // The inputs of grad(), and the nodes from which one can be reached.
    std::unordered_set<const void*> on_way;
    std::uint64_t lowest = UINT64_MAX;  // number of an input
  };

  static bool by_number(const Node* a, const Node* b) noexcept { return a->number() < b->number(); }

  void visit(Node& node) {
    node_ = &node;
    node.waiting = false;
    g_ = std::move(node.pending);
    if (extra_ || node.hooks) [[unlikely]]
      complete(node);
    remaining_ = selective_ ? count_selected(node) : node.gradient_count();
    if (remaining_ == 0) return;
    if (!g_.defined()) [[unlikely]] {  // identically 0, and so is what it makes
      for (std::size_t i = 0; i < node.inputs().size(); ++i)
        if (needs(i)) send(node.inputs()[i], Tensor());
      return;
    }
    if (node.released()) [[unlikely]]
      throw GradError(str(node.name(),
                          ": backward: the saved values of this graph, whose result has shape ",
                          g_.shape(),
                          ", were released by an earlier backward; pass retain_graph = true to "
                          "that one"));
    node.gradients(g_, *this);
    if (!retain_) node.release_saved();
  }

  // Adds what waits elsewhere to the node's gradient, and shows it to hooks and to the caller of
  // grad().
  [[gnu::noinline]] void complete(Node& node) {
    Held* held = nullptr;
    if (extra_ && extra_->held.contains(&node)) held = &extra_->held.at(&node);
    if (held && !held->parts.empty())
      accumulate(g_, detail::sum_of_parts(std::exchange(held->parts, {})));
    if (node.hooks && g_.defined()) g_ = node.hooks->run(std::move(g_));
    find_observers();  // which a hook may have made
    if (!held || !selective_) return;
    held->gradient = g_;
    held->reached = true;
  }

  bool selects(std::size_t i) const override {
    return extra_->on_way.contains(node_->inputs()[i].target());
  }

  std::size_t count_selected(const Node& node) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < node.inputs().size(); ++i) count += needs(i);
    return count;
  }

  // Nothing numbered below the lowest input leads to one.
  void find_way() {
    for (const Node* node : detail::recorded_operations(heap_, extra_->lowest))
      for (const Node::Input& input : node->inputs())
        if (input.needs_gradient() && extra_->on_way.contains(input.target()))
          extra_->on_way.insert(node);
  }

  bool add_to(std::size_t i, void (*f)(const void*, Tensor&), const void* context) override {
    if (!adds_) return false;
    const Node::Input& input = node_->inputs()[i];
    if (input.is_leaf && !is_held(*detail::get(input.saved))) {
      TensorImpl& leaf = *detail::get(input.saved);
      const LeafLock lock(leaf);
      if (!leaf.grad.defined()) return false;
      f(context, leaf.grad);
    } else {
      Tensor& total = input.node ? input.node->pending : hold(input).gradient;
      if (!total.defined() || !owns_its_values(total)) return false;
      f(context, total);
    }
    --remaining_;
    return true;
  }

  void send(Node& node, Tensor&& g) {
    wait(node);
    if (g.defined()) accumulate(node.pending, std::move(g));
  }

  void send(const Node::Input& input, Tensor&& g) {
    if (input.node) {
      send(*input.node, std::move(g));
    } else if (is_held(*detail::get(input.saved)) || !g.defined()) [[unlikely]] {
      Tensor& total = hold(input).gradient;
      if (g.defined()) accumulate(total, std::move(g));
    } else {
      accumulate_into_leaf(*detail::get(input.saved), std::move(g));
    }
  }

  void wait(Node& node) {
    if (node.waiting) return;
    heap_.push_back(&node);
    node.waiting = true;
    std::push_heap(heap_.begin(), heap_.end(), by_number);
  }

  // A tensor as the input of an operation.
  static Node::Input way_to(const Tensor& t) {
    Node::Input way;
    way.saved = t;
    if (Node* node = detail::get(t)->node) way.node.reset(node->retain());
    return way;
  }

  bool is_held(const TensorImpl& leaf) const noexcept { return selective_ || leaf.hooks; }

  [[gnu::noinline]] Extra& extra() {
    if (!extra_) extra_ = std::make_unique<Extra>();
    return *extra_;
  }

  [[gnu::noinline]] Held& hold(const Node::Input& input) {
    Held& held = extra().held[input.target()];
    if (!input.node && !held.leaf) {
      held.leaf = detail::get(input.saved);
      extra().leaves.push_back(&held);
    }
    held.reached = true;
    return held;
  }

  [[gnu::noinline]] void finish() {
    for (Held* held : extra_->leaves) {
      TensorImpl& leaf = *held->leaf;
      Tensor& g = held->gradient;
      if (!held->parts.empty()) accumulate(g, detail::sum_of_parts(held->parts));
      if (!g.defined()) {  // identically 0
        if (selective_ || leaf.grad.defined()) continue;
        g = zeros(leaf.shape, {.dtype = leaf.dtype});
      }
      if (leaf.hooks) g = leaf.hooks->run(std::move(g));
      if (!selective_) accumulate_into_leaf(leaf, std::move(g));
    }
  }

  void find_observers() noexcept {
    observed_ = detail::mode.observer;
    adds_ = !observed_ && !is_grad_enabled();
  }

  detail::SweepGuard mode_;
  bool retain_;
  bool observed_;
  bool adds_;  // to sums in place
  Tensor g_;   // the gradient of the node's result
  std::vector<Node*> heap_;
  std::unique_ptr<Extra> extra_;
};

// Marks a gradient of outputs, found with create_graph: its own derivatives may be identically 0
// for what the outputs were computed from, and are then zeros.
constexpr auto gradient_op = operation(
    "grad", [](const Inputs& in, const NoAttributes&) { return in[0].detach(); },
    gradient(reads::nothing, [](const Tensor& g, const auto&) { return g; }),
    gradient(reads::nothing, [](const Tensor&, const auto&) { return Tensor(); }));

// The outputs as one input of gradient_op.
Tensor origin_of(const std::vector<Tensor>& outputs) {
  const Tensor nothing = zeros({});
  std::vector<const Tensor*> in{&nothing};
  for (const Tensor& output : outputs) in.push_back(&output);
  return gradient_op(in);
}

// The checked seed of one output: what was given, or 1 for a single element.
Tensor seed_for(const char* op, const Tensor& output, const Tensor& given) {
  if (!output.requires_grad())
    throw GradError(str(op, ": tensor of shape ", output.shape(),
                        " was not computed from anything that requires a gradient; call "
                        "requires_grad_() on the inputs, outside NoGrad"));
  if (given.defined()) {
    expect_same_shape(op, "the seed", given, "the tensor", output);
    expect_same_dtype(op, "the seed", given, "the tensor", output);
    return given;
  }
  if (output.numel() != 1)
    throw GradError(str(op, ": tensor of shape ", output.shape(), " has ", output.numel(),
                        " elements; without a seed of that shape only a scalar can be "
                        "differentiated"));
  const NoGrad guard;
  return ones_like(output);
}

// By value: a hook may release the caller's handle.
void sweep_from(const Tensor output, const Tensor& seed, const BackwardOptions& options) {
  Tensor checked = seed_for("backward", output, seed);
  Sweep sweep(options.retain_graph, options.create_graph);
  sweep.seed(output, std::move(checked));
  sweep.run();
}

}  // namespace

void Tensor::backward(const BackwardOptions& options) const { sweep_from(*this, {}, options); }

void Tensor::backward(const Tensor& seed, const BackwardOptions& options) const {
  expect_defined("backward", "the seed", seed);
  sweep_from(*this, seed, options);
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options) {
  const std::vector<Tensor>& given = options.grad_outputs;
  if (!given.empty() && given.size() != outputs.size())
    throw ValueError(str("grad: ", given.size(), " grad_outputs for ", outputs.size(),
                         " outputs; expected one each, or none"));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i].requires_grad())
      throw GradError(str("grad: input ", i, " of shape ", inputs[i].shape(),
                          " does not require a gradient; call requires_grad_() on it before "
                          "the outputs are computed"));
  std::vector<Tensor> seeds;
  for (std::size_t j = 0; j < outputs.size(); ++j)
    seeds.push_back(seed_for("grad", outputs[j], given.empty() ? Tensor() : given[j]));
  const std::vector<Tensor> held = outputs;
  Sweep sweep(options.retain_graph, options.create_graph, &inputs);
  for (std::size_t j = 0; j < held.size(); ++j) sweep.seed(held[j], std::move(seeds[j]));
  sweep.run();

  std::vector<Tensor> gradients;
  const Tensor origin = options.create_graph ? origin_of(held) : Tensor();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor g = sweep.gradient_of(inputs[i]);
    if (!g.defined() && !options.allow_unused)
      throw GradError(str("grad: input ", i, " of shape ", inputs[i].shape(),
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
