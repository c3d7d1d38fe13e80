#pragma once

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::optim::detail {

/// What minimize and find_root ask of x0 and of the options that they share. Errors: ValueError,
/// DTypeError, beginning with `function`.
void check_start(const char* function, const Tensor& x0);
void check_tol(const char* function, double tol);
void check_limit(const char* function, const char* name, std::int64_t limit);

}  // namespace xgrad::optim::detail
