#include "examples/support/interrupt.hpp"

namespace xgrad::examples {
namespace {

volatile std::sig_atomic_t received = 0;

// The default action is back then: the next signal ends the program.
extern "C" void remember_signal(int number) {
  received = number;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

int status_interrupted() noexcept { return 128 + received; }

InterruptGuard::InterruptGuard() {
  received = 0;
  struct sigaction action {};
  action.sa_handler = remember_signal;
  action.sa_flags = SA_RESTART;  // what the signal finds waiting for input or output goes on
  sigaction(SIGINT, &action, &interrupt_);
  sigaction(SIGTERM, &action, &terminate_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &interrupt_, nullptr);
  sigaction(SIGTERM, &terminate_, nullptr);
}

bool InterruptGuard::requested() const noexcept { return received != 0; }

}  // namespace xgrad::examples
