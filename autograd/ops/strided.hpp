#pragma once

#include "../kernels/move.hpp"
#include "../op/operation.hpp"

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

  Tensor read(const Tensor& x) const { return read_walked(x, {part, {steps}}, part, offset); }
  void write(Tensor& out, const Tensor& x) const { write_walked(out, x, {part, {steps}}, offset); }
  /// Adds x's elements to those at these places.
  void add(Tensor& total, const Tensor& x) const {
    if (x.numel() == 0) return;
    visit_floating(x.dtype(), [&]<class T>(T) {
      kernels::write_walked(values<T>(total) + offset, values<T>(x), {part, {steps}},
                            [](T& to, T v) { to += v; });
    });
  }
};

}  // namespace xgrad::detail
