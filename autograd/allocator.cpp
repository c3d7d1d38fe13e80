#include "autograd/allocator.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>

namespace xgrad::memory {
namespace {

constexpr std::size_t alignment = 64;
// Beyond this a thread gives blocks back to the system rather than keeping them.
constexpr std::size_t cache_limit = std::size_t{1} << 30;
constexpr std::size_t size_classes = 4 * 58;

// Under AddressSanitizer every block is its own, so that use after release is seen.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool caching = false;
#else
constexpr bool caching = true;
#endif

struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

// Multiples of 64 bytes up to 512, then four classes a doubling: at most a fifth is lost.
SizeClass classify(std::size_t bytes) noexcept {
  const std::size_t last = bytes <= 1 ? 0 : (bytes - 1) / alignment;  // index of the last unit
  const auto bits = static_cast<std::size_t>(std::bit_width(last));
  const std::size_t shift = bits > 3 ? bits - 3 : 0;
  const std::size_t rounded = (last >> shift) + 1;
  return {4 * shift + rounded - 1, (rounded << shift) * alignment};
}

struct Block {
  Block* next;
};

// Trivially destructible, so that it can be used until the very end of its thread.
struct FreeLists {
  Block* heads[size_classes];
  Statistics statistics;
  bool armed;   // the Reaper below exists
  bool closed;  // and has run: nothing is kept any more
};
constinit thread_local FreeLists lists{};

struct Reaper {
  ~Reaper() {
    lists.closed = true;
    release_cached();
  }
};

void arm_reaper() noexcept {
  thread_local Reaper reaper;
  (void)reaper;
  lists.armed = true;
}

void* allocate_from_system(std::size_t bytes) {
  void* block = std::aligned_alloc(alignment, bytes);
  if (!block) throw std::bad_alloc();
  ++lists.statistics.system_allocations;
  return block;
}

}  // namespace

void* allocate(std::size_t bytes) {
  const SizeClass size = classify(bytes);
  if (size.index >= size_classes) throw std::bad_alloc();
  Block* block = lists.heads[size.index];
  if (!block) return allocate_from_system(size.bytes);
  lists.heads[size.index] = block->next;
  lists.statistics.cached_bytes -= size.bytes;
  return block;
}

void deallocate(void* memory, std::size_t bytes) noexcept {
  const SizeClass size = classify(bytes);
  if (!caching || lists.closed || lists.statistics.cached_bytes + size.bytes > cache_limit) {
    std::free(memory);
    return;
  }
  if (!lists.armed) arm_reaper();
  Block* block = static_cast<Block*>(memory);
  block->next = lists.heads[size.index];
  lists.heads[size.index] = block;
  lists.statistics.cached_bytes += size.bytes;
}

Statistics statistics() noexcept { return lists.statistics; }

void release_cached() noexcept {
  for (Block*& head : lists.heads) {
    while (head) {
      Block* block = head;
      head = block->next;
      std::free(block);
    }
  }
  lists.statistics.cached_bytes = 0;
}

}  // namespace xgrad::memory
