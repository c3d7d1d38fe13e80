#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

/// @file
/// Triangles of matrices.

namespace xgrad::kernels {

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
      const auto split = std::clamp(edge, std::int64_t{0}, width);
      if constexpr (lower) {
        std::copy_n(in, split, out);
        std::fill(out + split, out + width, T{});
      } else {
        std::fill_n(out, split, T{});
        std::copy(in + split, in + width, out + split);
      }
    }
}

}  // namespace xgrad::kernels
