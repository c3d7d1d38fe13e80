#include "tests/training/fail_allocation.hpp"

#include <cerrno>
#include <cstdlib>

#include "tests/support/sanitizer.hpp"

namespace xgrad::test {
namespace {

struct Plan {
  std::size_t before = FailAllocations::all;  // allocations that still succeed
  std::size_t count = 0;                      // those after them that fail
  std::size_t failed = 0;
};
constinit thread_local Plan plan;

// Whether this allocation is to fail.
[[maybe_unused]] bool fails() noexcept {
  if (plan.before == FailAllocations::all) return false;
  if (plan.before > 0) return --plan.before, false;
  if (plan.failed == plan.count) return false;
  ++plan.failed;
  errno = ENOMEM;
  return true;
}

}  // namespace

FailAllocations::FailAllocations(std::size_t first, std::size_t count) noexcept {
  plan = {.before = first, .count = count, .failed = 0};
}
FailAllocations::~FailAllocations() { plan = {}; }
std::size_t FailAllocations::failed() const noexcept { return plan.failed; }

}  // namespace xgrad::test

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
// The names under which glibc keeps its own functions for such replacements.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* block, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);

void* malloc(std::size_t bytes) noexcept {
  return xgrad::test::fails() ? nullptr : __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  return xgrad::test::fails() ? nullptr : __libc_calloc(count, bytes);
}
void* realloc(void* block, std::size_t bytes) noexcept {
  return xgrad::test::fails() ? nullptr : __libc_realloc(block, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return xgrad::test::fails() ? nullptr : __libc_memalign(alignment, bytes);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) noexcept {
  if (xgrad::test::fails()) return ENOMEM;
  *block = __libc_memalign(alignment, bytes);
  return *block ? 0 : ENOMEM;
}
}
#endif
