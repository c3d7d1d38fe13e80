#pragma once

#include <optional>

#include "../tensor/tensor.hpp"

/// @file
/// Functions of one tensor, element by element. Integers are computed as float32, except by neg,
/// abs, sign, square, relu, floor, ceil and round, which give int64. Where the argument is
/// outside a function's domain the value is NaN; at infinities values and derivatives are the
/// limits, where there are any. Small values, as those of gelu at -10, keep their digits. All are
/// differentiable to any order; step functions (sign, floor, ceil, round) have gradient 0
/// everywhere. The result has x's shape. Throw ValueError if x is an undefined tensor.

namespace xgrad {

/// @addtogroup elementwise
/// @{

Tensor neg(const Tensor& x);     ///< -x
Tensor abs(const Tensor& x);     ///< |x|; gradient 0 at 0
Tensor sign(const Tensor& x);    ///< -1, 0 or 1
Tensor square(const Tensor& x);  ///< x^2
Tensor floor(const Tensor& x);   ///< the largest integer <= x
Tensor ceil(const Tensor& x);    ///< the smallest integer >= x
Tensor round(const Tensor& x);   ///< the nearest integer, halves to the even one

Tensor exp(const Tensor& x);         ///< e^x
Tensor expm1(const Tensor& x);       ///< e^x - 1, exact near 0
Tensor log(const Tensor& x);         ///< natural logarithm
Tensor log2(const Tensor& x);        ///< logarithm to base 2
Tensor log10(const Tensor& x);       ///< logarithm to base 10
Tensor log1p(const Tensor& x);       ///< log(1 + x), exact near 0
Tensor sqrt(const Tensor& x);        ///< square root
Tensor rsqrt(const Tensor& x);       ///< 1 / sqrt(x)
Tensor reciprocal(const Tensor& x);  ///< 1 / x

Tensor sin(const Tensor& x);     ///< sine, of radians as all of these
Tensor cos(const Tensor& x);     ///< cosine
Tensor tan(const Tensor& x);     ///< tangent
Tensor asin(const Tensor& x);    ///< arc sine, -pi/2 to pi/2; its gradient is infinite at -1 and 1
Tensor acos(const Tensor& x);    ///< arc cosine, 0 to pi; its gradient is infinite at -1 and 1
Tensor atan(const Tensor& x);    ///< arc tangent, -pi/2 to pi/2
Tensor sinh(const Tensor& x);    ///< hyperbolic sine
Tensor cosh(const Tensor& x);    ///< hyperbolic cosine
Tensor tanh(const Tensor& x);    ///< hyperbolic tangent
Tensor asinh(const Tensor& x);   ///< inverse of sinh
Tensor acosh(const Tensor& x);   ///< inverse of cosh, 0 to infinity, of x >= 1; steep at 1
Tensor atanh(const Tensor& x);   ///< inverse of tanh; infinite at -1 and 1, as is its gradient
Tensor erf(const Tensor& x);     ///< 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x
Tensor erfc(const Tensor& x);    ///< 1 - erf(x), with the digits of small values
Tensor erfinv(const Tensor& x);  ///< the inverse of erf; infinite at -1 and 1, as is its gradient

Tensor lgamma(const Tensor& x);   ///< log |gamma(x)|; infinite at 0, -1, -2, ...
Tensor digamma(const Tensor& x);  ///< the derivative of lgamma; NaN at -1, -2, ...
/// The derivative n of digamma: (-1)^(n+1) n! times the sum of (x + k)^-(n+1) over k = 0, 1, ...,
/// for n > 0. At -1, -2, ... it is infinite for odd n, NaN for even n. Throws ValueError if n < 0.
Tensor polygamma(int n, const Tensor& x);

/// x, with numbers in place of NaN and of infinities: by default 0, and the largest and the lowest
/// number of the dtype. Gradient 0 there. Returns integers as they are. Throws ValueError if the
/// dtype does not hold such a number.
Tensor nan_to_num(const Tensor& x, Scalar nan = 0, std::optional<Scalar> posinf = {},
                  std::optional<Scalar> neginf = {});

Tensor sigmoid(const Tensor& x);   ///< 1 / (1 + e^-x)
Tensor relu(const Tensor& x);      ///< max(x, 0); gradient 0 at 0
Tensor gelu(const Tensor& x);      ///< x times the normal distribution's share below x, by erf
Tensor silu(const Tensor& x);      ///< x sigmoid(x)
Tensor softplus(const Tensor& x);  ///< log(1 + e^x), which does not overflow
/// x where it is positive, else slope x; gradient `slope` at 0.
Tensor leaky_relu(const Tensor& x, Scalar slope = 0.01);
/// x where it is positive, else alpha (e^x - 1); gradient alpha at 0.
Tensor elu(const Tensor& x, Scalar alpha = 1);

/// neg(x).
inline Tensor operator-(const Tensor& x) { return neg(x); }

namespace detail {

/// x w, which broadcast, and 0 where w is 0, even if x is infinite or NaN there; likewise its
/// gradients.
Tensor weigh(const Tensor& x, const Tensor& w);

}  // namespace detail

/// @}

}  // namespace xgrad
