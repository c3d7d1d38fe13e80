#include "allocator.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#include "error.hpp"
#include "message.hpp"

namespace xgrad::memory {
namespace detail {
namespace {

// Beyond this a thread gives blocks back to the system rather than keeping them. Under
// AddressSanitizer every block is its own, so that use after release is seen.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t cache_limit = 0;
#else
constexpr std::size_t cache_limit = std::size_t{1} << 30;
#endif

// Large blocks ask for pages of this size, where the system has them: a pass over a million floats,
// which with small pages also walks a thousand of them, is then a fifth faster.
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t first_large = classify(huge_page).index;

// Large blocks begin at different offsets from their page: a processor takes a load for dependent
// on an earlier store when their addresses agree in the last 12 bits, as those of all arrays would
// that are passed over together. Another fifth.
constexpr std::size_t offsets = 16;
constexpr std::size_t offset_step = 17 * alignment;

void* allocate_large(std::size_t bytes) noexcept {
  constinit thread_local std::size_t count = 0;
  bytes += offsets * offset_step;
  void* page = nullptr;
  if (posix_memalign(&page, huge_page, bytes) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  madvise(page, bytes, MADV_HUGEPAGE);  // where this fails, small pages do as well
#endif
  return static_cast<char*>(page) + count++ % offsets * offset_step;
}

// Gives a block of that class back to the system.
void free_block(void* block, std::size_t index) noexcept {
  if (index >= first_large)
    block = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(block) & ~(huge_page - 1));
  std::free(block);
}

struct Reaper {
  ~Reaper() {
    lists.closed = true;
    lists.limit = 0;
    release_cached();
  }
};

// From the first block on the calling thread keeps what comes back, and empties its lists when it
// ends.
void open_lists() noexcept {
  thread_local Reaper reaper;
  (void)reaper;
  lists.limit = cache_limit;
}

}  // namespace

constinit thread_local FreeLists lists{};

void* allocate_from_system(SizeClass size) noexcept {
  if (size.bytes == 0) return nullptr;  // beyond what can be addressed, and rounded to 0
  const auto attempt = [size] {
    return size.index < first_large ? std::aligned_alloc(alignment, size.bytes)
                                    : allocate_large(size.bytes);
  };
  void* block = attempt();
  if (!block) {
    release_cached();
    block = attempt();
  }
  if (block) ++lists.statistics.system_allocations;
  return block;
}

void throw_no_memory(std::size_t bytes) {
  throw MemoryError(message("memory: ", bytes,
                            " bytes for a tensor or a recorded operation cannot be "
                            "allocated"));
}

void deallocate_beyond_limit(void* block, SizeClass size) noexcept {
  if (lists.limit == 0 && !lists.closed) open_lists();
  if (lists.statistics.cached_bytes + size.bytes > lists.limit)
    return free_block(block, size.index);
  lists.heads[size.index] = ::new (block) Block{lists.heads[size.index]};
  lists.statistics.cached_bytes += size.bytes;
}

}  // namespace detail

Statistics statistics() noexcept { return detail::lists.statistics; }

void release_cached() noexcept {
  for (std::size_t index = 0; index < detail::size_classes; ++index)
    while (detail::Block* block = detail::lists.heads[index]) {
      detail::lists.heads[index] = block->next;
      detail::free_block(block, index);
    }
  detail::lists.statistics.cached_bytes = 0;
}

}  // namespace xgrad::memory
