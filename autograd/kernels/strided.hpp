#pragma once

#include <algorithm>
#include <array>
#include <cstring>

#include "autograd/shape.hpp"

/// @file
/// Copies between a contiguous block and one walked with steps: transposes, slices and their
/// adjoints.

namespace xgrad::kernels {

/// A walk over shape `extents` in which a step along axis i moves by `steps[i]` elements.
struct Walk {
  Shape extents;
  std::array<std::size_t, max_ndim> steps{};
};

/// Calls f(offset of the strided row) for each row along the last axis, in row-major order.
template <class F>
void for_each_strided_row(const Walk& walk, const F& f) {
  const std::size_t ndim = walk.extents.size();
  if (walk.extents.numel() == 0) return;
  std::array<std::size_t, max_ndim> index{};
  std::size_t offset = 0;
  for (;;) {
    f(offset);
    std::size_t axis = ndim - 1;
    while (axis-- > 0) {
      offset += walk.steps[axis];
      if (++index[axis] < walk.extents[axis]) break;
      offset -= walk.steps[axis] * walk.extents[axis];
      index[axis] = 0;
    }
    if (axis == static_cast<std::size_t>(-1)) return;
  }
}

/// out (contiguous) = in, walked. The walk has at least one axis.
template <class T>
void gather_strided(T* out, const T* in, const Walk& walk) {
  const std::size_t n = walk.extents.back();
  const std::size_t step = walk.steps[walk.extents.size() - 1];
  for_each_strided_row(walk, [&](std::size_t offset) {
    const T* row = in + offset;
    if (step == 1)
      std::memcpy(out, row, n * sizeof(T));
    else
      for (std::size_t i = 0; i < n; ++i) out[i] = row[i * step];
    out += n;
  });
}

/// out, walked, = in (contiguous).
template <class T>
void scatter_strided(T* out, const T* in, const Walk& walk) {
  const std::size_t n = walk.extents.back();
  const std::size_t step = walk.steps[walk.extents.size() - 1];
  for_each_strided_row(walk, [&](std::size_t offset) {
    T* row = out + offset;
    for (std::size_t i = 0; i < n; ++i) row[i * step] = in[i];
    in += n;
  });
}

/// out (columns, rows) = in (rows, columns)^T, by tiles that stay in the first-level cache.
template <class T>
void transpose_matrix(T* out, const T* in, std::size_t rows, std::size_t columns) {
  constexpr std::size_t tile = 32;
  for (std::size_t r = 0; r < rows; r += tile)
    for (std::size_t c = 0; c < columns; c += tile)
      for (std::size_t i = r; i < std::min(rows, r + tile); ++i)
        for (std::size_t j = c; j < std::min(columns, c + tile); ++j)
          out[j * rows + i] = in[i * columns + j];
}

}  // namespace xgrad::kernels
