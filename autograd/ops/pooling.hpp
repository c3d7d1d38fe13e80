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

/// @addtogroup pooling
/// @{

/// How windows move over a signal, of which each gives its largest element.
struct MaxPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< from one window to the next; by default their size
  /// Elements on each side that do not count, at most half the window.
  std::int64_t padding = 0;
  std::int64_t dilation = 1;  ///< distance of a window's elements, at least 1
  /// Whether windows may reach over the end, as long as they begin within the signal or the padding
  /// before it.
  bool ceil_mode = false;
};
/// The same over an image.
struct MaxPool2dOptions {
  Size2d stride = {};      ///< as MaxPool1dOptions, for each axis
  Size2d padding = 0;      ///< as MaxPool1dOptions, for each axis
  Size2d dilation = 1;     ///< as MaxPool1dOptions, for each axis
  bool ceil_mode = false;  ///< as MaxPool1dOptions
};
/// How windows move over a signal, of which each gives its mean.
struct AvgPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< as MaxPool1dOptions
  std::int64_t padding = 0;                 ///< zeros added on each side, at most half the window
  bool ceil_mode = false;                   ///< as MaxPool1dOptions
  bool count_include_pad = true;            ///< whether the padding counts in the mean
};
/// The same over an image.
struct AvgPool2dOptions {
  Size2d stride = {};             ///< as AvgPool1dOptions, for each axis
  Size2d padding = 0;             ///< as AvgPool1dOptions, for each axis
  bool ceil_mode = false;         ///< as AvgPool1dOptions
  bool count_include_pad = true;  ///< as AvgPool1dOptions
};

/// The largest element of each window; the gradient goes to the first of them. NaN counts as the
/// largest. (N, C, L) gives (N, C, L') with
/// L' = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1.
Tensor max_pool1d(const Tensor& x, std::int64_t kernel_size, const MaxPool1dOptions& options = {});
/// The same over both axes of an image.
Tensor max_pool2d(const Tensor& x, Size2d kernel_size, const MaxPool2dOptions& options = {});
/// The mean of each window. (N, C, L) gives (N, C, L') with L' = floor((L + 2 padding -
/// kernel_size) / stride) + 1.
Tensor avg_pool1d(const Tensor& x, std::int64_t kernel_size, const AvgPool1dOptions& options = {});
/// The same over both axes of an image.
Tensor avg_pool2d(const Tensor& x, Size2d kernel_size, const AvgPool2dOptions& options = {});
/// The largest element of each of output_size windows that cover the image, (N, C, output_size):
/// window i of n along an axis of extent L reaches from floor(i L / n) to ceil((i + 1) L / n).
Tensor adaptive_max_pool2d(const Tensor& x, Size2d output_size);
/// The mean of each of these windows.
Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size);

/// How interpolate finds an element.
enum class InterpolateMode {
  nearest,   ///< the one at floor(position / scale_factor)
  bilinear,  ///< between its four neighbours
};

/// As Size2d, of factors.
struct Scale2d {
  /// None.
  constexpr Scale2d() noexcept : Scale2d(std::numeric_limits<double>::lowest()) {}
  /// The same for both axes.
  constexpr Scale2d(double both) noexcept : h(both), w(both) {}  // NOLINT(*-explicit-*)
  /// One for each axis.
  constexpr Scale2d(double height, double width) noexcept : h(height), w(width) {}
  /// Whether there is one.
  constexpr bool given() const noexcept { return h != Scale2d().h; }
  double h;  ///< along the height
  double w;  ///< along the width
};
/// Options of interpolate. Exactly one of `size` and `scale_factor` is given.
struct InterpolateOptions {
  Size2d size = {};           ///< the new size
  Scale2d scale_factor = {};  ///< the new size is floor(scale_factor times the old)
  InterpolateMode mode = InterpolateMode::nearest;  ///< how elements are found
};
/// Prints the size or the scale factor.
std::ostream& operator<<(std::ostream& out, const InterpolateOptions& options);
/// An image (N, C, H, W) or (C, H, W) of another size: each element as the mode says. `bilinear`
/// takes pixels to be squares whose values are those of their centres (PyTorch's align_corners =
/// false). Throws ValueError also unless one of size and scale factor is given, both above 0.
Tensor interpolate(const Tensor& x, const InterpolateOptions& options);

/// @}

}  // namespace xgrad
