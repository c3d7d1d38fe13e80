#pragma once

#include <cstdint>
#include <iosfwd>
#include <limits>

#include "../tensor/tensor.hpp"

/// @file
/// Convolutions of signals (N, C, L) and images (N, C, H, W), by PyTorch's names and rules; a
/// missing batch axis, (C, L) or (C, H, W), is missing from the result too. What they compute is
/// the cross-correlation, as everywhere in the field: the kernel is not mirrored. All throw
/// ValueError for undefined tensors and options out of range, DTypeError unless the tensors are
/// floats of one dtype, and ShapeError if shapes do not fit. Differentiable to any order: the
/// gradients are convolutions too. Source: Dumoulin & Visin, A guide to convolution arithmetic for
/// deep learning, arXiv:1603.07285.

namespace xgrad {

/// @addtogroup convolution
/// @{

/// A number for both axes of an image, or one for each, {h, w}; {} is none, where that is allowed.
struct Size2d {
  /// None.
  constexpr Size2d() noexcept : Size2d(std::numeric_limits<std::int64_t>::min()) {}
  /// The same for both axes.
  constexpr Size2d(std::int64_t both) noexcept : h(both), w(both) {}  // NOLINT(*-explicit-*)
  /// One for each axis.
  constexpr Size2d(std::int64_t height, std::int64_t width) noexcept : h(height), w(width) {}
  /// Whether there is one.
  constexpr bool given() const noexcept { return h != Size2d().h; }
  std::int64_t h;  ///< along the height
  std::int64_t w;  ///< along the width
};
/// Prints "(h, w)".
std::ostream& operator<<(std::ostream& out, const Size2d& size);

/// How the kernel of a convolution moves over a signal.
struct Conv1dOptions {
  std::int64_t stride = 1;    ///< elements from one place of the kernel to the next, at least 1
  std::int64_t padding = 0;   ///< zeros added on each side
  std::int64_t dilation = 1;  ///< distance of the kernel's elements, at least 1
  /// Channels are cut into so many groups: each of the result sees its own of the input.
  std::int64_t groups = 1;
  bool bias = true;  ///< for layers: whether they have one
};
/// The same over an image.
struct Conv2dOptions {
  Size2d stride = 1;        ///< as Conv1dOptions, for each axis
  Size2d padding = 0;       ///< as Conv1dOptions, for each axis
  Size2d dilation = 1;      ///< as Conv1dOptions, for each axis
  std::int64_t groups = 1;  ///< as Conv1dOptions
  bool bias = true;         ///< as Conv1dOptions
};
/// The same of a transposed convolution.
struct ConvTranspose1dOptions {
  std::int64_t stride = 1;   ///< as Conv1dOptions
  std::int64_t padding = 0;  ///< as Conv1dOptions, of the convolution: makes the result smaller
  /// Elements by which the result is larger at its end, less than stride or dilation.
  std::int64_t output_padding = 0;
  std::int64_t dilation = 1;  ///< as Conv1dOptions
  std::int64_t groups = 1;    ///< as Conv1dOptions
  bool bias = true;           ///< as Conv1dOptions
};
/// The same over an image.
struct ConvTranspose2dOptions {
  Size2d stride = 1;          ///< as ConvTranspose1dOptions, for each axis
  Size2d padding = 0;         ///< as ConvTranspose1dOptions, for each axis
  Size2d output_padding = 0;  ///< as ConvTranspose1dOptions, for each axis
  Size2d dilation = 1;        ///< as ConvTranspose1dOptions, for each axis
  std::int64_t groups = 1;    ///< as Conv1dOptions
  bool bias = true;           ///< as Conv1dOptions
};

/// y[n, o, i] = bias[o] + sum over c, k of weight[o, c, k] x[n, c, i stride + k dilation -
/// padding], of x (N, C, L), weight (O, C / groups, K) and bias (O): (N, O, L') with
/// L' = floor((L + 2 padding - dilation (K - 1) - 1) / stride) + 1.
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv1dOptions& options = {});
/// The same over two axes, of x (N, C, H, W), weight (O, C / groups, KH, KW) and bias (O).
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dOptions& options = {});

/// The adjoint of conv1d, plus the bias: of x (N, C, L), weight (C, O / groups, K) and bias (O),
/// (N, O, L') with L' = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose1dOptions& options = {});
/// The same over two axes, of x (N, C, H, W), weight (C, O / groups, KH, KW) and bias (O).
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dOptions& options = {});

/// How blocks are taken from an image, as a kernel moves.
struct UnfoldOptions {
  Size2d dilation = 1;  ///< distance of a block's elements, at least 1
  Size2d padding = 0;   ///< zeros added on each side
  Size2d stride = 1;    ///< from one block to the next, at least 1
};
/// The blocks of kernel_size of an image (N, C, H, W), each a column: (N, C KH KW, number of
/// blocks).
Tensor unfold(const Tensor& x, Size2d kernel_size, const UnfoldOptions& options = {});
/// The adjoint of unfold: the sum of the blocks (N, C KH KW, number of blocks) in an image
/// (N, C, H, W) of H, W = output_size.
Tensor fold(const Tensor& x, Size2d output_size, Size2d kernel_size,
            const UnfoldOptions& options = {});

/// @}

}  // namespace xgrad
