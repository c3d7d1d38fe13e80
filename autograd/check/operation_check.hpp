#pragma once

#include <vector>

#include "../graph/node.hpp"
#include "check_graph.hpp"

namespace xgrad::detail {

/// The recorded operation of other inputs.
Tensor evaluate(const Node& node, const std::vector<Tensor>& inputs);

/// How check_operation looks.
struct OperationCheckMode {
  bool locate = true;      ///< finds the wrong element of a large Jacobian
  bool symmetric = false;  ///< as a function of (x + x^T) / 2 for inputs x that are symmetric
};

/// Compares the gradients of an operation, with respect to those inputs that it recorded as needing
/// one, with central differences at the given float64 inputs, where its result has shape `result`.
/// The report is that of the worst derivative; its `numerical` is not finite where differences are
/// no judge. Errors: what the operation and its gradients throw.
GradcheckReport check_operation(Node& node, const std::vector<Tensor>& inputs, const Shape& result,
                                const CheckGraphOptions& options, OperationCheckMode mode = {});

/// Whether x holds square matrices that are symmetric, up to rounding, and not all of one element.
bool is_symmetric(const Tensor& x);

}  // namespace xgrad::detail
