#include "hooks.hpp"

#include <algorithm>

#include "../support/str.hpp"
#include "node.hpp"

namespace xgrad {

void HookHandle::remove() {
  const std::shared_ptr<detail::HookEntry> entry = entry_.lock();
  if (entry && entry->owner) entry->owner->remove(*entry);
}

HookHandle Tensor::add_hook(Hook hook) const {
  if (!requires_grad())
    throw GradError(str("register_hook: tensor of shape ", shape(),
                        " does not require a gradient; call requires_grad_() first"));
  if (!hook)
    throw ValueError(str("register_hook: the hook of a tensor of shape ", shape(),
                         " is an empty function; expected f(gradient)"));
  if (impl().node && impl().node->released())
    throw GradError(str("register_hook: the graph of this tensor of shape ", shape(),
                        " was released by an earlier backward; no gradient will pass"));
  detail::Hooks*& hooks = impl().node ? impl().node->hooks : impl().hooks;
  if (!hooks) hooks = new detail::Hooks(impl());
  return HookHandle(hooks->add(impl(), std::move(hook)));
}

namespace detail {

void delete_hooks(Hooks* hooks) noexcept { delete hooks; }

std::weak_ptr<HookEntry> Hooks::add(TensorImpl& tensor, Hook hook) {
  auto entry = std::make_shared<HookEntry>();
  if (&tensor == tensor_) {
    // A copy of the hook holds as many handles as the hook itself.
    const std::uint32_t before = tensor.refs.load(std::memory_order_relaxed);
    const Hook copy = hook;
    entry->own = tensor.refs.load(std::memory_order_relaxed) - before;
  }
  entry->call = std::move(hook);
  entry->owner = this;
  list_.push_back(entry);
  own_ += entry->own;
  if (!owns_tensor_) tensor.refs.fetch_sub(entry->own, std::memory_order_relaxed);
  return entry;
}

void Hooks::remove(HookEntry& entry) {
  const auto at = std::find_if(list_.begin(), list_.end(),
                               [&](const auto& each) { return each.get() == &entry; });
  const std::shared_ptr<HookEntry> removed = std::move(*at);  // may be the last to hold the tensor
  list_.erase(at);
  entry.owner = nullptr;
  own_ -= entry.own;
  if (tensor_ && !owns_tensor_) tensor_->refs.fetch_add(entry.own, std::memory_order_relaxed);
}

Hooks::~Hooks() {
  if (tensor_ && owns_tensor_) {
    tensor_->node = nullptr;
    tensor_->requires_grad = false;
  } else if (tensor_) {
    tensor_->refs.fetch_add(own_, std::memory_order_relaxed);
  }
  for (const auto& entry : list_) entry->owner = nullptr;
}

bool Hooks::may_destroy(TensorImpl& tensor) noexcept {
  Hooks*& place = tensor.node ? tensor.node->hooks : tensor.hooks;
  Hooks& hooks = *place;
  if (hooks.tensor_ != &tensor) return true;
  if (hooks.owns_tensor_) {  // the last of the hooks that held it was removed
    tensor.node = nullptr;
    hooks.tensor_ = nullptr;
    hooks.owns_tensor_ = false;
    return true;
  }
  if (tensor.node && tensor.node->shared()) {
    if (hooks.own_ == 0) {
      hooks.tensor_ = nullptr;
      return true;
    }
    tensor.refs.store(hooks.own_, std::memory_order_relaxed);
    hooks.owns_tensor_ = true;
    tensor.node->release();
    return false;
  }
  // Nobody is left to run them. One handle more than they hold, so that the tensor is destroyed
  // by the caller alone.
  tensor.refs.store(hooks.own_ + 1, std::memory_order_relaxed);
  hooks.tensor_ = nullptr;
  delete std::exchange(place, nullptr);
  return true;
}

Tensor Hooks::run(Tensor g) const {
  const auto list = list_;  // a hook may remove itself
  for (const auto& entry : list) {
    if (!entry->owner) continue;
    Tensor replacement = entry->call(g);
    if (!replacement.defined()) continue;
    if (replacement.shape() != g.shape() || replacement.dtype() != g.dtype())
      throw GradError(str("hook: returned a gradient of shape ", replacement.shape(), ", ",
                          replacement.dtype(), "; expected ", g.shape(), ", ", g.dtype()));
    g = std::move(replacement);
  }
  return g;
}

}  // namespace detail
}  // namespace xgrad
