#include "rearranging.hpp"

#include "axes.hpp"
#include "reduction.hpp"
#include "shaping.hpp"
#include "strided.hpp"

namespace xgrad {
namespace {

using detail::Blocks;
using detail::Strided;

constexpr auto flip_op = operation<Strided>(
    "flip", [](const Inputs& in, const Strided& at) { return at.read(in[0]); },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) { return c.op(g, c.attributes); }));

// ---- tile and repeat

// Each of `blocks` runs of `length` elements is written `times` over: with whole rows for runs that
// is tile along an axis, with single elements (and what lies within them) repeat.
struct Repetition {
  std::size_t blocks, times, length;
  Shape shape;  // of the result
};

constexpr auto repeat_value = [](const Inputs& in, const Repetition& r) {
  kernels::Walk<1> walk;
  walk.add(r.length, {1});
  walk.add(r.times, {0});
  walk.add(r.blocks, {static_cast<std::ptrdiff_t>(r.length)});
  return detail::read_walked(in[0], walk, r.shape);
};

constexpr auto repeat_gradient = gradient(reads::nothing, [](const Tensor& g, const auto& c) {
  const Repetition& r = c.attributes;
  return reshape(sum(reshape(g, {r.blocks, r.times, r.length}), 1), c.shape(0));
});

constexpr auto tile_op = operation<Repetition>("tile", repeat_value, repeat_gradient);
constexpr auto repeat_op = operation<Repetition>("repeat", repeat_value, repeat_gradient);

// x `times` over along one axis: each of its elements, or else the axis as a whole. Throws
// ShapeError if the extent is then more than can be counted.
template <class Op>
Tensor repeated(const Op& op, const Tensor& x, std::size_t axis, std::int64_t times, bool each) {
  if (times < 0)
    throw ValueError(
        str(op.name(), ": ", times, " repetitions asked for; expected 0 or more along each axis"));
  Shape shape = x.shape();
  std::int64_t extent = 0;
  if (__builtin_mul_overflow(shape[axis], times, &extent))
    throw ShapeError(str(op.name(), ": axis ", axis, " of shape ", shape, " ", times,
                         " times over is longer than can be counted; expected less than 2^63"));
  shape[axis] = static_cast<std::size_t>(extent);
  const Blocks b(x.shape(), axis);
  return op(x, Repetition{each ? b.outer * b.n : b.outer, static_cast<std::size_t>(times),
                          each ? b.inner : b.n * b.inner, shape});
}

// From the last axis to the first: the longer the tensor has grown, the longer the runs that are
// copied.
template <class Op>
Tensor tile_axes(const Op& op, const Tensor& x, const Extents& reps) {
  Shape shape = x.shape();
  while (shape.size() < reps.size()) shape.insert(0, 1);
  Tensor result = reshape(x, shape);
  const std::size_t before = shape.size() - reps.size();
  for (std::size_t i = reps.size(); i-- > 0;)
    if (reps[i] != 1) result = repeated(op, result, before + i, reps[i], false);
  return result;
}

// ---- roll

struct Roll {
  std::size_t blocks, length, shift;  // 0 <= shift <= length
};

constexpr auto roll_op = operation<Roll>(
    "roll",
    [](const Inputs& in, const Roll& r) {
      Tensor out = empty_like(in[0]);
      detail::visit_width(out.dtype(), [&]<class T>(T) {
        kernels::roll_blocks(detail::values<T>(out), detail::values<T>(in[0]), r.blocks, r.length,
                             r.shift);
      });
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      const Roll& r = c.attributes;
      return c.op(g, {r.blocks, r.length, r.length - r.shift});
    }));

Tensor roll_blocks(const Tensor& x, const Blocks& b, std::int64_t shift) {
  const auto n = static_cast<std::int64_t>(b.n);
  const std::int64_t places = n == 0 ? 0 : (shift % n + n) % n;
  return roll_op(x, Roll{b.outer, b.n * b.inner, static_cast<std::size_t>(places) * b.inner});
}

}  // namespace

Tensor flip(const Tensor& x, const Axes& axes) {
  detail::require_defined("flip", x);
  const auto chosen = detail::axis_set("flip", axes, x.shape());
  Strided at(x.shape());
  for (std::size_t i = 0; i < x.ndim(); ++i)
    if (chosen[i]) at.narrow(i, static_cast<std::int64_t>(x.shape()[i]) - 1, x.shape()[i], -1);
  return flip_op(x, at);
}

Tensor tile(const Tensor& x, const Extents& reps) {
  detail::require_defined("tile", x);
  return tile_axes(tile_op, x, reps);
}

Tensor repeat(const Tensor& x, std::int64_t repeats, int axis) {
  return repeated(repeat_op, x, detail::axis_of("repeat", x, axis), repeats, true);
}

Tensor repeat(const Tensor& x, const Extents& reps) {
  detail::require_defined("repeat", x);
  if (reps.size() < x.ndim())
    throw ShapeError(str("repeat: ", reps.size(), " numbers of repetitions for shape ", x.shape(),
                         "; expected at least ", x.ndim()));
  return tile_axes(repeat_op, x, reps);
}

Tensor detail::repeat_flat(const Tensor& x, std::int64_t repeats) {
  detail::require_defined("repeat", x);
  return repeated(repeat_op, reshape(x, {x.numel()}), 0, repeats, true);
}

Tensor roll(const Tensor& x, std::int64_t shift, int axis) {
  const std::size_t at = detail::axis_of("roll", x, axis);
  return roll_blocks(x, Blocks(x.shape(), at), shift);
}

Tensor roll(const Tensor& x, std::int64_t shift) {
  detail::require_defined("roll", x);
  return roll_blocks(x, Blocks({x.numel()}, 0), shift);
}

Tensor roll(const Tensor& x, const std::vector<std::int64_t>& shifts, const Axes& axes) {
  detail::require_defined("roll", x);
  if (shifts.size() != axes.size() || axes.empty())
    throw ValueError(str("roll: ", shifts.size(), " shifts for ", axes.size(),
                         " axes; expected one shift for each axis, and at least one"));
  Tensor result = x;
  for (std::size_t i = 0; i < axes.size(); ++i) result = roll(result, shifts[i], axes.begin()[i]);
  return result;
}

}  // namespace xgrad
