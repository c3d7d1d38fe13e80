#pragma once

#include <csignal>

namespace xgrad::examples {

inline constexpr int status_interrupted = 130;  ///< 128 + SIGINT, as shells have it

/// While alive, the first Ctrl-C (SIGINT) is only remembered, so that a loop can end in order; a
/// second one ends the program at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool requested() const noexcept;

 private:
  struct sigaction previous_ {};
};

}  // namespace xgrad::examples
