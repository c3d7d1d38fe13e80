#pragma once

namespace xgrad {

class Observer;

namespace detail {

/// How the calling thread applies operations.
struct Mode {
  bool grad_enabled = true;
  bool sweeping = false;            ///< derivatives are being propagated
  Observer* observer = nullptr;     ///< the innermost (autograd/observer.hpp)
  const char* operation = nullptr;  ///< the outermost whose value is being computed
};
extern constinit thread_local Mode mode;

}  // namespace detail
}  // namespace xgrad
