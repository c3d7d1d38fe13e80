#pragma once

#include <span>
#include <type_traits>

#include "../tensor/tensor.hpp"
#include "grad_mode.hpp"

/// @file
/// What sees operations as they are applied: AnomalyMode (autograd/anomaly.hpp), and what records
/// the operations of a function for the forward mode (autograd/graph/functional.hpp).

namespace xgrad {

/// While alive, is told of every operation that the calling thread applies, and of every derivative
/// that its sweeps compute. Observers nest; each is told with itself and those made after
/// it put aside, so that what it computes itself is seen by the outer ones alone.
class Observer {
 public:
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// The operation `op` has computed `out` from `in`, and recorded it if out requires a gradient.
  virtual void computed(const char* op, const Tensor& out, std::span<const Tensor* const> in) = 0;
  /// A sweep has computed the gradient of input i of a node whose result has shape `shape`.
  virtual void differentiated(Node& /*node*/, const Shape& /*shape*/, std::size_t /*i*/,
                              const Tensor& /*gradient*/) {}
  /// A forward sweep has computed the tangent of a node's result.
  virtual void pushed(Node& /*node*/, const Tensor& /*tangent*/) {}

  /// Tells all observers of the calling thread, the innermost first:
  /// `Observer::notify(&Observer::computed, op, out, in)`.
  template <class... Told>
  static void notify(void (Observer::*event)(Told...), std::type_identity_t<Told>... told) {
    const detail::Restored restored(detail::mode.observer);
    while (Observer* each = detail::mode.observer) {
      detail::mode.observer = each->outer_;
      (each->*event)(told...);
    }
  }

 protected:
  Observer() noexcept : outer_(detail::mode.observer) { detail::mode.observer = this; }
  virtual ~Observer() { detail::mode.observer = outer_; }

 private:
  Observer* outer_;
};

namespace detail {

/// While alive, nothing is recorded, and observers are not told: an operation's own insides. Errors
/// of memory are those of `operation`.
struct Unobserved : private Restored<Mode> {
  explicit Unobserved(const char* operation = nullptr) noexcept : Restored(mode) {
    mode.grad_enabled = false;
    mode.observer = nullptr;
    mode.launching = mode.noting;
    mode.noting = false;
    if (!mode.operation) mode.operation = operation;
  }
};

}  // namespace detail
}  // namespace xgrad
