#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../support/allocator.hpp"
#include "reduce.hpp"

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

  /// Whether all windows have as many elements, `dilation` apart.
  bool is_whole() const noexcept {
    return !adaptive && padding == 0 && (out - 1) * stride + dilation * (kernel - 1) < in;
  }
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

/// As largest_in_windows, where all windows are whole, in registers: the largest is found for
/// windows at every position of a row, as how far its element is behind the window's first; of
/// these every stride-th is taken. Such distances are less than 2^24.
template <class T>
void largest_in_whole_windows(std::int64_t* out, const T* x, std::size_t planes,
                              const PoolingAxis& h, const PoolingAxis& w) {
  using V = Lanes<T>;
  const T* const end = x + planes * h.in * w.in;
  const std::size_t positions = (w.out - 1) * w.stride + 1;
  memory::Scratch<T> found(positions + V::size);
  for (std::size_t p = 0; p < planes; ++p, x += h.in * w.in)
    for (std::size_t i = 0; i < h.out; ++i, out += w.out) {
      const std::size_t row = i * h.stride * w.in;
      for (std::size_t from = 0; from < positions; from += V::size) {
        const std::size_t lacking = from + V::size > positions ? from + V::size - positions : 0;
        V largest = load_in_row(x + row + from, lacking, end), distance = 0;
        for (std::size_t r = 0; r < h.kernel; ++r)
          for (std::size_t c = 0; c < w.kernel; ++c) {
            const std::size_t k = r * h.dilation * w.in + c * w.dilation;
            const V v = load_in_row(x + row + k + from, lacking, end);
            const auto larger = v > largest || v != v;
            largest = where(larger, v, largest);
            distance = where(larger, k, distance);
          }
        distance.store(found.begin() + from);
      }
      const auto take = [&, distance = found.begin(), n = w.out](auto stride) {
        for (std::size_t o = 0; o < n; ++o)
          out[o] = static_cast<std::int64_t>(row + o * stride) +
                   static_cast<std::int64_t>(distance[o * stride]);
      };
      if (w.stride == 2)
        take(std::integral_constant<std::size_t, 2>());
      else
        take(w.stride);
    }
}

/// Number of the largest element of each window, counted in its plane; of equal ones the first. NaN
/// counts as the largest, the last of them.
template <class T>
void largest_in_windows(std::int64_t* out, const T* x, std::size_t planes, const PoolingAxis& h,
                        const PoolingAxis& w) {
  if (h.is_whole() && w.is_whole() && h.dilation * h.kernel * w.in < (std::size_t{1} << 24))
    return largest_in_whole_windows(out, x, planes, h, w);
  for (std::size_t p = 0; p < planes; ++p, x += h.in * w.in)
    for (std::size_t i = 0; i < h.out; ++i)
      for (std::size_t j = 0; j < w.out; ++j) {
        const auto rows = h.window(i), columns = w.window(j);
        std::size_t best = rows.begin * w.in + columns.begin;
        for (std::size_t r = rows.begin; r < rows.end; r += h.dilation)
          for (std::size_t c = columns.begin; c < columns.end; c += w.dilation)
            if (const T v = x[r * w.in + c]; v > x[best] || v != v) best = r * w.in + c;
        *out++ = static_cast<std::int64_t>(best);
      }
}

/// out = the n elements of each plane, which has `in`, whose numbers are in `indices`.
template <class T>
void pick(T* out, const T* x, const std::int64_t* indices, std::size_t planes, std::size_t in,
          std::size_t n) {
  for (std::size_t p = 0; p < planes; ++p, x += in, indices += n, out += n)
    for (std::size_t o = 0; o < n; ++o) out[o] = x[indices[o]];
}

/// The adjoint: each element of a plane of g added to where it was picked, in planes of zeros.
template <class T>
void put_back(T* out, const T* g, const std::int64_t* indices, std::size_t planes, std::size_t in,
              std::size_t n) {
  for (std::size_t p = 0; p < planes; ++p, out += in, indices += n, g += n) {
    std::fill_n(out, in, T(0));
    for (std::size_t o = 0; o < n; ++o) out[indices[o]] += g[o];
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
