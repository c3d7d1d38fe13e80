#include "slicing.hpp"

#include <algorithm>

#include "../kernels/map.hpp"
#include "../tensor/convert.hpp"
#include "arithmetic.hpp"
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
constexpr auto diag_op = reading("diag");
constexpr auto diagonal_op = reading("diagonal");

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
constexpr auto write_diag_op = writing("diag");

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

// inputs: x, of one element or more along the axis. Neighbours along it are `inner` elements apart.
constexpr auto diff_op = operation<std::size_t>(
    "diff",
    [](const Inputs& in, std::size_t axis) {
      const detail::Blocks b(in[0].shape(), axis);
      const std::size_t length = (b.n - 1) * b.inner;
      Shape shape = in[0].shape();
      --shape[axis];
      Tensor out = empty(shape, {.dtype = in[0].dtype()});
      visit_number(out.dtype(), [&]<class T>(T) {
        const T* x = values<T>(in[0]);
        T* to = values<T>(out);
        for (std::size_t o = 0; o < b.outer; ++o, x += length + b.inner, to += length)
          kernels::map_flat([](const auto& next, const auto& own) { return next - own; }, to,
                            {x + b.inner, x}, length);
      });
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      std::vector<std::pair<std::int64_t, std::int64_t>> before(g.ndim()), behind(g.ndim());
      before[c.attributes].first = behind[c.attributes].second = 1;
      return pad(g, before) - pad(g, behind);
    }));

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

void require_matrices(const char* op, const Tensor& x) {
  detail::require_defined(op, x);
  if (x.ndim() < 2)
    throw ShapeError(str(op, ": tensor of shape ", x.shape(), "; expected at least 2 dimensions"));
}

template <class Op>
Tensor triangle(const Op& op, const Tensor& x, std::int64_t diagonal) {
  require_matrices(op.name(), x);
  return op(x, diagonal);
}

// The part of a tensor of this shape that is diagonal k of its matrices, whose rows and columns
// these axes count. The diagonal is the last axis of the part.
Strided diagonal_of(const Shape& shape, std::int64_t k, std::size_t row_axis = 0,
                    std::size_t column_axis = 1) {
  const auto rows = static_cast<std::int64_t>(shape[row_axis]);
  const auto columns = static_cast<std::int64_t>(shape[column_axis]);
  k = std::clamp(k, -rows, columns);
  const std::int64_t row = k < 0 ? -k : 0, column = k < 0 ? 0 : k;
  Strided at(shape);
  const std::ptrdiff_t row_step = at.steps[row_axis], column_step = at.steps[column_axis];
  at.offset = row * row_step + column * column_step;
  for (std::size_t axis : {std::max(row_axis, column_axis), std::min(row_axis, column_axis)}) {
    at.part.erase(axis);
    std::copy(at.steps.begin() + axis + 1, at.steps.end(), at.steps.begin() + axis);
  }
  at.steps[at.part.size()] = row_step + column_step;
  at.part.push_back(static_cast<std::size_t>(std::min(rows - row, columns - column)));
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

Tensor diff(const Tensor& x, std::int64_t n, int axis) {
  const std::size_t at = detail::axis_of("diff", x, axis);
  if (n < 0) throw ValueError(str("diff: n is ", n, "; expected 0 or greater"));
  Tensor result = reshape(n > 0 ? detail::widened(x) : x, x.shape());
  for (n = std::min(n, static_cast<std::int64_t>(x.shape()[at])); n > 0; --n)
    result = diff_op(result, at);
  return result;
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
  if (x.ndim() == 2) return diag_op(x, diagonal_of(x.shape(), diagonal));
  if (x.ndim() != 1)
    throw ShapeError(str("diag: tensor of shape ", x.shape(), "; expected a vector or matrix"));
  constexpr std::int64_t most = std::int64_t{1} << 31;  // so that n^2 can be counted
  if (diagonal < -most || diagonal > most)
    throw ShapeError(str("diag: diagonal ", diagonal, " for a vector of shape ", x.shape(),
                         " makes too large a matrix; expected ", -most, " to ", most));
  const std::size_t n = x.numel() + static_cast<std::size_t>(diagonal < 0 ? -diagonal : diagonal);
  return write_diag_op(x, {diagonal_of({n, n}, diagonal)});
}

Tensor detail::diagonal(const char* op, const Tensor& x, std::int64_t offset, int axis1,
                        int axis2) {
  require_matrices(op, x);
  axis_set(op, {axis1, axis2}, x.shape());
  return diagonal_op(x, diagonal_of(x.shape(), offset, normalize_axis(op, axis1, x.ndim()),
                                    normalize_axis(op, axis2, x.ndim())));
}

Tensor diagonal(const Tensor& x, std::int64_t offset, int axis1, int axis2) {
  return detail::diagonal("diagonal", x, offset, axis1, axis2);
}

}  // namespace xgrad
