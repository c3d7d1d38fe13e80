#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#include "autograd/allocator.hpp"

/// @file
/// Reference-counted memory behind tensors.

namespace xgrad::detail {

struct TensorImpl;

/// Counts one reference less; true when it was the last. The sole owner needs no locked
/// instruction, since nobody else can be about to take a reference.
inline bool drop_reference(std::atomic<std::uint32_t>& refs) noexcept {
  return refs.load(std::memory_order_acquire) == 1 ||
         refs.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

/// Header of a block of values, which follow it at the next 64-byte boundary.
struct alignas(memory::detail::alignment) Storage {
  std::atomic<std::uint32_t> refs{1};
  std::uint32_t version = 0;          ///< times the values were changed in place
  std::size_t bytes = 0;              ///< of the values
  std::atomic<bool> reshaped{false};  ///< shared with a reshaped tensor: copy before writing

  void* data() noexcept { return this + 1; }
  const void* data() const noexcept { return this + 1; }

  static Storage* allocate_or_null(std::size_t bytes) noexcept {
    void* block = memory::allocate_or_null(sizeof(Storage) + bytes);
    if (!block) [[unlikely]]
      return nullptr;
    auto* storage = ::new (block) Storage;
    storage->bytes = bytes;
    return storage;
  }
  void retain() noexcept { refs.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (drop_reference(refs)) memory::deallocate(this, sizeof(Storage) + bytes);
  }
  bool shared() const noexcept { return refs.load(std::memory_order_acquire) != 1; }
};

/// Count one reference more or less; null is allowed. Defined in tensor.hpp.
inline void retain(TensorImpl* impl) noexcept;
inline void release(TensorImpl* impl) noexcept;

}  // namespace xgrad::detail
