#include "hooks.hpp"

#include <algorithm>

#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "calls.hpp"
#include "node.hpp"

namespace xgrad {

void HookHandle::remove() {
  const std::shared_ptr<detail::HookEntry> entry = entry_.lock();  // may be the last to hold it
  if (!entry || !entry->owner) return;
  detail::Hooks& hooks = *std::exchange(entry->owner, nullptr);
  std::erase(hooks.list, entry);
  hooks.own -= entry->own;
  if (hooks.tensor && !hooks.owns_tensor)
    hooks.tensor->refs.fetch_add(entry->own, std::memory_order_relaxed);
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
  detail::TensorImpl& tensor = impl();
  detail::Hooks*& hooks = tensor.node ? tensor.node->hooks : tensor.hooks;
  if (!hooks) hooks = new detail::Hooks(tensor);
  const auto entry = std::make_shared<detail::HookEntry>(detail::HookEntry{{}, hooks});
  if (&tensor == hooks->tensor) {
    // A copy of the hook holds as many handles as the hook itself.
    const std::uint32_t before = tensor.refs.load(std::memory_order_relaxed);
    const Hook copy = hook;
    entry->own = tensor.refs.load(std::memory_order_relaxed) - before;
  }
  entry->call = std::move(hook);
  hooks->list.push_back(entry);
  hooks->own += entry->own;
  if (!hooks->owns_tensor) tensor.refs.fetch_sub(entry->own, std::memory_order_relaxed);
  return HookHandle(entry);
}

namespace detail {

void delete_hooks(Hooks* hooks) noexcept { delete hooks; }

Hooks::~Hooks() {
  if (tensor && owns_tensor) {
    tensor->node = nullptr;
    tensor->requires_grad = false;
  } else if (tensor) {
    tensor->refs.fetch_add(own, std::memory_order_relaxed);
  }
  for (const auto& entry : list) entry->owner = nullptr;
}

bool Hooks::may_destroy(TensorImpl& tensor) noexcept {
  Hooks*& place = tensor.node ? tensor.node->hooks : tensor.hooks;
  Hooks& hooks = *place;
  if (hooks.tensor != &tensor) return true;
  if (hooks.owns_tensor) {  // the last of the hooks that held it was removed
    tensor.node = nullptr;
    hooks.tensor = nullptr;
    hooks.owns_tensor = false;
    return true;
  }
  if (tensor.node && tensor.node->shared()) {
    if (hooks.own == 0) {
      hooks.tensor = nullptr;
      return true;
    }
    tensor.refs.store(hooks.own, std::memory_order_relaxed);
    hooks.owns_tensor = true;
    tensor.node->release();
    return false;
  }
  // Nobody is left to run them. One handle more than they hold, so that the tensor is destroyed
  // by the caller alone.
  tensor.refs.store(hooks.own + 1, std::memory_order_relaxed);
  hooks.tensor = nullptr;
  delete std::exchange(place, nullptr);
  return true;
}

Tensor Hooks::run(Tensor g) const {
  if (mode.noting) mode.calls->refuse("it calls hooks");
  for (const auto entries = list; const auto& entry : entries) {  // a hook may remove itself
    if (!entry->owner) continue;
    Tensor replacement = entry->call(g);
    if (!replacement.defined()) continue;
    if (replacement.shape() != g.shape() || replacement.dtype() != g.dtype())
      throw GradError(str("hook: returned a gradient of shape ", replacement.shape(), ", ",
                          replacement.dtype(), "; expected ", g.shape(), ", ", g.dtype(),
                          replacement.dtype() == g.dtype() ? "" : convert_one(g.dtype())));
    g = std::move(replacement);
  }
  return g;
}

}  // namespace detail
}  // namespace xgrad
