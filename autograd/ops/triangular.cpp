#include "triangular.hpp"

#include <algorithm>

#include "../kernels/triangle.hpp"
#include "../op/operation.hpp"
#include "../support/message.hpp"
#include "strided.hpp"

namespace xgrad {
namespace {

using detail::Strided;

template <bool lower>
constexpr auto triangle_op(const char* name) {
  return operation<std::int64_t>(
      name,
      [](const Inputs& in, const std::int64_t& diagonal) {
        const Shape& shape = in[0].shape();
        Tensor out = empty(shape, {.dtype = in[0].dtype()});
        if (out.numel() == 0) return out;
        const std::size_t rows = shape.end()[-2], columns = shape.back();
        detail::visit_width(out.dtype(), [&]<class T>(T) {
          kernels::copy_triangle<lower>(detail::values<T>(out), detail::values<T>(in[0]),
                                        out.numel() / (rows * columns), rows, columns, diagonal);
        });
        return out;
      },
      gradient(reads::nothing, [](const Tensor& g, const auto& c) {
        return lower ? tril(g, c.attributes) : triu(g, c.attributes);
      }));
}

constexpr auto tril_op = triangle_op<true>("tril");
constexpr auto triu_op = triangle_op<false>("triu");

void require_matrices(const char* op, const Tensor& x) {
  detail::require_defined(op, x);
  if (x.ndim() < 2)
    throw ShapeError(
        message(op, ": tensor of shape ", x.shape(), "; expected at least 2 dimensions"));
}

// Reading a diagonal and writing it: each is the gradient of the other.
Tensor write_diagonal(const Tensor& x, const Strided& at);

constexpr auto read_diagonal_op = operation<Strided>(
    "diag", [](const Inputs& in, const Strided& at) { return at.read(in[0]); },
    gradient(
        reads::nothing,
        [](const Tensor& g, const auto& c) { return write_diagonal(g, c.attributes); },
        [](Tensor& total, const Tensor& g, const auto& c) { c.attributes.add(total, g); }));

constexpr auto write_diagonal_op = operation<Strided>(
    "diag", [](const Inputs& in, const Strided& at) { return at.write(in[0]); },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return read_diagonal_op(g, c.attributes); }));

Tensor write_diagonal(const Tensor& x, const Strided& at) { return write_diagonal_op(x, at); }

// The part of a matrix of this shape that is its diagonal k.
Strided diagonal_of(const Shape& shape, std::int64_t k) {
  const auto rows = static_cast<std::int64_t>(shape[0]);
  const auto columns = static_cast<std::int64_t>(shape[1]);
  k = std::clamp(k, -rows, columns);
  const std::int64_t row = k < 0 ? -k : 0, column = k < 0 ? 0 : k;
  Strided at(shape);
  at.part = {std::min(rows - row, columns - column)};
  at.offset = row * columns + column;
  at.steps = {columns + 1};
  return at;
}

}  // namespace

Tensor tril(const Tensor& x, std::int64_t diagonal) {
  require_matrices("tril", x);
  return tril_op(x, diagonal);
}

Tensor triu(const Tensor& x, std::int64_t diagonal) {
  require_matrices("triu", x);
  return triu_op(x, diagonal);
}

Tensor diag(const Tensor& x, std::int64_t diagonal) {
  detail::require_defined("diag", x);
  if (x.ndim() == 2) return read_diagonal_op(x, diagonal_of(x.shape(), diagonal));
  if (x.ndim() != 1)
    throw ShapeError(message("diag: tensor of shape ", x.shape(), "; expected a vector or matrix"));
  constexpr std::int64_t most = std::int64_t{1} << 31;  // so that n^2 can be counted
  if (diagonal < -most || diagonal > most)
    throw ShapeError(message("diag: diagonal ", diagonal, " for a vector of shape ", x.shape(),
                             " makes too large a matrix; expected ", -most, " to ", most));
  const std::size_t n = x.numel() + static_cast<std::size_t>(diagonal < 0 ? -diagonal : diagonal);
  return write_diagonal_op(x, diagonal_of({n, n}, diagonal));
}

}  // namespace xgrad
