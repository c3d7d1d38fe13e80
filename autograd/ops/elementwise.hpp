#pragma once

#include "autograd/tensor.hpp"

/// @file
/// Functions of one tensor, element by element. Integers are computed as float32, except by neg,
/// abs, sign, square and relu, which keep their dtype.

namespace xgrad {

Tensor neg(const Tensor& x);         ///< -x
Tensor abs(const Tensor& x);         ///< |x|; gradient 0 at 0
Tensor sign(const Tensor& x);        ///< -1, 0 or 1
Tensor square(const Tensor& x);      ///< x^2
Tensor exp(const Tensor& x);         ///< e^x
Tensor log(const Tensor& x);         ///< natural logarithm
Tensor sqrt(const Tensor& x);        ///< square root
Tensor reciprocal(const Tensor& x);  ///< 1 / x
Tensor tanh(const Tensor& x);        ///< hyperbolic tangent
Tensor sigmoid(const Tensor& x);     ///< 1 / (1 + e^-x)
Tensor relu(const Tensor& x);        ///< max(x, 0); gradient 0 at 0

inline Tensor operator-(const Tensor& x) { return neg(x); }

}  // namespace xgrad
