#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Deviations from means, variances, norms and quantiles, over axes as in reduction.hpp; the first
/// three as good as in double precision.
/// Throw DTypeError for integers (except median), ShapeError if an axis is out of range or named
/// twice, and ValueError for an undefined tensor.

namespace xgrad {

/// @addtogroup statistics
/// @{

/// x - mean(x, axes), of x's shape. The mean is not rounded before it is subtracted: the result is
/// good to its own last bits where mean and elements are large and nearly equal.
Tensor centered(const Tensor& x, const Axes& axes = {});
/// Variance: sum (x - mean)^2 / max(n - correction, 0), n elements each. NaN where that is 0 / 0,
/// as for a single element with the default correction (Bessel's).
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdims = false, int correction = 1);
/// Standard deviation, the root of the variance; gradient 0 where it is 0. Spell it `xgrad::std`:
/// beside `using namespace xgrad`, a plain `std(x)` meets the standard library's namespace.
Tensor std(const Tensor& x, const Axes& axes = {}, bool keepdims = false, int correction = 1);
/// The same by a name that no namespace has.
inline Tensor stddev(const Tensor& x, const Axes& axes = {}, bool keepdims = false,
                     int correction = 1) {
  return xgrad::std(x, axes, keepdims, correction);
}
/// p-norm (sum |x|^p)^(1/p) for any p; the number of elements other than 0 for p = 0, the largest
/// (smallest) magnitude for p = inf (-inf), of which equal ones share the gradient; 0 over no
/// elements. `norm(x, 2, axis)`: p stands before the axes. Finite whenever the true value is:
/// powers are scaled where they would overflow. The gradient at x = 0 is 0.
/// Functions of norm (p = 2) and of std that are smooth at their minimum, as norm^2 is, have their
/// true second derivatives there.
Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdims = false);
/// The middle element in order; of an even number the lower of the two, as torch.median, not their
/// mean, as numpy.median, which is quantile(x, 0.5). NaN if there is one. Of any dtype. Tied
/// elements share the gradient evenly. Throws ShapeError over no elements.
Tensor median(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// What the fraction q of n elements is not greater than, as numpy.quantile and torch.quantile: in
/// order they are x[0] … x[n - 1], and the result lies at the place p = q (n - 1), linearly between
/// x[floor p] and x[ceil p], which share the gradient accordingly. NaN if there is one. For a
/// vector of fractions the result has one more axis, the first. Throws ValueError unless
/// 0 <= q <= 1, and ShapeError over no elements and for a q of more than one axis.
Tensor quantile(const Tensor& x, const TensorOrScalar& q, const Axes& axes = {},
                bool keepdims = false);

namespace detail {
/// centered(x, axes); the means go to `means`, if that is defined.
Tensor centered(const Tensor& x, const Axes& axes, const Tensor& means);
/// 1 / sqrt(mean of x^2 + eps) over the axes, which are kept; in range whatever the squares are.
/// The means of the squares go to `squares`, if that is defined.
Tensor inverse_rms(const Tensor& x, const Axes& axes, double eps, const Tensor& squares = {});
}  // namespace detail

/// @}

}  // namespace xgrad
