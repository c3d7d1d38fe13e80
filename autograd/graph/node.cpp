#include "node.hpp"

#include <algorithm>

#include "../support/message.hpp"
#include "grad_mode.hpp"

namespace xgrad {
namespace {

// Nodes waiting to be destroyed, linked by next_, while another one is being destroyed.
constinit thread_local Node* dead_nodes = nullptr;
constinit thread_local bool destroying = false;

}  // namespace

constinit thread_local std::uint64_t detail::last_node_number = 0;

void Node::throw_changed(const char* what, const Shape& shape, std::uint32_t saved,
                         std::uint32_t now) const {
  throw GradError(message(name(), ": backward: the ", what, " of shape ", shape,
                          " that was saved for the gradient has been changed in place: version ",
                          saved, " when saved, now ", now,
                          "; change it after backward, or save a clone()"));
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

void Node::release_saved() noexcept {
  released_ = true;
  for (Input& input : inputs()) input.drop();
  if (output_) std::exchange(output_, nullptr)->release();
  if (hooks) [[unlikely]]
    detail::delete_hooks(std::exchange(hooks, nullptr));
}

void Node::save_shape(Input& input, const detail::TensorImpl& from) {
  input.saved = Tensor::adopt(detail::make_impl(from.shape, from.dtype, nullptr));
}

void Node::release() noexcept {
  if (!detail::drop_reference(refs_)) return;
  if (destroying) {
    next_ = dead_nodes;
    dead_nodes = this;
    return;
  }
  destroying = true;
  destroy(this);
  while (Node* next = dead_nodes) {
    dead_nodes = next->next_;
    destroy(next);
  }
  destroying = false;
}

void Node::destroy(Node* node) noexcept {
  const std::size_t bytes = node->bytes_;
  node->~Node();
  memory::deallocate(node, bytes);
}

}  // namespace xgrad
