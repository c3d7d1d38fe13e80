#pragma once

#include <initializer_list>
#include <utility>

#include "autograd/tensor.hpp"

/// @file
/// What layers and losses ask of their arguments. `op` begins the message, `what` names the tensor
/// or the option.

namespace xgrad::nn::detail {

/// Errors: ValueError, naming them, unless every one of these tensors is defined.
void check_defined(const char* op,
                   std::initializer_list<std::pair<const char*, const Tensor*>> all);
/// Errors: ValueError for an undefined tensor, DTypeError for integers.
void check_floating(const char* op, const char* what, const Tensor& x);
/// Errors: DTypeError unless both have one dtype.
void check_same_dtype(const char* op, const char* what, const Tensor& x, const char* other_what,
                      const Tensor& other);

/// @name Options
/// Errors: ValueError, for numbers that are not finite as well.
/// @{
void check_finite(const char* op, const char* what, double value);
void check_not_negative(const char* op, const char* what, double value);
void check_positive(const char* op, const char* what, double value);
/// Errors: ValueError unless 0 <= value <= 1; `expected` says so.
void check_share(const char* op, const char* what, double value,
                 const char* expected = "expected a share from 0 to 1");
/// @}

}  // namespace xgrad::nn::detail
