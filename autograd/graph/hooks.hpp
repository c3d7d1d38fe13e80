#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../tensor/tensor.hpp"

/// @file
/// The hooks of one tensor, and what keeps them from keeping it: a hook may hold a handle of the
/// tensor that it hangs on, which would then own itself.

namespace xgrad::detail {

struct HookEntry {
  Hook call;
  Hooks* owner;           ///< null once removed
  std::uint32_t own = 0;  ///< handles of the tensor that the hook holds
};

/// Owned by a leaf, or by the node of a result. The handles that hooks hold of their own tensor are
/// not counted, so that it goes with the last handle of anybody else. A result's node may live on
/// and need its hooks: it then owns the tensor through them, until it goes itself.
struct Hooks {
  explicit Hooks(TensorImpl& t) noexcept : tensor(&t) {}
  ~Hooks();
  Hooks(const Hooks&) = delete;
  Hooks& operator=(const Hooks&) = delete;

  /// Passes a gradient through the hooks. Throws GradError if one changes its shape or dtype.
  Tensor run(Tensor g) const;
  /// Decides, when the tensor has no counted handle left, whether it may be destroyed.
  static bool may_destroy(TensorImpl& tensor) noexcept;

  TensorImpl* tensor;        ///< null once it is gone
  std::uint32_t own = 0;     ///< of all hooks
  bool owns_tensor = false;  ///< its handles are counted, and it does not own the node
  std::vector<std::shared_ptr<HookEntry>> list;
};

}  // namespace xgrad::detail
