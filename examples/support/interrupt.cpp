#include "examples/support/interrupt.hpp"

namespace xgrad::examples {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void remember_interrupt(int) { interrupted = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupted = 0;
  struct sigaction action {};
  action.sa_handler = remember_interrupt;
  // After the first signal the default action is back: the second one ends the program. What the
  // first one finds waiting for input or output goes on.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, &previous_);
}

InterruptGuard::~InterruptGuard() { sigaction(SIGINT, &previous_, nullptr); }

bool InterruptGuard::requested() const noexcept { return interrupted != 0; }

}  // namespace xgrad::examples
