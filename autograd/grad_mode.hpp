#pragma once

namespace xgrad {

namespace detail {
extern constinit thread_local bool grad_enabled;
}

/// Whether operations on the calling thread are recorded.
inline bool is_grad_enabled() noexcept { return detail::grad_enabled; }

/// Sets the mode while alive and puts back what was there before.
class GradModeGuard {
 public:
  explicit GradModeGuard(bool enabled) noexcept : previous_(detail::grad_enabled) {
    detail::grad_enabled = enabled;
  }
  ~GradModeGuard() { detail::grad_enabled = previous_; }
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
