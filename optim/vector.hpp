#pragma once

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Vectors of all unknowns, which are 1-d tensors of floats.

namespace xgrad::optim::detail {

/// a·b, in float64 where it does not fit float32.
double inner(const Tensor& a, const Tensor& b);
/// √(v·v).
double length(const Tensor& v);
/// The largest |element|; NaN if an element is.
double max_abs(const Tensor& v);
/// y ← y + a x, not observed.
void add_to(Tensor& y, double a, const Tensor& x);

}  // namespace xgrad::optim::detail
