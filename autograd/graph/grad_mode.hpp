#pragma once

#include "../support/mode.hpp"

namespace xgrad {
namespace detail {

/// Puts a variable's value back when it goes.
template <class T>
class Restored {
 public:
  explicit Restored(T& variable) noexcept : variable_(variable), previous_(variable) {}
  ~Restored() { variable_ = previous_; }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

 private:
  T& variable_;
  T previous_;
};

/// While alive, operations are applied as part of a sweep, and recorded only if it is.
struct SweepGuard : Restored<Mode> {
  explicit SweepGuard(bool recorded) noexcept : Restored(mode) {
    mode.grad_enabled = recorded;
    mode.sweeping = true;
  }
};

}  // namespace detail

/// Whether operations on the calling thread are recorded.
inline bool is_grad_enabled() noexcept { return detail::mode.grad_enabled; }

/// Sets the mode while alive and puts back what was there before.
struct GradModeGuard : private detail::Restored<bool> {
  /// Turns recording on or off.
  explicit GradModeGuard(bool enabled) noexcept : Restored(detail::mode.grad_enabled) {
    detail::mode.grad_enabled = enabled;
  }
};

/// While alive, nothing is recorded on this thread: `NoGrad guard;`.
struct NoGrad : GradModeGuard {
  NoGrad() noexcept : GradModeGuard(false) {}
};

/// While alive, operations are recorded again inside a NoGrad.
struct EnableGrad : GradModeGuard {
  EnableGrad() noexcept : GradModeGuard(true) {}
};

}  // namespace xgrad
