#pragma once

#include <algorithm>
#include <array>

#include "../op/operation.hpp"
#include "../support/message.hpp"
#include "shaping.hpp"

/// @file
/// For the operations' own files: one axis as an (outer, n, inner) block, a set of axes as a
/// Reduction.

namespace xgrad::detail {

/// The extents before, at and behind an axis, multiplied up: (outer, n, inner). A 0-d tensor counts
/// as one of one element. With inner = 0 outer is too, as nothing is there to be gone through.
struct Blocks {
  std::size_t outer = 1, n = 1, inner = 1;

  Blocks(const Shape& shape, std::size_t axis) {
    for (std::size_t i = 0; i < shape.size(); ++i)
      (i < axis ? outer : i == axis ? n : inner) *= shape[i];
    if (inner == 0) outer = 0;
  }
};

/// `axis` counted from the front. A 0-d tensor may be asked for axis 0 or -1, as in PyTorch.
inline std::size_t axis_or_scalar(const char* op, int axis, const Shape& shape) {
  return normalize_axis(op, axis, std::max<std::size_t>(shape.size(), 1));
}

/// Makes an extent `times` as long. Errors: ShapeError when that is more than can be counted.
inline void multiply_extent(const char* op, Shape& shape, std::size_t axis, std::size_t times) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(shape[axis], times, &product))
    throw ShapeError(message(op, ": axis ", axis, " of shape ", shape, " ", times,
                             " times over is longer than can be counted; expected less than 2^63"));
  shape[axis] = static_cast<std::size_t>(product);
}

/// Errors: DTypeError for integers.
inline void require_floating(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype()))
    throw DTypeError(message(op, ": tensor of ", name(x.dtype()),
                             "; expected float32 or float64, as from to(float32)"));
}

/// Which axes of a shape a list names, each at most once.
inline std::array<bool, max_ndim> axis_set(const char* op, const Axes& axes, const Shape& shape) {
  std::array<bool, max_ndim> named{};
  for (int axis : axes) {
    const std::size_t at = axis_or_scalar(op, axis, shape);
    if (named[at])
      throw ShapeError(message(op, ": axis ", at, " is named twice for shape ", shape));
    named[at] = true;
  }
  return named;
}

/// Which axes of a shape are reduced, and what that leaves.
struct Reduction {
  std::array<bool, max_ndim> reduced{};
  Shape kept;      ///< with extent 1 for each reduced axis
  Shape squeezed;  ///< without them
  bool keepdims = false;
  std::size_t count = 1;  ///< elements that make one

  Reduction() = default;
  Reduction(const char* op, const Shape& shape, const Axes& axes, bool keep)
      : reduced(axis_set(op, axes, shape)), keepdims(keep) {
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (axes.empty()) reduced[i] = true;
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
    for (int axis : axes(true)) order.push_back(axis);
    return order;
  }
  /// Whether the reduced axes are neighbours, and there is one at all.
  bool one_run() const noexcept {
    std::size_t runs = 0;
    for (std::size_t i = 0; i < kept.size(); ++i)
      runs += reduced[i] && (i == 0 || !reduced[i - 1]) ? 1 : 0;
    return runs == 1;
  }
};

/// A result or its gradient, with the reduced axes back in place, ready to broadcast.
inline Tensor with_kept_axes(const Tensor& t, const Reduction& r) {
  return r.keepdims ? t : reshape(t, r.kept);
}

/// What each element gets when those `chosen` (a mask) share 1 evenly along the reduced axes.
Tensor even_shares(const Tensor& chosen, const Reduction& r, DType dtype);

/// Reduces the runs of neighbouring axes one after the other: step(out, x, outer, n, inner).
template <class T, class Step>
Tensor reduce_by_runs(const Tensor& x, const Reduction& r, Step step) {
  Tensor current = x;
  Shape shape = x.shape();
  for (std::size_t end = shape.size(); end > 0;) {
    if (!r.reduced[end - 1]) {
      --end;
      continue;
    }
    std::size_t begin = end, outer = 1, n = 1, inner = 1;
    for (; begin > 0 && r.reduced[begin - 1]; --begin) n *= shape[begin - 1];
    for (std::size_t i = 0; i < begin; ++i) outer *= shape[i];
    for (std::size_t i = end; i < shape.size(); ++i) inner *= shape[i];
    std::fill(shape.begin() + begin, shape.begin() + end, std::size_t{1});
    Tensor next = empty(shape, {.dtype = dtype_of<T>});
    if (next.numel() > 0) step(values<T>(next), values<T>(current), outer, n, inner);
    current = next;
    end = begin;
  }
  return reshape(current, r.shape());
}

/// permute that does not copy where nothing moves.
inline Tensor permute_if_needed(const Tensor& x, const Axes& axes) {
  return std::is_sorted(axes.begin(), axes.end()) ? x : permute(x, axes);
}

/// x as a matrix, a row for each element of the result; recorded.
inline Tensor to_rows(const Tensor& x, const Reduction& r) {
  return reshape(permute_if_needed(x, r.rows_order()), {r.squeezed.numel(), r.count});
}

/// A matrix from to_rows back in the shape of x; recorded.
inline Tensor from_rows(const Tensor& rows, const Shape& shape, const Reduction& r) {
  const Axes order = r.rows_order();
  Shape permuted;
  std::array<int, max_ndim> back{};
  for (int axis : order) {
    back[static_cast<std::size_t>(axis)] = static_cast<int>(permuted.size());
    permuted.push_back(shape[static_cast<std::size_t>(axis)]);
  }
  Axes inverse;
  for (std::size_t i = 0; i < shape.size(); ++i) inverse.push_back(back[i]);
  return permute_if_needed(reshape(rows, permuted), inverse);
}

/// Reduces all the axes at once, for what cannot be put together from runs, by one call of
/// step(out, x, outer, n, inner).
template <class T, class Step>
Tensor reduce_at_once(const Tensor& x, const Reduction& r, Step step) {
  if (r.one_run()) return reduce_by_runs<T>(x, r, step);
  const Tensor rows = to_rows(x, r);
  Tensor out = empty(r.shape(), {.dtype = dtype_of<T>});
  step(values<T>(out), values<T>(rows), out.numel(), r.count, std::size_t{1});
  return out;
}

}  // namespace xgrad::detail
