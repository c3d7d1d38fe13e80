#pragma once

#include <cstdlib>

#include "../kernels/move.hpp"
#include "../op/operation.hpp"
#include "../tensor/index.hpp"

/// @file
/// For the operations' own files: elements at regular distances (slices, reversals, diagonals,
/// transposes, the inside of a padded tensor), read from a tensor or put into one.

namespace xgrad::detail {

/// Calls f with a value of a type as wide as an element: where elements are only moved, each loop
/// then exists once for a width.
template <class F>
void visit_width(DType dtype, const F& f) {
  switch (size_of(dtype)) {
    case 1: return f(std::uint8_t{});
    case 4: return f(float{});
    default: return f(double{});
  }
}

/// The elements of x on a walk from `offset` on, as a tensor of this shape. Not recorded.
inline Tensor read_walked(const Tensor& x, const kernels::Walk<1>& walk, const Shape& shape,
                          std::ptrdiff_t offset = 0) {
  Tensor out = empty(shape, {.dtype = x.dtype()});
  if (walk.size > 0)  // else the offset may be anywhere
    visit_width(x.dtype(), [&]<class T>(T) {
      kernels::read_walked(values<T>(out), values<T>(x) + offset, walk);
    });
  return out;
}
/// Puts x's elements at these places of `out`. Not recorded.
inline void write_walked(Tensor& out, const Tensor& x, const kernels::Walk<1>& walk,
                         std::ptrdiff_t offset) {
  if (walk.size > 0)
    visit_width(x.dtype(), [&]<class T>(T) {
      kernels::write_walked(values<T>(out) + offset, values<T>(x), walk,
                            [](T& to, T v) { to = v; });
    });
}

/// Where the elements of a tensor of shape `part` lie in one of shape `whole`: (i, j, …) at
/// offset + i steps[0] + j steps[1] + …. Only what is read may lie at one place twice.
struct Strided {
  Shape whole, part;
  std::ptrdiff_t offset = 0;
  kernels::Steps steps{};

  Strided() = default;
  /// All of it, in order.
  explicit Strided(const Shape& shape)
      : whole(shape), part(shape), steps(kernels::contiguous_steps(shape)) {}

  /// Along one axis only start, start + step, …: `count` of them.
  void narrow(std::size_t axis, std::int64_t start, std::size_t count, std::int64_t step = 1) {
    offset += start * steps[axis];
    part[axis] = count;
    steps[axis] *= step;
  }
  /// Along one axis only Python's start:stop:step. The step is not 0.
  void narrow(std::size_t axis, const Slice& slice) {
    const auto n = static_cast<std::int64_t>(part[axis]);
    const std::int64_t step = slice.step.value_or(1).value;
    const bool forward = step > 0;
    const std::int64_t low = forward ? 0 : -1, high = low + n;
    const auto bound = [&](const std::optional<Extent>& given, std::int64_t open) {
      if (!given) return open;
      return std::clamp(given->value < 0 ? given->value + n : given->value, low, high);
    };
    const std::int64_t first = bound(slice.start, forward ? low : high);
    const std::int64_t last = bound(slice.stop, forward ? high : low);
    const std::int64_t length = std::max(forward ? last - first : first - last, std::int64_t{0});
    // A longer step leads to no other element.
    const std::int64_t longest = std::max(length, std::int64_t{1});
    const std::int64_t by = std::clamp(step, -longest, longest), size = std::abs(by);
    narrow(axis, first, static_cast<std::size_t>(length / size + (length % size != 0)), by);
  }

  Tensor read(const Tensor& x) const { return read_walked(x, {part, {steps}}, part, offset); }
  void write(Tensor& out, const Tensor& x) const { write_walked(out, x, {part, {steps}}, offset); }
  /// Adds x's elements to those at these places.
  void add(Tensor& total, const Tensor& x) const {
    if (x.numel() == 0) return;
    visit_number(x.dtype(), [&]<class T>(T) {
      kernels::write_walked(values<T>(total) + offset, values<T>(x), {part, {steps}},
                            [](T& to, T v) { to += v; });
    });
  }
};

}  // namespace xgrad::detail
