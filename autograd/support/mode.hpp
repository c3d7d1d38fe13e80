#pragma once

namespace xgrad {

class Observer;

namespace detail {

class Calls;

/// How the calling thread applies operations.
struct Mode {
  bool grad_enabled = true;
  bool sweeping = false;         ///< derivatives are being propagated
  bool noting = false;           ///< what is computed is a call of a step that is captured
  bool launching = false;        ///< launch() notes a call, also within the value of one operation
  Observer* observer = nullptr;  ///< the innermost (autograd/observer.hpp)
  const char* operation = nullptr;  ///< the outermost whose value is being computed
  Calls* calls = nullptr;           ///< of the step that is captured (graph/calls.hpp)
};
extern constinit thread_local Mode mode;

}  // namespace detail
}  // namespace xgrad
