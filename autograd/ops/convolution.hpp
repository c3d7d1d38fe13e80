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

/// A number for both axes of an image, or one for each, {h, w}; {} is none, where that is allowed.
struct Size2d {
  constexpr Size2d() noexcept : Size2d(std::numeric_limits<std::int64_t>::min()) {}
  constexpr Size2d(std::int64_t both) noexcept : h(both), w(both) {}  // NOLINT(*-explicit-*)
  constexpr Size2d(std::int64_t height, std::int64_t width) noexcept : h(height), w(width) {}
  constexpr bool given() const noexcept { return h != Size2d().h; }
  std::int64_t h, w;
};
/// Prints "(h, w)".
std::ostream& operator<<(std::ostream& out, const Size2d& size);

/// How a kernel moves: by `stride` elements, over an image with `padding` zeros on each side; its
/// elements lie `dilation` elements apart. Channels are cut into `groups`: each group of the result
/// sees its own group of the input. `bias` is for layers: whether they have one.
struct Conv1dOptions {
  std::int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  bool bias = true;
};
struct Conv2dOptions {
  Size2d stride = 1, padding = 0, dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
};
/// The same of a transposed convolution, whose result is `output_padding` elements larger at the
/// end; less than stride or dilation.
struct ConvTranspose1dOptions {
  std::int64_t stride = 1, padding = 0, output_padding = 0, dilation = 1, groups = 1;
  bool bias = true;
};
struct ConvTranspose2dOptions {
  Size2d stride = 1, padding = 0, output_padding = 0, dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
};

/// y[n, o, i] = bias[o] + sum over c, k of weight[o, c, k] x[n, c, i stride + k dilation -
/// padding], of x (N, C, L), weight (O, C / groups, K) and bias (O): (N, O, L') with L' = floor((L
/// + 2 padding - dilation (K - 1) - 1) / stride) + 1.
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
  Size2d dilation = 1, padding = 0, stride = 1;
};
/// The blocks of kernel_size of an image (N, C, H, W), each a column: (N, C KH KW, number of
/// blocks).
Tensor unfold(const Tensor& x, Size2d kernel_size, const UnfoldOptions& options = {});
/// The adjoint of unfold: the sum of the blocks (N, C KH KW, number of blocks) in an image
/// (N, C, H, W) of H, W = output_size.
Tensor fold(const Tensor& x, Size2d output_size, Size2d kernel_size,
            const UnfoldOptions& options = {});

}  // namespace xgrad
