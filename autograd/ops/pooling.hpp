#pragma once

#include <limits>
#include <optional>

#include "convolution.hpp"

/// @file
/// Pooling and resizing of signals (N, C, L) and images (N, C, H, W), or the same without N, by
/// PyTorch's names and rules. All throw ValueError for an undefined tensor and options out of
/// range, DTypeError for integers, and ShapeError if a window does not fit. Differentiable to any
/// order.

namespace xgrad {

/// How windows move: by `stride` elements (by default their own size), over a plane with `padding`
/// elements on each side that do not count; at most half the window. With `ceil_mode` windows may
/// reach over the end, as long as they begin within the plane or the padding before it.
struct MaxPool1dOptions {
  std::optional<std::int64_t> stride = {};
  std::int64_t padding = 0, dilation = 1;
  bool ceil_mode = false;
};
struct MaxPool2dOptions {
  Size2d stride = {};
  Size2d padding = 0, dilation = 1;
  bool ceil_mode = false;
};
/// The same, where padding is zeros; it counts in the mean if `count_include_pad`.
struct AvgPool1dOptions {
  std::optional<std::int64_t> stride = {};
  std::int64_t padding = 0;
  bool ceil_mode = false, count_include_pad = true;
};
struct AvgPool2dOptions {
  Size2d stride = {};
  Size2d padding = 0;
  bool ceil_mode = false, count_include_pad = true;
};

/// The largest element of each window; the gradient goes to the first of them. NaN counts as the
/// largest. L' = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1.
Tensor max_pool1d(const Tensor& x, std::int64_t kernel_size, const MaxPool1dOptions& options = {});
Tensor max_pool2d(const Tensor& x, Size2d kernel_size, const MaxPool2dOptions& options = {});
/// The mean of each window. L' = floor((L + 2 padding - kernel_size) / stride) + 1.
Tensor avg_pool1d(const Tensor& x, std::int64_t kernel_size, const AvgPool1dOptions& options = {});
Tensor avg_pool2d(const Tensor& x, Size2d kernel_size, const AvgPool2dOptions& options = {});
/// The largest element, or the mean, of each of output_size windows that cover the plane: window i
/// of n along an axis of extent L reaches from floor(i L / n) to ceil((i + 1) L / n).
Tensor adaptive_max_pool2d(const Tensor& x, Size2d output_size);
Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size);

enum class InterpolateMode { nearest, bilinear };

/// As Size2d, of factors.
struct Scale2d {
  constexpr Scale2d() noexcept : Scale2d(std::numeric_limits<double>::lowest()) {}
  constexpr Scale2d(double both) noexcept : h(both), w(both) {}  // NOLINT(*-explicit-*)
  constexpr Scale2d(double height, double width) noexcept : h(height), w(width) {}
  constexpr bool given() const noexcept { return h != Scale2d().h; }
  double h, w;
};
/// Exactly one of `size` and `scale_factor` is given.
struct InterpolateOptions {
  Size2d size = {};
  Scale2d scale_factor = {};  ///< the new size is floor(scale_factor times the old)
  InterpolateMode mode = InterpolateMode::nearest;
};
/// Prints the size or the scale factor.
std::ostream& operator<<(std::ostream& out, const InterpolateOptions& options);
/// An image (N, C, H, W) or (C, H, W) of another size: each element the one at
/// floor(position / scale_factor), or between its four neighbours where pixels are squares whose
/// values are those of their centres (PyTorch's align_corners = false).
Tensor interpolate(const Tensor& x, const InterpolateOptions& options);

}  // namespace xgrad
