#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "../tensor/tensor.hpp"

/// @file
/// Sums of products over named axes. All operands have one dtype; integers are multiplied and
/// summed as int64. Throw DTypeError for operands of several dtypes, and ValueError for an
/// undefined tensor.

namespace xgrad {

/// @addtogroup einsum
/// @{

/// Einstein's summation as torch.einsum and numpy.einsum: `einsum("bhqd,bhkd->bhqk", {q, k})`.
/// A letter names an axis. Axes of one letter have one extent, or 1, which is broadcast. The result
/// has the axes behind `->`; elements are multiplied and summed over all other letters:
///
///     einsum("ij,jk->ik", {a, b})     matmul          einsum("ii", {a})      trace
///     einsum("bij,bjk->bik", {a, b})  batches of it   einsum("ii->i", {a})   diagonal
///     einsum("i,j->ij", {a, b})       outer           einsum("ij->ji", {a})  transpose
///
/// Without `->` the result has, in the order A-Z, a-z, the letters that stand once. `...` stands
/// for any number of axes, broadcast from the last; they come first if `->` is left out, and are
/// summed if it is there without them. Spaces do not count.
/// Operands are summed over letters of their own, and then contracted pairwise, by one batched
/// product each, in the order that needs the fewest multiplications (of more than 8 operands the
/// cheapest pairs first).
/// Throws ValueError for a malformed equation and ShapeError for operands that do not fit it; both
/// messages show the place in the equation.
Tensor einsum(std::string_view equation, const std::vector<Tensor>& operands);

/// The sum of products over axes of a and the axes of b at the same place of the second list, as
/// numpy.tensordot: `tensordot(a, b, {{1, 2}, {0, 1}})`. The result has the other axes of a, then
/// those of b. Throws ShapeError if an axis is out of range or named twice, the extents differ or
/// the result has more than 8 axes, and ValueError unless the lists have one length.
Tensor tensordot(const Tensor& a, const Tensor& b, const std::pair<Axes, Axes>& axes);
/// The same over the last `axes` axes of a and the first of b: 0 is the outer product, 1 that of
/// matrices. Throws ShapeError unless both have so many axes.
Tensor tensordot(const Tensor& a, const Tensor& b, int axes = 2);

/// @}

}  // namespace xgrad
