#pragma once

#include <algorithm>
#include <array>
#include <cstring>

#include "../tensor/shape.hpp"

/// @file
/// Copies between a contiguous block and one walked with steps: transposes, slices, reversals and
/// their adjoints; and blocks written several times over.

namespace xgrad::kernels {

/// A walk in row-major order in which a step along axis i moves by `steps[i]` elements, forwards or
/// backwards. Neighbouring axes that can be walked as one are one.
struct Walk {
  Shape extents;
  std::array<std::ptrdiff_t, max_ndim> steps{};

  /// Adds an axis within those there are.
  void append(std::size_t extent, std::ptrdiff_t step) {
    if (extent == 1) return;
    const std::size_t n = extents.size();
    if (n > 0 && steps[n - 1] == step * static_cast<std::ptrdiff_t>(extent)) {
      extents[n - 1] *= extent;
      steps[n - 1] = step;
    } else {
      extents.push_back(extent);
      steps[n] = step;
    }
  }
  /// Whether the two innermost axes are those of a matrix, exchanged.
  bool ends_in_transpose() const noexcept {
    const std::size_t n = extents.size();
    return n >= 2 && steps[n - 2] == 1 &&
           steps[n - 1] == static_cast<std::ptrdiff_t>(extents[n - 2]);
  }
};

/// Calls f(offset) for each index of the axes before the last `inner` ones.
template <class F>
void for_each_offset(const Walk& walk, std::size_t inner, const F& f) {
  if (walk.extents.numel() == 0) return;
  const std::size_t outer = walk.extents.size() - std::min(inner, walk.extents.size());
  std::array<std::size_t, max_ndim> index{};
  std::ptrdiff_t offset = 0;
  for (;;) {
    f(offset);
    std::size_t axis = outer;
    while (axis-- > 0) {
      offset += walk.steps[axis];
      if (++index[axis] < walk.extents[axis]) break;
      offset -= walk.steps[axis] * static_cast<std::ptrdiff_t>(walk.extents[axis]);
      index[axis] = 0;
    }
    if (axis == static_cast<std::size_t>(-1)) return;
  }
}

/// out (columns, rows) = in (rows, columns)^T, by tiles that stay in the first-level cache; within
/// them it is the result that is written in order.
template <class T>
void transpose_matrix(T* out, const T* in, std::size_t rows, std::size_t columns) {
  constexpr std::size_t tile = 32;
  for (std::size_t r = 0; r < rows; r += tile)
    for (std::size_t c = 0; c < columns; c += tile)
      for (std::size_t j = c; j < std::min(columns, c + tile); ++j)
        for (std::size_t i = r; i < std::min(rows, r + tile); ++i)
          out[j * rows + i] = in[i * columns + j];
}

/// Calls row(offset, length, step) for each innermost row of the walk.
template <class F>
void for_each_strided_row(const Walk& walk, const F& row) {
  const std::size_t n = walk.extents.size();
  const std::size_t length = n ? walk.extents[n - 1] : 1;
  const std::ptrdiff_t step = n ? walk.steps[n - 1] : 1;
  for_each_offset(walk, 1, [&](std::ptrdiff_t offset) { row(offset, length, step); });
}

/// out (contiguous) = in, walked.
template <class T>
void gather_strided(T* out, const T* in, const Walk& walk) {
  if (walk.ends_in_transpose()) {
    const std::size_t rows = walk.extents.back(), columns = walk.extents.end()[-2];
    return for_each_offset(walk, 2, [&](std::ptrdiff_t offset) {
      transpose_matrix(out, in + offset, rows, columns);
      out += rows * columns;
    });
  }
  for_each_strided_row(walk, [&](std::ptrdiff_t offset, std::size_t n, std::ptrdiff_t step) {
    const T* row = in + offset;
    if (step == 1)
      std::memcpy(out, row, n * sizeof(T));
    else if (step == -1)
      std::reverse_copy(row + 1 - n, row + 1, out);
    else
      for (std::size_t i = 0; i < n; ++i) out[i] = row[static_cast<std::ptrdiff_t>(i) * step];
    out += n;
  });
}

/// out, walked, = in (contiguous).
template <class T>
void scatter_strided(T* out, const T* in, const Walk& walk) {
  for_each_strided_row(walk, [&](std::ptrdiff_t offset, std::size_t n, std::ptrdiff_t step) {
    T* row = out + offset;
    if (step == 1)
      std::memcpy(row, in, n * sizeof(T));
    else
      for (std::size_t i = 0; i < n; ++i) row[static_cast<std::ptrdiff_t>(i) * step] = in[i];
    in += n;
  });
}

/// out, walked, += in (contiguous).
template <class T>
void add_strided(T* out, const T* in, const Walk& walk) {
  for_each_strided_row(walk, [&](std::ptrdiff_t offset, std::size_t n, std::ptrdiff_t step) {
    T* row = out + offset;
    for (std::size_t i = 0; i < n; ++i) row[static_cast<std::ptrdiff_t>(i) * step] += in[i];
    in += n;
  });
}

/// out = each of the blocks of `length` elements, `times` over.
template <class T>
void repeat_blocks(T* out, const T* in, std::size_t blocks, std::size_t times, std::size_t length) {
  if (length == 1) {
    for (std::size_t b = 0; b < blocks; ++b)
      for (std::size_t k = 0; k < times; ++k) *out++ = in[b];
    return;
  }
  for (std::size_t b = 0; b < blocks; ++b, in += length)
    for (std::size_t k = 0; k < times; ++k) out = std::copy_n(in, length, out);
}

/// out = each of the blocks of `length` elements, its last `shift` elements first.
template <class T>
void roll_blocks(T* out, const T* in, std::size_t blocks, std::size_t length, std::size_t shift) {
  constexpr std::size_t piece = 256 / sizeof(T);
  for (std::size_t b = 0; b < blocks; ++b, in += length, out += length) {
    std::copy_n(in + (length - shift), shift, out);
    // From the end to the beginning: where both blocks lie alike in their pages, the processor
    // takes a load from a little behind the last store for one of what was stored, and waits.
    for (std::size_t end = length - shift; end > 0;) {
      const std::size_t begin = end - std::min(end, piece);
      std::copy(in + begin, in + end, out + shift + begin);
      end = begin;
    }
  }
}

}  // namespace xgrad::kernels
