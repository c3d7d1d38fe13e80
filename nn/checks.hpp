#pragma once

#include "autograd/tensor.hpp"

/// @file
/// What layers and losses ask of their arguments. `op` begins the message, `what` names the tensor.

namespace xgrad::nn::detail {

/// Errors: DTypeError for integers.
void check_floating(const char* op, const char* what, const Tensor& x);
/// Errors: DTypeError unless both have one dtype.
void check_same_dtype(const char* op, const char* what, const Tensor& x, const char* other_what,
                      const Tensor& other);

}  // namespace xgrad::nn::detail
