#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Triangles and diagonals of matrices. The diagonal k lies k places right of the main one, below
/// it for k < 0; one beyond the matrix has no elements.

namespace xgrad {

/// x on and below (on and above) a diagonal, and 0 elsewhere. Works on the last two axes, the
/// others are a batch. Errors: ShapeError for fewer than two.
Tensor tril(const Tensor& x, std::int64_t diagonal = 0);
Tensor triu(const Tensor& x, std::int64_t diagonal = 0);

/// Of (n): the (n + |k|, n + |k|) matrix with x on diagonal k and 0 elsewhere. Of (n, m): diagonal
/// k, a vector. Errors: ShapeError for another number of axes.
Tensor diag(const Tensor& x, std::int64_t diagonal = 0);

}  // namespace xgrad
