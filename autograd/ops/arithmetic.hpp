#pragma once

#include <optional>

#include "../tensor/tensor.hpp"

/// @file
/// Arithmetic of two operands, broadcast as NumPy does. Either may be a number, which takes the
/// tensor's dtype (an integer tensor with a fractional number gives float32). Integers meet floats
/// as floats, and uint8 and boolean count as int64: (x > 0) * 2 - 1 is -1 or 1.
/// Throw ShapeError if the shapes do not broadcast, DTypeError for float32 with float64, and
/// ValueError for an undefined tensor or a number that the dtype does not hold.

namespace xgrad {

/// @addtogroup arithmetic
/// @{

Tensor add(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a + b
Tensor sub(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a - b
Tensor mul(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a b
Tensor div(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a / b; of integers: float32
/// a / b rounded down; gradient 0. Of integers: int64, and a divisor 0 is a ValueError.
Tensor floor_divide(const TensorOrScalar& a, const TensorOrScalar& b);
/// The exact remainder a - n b of this division, n = floor(a / b), which has the sign of b, as
/// Python's %. The gradients are 1 and -n. NaN for b = 0; of integers as floor_divide.
Tensor remainder(const TensorOrScalar& a, const TensorOrScalar& b);
/// The same of the division rounded towards 0, n = trunc(a / b): has the sign of a, as C's.
Tensor fmod(const TensorOrScalar& a, const TensorOrScalar& b);
/// x^y; integers to integers give integers (0 for a fraction below 1). Negative bases with
/// fractional exponents give NaN; d/dy is 0 where x = 0 and y >= 0.
Tensor pow(const TensorOrScalar& x, const TensorOrScalar& y);
/// The larger of the two; NaN if either is. At a tie each operand gets half the gradient.
Tensor maximum(const TensorOrScalar& a, const TensorOrScalar& b);
/// The smaller of the two, as maximum.
Tensor minimum(const TensorOrScalar& a, const TensorOrScalar& b);
/// The angle of the point (x, y), -pi to pi: arc tangent of y / x in the quadrant of the point,
/// with C's signs of zero. Integers are computed as float32. At (0, 0) the gradient is NaN.
Tensor atan2(const TensorOrScalar& y, const TensorOrScalar& x);
/// sqrt(a^2 + b^2), whose squares neither overflow nor vanish. Integers are computed as float32. At
/// (0, 0) the gradient is NaN.
Tensor hypot(const TensorOrScalar& a, const TensorOrScalar& b);
/// a where mask is not 0, else b. The result is uint8 (boolean) if a and b are tensors of it.
/// Throws DTypeError unless mask is boolean or uint8.
Tensor where(const Tensor& mask, const TensorOrScalar& a, const TensorOrScalar& b);
/// min(max(x, lo), hi), either of which may be left out: clamp(x, none, 1), clamp(x, 0).
/// The gradient passes where lo <= x <= hi. Throws ValueError if a bound is NaN, or if there is
/// none.
Tensor clamp(const Tensor& x, std::optional<Scalar> lo, std::optional<Scalar> hi = {});
/// The same under NumPy's name.
Tensor clip(const Tensor& x, std::optional<Scalar> lo, std::optional<Scalar> hi = {});

/// The functions add, sub, mul and div.
/// @{
inline Tensor operator+(const TensorOrScalar& a, const TensorOrScalar& b) { return add(a, b); }
inline Tensor operator-(const TensorOrScalar& a, const TensorOrScalar& b) { return sub(a, b); }
inline Tensor operator*(const TensorOrScalar& a, const TensorOrScalar& b) { return mul(a, b); }
inline Tensor operator/(const TensorOrScalar& a, const TensorOrScalar& b) { return div(a, b); }
/// @}

namespace detail {
Tensor& assign(const char* op, Tensor& a, const Tensor& result);
}
/// These rebind a to a new tensor; other handles of the old one keep its value. A parameter (a leaf
/// that requires gradients, or did) is instead changed in place wherever the result is not
/// recorded, as under NoGrad: it stays the parameter that its module and optimizer hold.
/// Throw ShapeError if b would broadcast a parameter to another shape.
/// @{
inline Tensor& operator+=(Tensor& a, const TensorOrScalar& b) {
  return detail::assign("+=", a, add(a, b));
}
inline Tensor& operator-=(Tensor& a, const TensorOrScalar& b) {
  return detail::assign("-=", a, sub(a, b));
}
inline Tensor& operator*=(Tensor& a, const TensorOrScalar& b) {
  return detail::assign("*=", a, mul(a, b));
}
inline Tensor& operator/=(Tensor& a, const TensorOrScalar& b) {
  return detail::assign("/=", a, div(a, b));
}
/// @}

/// @}

}  // namespace xgrad
