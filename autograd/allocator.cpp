#include "autograd/allocator.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

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

// The memory of large blocks is asked for in pages of this size where the system has them: a pass
// over a million floats, which with small pages also walks a thousand of them, is then a fifth
// faster.
constexpr std::size_t huge_page = std::size_t{2} << 20;

void* aligned_block(std::size_t bytes) noexcept {
  if (bytes < huge_page) return std::aligned_alloc(alignment, bytes);
  void* block = nullptr;
  if (posix_memalign(&block, huge_page, bytes) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  madvise(block, bytes, MADV_HUGEPAGE);  // a wish: it may fail
#endif
  return block;
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

void* allocate_from_system(SizeClass size) {
  // A size beyond what can be addressed has been rounded to 0.
  void* block = size.bytes ? aligned_block(size.bytes) : nullptr;
  if (!block) throw std::bad_alloc();
  ++lists.statistics.system_allocations;
  return block;
}

void deallocate_beyond_limit(void* block, SizeClass size) noexcept {
  if (lists.limit == 0 && !lists.closed) open_lists();
  if (lists.statistics.cached_bytes + size.bytes > lists.limit) return std::free(block);
  lists.heads[size.index] = ::new (block) Block{lists.heads[size.index]};
  lists.statistics.cached_bytes += size.bytes;
}

}  // namespace detail

Statistics statistics() noexcept { return detail::lists.statistics; }

void release_cached() noexcept {
  for (detail::Block*& head : detail::lists.heads) {
    while (head) {
      detail::Block* block = head;
      head = block->next;
      std::free(block);
    }
  }
  detail::lists.statistics.cached_bytes = 0;
}

}  // namespace xgrad::memory
