#include "engine.hpp"

#include <algorithm>
#include <thread>
#include <unordered_map>

#include "../op/operation.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/reduction.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"
#include "calls.hpp"
#include "graph.hpp"
#include "hooks.hpp"

namespace xgrad {
namespace {

using detail::owns_its_values;
using detail::Sum;
using detail::TensorImpl;

// total += g, of the same shape and dtype.
void add_in_place(Tensor& total, const Tensor& g) {
  if (detail::mode.noting) [[unlikely]]
    return void(detail::note_change(total, g, add_in_place));
  detail::begin_write(total);
  visit_floating(total.dtype(), [&]<class T>(T) {
    T* values = detail::values<T>(total);
    const T* in[] = {values, detail::values<T>(g)};
    kernels::map_flat([](auto a, auto b) { return a + b; }, values, in,
                      detail::get(total)->storage->bytes / sizeof(T));
  });
}

// total += g, where both may be identically 0; in place where nobody else has the total and nothing
// is recorded.
void accumulate(Tensor& total, Tensor&& g) {
  if (!total.defined()) return total.swap(g);
  if (!g.defined()) return;
  if (!is_grad_enabled() && owns_its_values(total))
    add_in_place(total, g);
  else
    total = add(total, g);
}

// One sweep at a time adds to a leaf's gradient: several threads may share parameters.
Sum locked_gradient(TensorImpl& leaf) {
  if (detail::mode.noting) [[unlikely]]
    detail::mode.calls->touch_gradient(leaf);
  while (leaf.accumulating.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  return Sum(&leaf.grad, {&leaf.accumulating});
}

void accumulate_into_leaf(TensorImpl& leaf, Tensor&& g) {
  const Sum total = locked_gradient(leaf);
  if (total->defined()) return add_in_place(*total, g);
  if (owns_its_values(g)) {
    total->swap(g);
  } else {
    const NoGrad guard;
    *total = g.detach().clone();
  }
  if (detail::mode.noting) [[unlikely]]
    detail::mode.calls->moved_gradient(leaf);
}

// The node or leaf that a gradient goes to, to be compared.
const void* target_of(const Tensor& t) {
  const TensorImpl* impl = detail::get(t);
  return impl->node ? static_cast<const void*>(impl->node) : impl;
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
      : mode_(create_graph),
        retain_(retain_graph || create_graph),
        inputs_(inputs),
        heap_(std::move(spare_heap)) {
    if (!inputs) return;
    for (auto& held = extra().held; const Tensor& input : *inputs)
      held[target_of(input)] = {.is_input = true, .on_way = true};
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
    TensorImpl* impl = detail::get(output);
    send(impl->node, impl, std::move(g));
  }

  void run() {
    while (!heap_.empty()) {
      std::ranges::pop_heap(heap_, {}, &Node::number);
      Node* node = heap_.back();
      heap_.pop_back();
      visit(*node);
    }
    if (extra_) [[unlikely]]
      for (TensorImpl* leaf : extra_->leaves) finish(leaf);
  }

  // Marks what leads to the inputs. Nothing numbered below the lowest input leads to one.
  void find_way() {
    std::uint64_t lowest = UINT64_MAX;
    for (const Tensor& input : *inputs_) {
      const Node* node = detail::get(input)->node;
      lowest = std::min(lowest, node ? node->number() : 0);
    }
    for (const Node* node : detail::recorded_operations(heap_, lowest))
      for (const Node::Input& input : node->inputs())
        if (leads_on(input)) {
          extra_->held[node].on_way = true;
          extra_->held[input.target()].used = true;
        }
  }

  // Whether the outputs, whose way to the inputs has been found, depend on one of these.
  bool depends_on(const Tensor& input) const {
    const Node* node = detail::get(input)->node;
    const Held& held = extra_->held.at(target_of(input));
    return held.used || held.reached || (node && node->waiting);
  }

  // Of one of the inputs; undefined if the outputs do not depend on it.
  Tensor gradient_of(const Tensor& input) const {
    const Held& held = extra_->held.at(target_of(input));
    return held.gradient.defined() || !held.reached ? held.gradient : zeros_like(input);
  }

  void set(std::size_t i, Tensor&& gradient) override {
    const Node::Input& input = node_->inputs()[i];
    TensorImpl *saved = detail::get(input.saved), *impl = detail::get(gradient);
    if (impl && saved && saved->shape != impl->shape) [[unlikely]]
      gradient = detail::sum_to(gradient, saved->shape);
    if (detail::mode.observer && impl) [[unlikely]]
      Observer::notify(&Observer::differentiated, *node_, g_.shape(), i, gradient);
    if (--remaining_ == 0) g_ = Tensor();
    send(input.node.get(), saved, std::move(gradient));
  }

  Sum sum_of(std::size_t i, bool or_new) override {
    if (is_grad_enabled() || detail::mode.observer) return nullptr;
    const Node::Input& input = node_->inputs()[i];
    TensorImpl* leaf = detail::get(input.saved);
    const bool in_leaf = !input.node && !is_held(*leaf);
    Sum total = in_leaf      ? locked_gradient(*leaf)
                : input.node ? Sum(&input.node->pending)
                             : Sum(&hold(nullptr, leaf).gradient);
    // A captured step holds the gradients that it leaves, and makes new ones by calls of their own.
    const bool noting = detail::mode.noting;
    if (total->defined() ? !owns_its_values(*total) && !(noting && in_leaf) : !or_new || noting)
      return nullptr;
    if (total->defined()) {
      const detail::Unnoted guard;  // what is added notes itself
      detail::begin_write(*total);
    } else if (input.node) {
      wait(*input.node);
    }
    --remaining_;
    return total;
  }

  // Parts of one tensor are put back together if that is to be recorded.
  bool set_part(std::size_t i, const Tensor& g) override {
    if (!is_grad_enabled() || detail::mode.observer) return false;
    const Node::Input& input = node_->inputs()[i];
    if (input.node) wait(*input.node);
    hold(input.node.get(), detail::get(input.saved)).parts.push_back({node_, i, g});
    --remaining_;
    return true;
  }

 private:
  // What waits elsewhere than in a node or leaf.
  struct Held {
    bool is_input = false;  // of grad()
    bool on_way = false;    // to one of them
    bool used = false;      // by an operation on the way
    bool reached = false;
    bool complete = false;  // a leaf whose hooks have run
    std::size_t uses = 0;   // of a leaf with hooks, by operations still to be visited
    Tensor gradient = {};
    std::vector<detail::Part> parts = {};
  };
  // What most sweeps need nothing of.
  struct Extra {
    // By node or leaf: what grad() is for; parts; and leaves that have hooks, which see the whole
    // gradient, or that were reached by a gradient that is identically 0.
    std::unordered_map<const void*, Held> held;
    std::vector<TensorImpl*> leaves;  // among them, as they were reached
    bool counted = false;             // the uses of leaves with hooks
  };

  void visit(Node& node) {
    node_ = &node;
    node.waiting = false;
    g_ = std::move(node.pending);
    if (extra_ || node.hooks) [[unlikely]]
      complete(node);
    remaining_ = 0;
    for (Node::Input& input : node.inputs()) {
      input.wanted = leads_on(input);
      remaining_ += input.wanted;
    }
    if (remaining_ == 0) return;
    if (!g_.defined()) [[unlikely]] {  // identically 0, and so is what it makes
      for (const Node::Input& input : node.inputs())
        if (input.wanted) send(input.node.get(), detail::get(input.saved), Tensor());
      return;
    }
    if (node.released()) [[unlikely]]
      throw GradError(str(node.name(),
                          ": backward: the saved values of this graph, whose result has shape ",
                          g_.shape(),
                          ", were released by an earlier backward; pass retain_graph = true to "
                          "that one"));
    node.gradients(g_, *this);
    if (extra_) [[unlikely]]
      complete_leaves(node);
    if (!retain_) node.release_saved();
  }

  // Adds what waits elsewhere to the node's gradient, and shows it to hooks and to the caller of
  // grad().
  [[gnu::noinline]] void complete(Node& node) {
    Held* held = nullptr;
    if (extra_ && extra_->held.contains(&node)) held = &extra_->held.at(&node);
    if (held) accumulate(g_, detail::sum_of_parts(std::exchange(held->parts, {})));
    if (node.hooks && g_.defined()) g_ = node.hooks->run(std::move(g_));
    if (!held || !held->is_input) return;
    held->gradient = g_;
    held->reached = true;
  }

  // Runs the hooks of leaves as soon as no operation that is still to be visited uses them, so that
  // they can hand on a gradient while the sweep computes others. The uses are counted when the
  // first such leaf is reached.
  [[gnu::noinline]] void complete_leaves(const Node& node) {
    if (inputs_ || extra_->leaves.empty()) return;
    const bool first = !std::exchange(extra_->counted, true);
    if (first)
      for (const Node* later : detail::recorded_operations(heap_))
        for (const Node::Input& input : later->inputs())
          if (const TensorImpl* leaf = hooked_leaf(input)) ++extra_->held[leaf].uses;
    for (const Node::Input& input : node.inputs())
      if (const TensorImpl* leaf = hooked_leaf(input); leaf && !first) --extra_->held[leaf].uses;
    for (const Node::Input& input : node.inputs())
      if (TensorImpl* leaf = hooked_leaf(input))
        if (const Held& held = extra_->held[leaf]; held.reached && held.uses == 0) finish(leaf);
  }

  static TensorImpl* hooked_leaf(const Node::Input& input) noexcept {
    if (input.node || !input.needs_gradient()) return nullptr;
    TensorImpl* leaf = detail::get(input.saved);
    return leaf && leaf->hooks ? leaf : nullptr;
  }

  bool leads_on(const Node::Input& input) const {
    if (!inputs_ || !input.needs_gradient()) return input.needs_gradient();
    const auto held = extra_->held.find(input.target());
    return held != extra_->held.end() && held->second.on_way;
  }

  void send(Node* node, TensorImpl* leaf, Tensor&& g) {
    if (node) {
      wait(*node);
      accumulate(node->pending, std::move(g));
    } else if (is_held(*leaf) || !g.defined()) [[unlikely]] {
      accumulate(hold(nullptr, leaf).gradient, std::move(g));
    } else {
      accumulate_into_leaf(*leaf, std::move(g));
    }
  }

  void wait(Node& node) {
    if (std::exchange(node.waiting, true)) return;
    heap_.push_back(&node);
    std::ranges::push_heap(heap_, {}, &Node::number);
  }

  bool is_held(const TensorImpl& leaf) const noexcept { return inputs_ || leaf.hooks; }

  [[gnu::noinline]] Extra& extra() {
    if (!extra_) extra_ = std::make_unique<Extra>();
    return *extra_;
  }

  [[gnu::noinline]] Held& hold(const Node* node, TensorImpl* leaf) {
    Held& held = extra().held[node ? static_cast<const void*>(node) : leaf];
    if (!std::exchange(held.reached, true) && !node) extra_->leaves.push_back(leaf);
    return held;
  }

  [[gnu::noinline]] void finish(TensorImpl* leaf) {
    Held& held = extra_->held.at(leaf);
    if (std::exchange(held.complete, true)) return;
    Tensor& g = held.gradient;
    accumulate(g, detail::sum_of_parts(std::exchange(held.parts, {})));
    if (!g.defined()) {  // identically 0
      if (inputs_ || leaf->grad.defined()) return;
      g = zeros(leaf->shape, {.dtype = leaf->dtype});
    }
    if (leaf->hooks) g = leaf->hooks->run(std::move(g));
    if (!inputs_) accumulate_into_leaf(*leaf, std::move(g));
  }

  detail::SweepGuard mode_;
  bool retain_;
  const std::vector<Tensor>* inputs_;  // of grad()
  Tensor g_;                           // the gradient of the node's result
  std::vector<Node*> heap_;
  std::unique_ptr<Extra> extra_;
};

// Marks a gradient of outputs, found with create_graph: its own derivatives may be identically 0
// for what the outputs were computed from, and are then zeros. Its inputs are the gradient and the
// outputs, for which the result of an operation on them stands.
constexpr auto gradient_op = operation(
    "grad", [](const Inputs& in, const NoAttributes&) { return in[0].detach(); },
    gradient(reads::nothing, [](const Tensor& g, const auto&) { return g; }),
    gradient(reads::nothing, [](const Tensor&, const auto&) { return Tensor(); }));

// The checked seed of one output: what was given, or 1 for a single element.
Tensor seed_for(std::string_view op, const Tensor& output, const Tensor& given) {
  if (!output.requires_grad())
    throw GradError(str(op, ": tensor of shape ", output.shape(),
                        " was not computed from anything that requires a gradient; call "
                        "requires_grad_() on the inputs, outside NoGrad"));
  if (given.defined()) {
    if (given.shape() == output.shape() && given.dtype() == output.dtype()) [[likely]]
      return given;
    expect_same_shape(op, "the seed", given, "the tensor", output);
    expect_same_dtype(op, "the seed", given, "the tensor", output);
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
  for (const Tensor& output : outputs) expect_defined("grad", "an output", output);
  for (const Tensor& input : inputs) expect_defined("grad", "an input", input);
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
  sweep.find_way();
  for (std::size_t i = 0; i < inputs.size(); ++i)  // before the sweep releases saved values
    if (!options.allow_unused && !sweep.depends_on(inputs[i]))
      throw GradError(str("grad: input ", i, " of shape ", inputs[i].shape(),
                          " was not used to compute the outputs; pass allow_unused = true to "
                          "get an undefined tensor for it"));
  sweep.run();

  Tensor origin;
  if (options.create_graph) {
    const Tensor nothing = zeros({});
    std::vector<const Tensor*> in{&nothing};
    for (const Tensor& output : held) in.push_back(&output);
    origin = gradient_op(in);
  }
  std::vector<Tensor> gradients;
  for (const Tensor& input : inputs) {
    const Tensor g = sweep.gradient_of(input);
    gradients.push_back(g.defined() && origin.defined() ? gradient_op(g, origin) : g);
  }
  return gradients;
}

}  // namespace xgrad
