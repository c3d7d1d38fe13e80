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

  /// The elements at these places: of shape `part`. Not recorded.
  Tensor read(const Tensor& x) const {
    Tensor out = empty(part, {.dtype = x.dtype()});
    if (out.numel() == 0) return out;  // then the offset may be anywhere
    visit_width(x.dtype(), [&]<class T>(T) {
      kernels::read_walked(values<T>(out), values<T>(x) + offset, {part, {steps}});
    });
    return out;
  }
  /// Puts x's elements at these places of `out`, or adds them to those there. Not recorded.
  void write(Tensor& out, const Tensor& x) const {
    if (x.numel() == 0) return;
    visit_width(x.dtype(), [&]<class T>(T) {
      kernels::write_walked(values<T>(out) + offset, values<T>(x), {part, {steps}},
                            [](T& to, T v) { to = v; });
    });
  }
  void add(Tensor& total, const Tensor& x) const {
    if (x.numel() == 0) return;
    visit_floating(x.dtype(), [&]<class T>(T) {
      kernels::write_walked(values<T>(total) + offset, values<T>(x), {part, {steps}},
                            [](T& to, T v) { to += v; });
    });
  }
};

}  // namespace xgrad::detail
