#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../tensor/tensor.hpp"

/// @file
/// Powers, exponentials, norms and products of matrices in the last two axes; leading axes are
/// batches. Differentiable to any order. All throw ValueError for an undefined tensor, DTypeError
/// for integers, and ShapeError for other than matrices, square ones where they are (…, n, n).

namespace xgrad::linalg {

/// @addtogroup matrix_functions
/// @{

/// A^n for A (…, n, n) by repeated squaring: the identity, a constant, for n = 0, and A^-1 to the
/// power of -n for n < 0. Throws ValueError for n < 0 if A is singular.
Tensor matrix_power(const Tensor& A, std::int64_t n);
/// e^A = 1 + A + A^2 / 2 + … for A (…, n, n), in float64 whatever A's dtype: by scaling, Pade's
/// approximant of degree 13 and squaring (Higham 2005, "The scaling and squaring method for the
/// matrix exponential revisited"). The gradient is a block of the exponential of a matrix (2n, 2n)
/// (Mathias 1996, "A chain rule for matrix functions and applications"). NaN and infinities give
/// NaN.
Tensor matrix_exp(const Tensor& A);

/// Which norm: a number, "fro" or "nuc".
struct NormOrder {
  /// The order p; each function says which it takes.
  template <class Number>
    requires std::is_arithmetic_v<Number>
  NormOrder(Number p) : number(static_cast<double>(p)) {}  // NOLINT(*-explicit-*)
  /// "fro" or "nuc".
  template <std::convertible_to<std::string_view> Name>
  NormOrder(const Name& text) : name(text) {}  // NOLINT(*-explicit-*)

  double number = 0;  ///< unless there is a name
  std::string name;   ///< empty for a number
};
/// A norm of each matrix, (…): the largest sum of |elements| of a column for 1, of a row for inf,
/// the largest singular value for 2, and the smallest ones for -1, -inf and -2; "fro" is
/// Frobenius's, the root of the sum of squares, "nuc" the sum of singular values. Of a vector (n),
/// `vector_norm` with that number. At ties the gradient is shared evenly, as PyTorch's. Throws
/// ValueError for any other order, and ShapeError for matrices without elements unless it is "fro"
/// or "nuc".
Tensor norm(const Tensor& A, const NormOrder& ord = "fro");
/// The vector norm (sum |x|^p)^(1/p) over all axes, one or several: `xgrad::norm` under the name of
/// torch.linalg. p = inf, -inf and 0 are the largest |x|, the smallest, and how many are not 0.
Tensor vector_norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdims = false);
/// norm(A, p) norm(A^-1, p) for each matrix, (…); for p = 2, the default, the largest singular
/// value over the smallest, also of matrices that are not square, and for -2 the inverse of that.
/// inf for singular matrices, 0 for empty ones. Throws as `norm`.
Tensor cond(const Tensor& A, const NormOrder& p = 2);

/// The product of matrices, of which the first and the last may be vectors, in the order of least
/// multiplications. Not batched. Throws ValueError for less than two, ShapeError for other than
/// matrices and for inner dimensions that differ, DTypeError unless all are the same float.
Tensor multi_dot(const std::vector<Tensor>& matrices);
/// The cross product of vectors of 3 elements along an axis, which are of any numbers and
/// broadcast; a positive axis counts in the result. Throws ShapeError for any other extent.
Tensor cross(const Tensor& a, const Tensor& b, int axis = -1);

/// @}

}  // namespace xgrad::linalg
