#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <functional>

/// @file
/// The library's own threads. Work is divided by its shape alone, so that results do not depend on
/// which thread does which piece.

namespace xgrad::kernels {

/// What a piece of a job takes at least, in nanoseconds: less is not worth the way to another
/// thread, and the elements' way from its cache. Tests make it less, to cut small tensors too.
inline double least_piece = 2000;

/// Calls body(0) … body(count - 1) on up to num_threads() threads, and returns when all are done.
/// Within a body, and while another thread's job runs, the calls are made in order on the calling
/// thread. If a body throws, one of the errors is thrown on at the end.
///
/// A thread stays awake for 50 microseconds after a job and takes part in the next one at once. To
/// wake a sleeping one costs some 10 microseconds, and it comes after 10 more. So only a job that
/// takes one thread about `nanoseconds` >= 25 least_piece does it.
void parallel_for(std::size_t count, double nanoseconds,
                  const std::function<void(std::size_t)>& body);

/// body(from, to), not inlined: its loops then exist once.
template <class Body>
[[gnu::noinline]] void call_range(const Body& body, std::size_t from, std::size_t to) {
  body(from, to);
}

/// Calls body(from, to) for the ranges that [0, n) is cut into: a single one, or 2, 4, … 32 that
/// are shared by the threads. One of the n takes about `nanoseconds`.
template <class Body>
void parallel_ranges(std::size_t n, double nanoseconds, const Body& body) {
  const double total = static_cast<double>(n) * nanoseconds;
  if (total < 2 * least_piece || n < 2) return call_range(body, 0, n);
  const auto wanted = static_cast<std::size_t>(std::min(total / least_piece, 32.0));
  const std::size_t pieces = std::bit_floor(std::min(wanted, n));
  std::size_t length = (n + pieces - 1) / pieces;
  if (length >= 64) length = (length + 15) / 16 * 16;  // whole registers
  const auto piece = [&](std::size_t i) {
    const std::size_t from = std::min(n, i * length), to = std::min(n, from + length);
    if (from < to) call_range(body, from, to);
  };
  parallel_for(pieces, total, std::ref(piece));
}

}  // namespace xgrad::kernels
