#pragma once

#include <cstddef>

/// @file
/// The caching allocator behind tensors, nodes and buffers: thread-local free lists by size class,
/// so that a training step in steady state asks the system for nothing.

namespace xgrad::memory {

/// A block of at least `bytes` bytes, aligned to 64. Errors: std::bad_alloc.
void* allocate(std::size_t bytes);
/// Returns a block, given the size it was asked for, to the calling thread's lists.
void deallocate(void* block, std::size_t bytes) noexcept;

/// Of the calling thread, since its start.
struct Statistics {
  std::size_t system_allocations = 0;  ///< blocks that came from the system
  std::size_t cached_bytes = 0;        ///< lying in the free lists now
};
Statistics statistics() noexcept;

/// Gives the calling thread's cached blocks back to the system.
void release_cached() noexcept;

}  // namespace xgrad::memory
