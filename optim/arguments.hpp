#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Checks of arguments. `op` begins the message.

namespace xgrad::optim::detail {

/// "parameter 2 of shape (3, 4)", for messages.
std::string describe(std::size_t i, const Tensor& parameter);
/// Throws ValueError if a parameter is undefined or listed twice.
void check_distinct(const char* op, const std::vector<Tensor>& parameters);

/// Throws ValueError if x0 is undefined, empty or not finite, and DTypeError if it holds integers.
void check_start(const char* op, const Tensor& x0);
/// Throws ValueError unless tol is finite and >= 0.
void check_tol(const char* op, double tol);
/// Throws ValueError unless limit >= 1.
void check_limit(const char* op, const char* name, std::int64_t limit);
/// The lower and the upper bounds of x0's elements, float64 (n), from a pair for each or one for
/// all. Throws ValueError for another number of pairs, and where lower > upper or either is NaN.
std::pair<Tensor, Tensor> read_bounds(const char* op,
                                      const std::vector<std::pair<double, double>>& bounds,
                                      const Tensor& x0);

}  // namespace xgrad::optim::detail
