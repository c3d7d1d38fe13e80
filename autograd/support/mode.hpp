#pragma once

namespace xgrad {

class Observer;

namespace detail {

class Calls;

/// How the calling thread applies operations.
struct Mode {
  bool grad_enabled = true;
  bool sweeping = false;            ///< derivatives are being propagated
  Observer* observer = nullptr;     ///< the innermost (autograd/observer.hpp)
  const char* operation = nullptr;  ///< the outermost whose value is being computed
  Calls* calls = nullptr;           ///< of a step that is being captured (graph/calls.hpp)
  bool noting = false;              ///< what is computed now is one of them, not a part of one
  bool launching = false;           ///< launch() notes a call: also within one operation
};
extern constinit thread_local Mode mode;

}  // namespace detail
}  // namespace xgrad
