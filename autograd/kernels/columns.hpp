#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

/// @file
/// Convolution as a product of matrices: the elements of an image that a kernel meets at each of
/// its positions, as the columns of a matrix ("im2col", Chellapilla et al. 2006), and back.

namespace xgrad::kernels {

/// Along one axis: kernel element k meets, at position o, the element o stride + k dilation -
/// padding of the image, which is 0 outside of it.
struct ConvolutionAxis {
  std::size_t in = 1;  ///< extent of the image
  std::size_t kernel = 1, stride = 1, padding = 0, dilation = 1;
  std::size_t out = 1;  ///< positions

  /// The first and the last but one position at which kernel element k is within the image.
  std::pair<std::size_t, std::size_t> inside(std::size_t k) const noexcept {
    const std::size_t at = k * dilation, end = in + padding;
    const std::size_t first = at >= padding ? 0 : (padding - at + stride - 1) / stride;
    const std::size_t last = at >= end ? 0 : (end - at + stride - 1) / stride;
    return {std::min(first, out), std::clamp(last, std::min(first, out), out)};
  }
  /// Of the element that kernel element k meets at position o, which is inside.
  std::size_t index(std::size_t o, std::size_t k) const noexcept {
    return o * stride + k * dilation - padding;
  }
  /// Whether position o meets the element o alone.
  bool is_identity() const noexcept { return kernel == 1 && stride == 1 && padding == 0; }
};

/// Calls f(row, begin, end, element) for each row of positions of each kernel element in each
/// channel: `row` is the number of its first column's element, and positions from `begin` to `end`
/// - 1 are inside of the image, the first of them at `element`, the next w.stride further.
template <class F>
void for_each_column_row(std::size_t channels, const ConvolutionAxis& h, const ConvolutionAxis& w,
                         const F& f) {
  std::size_t row = 0;
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < h.kernel; ++i) {
      const auto [top, bottom] = h.inside(i);
      for (std::size_t j = 0; j < w.kernel; ++j) {
        const auto [begin, end] = w.inside(j);
        for (std::size_t o = 0; o < h.out; ++o, row += w.out)
          if (o < top || o >= bottom || begin == end)
            f(row, w.out, w.out, 0);
          else
            f(row, begin, end, (c * h.in + h.index(o, i)) * w.in + w.index(begin, j));
      }
    }
}

/// columns (channels kh kw, oh ow) = what the kernel meets in an image (channels, h, w).
template <class T>
void to_columns(T* columns, const T* image, std::size_t channels, const ConvolutionAxis& h,
                const ConvolutionAxis& w) {
  for_each_column_row(
      channels, h, w,
      [&](std::size_t row, std::size_t begin, std::size_t end, std::size_t element) {
        T* const to = columns + row;
        const T* const from = image + element;
        std::fill_n(to, begin, T(0));
        if (w.stride == 1)
          std::copy_n(from, end - begin, to + begin);
        else
          for (std::size_t o = begin; o < end; ++o) to[o] = from[(o - begin) * w.stride];
        std::fill(to + end, to + w.out, T(0));
      });
}

/// The adjoint: image += columns, each element where it was met.
template <class T>
void add_columns(T* image, const T* columns, std::size_t channels, const ConvolutionAxis& h,
                 const ConvolutionAxis& w) {
  for_each_column_row(
      channels, h, w,
      [&](std::size_t row, std::size_t begin, std::size_t end, std::size_t element) {
        T* const __restrict to = image + element;
        const T* const __restrict from = columns + row + begin;
        if (w.stride == 1)
          for (std::size_t o = 0; o < end - begin; ++o) to[o] += from[o];
        else
          for (std::size_t o = 0; o < end - begin; ++o) to[o * w.stride] += from[o];
      });
}

}  // namespace xgrad::kernels
