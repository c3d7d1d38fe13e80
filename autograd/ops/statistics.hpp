#pragma once

#include "autograd/tensor.hpp"

/// @file
/// Variances and norms, over axes as in reduction.hpp, computed in double precision.
/// Errors: DTypeError for integers; ShapeError for an axis out of range or named twice.

namespace xgrad {

/// Variance: sum (x - mean)^2 / max(n - correction, 0), n elements each. NaN where that is 0 / 0,
/// as for a single element with the default correction (Bessel's).
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdims = false, int correction = 1);
/// Standard deviation, the root of the variance; gradient 0 where it is 0. Spell it `xgrad::std`:
/// beside `using namespace xgrad`, a plain `std(x)` meets the standard library's namespace.
Tensor std(const Tensor& x, const Axes& axes = {}, bool keepdims = false, int correction = 1);
/// p-norm (sum |x|^p)^(1/p) for any p; the number of elements other than 0 for p = 0, the greatest
/// (least) magnitude for p = inf (-inf), of which equal ones share the gradient; 0 over no
/// elements. `norm(x, 2, axis)`: p stands before the axes. Finite whenever the true value is:
/// powers are scaled where they would overflow. The gradient at x = 0 is 0.
/// Functions of norm (p = 2) and of std that are smooth at their minimum, as norm^2 is, have their
/// true second derivatives there.
Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdims = false);

}  // namespace xgrad
