#pragma once

#include <memory>
#include <string>
#include <vector>

#include "custom_function.hpp"

/// @file
/// Operations of which not even the gradient is made of recorded operations: code on xtensor
/// (autograd/xtensor.hpp).

namespace xgrad::detail {

/// A function of tensors of one float dtype, given by its values. If backward is empty, gradients
/// are found by central differences.
struct ValueFunction : CustomOperation {
  double eps = 1e-6;  ///< the step of differences
};

/// f applied, and recorded if need be. Where a gradient by `backward` is recorded itself, its own
/// derivative is found by differences. What differences have found has no derivative: GradError.
Tensor apply_values(const std::shared_ptr<const ValueFunction>& f,
                    const std::vector<Tensor>& inputs);

/// Says to std::clog that the gradient of this function is found by differences.
void announce_differences(const std::string& name);

}  // namespace xgrad::detail
