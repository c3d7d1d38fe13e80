#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "../support/parallel.hpp"
#include "../tensor/shape.hpp"

/// @file
/// Which elements a loop visits, and where they lie in its operands: a Walk through an index space,
/// or the Blocks around one axis.

namespace xgrad::kernels {

/// By how many elements a step along each axis moves: 0 where elements are repeated, negative where
/// they are read backwards.
using Steps = std::array<std::ptrdiff_t, max_ndim>;

/// Those of a contiguous operand.
inline Steps contiguous_steps(const Shape& shape) noexcept {
  Steps steps{};
  std::ptrdiff_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0; step *= static_cast<std::ptrdiff_t>(shape[i]))
    steps[i] = step;
  return steps;
}

/// A walk through an index space in row-major order, on which each of N operands goes by its own
/// steps. Neighbouring axes that all operands can walk as one are one.
template <std::size_t N>
struct Walk {
  using Offsets = std::array<std::ptrdiff_t, N>;  // one for each operand

  std::size_t size = 1;  // of the index space
  std::size_t ndim = 0;
  // Of each axis, the innermost first. Two are set even if there are fewer axes.
  std::array<std::size_t, max_ndim> extents;
  std::array<Offsets, max_ndim> steps;

  Walk() noexcept {
    extents[0] = extents[1] = 1;
    steps[0] = steps[1] = {};
  }
  Walk(const Shape& shape, const std::array<Steps, N>& given) noexcept : Walk() {
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      Offsets step;
      for (std::size_t k = 0; k < N; ++k) step[k] = given[k][axis];
      add(shape[axis], step);
    }
  }
  /// That of contiguous operands which are broadcast to this shape.
  static Walk broadcast(const Shape& shape, const std::array<const Shape*, N>& operands) noexcept {
    Walk walk;
    Offsets next;
    next.fill(1);
    for (std::size_t i = 1; i <= shape.size(); ++i) {
      Offsets step{};
      for (std::size_t k = 0; k < N; ++k) {
        const Shape& own = *operands[k];
        if (i > own.size() || own[own.size() - i] == 1) continue;
        step[k] = next[k];
        next[k] *= static_cast<std::ptrdiff_t>(own[own.size() - i]);
      }
      walk.add(shape[shape.size() - i], step);
    }
    return walk;
  }

  /// Adds an axis around those there are.
  void add(std::size_t extent, const Offsets& step) noexcept {
    size *= extent;
    if (extent == 1) return;
    bool merges = ndim > 0;
    for (std::size_t k = 0; k < N && merges; ++k)
      merges = step[k] == steps[ndim - 1][k] * static_cast<std::ptrdiff_t>(extents[ndim - 1]);
    if (merges) {
      extents[ndim - 1] *= extent;
    } else {
      extents[ndim] = extent;
      steps[ndim++] = step;
    }
  }

  /// Calls f(number of its first element, offsets of the operands) for each index of the axes
  /// around the innermost `inner` ones.
  template <class F>
  void for_each(std::size_t inner, const F& f) const {
    std::size_t count = 1;
    for (std::size_t axis = 0; axis < inner; ++axis) count *= extents[axis];
    std::array<std::size_t, max_ndim> index{};
    Offsets offsets{};
    for (std::size_t first = 0; first < size; first += count) {
      f(first, offsets);
      for (std::size_t axis = inner; axis < ndim; ++axis) {
        for (std::size_t k = 0; k < N; ++k) offsets[k] += steps[axis][k];
        if (++index[axis] < extents[axis]) break;
        for (std::size_t k = 0; k < N; ++k)
          offsets[k] -= steps[axis][k] * static_cast<std::ptrdiff_t>(extents[axis]);
        index[axis] = 0;
      }
    }
  }

  /// Calls row(number of its first element, offsets of the operands, length, their steps) for each
  /// row, that is each run of the innermost axis.
  template <class Row>
  void for_each_row(const Row& row) const {
    for_each(2, [&](std::size_t first, Offsets offsets) {  // the next axis has a loop of its own
      for (std::size_t r = 0; r < extents[1]; ++r, first += extents[0]) {
        row(first, offsets, extents[0], steps[0]);
        for (std::size_t k = 0; k < N; ++k) offsets[k] += steps[1][k];
      }
    });
  }
  /// The same on the library's threads, the outermost axis being cut. An element takes about
  /// `nanoseconds`.
  template <class Row>
  void for_each_row_in_parallel(double nanoseconds, const Row& row) const {
    const std::size_t axis = std::max<std::size_t>(ndim, 1) - 1, extent = extents[axis];
    const std::size_t each = extent > 0 ? size / extent : 0;
    parallel_ranges(extent, static_cast<double>(each) * nanoseconds, [&](auto from, auto to) {
      Walk part = *this;
      part.extents[axis] = to - from;
      part.size = each * (to - from);
      part.for_each_row([&](std::size_t first, Offsets offsets, std::size_t n, const auto& by) {
        for (std::size_t k = 0; k < N; ++k)
          offsets[k] += steps[axis][k] * static_cast<std::ptrdiff_t>(from);
        row(first + each * from, offsets, n, by);
      });
    });
  }
};

/// A contiguous block around a run of axes: their extents, those before and those behind them, each
/// multiplied up. With inner = 0 outer is too, as nothing is there to be gone through.
struct Blocks {
  std::size_t outer = 1, n = 1, inner = 1;
  /// By how many elements the next one along the run is further: more than `inner` in a part of the
  /// columns.
  std::size_t row = 1;

  /// Around one axis. A 0-d shape counts as one of a single element.
  Blocks(const Shape& shape, std::size_t axis) noexcept : Blocks(shape, axis, axis + 1) {}
  /// Around the axes `begin` to `end` - 1.
  Blocks(const Shape& shape, std::size_t begin, std::size_t end) noexcept {
    for (std::size_t i = 0; i < shape.size(); ++i)
      (i < begin ? outer : i < end ? n : inner) *= shape[i];
    if (inner == 0) outer = 0;
    row = inner;
  }

  /// Calls f(part, number of its first element, and of that in what has one element for each run)
  /// on the library's threads for parts of the outer axes or, if there are none, of the columns.
  /// An element takes about `nanoseconds`.
  template <class F>
  void in_parallel(double nanoseconds, const F& f) const {
    constexpr std::size_t width = 64;  // what kernels take at once
    const bool by_columns = outer == 1 && inner > width;
    const std::size_t count = by_columns ? (inner + width - 1) / width : outer;
    const std::size_t each = n * (by_columns ? width : inner);
    parallel_ranges(count, static_cast<double>(each) * nanoseconds, [&](auto from, auto to) {
      Blocks part = *this;
      if (by_columns) {
        part.inner = std::min(inner, to * width) - from * width;
        f(part, from * width, from * width);
      } else {
        part.outer = to - from;
        f(part, from * each, from * inner);
      }
    });
  }
};

}  // namespace xgrad::kernels
