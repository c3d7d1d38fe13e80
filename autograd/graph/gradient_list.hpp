#pragma once

#include <utility>
#include <vector>

#include "node.hpp"

namespace xgrad::detail {

/// Outside of a sweep, the gradients of a node with respect to some of its inputs, none at first. A
/// value that is defined before is a sum, to which a gradient may be added in place.
class GradientList final : public InputGradients {
 public:
  explicit GradientList(Node& node)
      : InputGradients(true), needed(node.inputs().size()), values(node.inputs().size()) {
    node_ = &node;
  }
  void set(std::size_t i, Tensor&& gradient) override { values[i] = std::move(gradient); }

  std::vector<bool> needed;
  std::vector<Tensor> values;

 private:
  bool selects(std::size_t i) const override { return needed[i]; }
  bool add_to(std::size_t i, void (*f)(const void*, Tensor&), const void* context) override {
    if (values[i].defined()) f(context, values[i]);
    return values[i].defined();
  }
};

/// The gradient of `node` with respect to input i alone. One that is a part of the input is added
/// to `total` in place, if that is defined, and the result is `total`.
inline Tensor gradient_of(Node& node, std::size_t i, const Tensor& g, Tensor total = {}) {
  GradientList list(node);
  list.needed[i] = true;
  list.values[i] = std::move(total);
  node.gradients(g, list);
  return std::move(list.values[i]);
}

}  // namespace xgrad::detail
