#pragma once

#include <bit>
#include <cstddef>
#include <new>

/// @file
/// The caching allocator of tensors, nodes and buffers: thread-local free lists by size class, so
/// that training needs no memory from the system after its first steps.

namespace xgrad::memory {

/// Statistics of the calling thread.
struct Statistics {
  std::size_t system_allocations = 0;  ///< blocks that came from the system since its start
  std::size_t cached_bytes = 0;        ///< in the free lists now
};

namespace detail {

inline constexpr std::size_t alignment = 64;
inline constexpr std::size_t size_classes = 4 * 58;

struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

/// The classes are multiples of 64 bytes up to 512, then four to each doubling, so that at most a
/// fifth of a block is unused.
constexpr SizeClass classify(std::size_t bytes) noexcept {
  const std::size_t last = bytes <= 1 ? 0 : (bytes - 1) / alignment;  // index of the last unit
  const auto bits = static_cast<std::size_t>(std::bit_width(last));
  const std::size_t shift = bits > 3 ? bits - 3 : 0;
  const std::size_t rounded = (last >> shift) + 1;
  return {4 * shift + rounded - 1, (rounded << shift) * alignment};
}

struct Block {
  Block* next;
};

struct FreeLists {
  Block* heads[size_classes];
  Statistics statistics;
  std::size_t limit;  // of cached bytes
};
// The calling thread's, or empty ones that keep nothing: before its first block, and while it ends.
// The lists themselves are not thread-local: a shared library with large thread-local variables
// that are found as fast as these could not be loaded by dlopen().
extern constinit thread_local FreeLists* lists;

void* allocate_from_system(SizeClass size) noexcept;
[[noreturn]] void throw_no_memory(std::size_t bytes);
void deallocate_beyond_limit(void* block, SizeClass size) noexcept;

}  // namespace detail

inline Statistics statistics() noexcept { return detail::lists->statistics; }

/// A block of at least `bytes` bytes, aligned to 64; null if the system has none.
inline void* allocate_or_null(std::size_t bytes) noexcept {
  const detail::SizeClass size = detail::classify(bytes);
  detail::FreeLists& lists = *detail::lists;
  detail::Block* block = lists.heads[size.index];
  if (!block) [[unlikely]]
    return detail::allocate_from_system(size);
  lists.heads[size.index] = block->next;
  lists.statistics.cached_bytes -= size.bytes;
  return block;
}
/// The same. Throws MemoryError if the system has none.
inline void* allocate(std::size_t bytes) {
  void* block = allocate_or_null(bytes);
  if (!block) [[unlikely]]
    detail::throw_no_memory(bytes);
  return block;
}

/// Puts a block into the calling thread's lists; `bytes` is the number it was allocated with.
inline void deallocate(void* memory, std::size_t bytes) noexcept {
  const detail::SizeClass size = detail::classify(bytes);
  detail::FreeLists& lists = *detail::lists;
  if (lists.statistics.cached_bytes + size.bytes > lists.limit) [[unlikely]]
    return detail::deallocate_beyond_limit(memory, size);
  lists.heads[size.index] = new (memory) detail::Block{lists.heads[size.index]};
  lists.statistics.cached_bytes += size.bytes;
}

/// Returns the calling thread's cached blocks to the system.
void release_cached() noexcept;

/// Memory for n elements, not initialised, while a kernel runs.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::size_t n) : size_(n), elements_(static_cast<T*>(allocate(n * sizeof(T)))) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { deallocate(elements_, size_ * sizeof(T)); }

  T* begin() noexcept { return elements_; }
  const T* begin() const noexcept { return elements_; }
  T* end() noexcept { return elements_ + size_; }
  T& operator[](std::size_t i) noexcept { return elements_[i]; }

 private:
  std::size_t size_;
  T* elements_;
};

}  // namespace xgrad::memory
