#pragma once

#include <cstddef>
#include <type_traits>

/// @file
/// The library's own threads. Work is cut by its shape alone; which thread does which piece does
/// not change any result.

namespace xgrad::kernels {

/// Calls body(0) … body(count - 1), on up to num_threads() threads, and returns when all are done.
/// Runs them in order on the calling thread when it is itself a worker. The body must not throw.
void parallel_for_erased(std::size_t count, void (*body)(void*, std::size_t), void* context);

template <class Body>
void parallel_for(std::size_t count, const Body& body) {
  parallel_for_erased(
      count, [](void* context, std::size_t i) { (*static_cast<const Body*>(context))(i); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

}  // namespace xgrad::kernels
