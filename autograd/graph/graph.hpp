#pragma once

#include <cstdint>
#include <vector>

#include "node.hpp"

/// @file
/// What is done with recorded operations outside of a sweep, and gradients that are 0 but for a
/// part of the input, as those of slices.

namespace xgrad::detail {

/// The roots and all operations that they were computed by, each after those that computed its
/// inputs. Nothing is looked for behind those numbered below `lowest`, which are left out.
std::vector<Node*> recorded_operations(const std::vector<Node*>& roots, std::uint64_t lowest = 0);

/// The gradients of a node with respect to those of its inputs for which wanted(input) is true. A
/// value that is defined before is a sum, to which a gradient may be added in place.
class GradientList final : public InputGradients {
 public:
  template <class Wanted>
  GradientList(Node& node, const Wanted& wanted) : values(node.inputs().size()) {
    node_ = &node;
    for (Node::Input& input : node.inputs()) input.wanted = wanted(input);
  }
  void set(std::size_t i, Tensor&& gradient) override { values[i] = std::move(gradient); }
  Sum sum_of(std::size_t i, bool or_new) override {
    return Sum(or_new || values[i].defined() ? &values[i] : nullptr);
  }

  std::vector<Tensor> values;
};

/// The gradient of `node` with respect to input i alone. One that is a part of the input is added
/// to `total` in place, if that is defined, and the result is `total`.
Tensor gradient_of(Node& node, std::size_t i, const Tensor& g, Tensor total = {});

/// The gradient of a result that is a part of input `input` of its node.
struct Part {
  Node* node;  ///< the caller keeps hold of it
  std::size_t input;
  Tensor g;  ///< of the result
};

/// The sum of the gradients of one input, recorded if need be: n parts of one tensor do not cost n
/// times the tensor. Undefined for no parts.
Tensor sum_of_parts(const std::vector<Part>& parts);
/// Records `total` as that sum, if need be, where the parts have been added to it already.
void record_parts(Tensor& total, const std::vector<Part>& parts);

}  // namespace xgrad::detail
