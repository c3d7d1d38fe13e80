#pragma once

#include <cstddef>
#include <limits>

namespace xgrad::test {

/// While alive, the calling thread gets no memory from the system in its allocation number `first`,
/// counted from 0, and the `count - 1` ones after it: neither from new nor from malloc. Without
/// effect where a sanitizer has replaced malloc.
class FailAllocations {
 public:
  static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

  FailAllocations(std::size_t first, std::size_t count) noexcept;
  ~FailAllocations();
  FailAllocations(const FailAllocations&) = delete;
  FailAllocations& operator=(const FailAllocations&) = delete;

  /// How many have failed.
  std::size_t failed() const noexcept;
};

}  // namespace xgrad::test
