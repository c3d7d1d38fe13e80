#pragma once

#include <array>
#include <cstddef>

#include "../tensor/shape.hpp"

/// @file
/// Which elements a loop visits, and where they lie in its operands: a Walk through an index space,
/// or the Blocks around one axis.

namespace xgrad::kernels {

/// By how many elements a step along each axis moves: 0 where elements are repeated, negative where
/// they are read backwards.
using Steps = std::array<std::ptrdiff_t, max_ndim>;

/// Those of a contiguous operand of this shape that is broadcast to `ndim` axes.
inline Steps broadcast_steps(const Shape& shape, std::size_t ndim) noexcept {
  Steps steps{};
  std::ptrdiff_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0; step *= static_cast<std::ptrdiff_t>(shape[i]))
    steps[ndim - shape.size() + i] = shape[i] == 1 ? 0 : step;
  return steps;
}

/// Those of a contiguous operand itself.
inline Steps contiguous_steps(const Shape& shape) noexcept {
  return broadcast_steps(shape, shape.size());
}

/// A walk through an index space in row-major order, on which each of N operands goes by its own
/// steps. Neighbouring axes that all operands can walk as one are one.
template <std::size_t N>
struct Walk {
  using Offsets = std::array<std::ptrdiff_t, N>;  // one for each operand

  std::size_t ndim = 0;
  std::array<std::size_t, max_ndim> extents;  // these two are set for `ndim` axes
  std::array<Offsets, max_ndim> steps;

  Walk(const Shape& shape, const std::array<Steps, N>& given) noexcept {
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 1) continue;
      Offsets step;
      bool merges = ndim > 0;
      for (std::size_t k = 0; k < N; ++k) {
        step[k] = given[k][axis];
        merges = merges && steps[ndim - 1][k] == step[k] * static_cast<std::ptrdiff_t>(shape[axis]);
      }
      if (!merges) extents[ndim++] = 1;
      extents[ndim - 1] *= shape[axis];
      steps[ndim - 1] = step;
    }
  }

  /// That of contiguous operands which are broadcast to this shape.
  static Walk broadcast(const Shape& shape, const std::array<const Shape*, N>& operands) noexcept {
    std::array<Steps, N> given;
    for (std::size_t k = 0; k < N; ++k) given[k] = broadcast_steps(*operands[k], shape.size());
    return Walk(shape, given);
  }

  /// Calls f(offsets of the operands) for each index of the axes before the last `inner` ones.
  template <class F>
  void for_each(std::size_t inner, const F& f) const {
    for (std::size_t axis = 0; axis < ndim; ++axis)
      if (extents[axis] == 0) return;
    const std::size_t outer = ndim < inner ? 0 : ndim - inner;
    std::array<std::size_t, max_ndim> index{};
    Offsets offsets{};
    for (;;) {
      f(offsets);
      std::size_t axis = outer;
      while (axis-- > 0) {
        for (std::size_t k = 0; k < N; ++k) offsets[k] += steps[axis][k];
        if (++index[axis] < extents[axis]) break;
        for (std::size_t k = 0; k < N; ++k)
          offsets[k] -= steps[axis][k] * static_cast<std::ptrdiff_t>(extents[axis]);
        index[axis] = 0;
      }
      if (axis == static_cast<std::size_t>(-1)) return;
    }
  }

  /// Calls row(number of its first element, offsets of the operands, length, their steps) for each
  /// row, that is each run of the last axis.
  template <class Row>
  void for_each_row(const Row& row) const {
    const std::size_t length = ndim > 0 ? extents[ndim - 1] : 1;
    const std::size_t rows = ndim > 1 ? extents[ndim - 2] : 1;
    const Offsets step = ndim > 0 ? steps[ndim - 1] : Offsets{};
    const Offsets next = ndim > 1 ? steps[ndim - 2] : Offsets{};
    std::size_t first = 0;
    for_each(2, [&](Offsets offsets) {  // rows may be short: a loop of their own for the next axis
      for (std::size_t r = 0; r < rows; ++r, first += length) {
        row(first, offsets, length, step);
        for (std::size_t k = 0; k < N; ++k) offsets[k] += next[k];
      }
    });
  }
};

/// A contiguous block around a run of axes: their extents, those before and those behind them, each
/// multiplied up. With inner = 0 outer is too, as nothing is there to be gone through.
struct Blocks {
  std::size_t outer = 1, n = 1, inner = 1;

  /// Around one axis. A 0-d shape counts as one of a single element.
  Blocks(const Shape& shape, std::size_t axis) noexcept : Blocks(shape, axis, axis + 1) {}
  /// Around the axes `begin` to `end` - 1.
  Blocks(const Shape& shape, std::size_t begin, std::size_t end) noexcept {
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (i < begin)
        outer *= shape[i];
      else if (i < end)
        n *= shape[i];
      else
        inner *= shape[i];
    if (inner == 0) outer = 0;
  }
};

}  // namespace xgrad::kernels
