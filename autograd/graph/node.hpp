#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

#include "../support/allocator.hpp"
#include "../tensor/tensor.hpp"

/// @file
/// What is recorded of an operation. A result owns its node; a node owns, for each input, the way
/// on (an Edge) and what its gradient will read. It never owns its result, so there are no cycles.

namespace xgrad {
namespace detail {

/// A Lamport clock: each node is numbered beyond its thread's last and beyond its inputs', so that
/// descending numbers are a reverse topological order even where a graph crosses threads.
extern constinit thread_local std::uint64_t last_node_number;

void delete_hooks(Hooks* hooks) noexcept;

}  // namespace detail

/// Where the gradient of an input goes: to the node that computed it, to a leaf's grad(), or, for
/// an input that needs none, nowhere. One counted pointer, tagged in its lowest bit.
class Edge {
 public:
  Edge() noexcept = default;
  explicit Edge(const Tensor& input) noexcept;
  Edge(Edge&& other) noexcept : target_(std::exchange(other.target_, 0)) {}
  Edge& operator=(Edge&& other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~Edge();

  explicit operator bool() const noexcept { return target_ != 0; }
  Node* node() const noexcept { return is_leaf() ? nullptr : reinterpret_cast<Node*>(target_); }
  detail::TensorImpl* leaf() const noexcept {
    return is_leaf() ? reinterpret_cast<detail::TensorImpl*>(target_ & ~leaf_tag) : nullptr;
  }

 private:
  static constexpr std::uintptr_t leaf_tag = 1;
  bool is_leaf() const noexcept { return target_ & leaf_tag; }

  std::uintptr_t target_ = 0;
};

/// One recorded operation. Derived classes (autograd/apply.hpp) know its gradients.
class Node {
 public:
  struct Input {
    Edge edge;
    /// The values, if the gradient reads them or the input is a constant; else (without storage)
    /// only the shape, or an undefined tensor if that is the result's.
    Tensor saved;
    std::uint32_t version = 0;  ///< of the saved values, when they were saved

    Input() noexcept = default;
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() { drop(); }
    void save(const Tensor& input) noexcept;
    void drop() noexcept;

   private:
    /// The edge holds the saved leaf already: counting it twice would cost more than the arithmetic
    /// of a small tensor.
    bool is_held_by_edge(const detail::TensorImpl* impl) const noexcept {
      return impl && edge.leaf() == impl;
    }
  };

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual const char* name() const noexcept = 0;
  /// Whether each element of the result depends on its own elements of the inputs alone: the
  /// Jacobian is then diagonal, and gradient() is also the product from the other side.
  virtual bool is_elementwise() const noexcept { return false; }
  /// The gradient with respect to input i, given the result's: recorded if grad mode is on. Its
  /// shape may still be broadcast beyond the input's. With `overwrite` it may take g's memory.
  /// Undefined where it is identically 0, whatever g and the inputs are.
  virtual Tensor gradient(std::size_t i, const Tensor& g, bool overwrite) = 0;
  Tensor gradient(std::size_t i, const Tensor& g) { return gradient(i, g, false); }
  /// Adds the gradient, unrecorded, to `total` of the input's shape in the loop that computes it;
  /// false if the operation has none that could.
  virtual bool add_gradient(std::size_t /*i*/, const Tensor& /*g*/, Tensor& /*total*/) {
    return false;
  }
  /// Whether the result is a part of input i, unchanged: add_gradient() then adds to that part
  /// alone.
  virtual bool takes_part(std::size_t /*i*/) const noexcept { return false; }
  /// Forgets gradients that were computed together, before all were asked for.
  virtual void forget_gradients() noexcept {}
  /// The same operation of other inputs, recorded as usual; an optional input may be undefined.
  virtual Tensor evaluate(std::span<const Tensor* const> inputs) const = 0;

  std::span<Input> inputs() noexcept { return {inputs_, count_}; }
  std::span<const Input> inputs() const noexcept { return {inputs_, count_}; }
  std::uint64_t number() const noexcept { return number_; }
  bool released() const noexcept { return released_; }

  /// The saved values of input i. Errors: GradError when they have been changed since.
  const Tensor& saved(std::size_t i) const {
    const Input& input = inputs_[i];
    const detail::TensorImpl& impl = *detail::get(input.saved);
    if (impl.storage && impl.storage->version != input.version) [[unlikely]]
      throw_changed("input", impl.shape, input.version, impl.storage->version);
    return input.saved;
  }
  /// The result itself, of g's shape, recorded by this node again. Errors: as saved().
  Tensor saved_output(const Tensor& g);
  /// The same, the values alone.
  const void* saved_output_values(const Tensor& g) const {
    if (output_->version != output_version_) [[unlikely]]
      throw_changed("result", g.shape(), output_version_, output_->version);
    return output_->data();
  }
  void save_output(const Tensor& output) noexcept {
    output_ = detail::get(output)->storage;
    output_->retain();
    output_version_ = output_->version;
  }

  /// Drops what was saved, and the hooks: a further pass is refused.
  void release_saved() noexcept;

  bool shared() const noexcept { return refs_.load(std::memory_order_acquire) != 1; }
  void retain() noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }
  /// Destroys the node when this was the last reference: at once, or, when this happens within the
  /// destruction of another, after it, so that long graphs need no deep stack.
  void release() noexcept;

  Tensor pending;                  ///< the gradient being accumulated in a sweep
  detail::Hooks* hooks = nullptr;  ///< of the result

  /// A Derived with `count` inputs, one block of memory, owned once by the caller.
  template <class Derived, class... Args>
  static Derived* create(std::size_t count, Args&&... args) {
    const std::size_t bytes = sizeof(Derived) + count * sizeof(Input);
    static_assert(alignof(Derived) <= 64 && sizeof(Derived) % alignof(Input) == 0);
    void* block = memory::allocate(bytes);
    Derived* node = ::new (block) Derived(std::forward<Args>(args)...);
    Input* inputs = reinterpret_cast<Input*>(static_cast<char*>(block) + sizeof(Derived));
    for (std::size_t i = 0; i < count; ++i) ::new (inputs + i) Input;
    node->attach(inputs, count, bytes);
    return node;
  }

  /// Sets the way on for input i, and counts the node's number up beyond its predecessor's.
  void connect(std::size_t i, const Tensor& input) noexcept;
  /// Keeps the values of input i.
  void save(std::size_t i, const Tensor& input) noexcept { inputs_[i].save(input); }
  /// Keeps the shape and dtype of input i.
  void save_shape(std::size_t i, const Tensor& input);

 protected:
  Node() noexcept : number_(++detail::last_node_number) {}
  virtual ~Node() {
    if (hooks) [[unlikely]]
      detail::delete_hooks(hooks);
    for (Input& input : inputs()) input.~Input();
    if (output_) output_->release();
  }

 private:
  void attach(Input* inputs, std::size_t count, std::size_t bytes) noexcept {
    inputs_ = inputs;
    count_ = static_cast<std::uint32_t>(count);
    bytes_ = static_cast<std::uint32_t>(bytes);
  }
  static void destroy(Node* node) noexcept;
  [[noreturn]] void throw_changed(const char* what, const Shape& shape, std::uint32_t saved,
                                  std::uint32_t now) const;

  std::atomic<std::uint32_t> refs_{1};
  std::uint32_t count_ = 0;
  std::uint32_t bytes_ = 0;
  bool released_ = false;

 protected:
  bool keeps_gradients_ = false;  ///< between gradient() and forget_gradients()

 private:
  friend class GradientPass;
  union {
    std::uint64_t number_;  // creation number: greater than those of all nodes it was made from
    Node* next_;            // once dead: the next to be destroyed
  };
  Input* inputs_ = nullptr;
  detail::Storage* output_ = nullptr;
  std::uint32_t output_version_ = 0;
};

/// Lives while gradients of a node are asked for, one input after the other.
class GradientPass {
 public:
  explicit GradientPass(Node& node) noexcept : node_(node) {}
  ~GradientPass() {
    if (node_.keeps_gradients_) [[unlikely]]
      node_.forget_gradients();
  }
  GradientPass(const GradientPass&) = delete;
  GradientPass& operator=(const GradientPass&) = delete;

 private:
  Node& node_;
};

inline Edge::Edge(const Tensor& input) noexcept {
  detail::TensorImpl* impl = detail::get(input);
  if (!impl || !impl->requires_grad) return;
  if (impl->node) {
    impl->node->retain();
    target_ = reinterpret_cast<std::uintptr_t>(impl->node);
  } else {
    detail::add_reference(impl);
    target_ = reinterpret_cast<std::uintptr_t>(impl) | leaf_tag;
  }
}

inline Edge::~Edge() {
  if (!target_) return;
  if (is_leaf())
    detail::remove_reference(leaf());
  else
    node()->release();
}

inline void Node::Input::save(const Tensor& input) noexcept {
  saved = is_held_by_edge(detail::get(input)) ? detail::attach(detail::get(input)) : input;
  version = detail::get(input)->storage->version;
}

inline void Node::Input::drop() noexcept {
  if (is_held_by_edge(detail::get(saved)))
    detail::release(saved);
  else
    saved = Tensor();
}

inline void Node::connect(std::size_t i, const Tensor& input) noexcept {
  inputs_[i].edge = Edge(input);
  if (const Node* from = inputs_[i].edge.node()) {
    number_ = std::max(number_, from->number_ + 1);
    detail::last_node_number = std::max(detail::last_node_number, number_);
  }
}

}  // namespace xgrad
