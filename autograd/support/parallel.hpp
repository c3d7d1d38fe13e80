#pragma once

#include <cstddef>
#include <functional>

/// @file
/// The library's own threads. Work is divided by its shape alone, so that results do not depend on
/// which thread does which piece.

namespace xgrad::kernels {

/// Calls body(0) … body(count - 1) on up to num_threads() threads, and returns when all are done.
/// Within a body, and while another thread's job runs, the calls are made in order on the calling
/// thread. The body must not throw.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

}  // namespace xgrad::kernels
