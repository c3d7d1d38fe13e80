#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Comparisons and the like, broadcast as NumPy does; the result is boolean. Not
/// differentiable. A number is compared as it is, whatever the tensor's dtype holds; only a
/// fraction is rounded to the tensor's floats.
/// Throw ShapeError if the shapes do not broadcast, DTypeError for float32 with float64, and
/// ValueError for an undefined tensor.

namespace xgrad {

/// @addtogroup logic
/// @{

Tensor eq(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a == b
Tensor ne(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a != b
Tensor lt(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a < b
Tensor le(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a <= b
Tensor gt(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a > b
Tensor ge(const TensorOrScalar& a, const TensorOrScalar& b);  ///< a >= b

/// @name Logic
/// Anything but 0 counts as true, NaN too.
/// @{
Tensor logical_and(const TensorOrScalar& a, const TensorOrScalar& b);  ///< both are true
Tensor logical_or(const TensorOrScalar& a, const TensorOrScalar& b);   ///< one or both are
Tensor logical_xor(const TensorOrScalar& a, const TensorOrScalar& b);  ///< one is, not both
Tensor logical_not(const Tensor& x);                                   ///< x is 0
/// @}

Tensor isnan(const Tensor& x);     ///< x is NaN; integers never are
Tensor isinf(const Tensor& x);     ///< x is infinite, of either sign
Tensor isfinite(const Tensor& x);  ///< x is neither

/// @name Nearly equal
/// Two dtypes meet as in arithmetic.
/// @{

/// |a - b| <= atol + rtol |b|, or a == b: an infinity is close to itself alone. NaN is close to
/// nothing, with `equal_nan` to NaN. Throws ValueError for a tolerance below 0 or NaN, or a number
/// that the other operand's dtype does not hold.
Tensor isclose(const TensorOrScalar& a, const TensorOrScalar& b, double rtol = 1e-5,
               double atol = 1e-8, bool equal_nan = false);
/// Whether all elements are close, as isclose says; throws as it does.
bool allclose(const TensorOrScalar& a, const TensorOrScalar& b, double rtol = 1e-5,
              double atol = 1e-8, bool equal_nan = false);
/// Whether both have one shape and equal elements, as numpy.array_equal and torch.equal. NaN
/// equals nothing, with `equal_nan` NaN.
bool array_equal(const Tensor& a, const Tensor& b, bool equal_nan = false);
/// @}

/// The functions eq, ne, lt, le, gt and ge.
/// @{
inline Tensor operator==(const TensorOrScalar& a, const TensorOrScalar& b) { return eq(a, b); }
inline Tensor operator!=(const TensorOrScalar& a, const TensorOrScalar& b) { return ne(a, b); }
inline Tensor operator<(const TensorOrScalar& a, const TensorOrScalar& b) { return lt(a, b); }
inline Tensor operator<=(const TensorOrScalar& a, const TensorOrScalar& b) { return le(a, b); }
inline Tensor operator>(const TensorOrScalar& a, const TensorOrScalar& b) { return gt(a, b); }
inline Tensor operator>=(const TensorOrScalar& a, const TensorOrScalar& b) { return ge(a, b); }
/// @}

/// @name Masks
/// `&&`, `||` and `!` are logical_and, logical_or and logical_not; both operands are computed. `&`,
/// `|`, `^` and `~` are the same of boolean tensors, and logical_xor: DTypeError is thrown for
/// others, which these would combine bit by bit in C++.
/// @{

/// logical_and.
inline Tensor operator&&(const TensorOrScalar& a, const TensorOrScalar& b) {
  return logical_and(a, b);
}
/// logical_or.
inline Tensor operator||(const TensorOrScalar& a, const TensorOrScalar& b) {
  return logical_or(a, b);
}
/// logical_not.
inline Tensor operator!(const Tensor& x) { return logical_not(x); }

namespace detail {
void expect_boolean(const char* op, const TensorOrScalar& operand);
}
/// @cond
#define XGRAD_MASKS(symbol, name)                                                             \
  inline Tensor operator symbol(const TensorOrScalar& a, const TensorOrScalar& b) {           \
    for (const TensorOrScalar* operand : {&a, &b}) detail::expect_boolean(#symbol, *operand); \
    return name(a, b);                                                                        \
  }
XGRAD_MASKS(&, logical_and)
XGRAD_MASKS(|, logical_or)
XGRAD_MASKS(^, logical_xor)
#undef XGRAD_MASKS
/// @endcond
/// logical_not of a boolean tensor.
inline Tensor operator~(const Tensor& x) {
  detail::expect_boolean("~", x);
  return logical_not(x);
}
/// @}

/// @}

}  // namespace xgrad
