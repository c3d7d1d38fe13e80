#include "slicing.hpp"

#include <algorithm>

#include "../tensor/convert.hpp"
#include "axes.hpp"
#include "strided.hpp"

namespace xgrad {
namespace {

using detail::Strided;
using detail::values;

// Reading a part, and writing it into a whole.

constexpr auto reading(const char* name) {
  return operation<Strided>(
      name, [](const Inputs& in, const Strided& at) { return at.read(in[0]); },
      part_gradient(reads::nothing, [](Tensor& total, const Tensor& g, const auto& c) {
        c.attributes.add(total, g);
      }));
}
constexpr auto slice_op = reading("slice");
constexpr auto read_diagonal_op = reading("diag");

struct Padding {
  Strided inside;
  Scalar value = 0;
};

constexpr auto writing(const char* name) {
  return operation<Padding>(
      name,
      [](const Inputs& in, const Padding& p) {
        Tensor out = full(p.inside.whole, p.value, {.dtype = in[0].dtype()});
        p.inside.write(out, in[0]);
        return out;
      },
      gradient(reads::nothing,
               [](const Tensor& g, const auto& c) { return slice_op(g, c.attributes.inside); }));
}
constexpr auto pad_op = writing("pad");
constexpr auto write_diagonal_op = writing("diag");

// Elements start … start + count - 1 along an axis that is known to have them.
Tensor part_of(const Tensor& x, std::size_t axis, std::int64_t start, std::int64_t count) {
  Strided at(x.shape());
  at.narrow(axis, start, static_cast<std::size_t>(count));
  return slice_op(x, at);
}

// Parts of extent `size` along an axis, the last of them shorter if need be.
std::vector<Tensor> parts_of(const Tensor& x, std::size_t axis, std::int64_t size) {
  const auto n = static_cast<std::int64_t>(x.shape()[axis]);
  std::vector<Tensor> parts;
  for (std::int64_t start = 0; start < n || parts.empty(); start += size)
    parts.push_back(part_of(x, axis, start, std::min(size, n - start)));
  return parts;
}

// ---- triangles and diagonals

template <bool lower>
constexpr auto triangle_op(const char* name) {
  return operation<std::int64_t>(
      name,
      [](const Inputs& in, std::int64_t diagonal) {
        const Shape& shape = in[0].shape();
        Tensor out = empty_like(in[0]);
        if (out.numel() == 0) return out;
        const std::size_t rows = shape.end()[-2], columns = shape.back();
        detail::visit_width(out.dtype(), [&]<class T>(T) {
          kernels::copy_triangle<lower>(values<T>(out), values<T>(in[0]),
                                        out.numel() / (rows * columns), rows, columns, diagonal);
        });
        return out;
      },
      gradient(reads::nothing,
               [](const Tensor& g, const auto& c) { return c.op(g, c.attributes); }));
}
constexpr auto tril_op = triangle_op<true>("tril");
constexpr auto triu_op = triangle_op<false>("triu");

template <class Op>
Tensor triangle(const Op& op, const Tensor& x, std::int64_t diagonal) {
  detail::require_defined(op.name(), x);
  if (x.ndim() < 2)
    throw ShapeError(
        str(op.name(), ": tensor of shape ", x.shape(), "; expected at least 2 dimensions"));
  return op(x, diagonal);
}

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

Tensor slice(const Tensor& x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  const std::size_t at = detail::axis_of("slice", x, axis);
  if (step < 1) throw ValueError(str("slice: step is ", step, "; expected 1 or greater"));
  Strided part(x.shape());
  part.narrow(at, Slice(start, stop, step));
  return slice_op(x, part);
}

Tensor select(const Tensor& x, int axis, std::int64_t index) {
  const std::size_t at = detail::axis_of("select", x, axis);
  const std::int64_t i = detail::index_of("select", x.shape(), at, index);
  Shape shape = x.shape();
  shape.erase(at);
  return reshape(part_of(x, at, i, 1), shape);
}

std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& sizes, int axis) {
  const std::size_t at = detail::axis_of("split", x, axis);
  const auto n = static_cast<std::int64_t>(x.shape()[at]);
  std::vector<Tensor> parts;
  std::int64_t start = 0;
  bool fits = true;
  for (std::int64_t size : sizes) {
    fits = fits && size >= 0 && size <= n - start;
    if (!fits) break;
    parts.push_back(part_of(x, at, start, size));
    start += size;
  }
  if (!fits || start != n)
    throw ValueError(str("split: sizes {", joined(sizes), "} for axis ", at, " of shape ",
                         x.shape(), ": expected sizes of 0 or greater whose sum is ", n));
  return parts;
}

std::vector<Tensor> detail::split_evenly(const Tensor& x, std::int64_t size, int axis) {
  const std::size_t at = detail::axis_of("split", x, axis);
  if (size < 0 || (size == 0 && x.shape()[at] != 0))
    throw ValueError(str("split: size is ", size, " for axis ", at, " of shape ", x.shape(),
                         "; expected 1 or greater"));
  return parts_of(x, at, size);
}

std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, int axis) {
  const std::size_t at = detail::axis_of("chunk", x, axis);
  if (chunks < 1) throw ValueError(str("chunk: ", chunks, " chunks asked for; expected 1 or more"));
  const auto n = static_cast<std::int64_t>(x.shape()[at]);
  if (n == 0) {  // as many as asked for, as in PyTorch
    constexpr std::int64_t most = std::int64_t{1} << 24;
    if (chunks > most)
      throw ValueError(str("chunk: ", chunks, " chunks asked for of axis ", at, " of shape ",
                           x.shape(), "; expected at most ", most, " of what is empty"));
    return split(x, std::vector<std::int64_t>(static_cast<std::size_t>(chunks)), axis);
  }
  return parts_of(x, at, n / chunks + (n % chunks != 0));
}

Tensor pad(const Tensor& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& widths,
           Scalar value) {
  detail::require_defined("pad", x);
  if (widths.size() != x.ndim() && widths.size() != 1)
    throw ShapeError(str("pad: ", widths.size(), " pairs of widths for shape ", x.shape(),
                         "; expected one for each of its ", x.ndim(),
                         " axes, or a single one for all"));
  Shape whole = x.shape();
  const auto widths_of = [&](std::size_t axis) { return widths[widths.size() == 1 ? 0 : axis]; };
  for (std::size_t i = 0; i < x.ndim(); ++i) {
    const auto [before, behind] = widths_of(i);
    if (before < 0 || behind < 0)
      throw ValueError(str("pad: widths (", before, ", ", behind, ") at axis ", i,
                           "; expected 0 or greater (use slice to cut)"));
    std::int64_t extent = 0;
    if (__builtin_add_overflow(before, behind, &extent) ||
        __builtin_add_overflow(extent, x.shape()[i], &extent))
      throw ShapeError(str("pad: widths (", before, ", ", behind, ") at axis ", i, " of shape ",
                           x.shape(),
                           " make it longer than can be counted; expected less than 2^63"));
    whole[i] = static_cast<std::size_t>(extent);
  }
  kernels::require_held("pad", x.dtype(), value);
  Padding padding{Strided(whole), value};
  for (std::size_t i = 0; i < x.ndim(); ++i)
    padding.inside.narrow(i, widths_of(i).first, x.shape()[i]);
  return pad_op(x, padding);
}

Tensor tril(const Tensor& x, std::int64_t diagonal) { return triangle(tril_op, x, diagonal); }
Tensor triu(const Tensor& x, std::int64_t diagonal) { return triangle(triu_op, x, diagonal); }

Tensor diag(const Tensor& x, std::int64_t diagonal) {
  detail::require_defined("diag", x);
  if (x.ndim() == 2) return read_diagonal_op(x, diagonal_of(x.shape(), diagonal));
  if (x.ndim() != 1)
    throw ShapeError(str("diag: tensor of shape ", x.shape(), "; expected a vector or matrix"));
  constexpr std::int64_t most = std::int64_t{1} << 31;  // so that n^2 can be counted
  if (diagonal < -most || diagonal > most)
    throw ShapeError(str("diag: diagonal ", diagonal, " for a vector of shape ", x.shape(),
                         " makes too large a matrix; expected ", -most, " to ", most));
  const std::size_t n = x.numel() + static_cast<std::size_t>(diagonal < 0 ? -diagonal : diagonal);
  return write_diagonal_op(x, {diagonal_of({n, n}, diagonal)});
}

}  // namespace xgrad
