#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "../support/allocator.hpp"
#include "../support/mode.hpp"

/// @file
/// The reference-counted memory of tensors.

namespace xgrad::detail {

struct TensorImpl;
struct Storage;

/// Whether calls that are noted refer to this memory, which is then theirs: they will use it again.
bool keep_for_calls(Storage& storage) noexcept;

/// Counts one reference less and returns whether it was the last. The only owner needs no locked
/// instruction: nobody else can add a reference.
inline bool drop_reference(std::atomic<std::uint32_t>& refs) noexcept {
  return refs.load(std::memory_order_acquire) == 1 ||
         refs.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

/// The values of tensors. Tensors of one storage see each other's changes. A reshaped tensor has a
/// storage of its own that borrows the memory of the other one; the first of the two that is
/// written to moves its values, for all its tensors, to other memory before.
struct alignas(memory::detail::alignment) Storage {
  std::atomic<std::uint32_t> refs{1};  ///< of tensors, nodes and borrowers
  std::uint32_t version = 0;           ///< number of changes in place
  std::size_t bytes = 0;               ///< of the values
  void* values = this + 1;             ///< in the memory behind this header or the lender's
  std::size_t capacity = 0;            ///< bytes behind this header
  Storage* lender = nullptr;           ///< the storage whose memory is borrowed; null for none
  std::atomic<std::uint32_t> borrowers{0};

  void* data() const noexcept { return values; }

  /// Returns null if the system has no memory.
  static Storage* allocate_or_null(std::size_t bytes) noexcept {
    void* block = memory::allocate_or_null(sizeof(Storage) + bytes);
    return block ? create(block, bytes, bytes) : nullptr;
  }
  /// Another storage of the same values, in the same memory.
  static Storage* borrow(Storage& from) {
    Storage* storage = create(memory::allocate(sizeof(Storage)), from.bytes, 0);
    storage->values = from.values;
    storage->lender = from.lender ? from.lender : &from;
    storage->lender->retain();
    storage->lender->borrowers.fetch_add(1, std::memory_order_relaxed);
    return storage;
  }
  /// Another header of the values, which does not keep their memory.
  static Storage* alias(const Storage& of) {
    Storage* storage = create(memory::allocate(sizeof(Storage)), of.bytes, 0);
    storage->values = of.values;
    return storage;
  }
  void retain() noexcept { refs.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (!drop_reference(refs)) return;
    if (lender) lender->give_back();
    if (mode.calls && keep_for_calls(*this)) [[unlikely]]
      return;
    memory::deallocate(this, sizeof(Storage) + capacity);
  }
  /// Whether the memory of the values is also that of another storage.
  bool has_other_users() const noexcept {
    return lender ? lender->refs.load(std::memory_order_acquire) != 1
                  : borrowers.load(std::memory_order_acquire) != 0;
  }
  /// Whether another tensor, node or storage may see the values.
  bool shared() const noexcept {
    return refs.load(std::memory_order_acquire) != 1 || has_other_users();
  }
  /// Moves the values to memory that no other storage uses. Throws MemoryError if there is none.
  void move_out() {
    Storage* own = create(memory::allocate(sizeof(Storage) + bytes), bytes, bytes);
    std::memcpy(own->values, values, bytes);
    own->borrowers.store(1, std::memory_order_relaxed);
    values = own->values;
    if (Storage* before = std::exchange(lender, own)) before->give_back();
  }

 private:
  static Storage* create(void* block, std::size_t bytes, std::size_t capacity) noexcept {
    auto* storage = ::new (block) Storage;
    storage->bytes = bytes;
    storage->capacity = capacity;
    return storage;
  }
  void give_back() noexcept {
    borrowers.fetch_sub(1, std::memory_order_release);
    release();
  }
};

/// Counts one reference more or less; impl may be null. Defined in tensor.hpp.
inline void add_reference(TensorImpl* impl) noexcept;
inline void remove_reference(TensorImpl* impl) noexcept;

}  // namespace xgrad::detail
