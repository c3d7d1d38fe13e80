#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

/// @file
/// Convolution as a product of matrices: the elements of an image that a kernel meets at each of
/// its positions, as the columns of a matrix ("im2col", Chellapilla et al. 2006), and back.

namespace xgrad::kernels {

/// Along one axis: kernel element k meets, at position o, the element o stride + k dilation of the
/// image with its padding.
struct ConvolutionAxis {
  std::size_t in = 1;  ///< extent of the image
  std::size_t kernel = 1, stride = 1, padding = 0, dilation = 1;
  std::size_t out = 1;  ///< positions

  std::size_t padded() const noexcept { return in + 2 * padding; }
  /// Whether position o meets the element o alone.
  bool is_identity() const noexcept { return kernel == 1 && stride == 1 && padding == 0; }
};

/// Convolutions of images (channels, h.in, w.in) with filters to (filters, h.out, w.out).
struct ConvolutionSize {
  ConvolutionAxis h = {}, w = {};
  std::size_t channels = 1, filters = 1;

  std::size_t image() const noexcept { return channels * h.in * w.in; }
  std::size_t elements() const noexcept { return channels * h.kernel * w.kernel; }  ///< of a filter
  std::size_t weight() const noexcept { return filters * elements(); }
  std::size_t positions() const noexcept { return h.out * w.out; }
  std::size_t result() const noexcept { return filters * positions(); }
  /// Whether it is the product of the weight and the image.
  bool is_product() const noexcept { return h.is_identity() && w.is_identity(); }
};

/// Elements of an image of so many channels with its padding; 0 if it has none.
inline std::size_t padded_size(std::size_t channels, const ConvolutionAxis& h,
                               const ConvolutionAxis& w) {
  return h.padding + w.padding == 0 ? 0 : channels * h.padded() * w.padded();
}

/// Calls f(number of the first element of a row of the image, and of that in the padded image).
template <class F>
void for_each_padded_row(std::size_t channels, const ConvolutionAxis& h, const ConvolutionAxis& w,
                         const F& f) {
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < h.in; ++i)
      f((c * h.in + i) * w.in, (c * h.padded() + h.padding + i) * w.padded() + w.padding);
}

/// copy_n of few elements, without a call.
template <class T>
[[gnu::always_inline]] inline void copy_run(T* to, const T* from, std::size_t n) {
  constexpr std::size_t piece = 32 / sizeof(T);
  if (n >= piece) {
    for (std::size_t i = 0; i + piece <= n; i += piece) std::memcpy(to + i, from + i, 32);
    std::memcpy(to + n - piece, from + n - piece, 32);
  } else if (n >= piece / 2) {
    std::memcpy(to, from, 16);
    std::memcpy(to + n - piece / 2, from + n - piece / 2, 16);
  } else {
    if (n > 0) to[0] = from[0];
    if (n > 1) to[1] = from[1];
    if (n > 2) to[2] = from[2];
  }
}

/// padded = an image with its padding.
template <class T>
void pad_image(T* padded, const T* image, std::size_t channels, const ConvolutionAxis& h,
               const ConvolutionAxis& w) {
  const std::size_t size = padded_size(channels, h, w);
  if (size == 0) {
    std::copy_n(image, channels * h.in * w.in, padded);
    return;
  }
  std::fill_n(padded, size, T(0));
  for_each_padded_row(channels, h, w, [&](std::size_t own, std::size_t within) {
    copy_run(padded + within, image + own, w.in);
  });
}

/// Calls f(row, element) for each row of positions of each kernel element in each channel: `row` is
/// the number of its first column's element, `element` that of the padded image's which it meets;
/// the next of them is w.stride further.
template <class F>
void for_each_column_row(std::size_t channels, const ConvolutionAxis& h, const ConvolutionAxis& w,
                         const F& f) {
  const std::size_t width = w.padded(), height = h.padded(), step = h.stride * width, n = w.out;
  std::size_t row = 0;
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < h.kernel; ++i)
      for (std::size_t j = 0; j < w.kernel; ++j) {
        std::size_t element = (c * height + i * h.dilation) * width + j * w.dilation;
        for (std::size_t o = 0; o < h.out; ++o, row += n, element += step) f(row, element);
      }
}

/// columns (channels kh kw, oh ow) = what the kernel meets in an image (channels, h, w). `padded`
/// has room for padded_size elements.
template <class T>
void to_columns(T* columns, const T* image, T* padded, std::size_t channels,
                const ConvolutionAxis& h, const ConvolutionAxis& w) {
  if (padded_size(channels, h, w) > 0) {
    pad_image(padded, image, channels, h, w);
    image = padded;
  }
  for_each_column_row(channels, h, w,
                      [=, n = w.out, stride = w.stride](std::size_t row, std::size_t element) {
                        T* const to = columns + row;
                        const T* const from = image + element;
                        if (stride == 1)
                          copy_run(to, from, n);
                        else
                          for (std::size_t o = 0; o < n; ++o) to[o] = from[o * stride];
                      });
}

/// The adjoint: image = the sum of the columns, each element where it was met.
template <class T>
void add_columns(T* image, const T* columns, T* padded, std::size_t channels,
                 const ConvolutionAxis& h, const ConvolutionAxis& w) {
  const std::size_t size = padded_size(channels, h, w);
  T* const total = size > 0 ? padded : image;
  std::fill_n(total, size > 0 ? size : channels * h.in * w.in, T(0));
  for_each_column_row(channels, h, w,
                      [=, n = w.out, stride = w.stride](std::size_t row, std::size_t element) {
                        T* const __restrict to = total + element;
                        const T* const __restrict from = columns + row;
                        if (stride == 1)
                          for (std::size_t o = 0; o < n; ++o) to[o] += from[o];
                        else
                          for (std::size_t o = 0; o < n; ++o) to[o * stride] += from[o];
                      });
  if (size > 0)
    for_each_padded_row(channels, h, w, [&](std::size_t own, std::size_t within) {
      copy_run(image + own, padded + within, w.in);
    });
}

}  // namespace xgrad::kernels
