#include "observer.hpp"

namespace xgrad {

/// Walks the observers from the innermost on, each put aside while it is told.
class ObserverStack {
 public:
  template <class Tell>
  static void for_each(const Tell& tell) {
    struct Restore {
      Observer* top = detail::mode.observer;
      ~Restore() { detail::mode.observer = top; }
    } const restore;
    for (Observer* each = restore.top; each; each = each->outer_) {
      detail::mode.observer = each->outer_;
      tell(*each);
    }
  }
};

namespace detail {

void notify_computed(const char* op, const Tensor& out, std::span<const Tensor* const> in) {
  ObserverStack::for_each([&](Observer& each) { each.computed(op, out, in); });
}

void notify_differentiated(Node& node, const Shape& shape, std::size_t i, const Tensor& gradient) {
  ObserverStack::for_each([&](Observer& each) { each.differentiated(node, shape, i, gradient); });
}

void notify_pushed(Node& node, const Tensor& tangent) {
  ObserverStack::for_each([&](Observer& each) { each.pushed(node, tangent); });
}

}  // namespace detail
}  // namespace xgrad
