#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "../kernels/reduce.hpp"
#include "../op/operation.hpp"
#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "linalg.hpp"
#include "shaping.hpp"
#include "slicing.hpp"

/// @file
/// For the operations' own files: batches of matrices (…, m, n), one by one.

namespace xgrad::detail {

inline std::size_t rows_of(const Shape& shape) { return shape.end()[-2]; }
inline std::size_t columns_of(const Shape& shape) { return shape.back(); }

/// The shape of a batch of these extents.
inline Shape with_extents(Shape batch, std::initializer_list<std::size_t> extents) {
  for (std::size_t extent : extents) batch.push_back(extent);
  return batch;
}

/// Calls f(its elements, i) for each matrix i of x.
template <class Tensor, class F>
void for_each_matrix(Tensor& x, const F& f) {
  const std::size_t matrices = batch_of(x.shape()).numel();
  visit_floating(x.dtype(), [&]<class T>(T) {
    for (std::size_t i = 0; i < matrices; ++i) f(values<T>(x) + i * (x.numel() / matrices), i);
  });
}

/// "cholesky: A (3, 2, 2)", or with more than one matrix "…, batch element 1 of A (3, 2, 2)".
inline std::string which(const char* op, const Shape& a, std::size_t matrix) {
  const std::string element = a.size() > 2 ? str("batch element ", matrix, " of ") : "";
  return str(op, ": ", element, "A ", a);
}

/// Throws ValueError for an undefined tensor, DTypeError for integers and ShapeError for less than
/// two axes.
inline void require_matrices(const char* op, const Tensor& a, const char* name = "A") {
  expect_floating(op, name, a);
  if (a.ndim() < 2)
    throw ShapeError(str(op, ": ", name, ' ', a.shape(), ": expected matrices (…, m, n)"));
}
/// The same; ShapeError also unless the matrices are square.
inline void require_square(const char* op, const Tensor& a, const char* name = "A") {
  expect_floating(op, name, a);
  if (a.ndim() < 2 || rows_of(a.shape()) != columns_of(a.shape()))
    throw ShapeError(str(op, ": ", name, ' ', a.shape(), ": expected square matrices (…, n, n)"));
}
/// Throws ValueError, naming the first of them, if a matrix has NaN or an infinity.
inline void require_finite(const char* op, const Tensor& a) {
  const auto check = [op](const Tensor& x) {
    const std::size_t n = columns_of(x.shape()), size = rows_of(x.shape()) * n;
    for_each_matrix(x, [&](const auto* matrix, std::size_t i) {
      if (const std::size_t odd = kernels::first_non_finite(matrix, size); odd < size)
        throw ValueError(str(which(op, x.shape(), i), " is ", matrix[odd], " at (", odd / n, ", ",
                             odd % n, "); expected finite elements"));
    });
  };
  note_check(a, check);
}

/// How a matrix that has been factored enters an operation, beside its factors, a constant input.
struct Factored {
  /// The values that were factored. Gradients use the factors again; the same operation of other
  /// values finds its own.
  const void* values = nullptr;
  bool transposed = false;
  bool vector = false;  ///< the right side is a vector for each matrix
  double rcond = 0;     ///< singular values up to this part of the largest count as 0

  Factored(const Tensor& a) : values(impl(a).storage->data()) {}  // NOLINT(*-explicit-*)
  bool is(const Tensor& a) const noexcept { return values == impl(a).storage->data(); }
};

/// For gradients: the factors, input i, of input 0, or factor(input 0) if they are of other values.
template <class Context, class F>
Tensor factors_of(const Context& c, std::size_t i, F factor) {
  return c.attributes.is(c.input(0)) ? c.input(i) : factor(c.input(0));
}

/// Whether the right side b of equations with matrices A (…, m, n) is one vector for each of them,
/// as in PyTorch: of shape (m), or of A's shape without its last axis. Throws ValueError for an
/// undefined tensor, DTypeError unless both are the same float, ShapeError unless A is matrices
/// and b has m rows and a batch that broadcasts with A's.
bool is_vector_side(const char* op, const Tensor& a, const Tensor& b);
inline Tensor columns(const Tensor& b, bool vector) { return vector ? unsqueeze(b, -1) : b; }
inline Tensor uncolumns(const Tensor& x, bool vector) { return vector ? squeeze(x, -1) : x; }

/// An operation with several results has them as one, each flattened and one after the other along
/// the last axis, after the axes of the batch. These are the parts of such a result, each of this
/// shape behind the batch's; recorded.
template <std::size_t N>
std::array<Tensor, N> unpack(const Tensor& packed, const std::array<Shape, N>& shapes) {
  Shape batch = packed.shape();
  batch.erase(batch.size() - 1);
  std::array<Tensor, N> parts;
  std::size_t at = 0;
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t size = shapes[i].numel();
    Shape shape = batch;
    for (std::size_t extent : shapes[i]) shape.push_back(extent);
    parts[i] = reshape(
        slice(packed, -1, static_cast<std::int64_t>(at), static_cast<std::int64_t>(at + size)),
        shape);
    at += size;
  }
  return parts;
}

/// A^-1, for the operation that errors name.
Tensor inverse_for(const char* op, const Tensor& a);
/// The singular values of matrices, likewise. Throws as require_finite.
Tensor singular_values_for(const char* op, const Tensor& a);
/// The transposed matrices.
inline Tensor mt(const Tensor& a) { return transpose(a, -2, -1); }
/// Matrices with these diagonals, (…, n).
Tensor diagonal_matrices(const Tensor& diagonals);

}  // namespace xgrad::detail
