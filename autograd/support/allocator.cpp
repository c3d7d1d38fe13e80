#include "allocator.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

#include "error.hpp"
#include "str.hpp"

#ifndef __has_feature  // clang's way to tell
#define __has_feature(feature) 0
#endif

namespace xgrad::memory {
namespace detail {
namespace {

// The bytes that a thread keeps; it returns more to the system. AddressSanitizer finds a use after
// release only if no block is kept.
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
constexpr std::size_t cache_limit = 0;
#else
constexpr std::size_t cache_limit = std::size_t{1} << 30;
#endif

// Large blocks are placed in pages of this size if the system has them: a pass over a million
// floats, which are a thousand small pages, is then a fifth faster.
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t first_large = classify(huge_page).index;

// Large blocks begin at different offsets from their page: to a processor a load depends on an
// earlier store if their addresses agree in the last 12 bits, as they would in all arrays of one
// loop. This saves another fifth.
constexpr std::size_t offsets = 16;
constexpr std::size_t offset_step = 17 * alignment;

void* allocate_large(std::size_t bytes) noexcept {
  constinit thread_local std::size_t count = 0;
  bytes += offsets * offset_step;
  void* page = nullptr;
  if (posix_memalign(&page, huge_page, bytes) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  madvise(page, bytes, MADV_HUGEPAGE);  // if it fails, the pages are small
#endif
  return static_cast<char*>(page) + count++ % offsets * offset_step;
}

// Returns a block of that class to the system.
void free_block(void* block, std::size_t index) noexcept {
  if (index >= first_large)
    block = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(block) & ~(huge_page - 1));
  std::free(block);
}

constinit FreeLists no_lists{};

// Whether the calling thread has lists of its own: from its first block on until it ends.
bool has_lists() noexcept {
  constinit thread_local bool ended = false;
  struct Closer {
    ~Closer() {
      ended = true;
      if (lists == &no_lists) return;
      release_cached();
      delete std::exchange(lists, &no_lists);
    }
  };
  if (lists == &no_lists && !ended) {
    thread_local const Closer closer;
    (void)closer;
    if (auto* own =
            new (std::nothrow) FreeLists{.heads = {}, .statistics = {}, .limit = cache_limit})
      lists = own;
  }
  return lists != &no_lists;
}

}  // namespace

constinit thread_local FreeLists* lists = &no_lists;

void* allocate_from_system(SizeClass size) noexcept {
  if (size.bytes == 0) return nullptr;  // more than can be addressed, rounded to 0
  const auto attempt = [size] {
    return size.index < first_large ? std::aligned_alloc(alignment, size.bytes)
                                    : allocate_large(size.bytes);
  };
  void* block = attempt();
  if (!block) {
    release_cached();
    block = attempt();
  }
  if (block && has_lists()) ++lists->statistics.system_allocations;
  return block;
}

void throw_no_memory(std::size_t bytes) {
  throw MemoryError(
      str("memory: ", bytes, " bytes for a tensor or a recorded operation cannot be allocated"));
}

void deallocate_beyond_limit(void* block, SizeClass size) noexcept {
  if (!has_lists() || lists->statistics.cached_bytes + size.bytes > lists->limit)
    return free_block(block, size.index);
  lists->heads[size.index] = ::new (block) Block{lists->heads[size.index]};
  lists->statistics.cached_bytes += size.bytes;
}

}  // namespace detail

void release_cached() noexcept {
  detail::FreeLists& lists = *detail::lists;
  if (lists.statistics.cached_bytes == 0) return;  // the lists of no thread are not written to
  for (std::size_t index = 0; index < detail::size_classes; ++index)
    while (detail::Block* block = lists.heads[index]) {
      lists.heads[index] = block->next;
      detail::free_block(block, index);
    }
  lists.statistics.cached_bytes = 0;
}

}  // namespace xgrad::memory
