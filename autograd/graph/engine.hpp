#pragma once

#include <concepts>
#include <vector>

#include "../tensor/tensor.hpp"

namespace xgrad {

/// Options of `grad`.
struct GradOptions {
  /// Gradient of the final result with respect to each output; may be empty, or hold undefined
  /// tensors, for outputs of one element (whose seed is then 1).
  std::vector<Tensor> grad_outputs = {};
  bool retain_graph = false;  ///< keep the saved values for another pass
  bool create_graph = false;  ///< record the backward pass, so that it can be differentiated
  bool allow_unused = false;  ///< an input outside the graph gives an undefined tensor, no error
};

/// The gradients sum_j grad_outputs_j · d(outputs_j)/d(input_i), one for each input, which may be
/// leaves or intermediate results. No grad() is touched. Throws as Tensor::backward, GradError for
/// an input that does not require a gradient or that the outputs do not depend on, and ValueError
/// unless there are as many grad_outputs as outputs, or none.
std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options = {});
/// The gradients of one output.
inline std::vector<Tensor> grad(const Tensor& output, const std::vector<Tensor>& inputs,
                                const GradOptions& options = {}) {
  return grad(std::vector<Tensor>{output}, inputs, options);
}
/// The gradient of one output for one input. A template so that lists in braces, even of one
/// tensor, are lists: `grad({y}, {x})` returns a vector.
template <std::same_as<Tensor> Output, std::same_as<Tensor> Input>
Tensor grad(const Output& output, const Input& input, const GradOptions& options = {}) {
  return grad(std::vector<Tensor>{output}, std::vector<Tensor>{input}, options).front();
}

}  // namespace xgrad
