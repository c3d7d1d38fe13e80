#include "node.hpp"

#include "../support/str.hpp"
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
  throw GradError(str(name(), ": backward: the ", what, " of shape ", shape,
                      " that was saved for the gradient has been changed in place: version ", saved,
                      " when saved, now ", now, "; change it after backward, or save a clone()"));
}

Tensor Node::saved_output(const Tensor& g) {
  saved_output_storage(g);  // checks the version
  output_->retain();
  detail::TensorImpl* impl = detail::make_impl(g.shape(), g.dtype(), output_);
  impl->requires_grad = is_grad_enabled();
  if (impl->requires_grad) impl->node = retain();
  return detail::attach(impl);
}

void Node::release_saved() noexcept {
  released_ = true;
  for (Input& input : inputs()) {
    if (!input.is_leaf) input.saved = Tensor();
    input.has_values = false;
  }
  if (output_) std::exchange(output_, nullptr)->release();
  if (hooks) [[unlikely]]
    detail::delete_hooks(std::exchange(hooks, nullptr));
}

void Node::release() noexcept {
  if (!detail::drop_reference(refs_)) return;
  next_ = dead_nodes;
  dead_nodes = this;
  if (std::exchange(destroying, true)) return;
  while (Node* dead = dead_nodes) {
    dead_nodes = dead->next_;
    const char* begin = reinterpret_cast<char*>(dead);
    const char* end = reinterpret_cast<char*>(dead->inputs_.data() + dead->inputs_.size());
    dead->~Node();
    memory::deallocate(dead, static_cast<std::size_t>(end - begin));
  }
  destroying = false;
}

}  // namespace xgrad
