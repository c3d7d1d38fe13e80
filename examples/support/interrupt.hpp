#pragma once

#include <csignal>

namespace xgrad::examples {

/// The exit status after a signal that a guard has remembered, as shells have it: 128 + its number,
/// 130 for Ctrl-C.
int status_interrupted() noexcept;

/// While alive, the first signal to end, Ctrl-C (SIGINT) or SIGTERM, is only remembered, so that a
/// loop can end in order; a second one ends the program at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool requested() const noexcept;

 private:
  struct sigaction interrupt_ {};  // what was done before on SIGINT
  struct sigaction terminate_ {};  // and on SIGTERM
};

}  // namespace xgrad::examples
