#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "walk.hpp"

/// @file
/// Loops that move elements: along walks, into triangles, by indices and by masks.

namespace xgrad::kernels {

/// About how long an element takes that is copied along a row, and one of a transposed matrix.
inline constexpr double move_nanoseconds = 0.05, transpose_nanoseconds = 0.3;

/// The columns [from, to) of in (rows, columns) as rows of out (columns, rows), by tiles that stay
/// in the first-level cache; within them it is the result that is written in order.
template <class T>
void transpose_columns(T* out, const T* in, std::size_t rows, std::size_t columns, std::size_t from,
                       std::size_t to) {
  constexpr std::size_t tile = 32;
  for (std::size_t r = 0; r < rows; r += tile)
    for (std::size_t c = from; c < to; c += tile)
      for (std::size_t j = c; j < std::min(to, c + tile); ++j)
        for (std::size_t i = r; i < std::min(rows, r + tile); ++i)
          out[j * rows + i] = in[i * columns + j];
}
/// out (columns, rows) = in (rows, columns)^T.
template <class T>
void transpose_matrix(T* out, const T* in, std::size_t rows, std::size_t columns) {
  parallel_ranges(columns, static_cast<double>(rows) * transpose_nanoseconds,
                  [=](std::size_t from, std::size_t to) {
                    transpose_columns(out, in, rows, columns, from, to);
                  });
}

/// out (contiguous) = in, walked.
template <class T>
void read_walked(T* out, const T* in, const Walk<1>& walk) {
  const auto [rows, columns] = std::pair(walk.extents[0], walk.extents[1]);
  const std::ptrdiff_t step = walk.steps[0][0];
  if (walk.ndim >= 2 && walk.steps[1][0] == 1 && step == static_cast<std::ptrdiff_t>(columns))
    return walk.for_each(2, [&, rows = rows, columns = columns](std::size_t first, auto from) {
      transpose_matrix(out + first, in + from[0], rows, columns);
    });
  const auto by_rows = [&](auto copy) {
    walk.for_each_row_in_parallel(
        move_nanoseconds, [&](std::size_t first, const auto& from, std::size_t n, const auto&) {
          copy(out + first, in + from[0], n);
        });
  };
  if (step == 1)
    by_rows([](T* to, const T* row, std::size_t n) { std::memcpy(to, row, n * sizeof(T)); });
  else if (step == 0)
    by_rows([](T* to, const T* row, std::size_t n) {
      const T value = *row;
      if (n > 8) return void(std::fill_n(to, n, value));
      for (std::size_t i = 0; i < 8 && i < n; ++i) to[i] = value;  // sooner done than called
    });
  else if (step == -1)
    by_rows(
        [](T* to, const T* row, std::size_t n) { std::reverse_copy(row + 1 - n, row + 1, to); });
  else
    by_rows([=](T* to, const T* row, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) to[i] = row[static_cast<std::ptrdiff_t>(i) * step];
    });
}

/// put(element of out, walked, element of in, contiguous) for each. None of out is reached twice.
template <class T, class Put>
void write_walked(T* out, const T* in, const Walk<1>& walk, Put put) {
  const auto put_row = [&](std::size_t first, const auto& to, std::size_t n, const auto& by) {
    T* const __restrict row = out + to[0];
    const T* const __restrict from = in + first;
    const std::ptrdiff_t step = by[0];
    if (step == 1)  // apart, so that the compiler makes a vector loop of it
      for (std::size_t i = 0; i < n; ++i) put(row[i], from[i]);
    else
      for (std::size_t i = 0; i < n; ++i) put(row[static_cast<std::ptrdiff_t>(i) * step], from[i]);
  };
  walk.for_each_row_in_parallel(move_nanoseconds, put_row);
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

/// out = in on and below (or else on and above) the diagonal that lies `diagonal` columns right of
/// the main one, and 0 elsewhere, in each of the matrices.
template <bool lower, class T>
void copy_triangle(T* out, const T* in, std::size_t matrices, std::size_t rows, std::size_t columns,
                   std::int64_t diagonal) {
  const auto width = static_cast<std::int64_t>(columns);
  // Bounded, so that the sum below does not overflow.
  diagonal = std::clamp(diagonal, -static_cast<std::int64_t>(rows) - 1, width);
  for (std::size_t m = 0; m < matrices; ++m)
    for (std::size_t i = 0; i < rows; ++i, in += columns, out += columns) {
      const std::int64_t edge = static_cast<std::int64_t>(i) + diagonal + (lower ? 1 : 0);
      for (std::int64_t j = 0; j < width; ++j) out[j] = (j < edge) == lower ? in[j] : T{};
    }
}

// ---- by indices, which are within the extent of their axis

/// Calls f(number of the first, offset of the first, how many) for the elements [o][i][j] of what
/// is taken by `count` indices from a contiguous block, which are its elements [o][indices[i]][j];
/// `blocks` are those of the block around the axis.
template <class F>
void for_each_taken(const std::int64_t* indices, std::size_t count, const Blocks& blocks,
                    const F& f) {
  const auto go = [&](auto inner) {
    for (std::size_t o = 0, first = 0; o < blocks.outer; ++o)
      for (std::size_t i = 0; i < count; ++i, first += inner)
        f(first, (o * blocks.n + static_cast<std::size_t>(indices[i])) * inner, inner);
  };
  if (blocks.inner == 1)  // apart, so that no function is called for a single element
    go(std::integral_constant<std::size_t, 1>());
  else
    go(blocks.inner);
}

/// The same, with 1 for how many, for contiguous indices of this shape, which replace the position
/// along one axis of a contiguous block of shape `whole`.
template <class F>
void for_each_gathered(const std::int64_t* indices, const Shape& shape, const Shape& whole,
                       std::size_t axis, const F& f) {
  Steps steps = contiguous_steps(whole);
  const std::ptrdiff_t along = steps[axis];
  steps[axis] = 0;
  Walk<1>(shape, {steps})
      .for_each_row([&](std::size_t first, const auto& from, std::size_t n, const auto& by) {
        std::ptrdiff_t offset = from[0];
        const std::ptrdiff_t step = by[0];
        for (std::size_t i = first; i < first + n; ++i, offset += step)
          f(i, static_cast<std::size_t>(offset + indices[i] * along),
            std::integral_constant<std::size_t, 1>());
      });
}

/// The same for a walk through a block and through positions, from `offset` on: each element lies
/// where the sum of the walk's offset and the position says.
template <class F>
void for_each_positioned(const std::int64_t* positions, const Walk<2>& walk, std::ptrdiff_t offset,
                         const F& f) {
  walk.for_each_row([&](std::size_t first, const auto& at, std::size_t n, const auto& by) {
    const std::int64_t* const position = positions + at[1];
    const std::ptrdiff_t start = offset + at[0];
    if (by[0] == 1 && by[1] == 0) return f(first, static_cast<std::size_t>(start + *position), n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto k = static_cast<std::ptrdiff_t>(i);
      f(first + i, static_cast<std::size_t>(start + k * by[0] + position[k * by[1]]),
        std::integral_constant<std::size_t, 1>());
    }
  });
}

// ---- by masks

/// out (of `count` elements) = in where the mask is not 0. Without a branch on the mask, which the
/// processor would often guess wrong.
template <class T>
void compress_masked(T* out, const T* in, const std::uint8_t* mask, std::size_t count) {
  for (const T* const end = out + count; out != end; ++in, ++mask) {
    *out = *in;
    out += *mask != 0;
  }
}

/// total += the next of the `count` elements of in where the mask is not 0.
template <class T>
void add_masked(T* total, const T* in, const std::uint8_t* mask, std::size_t count) {
  for (const T* const end = in + count; in != end; ++total, ++mask) {
    const T choice[] = {T{}, *in};
    *total += choice[*mask != 0];
    in += *mask != 0;
  }
}

}  // namespace xgrad::kernels
