#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "../support/allocator.hpp"
#include "../tensor/tensor.hpp"

/// @file
/// What is recorded of an operation. A result owns its node; a node owns, for each input, the way
/// on and what its gradient reads. It never owns its result, so there are no cycles.

namespace xgrad {

class InputGradients;

namespace detail {

/// A Lamport clock: each node is numbered beyond its thread's last and beyond its inputs', so that
/// descending numbers are a reverse topological order even where a graph crosses threads.
extern constinit thread_local std::uint64_t last_node_number;

void delete_hooks(Hooks* hooks) noexcept;

}  // namespace detail

/// What a gradient reads: a set of bits. Inputs from number 30 on share a bit.
namespace reads {
inline constexpr unsigned nothing = 0;          ///< no value
inline constexpr unsigned output = 1U << 31;    ///< the result
inline constexpr unsigned inputs = output - 1;  ///< all inputs
/// Input i.
constexpr unsigned input(std::size_t i) noexcept { return 1U << std::min<std::size_t>(i, 30); }
}  // namespace reads

/// A counted reference to a node.
struct ReleaseNode {
  void operator()(Node* node) const noexcept;  ///< Node::release
};
using NodeRef = std::unique_ptr<Node, ReleaseNode>;  ///< owns one reference

/// One recorded operation. Derived classes (autograd/op/) know its gradients.
class Node {
 public:
  /// An input, as the node keeps it.
  struct Input {
    /// The node that computed the input and that its gradient goes to.
    NodeRef node;
    /// A leaf whose grad() the gradient goes to. Else the values, if a gradient reads them or the
    /// input is a constant; else (without storage) only the shape and dtype, or an undefined tensor
    /// if these are the result's.
    Tensor saved;
    std::uint32_t version = 0;  ///< of the saved values
    bool is_leaf = false;       ///< `saved` is a leaf whose grad() grows
    bool has_values = false;    ///< that may be read
    bool wanted = false;        ///< its gradient, by the present call of gradients()

    /// Whether it leads to a leaf that requires gradients.
    bool needs_gradient() const noexcept { return node || is_leaf; }
    /// The node or leaf that the gradient goes to, to be compared.
    const void* target() const noexcept {
      return node ? static_cast<const void*>(node.get()) : detail::get(saved);
    }
  };

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual const char* name() const noexcept = 0;  ///< of the operation
  /// Whether each element of the result depends on its own elements of the inputs alone: the
  /// Jacobian is then diagonal, and gradients() also computes the product from the other side.
  virtual bool is_elementwise() const noexcept { return false; }
  /// Gives `out` the gradient with respect to each input that it needs, given g, the result's:
  /// recorded if grad mode is on. Its shape may still be broadcast beyond the input's.
  virtual void gradients(const Tensor& g, InputGradients& out) = 0;
  /// The same operation of other inputs, recorded as usual; an optional input may be undefined.
  virtual Tensor evaluate(std::span<const Tensor* const> inputs) const = 0;

  std::span<Input> inputs() noexcept { return inputs_; }  ///< in the order of the operation
  /// The same for reading.
  std::span<const Input> inputs() const noexcept { return inputs_; }
  /// Above those of all nodes that it was made from.
  std::uint64_t number() const noexcept { return number_; }
  bool released() const noexcept { return released_; }  ///< whether release_saved() was called

  /// The saved values of input i. Throws GradError if they have been changed since.
  const Tensor& saved(std::size_t i) const {
    const Input& input = inputs_[i];
    const detail::TensorImpl& impl = *detail::get(input.saved);
    if (impl.storage && impl.storage->version != input.version) [[unlikely]]
      throw_changed("input", impl.shape, input.version, impl.storage->version);
    return input.saved;
  }
  /// Has the shape and dtype of input i, where g has the result's.
  const Tensor& like_input(std::size_t i, const Tensor& g) const noexcept {
    return inputs_[i].saved.defined() ? inputs_[i].saved : g;
  }
  /// The result itself, of g's shape, recorded by this node again. Throws as saved().
  Tensor saved_output(const Tensor& g);
  /// The same, the values alone.
  detail::Storage& saved_output_storage(const Tensor& g) const {
    if (output_->version != output_version_) [[unlikely]]
      throw_changed("result", g.shape(), output_version_, output_->version);
    return *output_;
  }
  /// Drops what was saved, and the hooks: a further pass is refused.
  void release_saved() noexcept;

  /// Whether there is more than one reference.
  bool shared() const noexcept { return refs_.load(std::memory_order_acquire) != 1; }
  /// Counts one more reference.
  Node* retain() noexcept {
    refs_.fetch_add(1, std::memory_order_relaxed);
    return this;
  }
  /// Destroys the node when this was the last reference: at once, or, when this happens within the
  /// destruction of another, after it, so that long graphs need no deep stack.
  void release() noexcept;

  Tensor pending;                  ///< the gradient being accumulated in a sweep
  detail::Hooks* hooks = nullptr;  ///< of the result
  bool waiting = false;            ///< to be visited by a sweep

  /// A Derived with `count` inputs, one block of memory, owned once by the caller.
  template <class Derived, class... Args>
  static Derived* create(std::size_t count, Args&&... args) {
    static_assert(alignof(Derived) <= 64 && sizeof(Derived) % alignof(Input) == 0);
    void* block = memory::allocate(sizeof(Derived) + count * sizeof(Input));
    Derived* node = ::new (block) Derived(std::forward<Args>(args)...);
    node->inputs_ = {reinterpret_cast<Input*>(node + 1), count};
    std::ranges::uninitialized_default_construct(node->inputs_);
    return node;
  }

  /// Makes this the node of `out`, computed from `in`, of which the first `differentiable` have
  /// gradients; reads_of(i) is what that of input i reads. Saved are values that a gradient reads,
  /// and constants: nobody else may have them, and check_graph evaluates the operation again.
  template <class ReadsOf>
  void record(Tensor& out, std::span<const Tensor* const> in, std::size_t differentiable,
              const ReadsOf& reads_of) {
    unsigned read = reads::nothing;
    for (std::size_t i = 0; i < differentiable; ++i) {
      const detail::TensorImpl* impl = detail::get(*in[i]);
      if (!impl || !impl->requires_grad) continue;
      read |= reads_of(i);
      inputs_[i].is_leaf = !impl->node;
      if (!impl->node) continue;
      inputs_[i].node.reset(impl->node->retain());
      number_ = std::max(number_, impl->node->number_ + 1);
    }
    detail::last_node_number = number_;
    detail::TensorImpl& result = *detail::get(out);
    for (std::size_t i = 0; i < in.size(); ++i) {
      Input& input = inputs_[i];
      const detail::TensorImpl* impl = detail::get(*in[i]);
      if (!impl) continue;
      input.has_values = (read & reads::input(i)) || !input.needs_gradient();
      if (input.has_values || input.is_leaf) {
        input.saved = *in[i];
        input.version = impl->storage->version;
      } else if (impl->shape != result.shape || impl->dtype != result.dtype) {
        input.saved = detail::attach(detail::make_impl(impl->shape, impl->dtype, nullptr));
      }
    }
    if (read & reads::output) {
      output_ = result.storage;
      output_->retain();
      output_version_ = output_->version;
    }
    result.node = this;
    result.requires_grad = true;
  }

 protected:
  Node() noexcept : number_(++detail::last_node_number) {}
  virtual ~Node() {
    if (hooks) [[unlikely]]
      detail::delete_hooks(hooks);
    std::ranges::destroy(inputs_);
    if (output_) output_->release();
  }

 private:
  [[noreturn]] void throw_changed(const char* what, const Shape& shape, std::uint32_t saved,
                                  std::uint32_t now) const;

  bool released_ = false;
  std::atomic<std::uint32_t> refs_{1};
  std::uint32_t output_version_ = 0;
  detail::Storage* output_ = nullptr;
  std::span<Input> inputs_;
  union {
    std::uint64_t number_;  ///< creation number: above those of all nodes it was made from
    Node* next_;            ///< once dead: the next to be destroyed
  };
};

namespace detail {

/// Unlocks the leaf whose gradient was added to, if it was one's.
struct EndOfSum {
  std::atomic<bool>* lock = nullptr;
  void operator()(Tensor*) const noexcept {
    if (lock) lock->store(false, std::memory_order_release);
  }
};
/// A gradient that others are added to, or null.
using Sum = std::unique_ptr<Tensor, EndOfSum>;

}  // namespace detail

/// Takes the gradients of a node's inputs as Node::gradients() computes them, each by one of set(),
/// sum_of() and set_part().
class InputGradients {
 public:
  /// Whether the gradient of input i is to be computed.
  bool needs(std::size_t i) const noexcept { return node_->inputs()[i].wanted; }
  /// Takes the gradient of input i; an undefined one is identically 0, whatever g and the inputs
  /// are. With the last that is needed g is released.
  virtual void set(std::size_t i, Tensor&& gradient) = 0;
  /// A sum of the shape of input i, to which its gradient is then added unrecorded; null where
  /// there is none. With `or_new` also an undefined tensor, to be made the gradient.
  virtual detail::Sum sum_of(std::size_t i, bool or_new = false) = 0;
  /// For a result that is a part of input i, unchanged: takes g itself, to be put back with other
  /// parts (graph/graph.hpp); false where it does not.
  virtual bool set_part(std::size_t /*i*/, const Tensor& /*g*/) { return false; }
  /// Whether the gradient to be set next may be computed in g's memory: it is the last.
  bool may_overwrite(const Tensor& g) const noexcept {
    return remaining_ == 1 && detail::owns_its_values(g);
  }

 protected:
  ~InputGradients() = default;

  Node* node_ = nullptr;       ///< whose gradients they are
  std::size_t remaining_ = 0;  ///< of those that are needed
};

inline void ReleaseNode::operator()(Node* node) const noexcept { node->release(); }

}  // namespace xgrad
