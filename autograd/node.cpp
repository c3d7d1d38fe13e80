#include "autograd/node.hpp"

#include <algorithm>

#include "autograd/grad_mode.hpp"
#include "autograd/message.hpp"

namespace xgrad {
namespace {

// A Lamport clock: each node is numbered beyond its thread's last and beyond its inputs', so that
// descending numbers are a reverse topological order even where a graph crosses threads.
constinit thread_local std::uint64_t last_number = 0;

// Nodes waiting to be destroyed, linked by next_, while another one is being destroyed.
constinit thread_local Node* graveyard = nullptr;
constinit thread_local bool burying = false;

[[noreturn]] void throw_version(const char* op, const char* what, const Shape& shape,
                                std::uint32_t saved, std::uint32_t now) {
  throw GradError(message(op, ": backward: the ", what, " of shape ", shape,
                          " that was saved for the gradient has been changed in place: version ",
                          saved, " when saved, now ", now,
                          "; change it after backward, or save a clone()"));
}

}  // namespace

Edge::Edge(const Tensor& input) noexcept {
  detail::TensorImpl* impl = input.get();
  if (!impl || !impl->requires_grad) return;
  if (impl->node) {
    impl->node->retain();
    target_ = reinterpret_cast<std::uintptr_t>(impl->node);
  } else {
    detail::retain(impl);
    target_ = reinterpret_cast<std::uintptr_t>(impl) | leaf_tag;
  }
}

Edge::~Edge() {
  if (Node* n = node()) n->release();
  detail::release(leaf());
}

Node::Node() noexcept : number_(++last_number) {}

Node::~Node() {
  for (Input& input : inputs()) input.~Input();
  if (output_) output_->release();
  delete hooks;
}

const Tensor& Node::saved(std::size_t i) const {
  const Input& input = inputs_[i];
  const detail::TensorImpl& impl = input.saved.impl();
  if (impl.storage && impl.storage->version != input.version)
    throw_version(name(), "input", impl.shape, input.version, impl.storage->version);
  return input.saved;
}

const void* Node::saved_output_values(const Tensor& g) const {
  if (output_->version != output_version_)
    throw_version(name(), "result", g.shape(), output_version_, output_->version);
  return output_->data();
}

Tensor Node::saved_output(const Tensor& g) {
  saved_output_values(g);  // checks the version
  detail::TensorImpl* impl = detail::make_impl(g.shape(), g.dtype(), output_);
  output_->retain();
  if (is_grad_enabled()) {
    retain();
    impl->node = this;
    impl->requires_grad = true;
  }
  return Tensor::adopt(impl);
}

void Node::save_output(const Tensor& output) noexcept {
  output_ = output.impl().storage;
  output_->retain();
  output_version_ = output_->version;
}

void Node::release_saved() noexcept {
  released_ = true;
  for (Input& input : inputs()) input.saved = Tensor();
  if (output_) std::exchange(output_, nullptr)->release();
}

void Node::connect(std::size_t i, const Tensor& input) noexcept {
  inputs_[i].edge = Edge(input);
  if (const Node* from = inputs_[i].edge.node()) {
    number_ = std::max(number_, from->number_ + 1);
    last_number = std::max(last_number, number_);
  }
}

void Node::save(std::size_t i, const Tensor& input) noexcept {
  inputs_[i].saved = input;
  inputs_[i].version = input.version();
}

void Node::save_shape(std::size_t i, const Tensor& input) {
  inputs_[i].saved = Tensor::adopt(detail::make_impl(input.shape(), input.dtype(), nullptr));
}

void Node::release() noexcept {
  if (!detail::drop_reference(refs_)) return;
  if (burying) {
    next_ = graveyard;
    graveyard = this;
    return;
  }
  burying = true;
  destroy(this);
  while (Node* next = graveyard) {
    graveyard = next->next_;
    destroy(next);
  }
  burying = false;
}

void Node::destroy(Node* node) noexcept {
  const std::size_t bytes = node->bytes_;
  node->~Node();
  memory::deallocate(node, bytes);
}

}  // namespace xgrad
