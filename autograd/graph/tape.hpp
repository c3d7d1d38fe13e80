#pragma once

#include <unordered_set>
#include <vector>

#include "node.hpp"
#include "tensor_function.hpp"

namespace xgrad::detail {

/// A function recorded for the forward mode: the operations on the ways from its inputs to its
/// outputs, in the order in which they were applied.
class Tape {
 public:
  /// Evaluates f at inputs that are results of operations, under whatever grad mode is set.
  Tape(const TensorFunction& f, std::vector<Tensor> inputs);

  const std::vector<Tensor>& inputs() const noexcept { return inputs_; }
  const std::vector<Tensor>& outputs() const noexcept { return outputs_; }
  /// Whether this output depends on the inputs.
  bool reaches(const Tensor& output) const { return reached_.contains(impl(output).node); }
  /// Whether the outputs depend on anything else that requires a gradient.
  bool has_other_sources() const;

  /// The tangent of each output, given those of the inputs; undefined where it does not depend on
  /// them. Recorded if grad mode is on. Throws GradError if the saved values of a step have
  /// been released, or its gradient is not made of operations.
  std::vector<Tensor> push(const std::vector<Tensor>& tangents) const;

 private:
  // A recorded operation, and what its result looks like.
  struct Step {
    NodeRef node;
    Shape shape;
    DType dtype;
  };
  class Recorder;

  void drop_dead_ends();

  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<Step> steps_;
  std::unordered_set<const Node*> reached_;  // the inputs, and the steps
};

}  // namespace xgrad::detail
