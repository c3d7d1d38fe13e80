#pragma once

#include "../support/mode.hpp"

namespace xgrad {
namespace detail {

/// While alive, operations are applied as part of a sweep, and recorded only if it is.
class SweepGuard {
 public:
  explicit SweepGuard(bool recorded) noexcept : previous_(mode) {
    mode.grad_enabled = recorded;
    mode.sweeping = true;
  }
  ~SweepGuard() { mode = previous_; }
  SweepGuard(const SweepGuard&) = delete;
  SweepGuard& operator=(const SweepGuard&) = delete;

 private:
  Mode previous_;
};

}  // namespace detail

/// Whether operations on the calling thread are recorded.
inline bool is_grad_enabled() noexcept { return detail::mode.grad_enabled; }

/// Sets the mode while alive and puts back what was there before.
class GradModeGuard {
 public:
  explicit GradModeGuard(bool enabled) noexcept : previous_(detail::mode.grad_enabled) {
    detail::mode.grad_enabled = enabled;
  }
  ~GradModeGuard() { detail::mode.grad_enabled = previous_; }
  GradModeGuard(const GradModeGuard&) = delete;
  GradModeGuard& operator=(const GradModeGuard&) = delete;

 private:
  bool previous_;
};

/// While alive, nothing is recorded on this thread: `NoGrad guard;`.
class NoGrad : public GradModeGuard {
 public:
  NoGrad() noexcept : GradModeGuard(false) {}
};

/// While alive, operations are recorded again inside a NoGrad.
class EnableGrad : public GradModeGuard {
 public:
  EnableGrad() noexcept : GradModeGuard(true) {}
};

}  // namespace xgrad
