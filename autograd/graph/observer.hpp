#pragma once

#include <span>

#include "../tensor/tensor.hpp"
#include "grad_mode.hpp"

/// @file
/// What sees operations as they are applied: AnomalyMode (autograd/anomaly.hpp), and what records
/// the operations of a function for the forward mode (autograd/tape.hpp).

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

 protected:
  Observer() noexcept : outer_(detail::mode.observer) { detail::mode.observer = this; }
  virtual ~Observer() { detail::mode.observer = outer_; }

 private:
  friend class ObserverStack;
  Observer* outer_;
};

namespace detail {

/// Tell all observers of the calling thread, the innermost first.
void notify_computed(const char* op, const Tensor& out, std::span<const Tensor* const> in);
void notify_differentiated(Node& node, const Shape& shape, std::size_t i, const Tensor& gradient);
void notify_pushed(Node& node, const Tensor& tangent);

/// While alive, nothing is recorded, and observers are not told: an operation's own insides. Errors
/// of memory are those of `operation`.
class Unobserved {
 public:
  explicit Unobserved(const char* operation = nullptr) noexcept : previous_(mode) {
    mode.grad_enabled = false;
    mode.observer = nullptr;
    if (!mode.operation) mode.operation = operation;
  }
  ~Unobserved() { mode = previous_; }
  Unobserved(const Unobserved&) = delete;
  Unobserved& operator=(const Unobserved&) = delete;

 private:
  Mode previous_;
};

}  // namespace detail
}  // namespace xgrad
