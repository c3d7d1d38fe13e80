#pragma once

#include <cstdint>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// What the methods that change all unknowns at once share: vectors, which are 1-d tensors of
/// floats, and the checks of their arguments.

namespace xgrad::optim::detail {

/// a·b, in float64 where it does not fit float32.
double inner(const Tensor& a, const Tensor& b);
/// √(v·v).
double length(const Tensor& v);
/// The largest |element|; NaN if an element is.
double max_abs(const Tensor& v);
/// y ← y + a x, not observed.
void add_to(Tensor& y, double a, const Tensor& x);

/// Checks of x0 and of options, for minimize and find_root; messages begin with `function`.
/// Throws ValueError if x0 is undefined, empty or not finite, and DTypeError if it holds integers.
void check_start(const char* function, const Tensor& x0);
/// Throws ValueError unless tol >= 0 is finite.
void check_tol(const char* function, double tol);
/// Throws ValueError unless limit >= 1.
void check_limit(const char* function, const char* name, std::int64_t limit);

}  // namespace xgrad::optim::detail
