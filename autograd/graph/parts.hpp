#pragma once

#include <cstddef>
#include <vector>

#include "node.hpp"

/// @file
/// Gradients that are 0 but for a part of the input, as those of slices, summed at once where they
/// are recorded: n parts of one tensor do not cost n times the tensor.

namespace xgrad::detail {

/// The gradient of a result that is a part of input `input` of its node.
struct Part {
  Node* node;  ///< the caller keeps hold of it
  std::size_t input;
  Tensor g;  ///< of the result
};

/// The sum of the gradients of one input, recorded if need be.
Tensor sum_of_parts(const std::vector<Part>& parts);
/// Records `total` as that sum, if need be, where the parts have been added to it already.
void record_parts(Tensor& total, const std::vector<Part>& parts);

}  // namespace xgrad::detail
