#pragma once

#include <algorithm>
#include <array>

#include "../kernels/walk.hpp"
#include "../op/operation.hpp"
#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "shaping.hpp"

/// @file
/// For the operations' own files: axes as a caller names them, and reductions over them.

namespace xgrad::detail {

using kernels::Blocks;

/// `axis` of x counted from the front. Throws ValueError if x is undefined, and ShapeError if the
/// axis is out of range.
inline std::size_t axis_of(const char* op, const Tensor& x, int axis) {
  require_defined(op, x);
  return normalize_axis(op, axis, x.ndim());
}

/// The same; a 0-d tensor may be asked for axis 0 or -1, as in PyTorch.
inline std::size_t axis_or_scalar(const char* op, const Tensor& x, int axis) {
  require_defined(op, x);
  return normalize_axis(op, axis, std::max<std::size_t>(x.ndim(), 1));
}

/// `index` along one axis of a shape, counted from the front. Throws ShapeError if it is out of
/// range.
inline std::int64_t index_of(const char* op, const Shape& shape, std::size_t axis,
                             std::int64_t index) {
  const auto n = static_cast<std::int64_t>(shape[axis]);
  expect<ShapeError>(index >= -n && index < n, op, ": index ", index, " is out of range for axis ",
                     axis, " of shape ", shape, ": ", expected_between(-n, n - 1));
  return index < 0 ? index + n : index;
}
/// The same of a tensor of indices along an axis of extent n, as int64. Throws DTypeError for
/// floats and booleans, and ShapeError naming the first that is out of range.
Tensor checked_indices(const char* op, const Tensor& indices, std::size_t n, std::size_t axis);

/// Which axes of a shape a list names: an empty one all. Throws ShapeError if one is out of range
/// or named twice.
inline std::array<bool, max_ndim> axis_set(const char* op, const Axes& axes, const Shape& shape) {
  std::array<bool, max_ndim> named;
  named.fill(axes.empty());
  for (int axis : axes) {
    const std::size_t at = normalize_axis(op, axis, std::max<std::size_t>(shape.size(), 1));
    if (named[at]) throw ShapeError(str(op, ": axis ", at, " is named twice for shape ", shape));
    named[at] = true;
  }
  return named;
}

/// The axes to which `permute(x, axes)` is undone.
inline Axes inverse(const Axes& axes) {
  std::vector<int> result(axes.size());
  int i = 0;
  for (int axis : axes) result[static_cast<std::size_t>(axis)] = i++;
  return result;
}

/// Which axes of a shape are reduced, and what that leaves.
struct ReducedAxes {
  std::array<bool, max_ndim> reduced{};
  Shape kept;      ///< with extent 1 for each reduced axis
  Shape squeezed;  ///< without them
  bool keepdims = false;
  std::size_t count = 1;  ///< elements that make one

  /// Those of x. Throws ValueError if x is undefined, and as axis_set.
  ReducedAxes(const char* op, const Tensor& x, const Axes& axes, bool keep) : keepdims(keep) {
    require_defined(op, x);
    const Shape& shape = x.shape();
    reduced = axis_set(op, axes, shape);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      kept.push_back(reduced[i] ? 1 : shape[i]);
      if (reduced[i])
        count *= shape[i];
      else
        squeezed.push_back(shape[i]);
    }
  }
  const Shape& shape() const noexcept { return keepdims ? kept : squeezed; }
  /// The reduced axes (none for a 0-d tensor), or those that are not.
  Axes axes(bool which = true) const {
    Axes list;
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (reduced[i] == which) list.push_back(static_cast<int>(i));
    return list;
  }
  /// All axes, the reduced ones last.
  Axes rows_order() const {
    Axes order = axes(false);
    for (int axis : axes()) order.push_back(axis);
    return order;
  }
  /// Whether the reduced axes are neighbours, and there is one at all.
  bool is_one_run() const {
    const Axes list = axes();
    return !list.empty() && list.end()[-1] - *list.begin() + 1 == static_cast<int>(list.size());
  }
};

/// The axes to choose an element from. Throws ShapeError if they have none.
template <class... Along>
ReducedAxes choice(const char* op, const Tensor& x, const Axes& axes, bool keepdims,
                   const Along&... along) {
  const ReducedAxes r(op, x, axes, keepdims);
  if (r.count == 0)
    throw ShapeError(str(op, ": shape ", x.shape(), " has no element to choose from along ",
                         along..., "; expected at least one"));
  return r;
}
inline ReducedAxes choice(const char* op, const Tensor& x, const Axes& axes, bool keepdims) {
  return choice(op, x, axes, keepdims, "the reduced axes");
}

/// A result or its gradient, with the reduced axes back in place, ready to broadcast.
inline Tensor with_kept_axes(const Tensor& t, const ReducedAxes& r) {
  return r.keepdims ? t : reshape(t, r.kept);
}

/// Divides 1 evenly among the `chosen` elements (a mask) along the reduced axes; 0 for the others.
Tensor even_shares(const Tensor& chosen, const ReducedAxes& r, DType dtype);

/// Reduces the runs of neighbouring axes one after the other, each by kernel(out, x, blocks).
template <class T, class Kernel>
Tensor reduce_by_runs(const Tensor& x, const ReducedAxes& r, Kernel kernel) {
  Tensor current = x;
  Shape shape = x.shape();
  for (std::size_t end = shape.size(); end > 0; --end) {
    if (!r.reduced[end - 1]) continue;
    std::size_t begin = end - 1;
    while (begin > 0 && r.reduced[begin - 1]) --begin;
    const Blocks blocks(shape, begin, end);
    std::fill(shape.begin() + begin, shape.begin() + end, std::size_t{1});
    const bool last =
        std::find(r.reduced.begin(), r.reduced.begin() + begin, true) == r.reduced.begin() + begin;
    Tensor next = make_tensor("", last ? r.shape() : shape, x.dtype());
    const auto run = [blocks, kernel](Tensor& out, const Tensor& in) {
      if (get(out)->storage->bytes > 0) kernel(values<T>(out), values<T>(in), blocks);
    };
    launch(next, run, current);
    if (last) return next;
    current = std::move(next);
    end = begin + 1;
  }
  return reshape(x, r.shape());  // a 0-d tensor
}

/// permute that does not copy where nothing moves.
inline Tensor permute_if_needed(const Tensor& x, const Axes& axes) {
  return std::is_sorted(axes.begin(), axes.end()) ? x : permute(x, axes);
}

/// x as a matrix, a row for each element of the result; recorded.
inline Tensor to_rows(const Tensor& x, const ReducedAxes& r) {
  return reshape(permute_if_needed(x, r.rows_order()), {r.squeezed.numel(), r.count});
}
/// A matrix from to_rows back in the shape of x; recorded.
inline Tensor from_rows(const Tensor& rows, const Shape& shape, const ReducedAxes& r) {
  const Axes order = r.rows_order();
  Shape permuted;
  for (int axis : order) permuted.push_back(shape[static_cast<std::size_t>(axis)]);
  return permute_if_needed(reshape(rows, permuted), inverse(order));
}

/// uint8 and boolean as int64: sums and products do not stay within a byte.
inline Tensor widened(const Tensor& x) { return size_of(x.dtype()) == 1 ? x.to(int64) : x; }

}  // namespace xgrad::detail
