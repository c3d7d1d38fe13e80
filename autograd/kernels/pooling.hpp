#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../support/allocator.hpp"

/// @file
/// Pooling of planes (h, w): each result is made of a window of its plane.

namespace xgrad::kernels {

/// The windows along one axis: `kernel` elements, `dilation` apart, that move by `stride` over a
/// plane with `padding` on each side; or, adaptive, `out` windows that cover it as evenly as can
/// be.
struct PoolingAxis {
  std::size_t in = 1, out = 1;
  std::size_t kernel = 1, stride = 1, padding = 0, dilation = 1;
  bool adaptive = false;

  /// The elements begin, begin + dilation, … before end, which are in the plane. `size` counts
  /// those in the padding too.
  struct Window {
    std::size_t begin, end, size;
  };
  Window window(std::size_t o) const noexcept {
    if (adaptive) {
      const std::size_t begin = o * in / out, end = ((o + 1) * in + out - 1) / out;
      return {begin, end, end - begin};
    }
    const std::size_t at = o * stride;  // counted from the padding's first element
    const std::size_t outside = at < padding ? (padding - at + dilation - 1) / dilation : 0;
    const std::size_t end = at + dilation * (kernel - 1) + 1, edge = in + padding;
    return {at + outside * dilation - padding, std::min(end, edge) - padding,
            std::min(end, edge + padding) - at};
  }
};

/// Number of the largest element of each window, counted in its plane; of equal ones the first. NaN
/// counts as the largest, the last of them. `Index` holds the numbers of a plane.
template <class Index, class T>
void largest_in_windows(std::int64_t* out, const T* x, std::size_t planes, const PoolingAxis& h,
                        const PoolingAxis& w) {
  memory::Scratch<T> value(w.out);
  memory::Scratch<Index> index(w.out);
  const auto consider = [&](std::size_t o, T v, std::size_t element) {
    const bool larger = v > value[o] || v != v;
    value[o] = larger ? v : value[o];
    index[o] = larger ? static_cast<Index>(element) : index[o];
  };
  for (std::size_t p = 0; p < planes; ++p, x += h.in * w.in)
    for (std::size_t i = 0; i < h.out; ++i, out += w.out) {
      const auto rows = h.window(i);
      for (std::size_t o = 0; o < w.out; ++o) {
        index[o] = static_cast<Index>(rows.begin * w.in + w.window(o).begin);
        value[o] = x[index[o]];
      }
      for (std::size_t r = rows.begin; r < rows.end; r += h.dilation) {
        const std::size_t row = r * w.in;
        if (w.padding == 0 && !w.adaptive && w.window(w.out - 1).end <= w.in)
          for (std::size_t k = 0; k < w.kernel; ++k)
            for (std::size_t o = 0, c = k * w.dilation; o < w.out; ++o, c += w.stride)
              consider(o, x[row + c], row + c);
        else
          for (std::size_t o = 0; o < w.out; ++o)
            for (auto [c, end, size] = w.window(o); c < end; c += w.dilation)
              consider(o, x[row + c], row + c);
      }
      std::copy_n(index.begin(), w.out, out);
    }
}

/// Calls f(i, j, rows, columns, number of elements that are averaged) for each window.
template <class F>
void for_each_average(const PoolingAxis& h, const PoolingAxis& w, bool count_padding, const F& f) {
  for (std::size_t i = 0; i < h.out; ++i)
    for (std::size_t j = 0; j < w.out; ++j) {
      const auto rows = h.window(i), columns = w.window(j);
      f(i, j, rows, columns,
        count_padding ? rows.size * columns.size
                      : (rows.end - rows.begin) * (columns.end - columns.begin));
    }
}

/// out = the mean of each window.
template <class T>
void average_windows(T* out, const T* x, std::size_t planes, const PoolingAxis& h,
                     const PoolingAxis& w, bool count_padding) {
  for (std::size_t p = 0; p < planes; ++p, x += h.in * w.in)
    for_each_average(h, w, count_padding,
                     [&](std::size_t, std::size_t, auto rows, auto columns, std::size_t count) {
                       T sum = 0;
                       for (std::size_t r = rows.begin; r < rows.end; ++r)
                         for (std::size_t c = columns.begin; c < columns.end; ++c)
                           sum += x[r * w.in + c];
                       *out++ = sum / static_cast<T>(count);
                     });
}

/// The adjoint: out += each element of g, shared out evenly over its window.
template <class T>
void spread_over_windows(T* out, const T* g, std::size_t planes, const PoolingAxis& h,
                         const PoolingAxis& w, bool count_padding) {
  for (std::size_t p = 0; p < planes; ++p, out += h.in * w.in)
    for_each_average(h, w, count_padding,
                     [&](std::size_t, std::size_t, auto rows, auto columns, std::size_t count) {
                       const T share = *g++ / static_cast<T>(count);
                       for (std::size_t r = rows.begin; r < rows.end; ++r)
                         for (std::size_t c = columns.begin; c < columns.end; ++c)
                           out[r * w.in + c] += share;
                     });
}

}  // namespace xgrad::kernels
