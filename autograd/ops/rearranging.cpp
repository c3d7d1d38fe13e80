#include "rearranging.hpp"

#include "axes.hpp"
#include "reduction.hpp"
#include "shaping.hpp"
#include "strided.hpp"

namespace xgrad {
namespace {

using detail::Blocks;
using detail::Strided;
using detail::values;

constexpr auto flip_op = operation<Axes>(
    "flip",
    [](const Inputs& in, const Axes& axes) {
      const Shape& shape = in[0].shape();
      const auto chosen = detail::axis_set("flip", axes, shape);
      Strided at(shape);
      for (std::size_t i = 0; i < shape.size(); ++i)
        if (axes.empty() || chosen[i])
          at.narrow(i, static_cast<std::int64_t>(shape[i]) - 1, shape[i], -1);
      return at.read(in[0]);
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) { return flip(g, c.attributes); }));

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

// Makes an extent `times` as long. Throws ShapeError if that is more than can be counted.
void multiply_extent(const char* op, Shape& shape, std::size_t axis, std::size_t times) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(shape[axis], times, &product))
    throw ShapeError(str(op, ": axis ", axis, " of shape ", shape, " ", times,
                         " times over is longer than can be counted; expected less than 2^63"));
  shape[axis] = static_cast<std::size_t>(product);
}

// From the last axis to the first: the longer the tensor has grown, the longer the runs that are
// copied.
template <class Op>
Tensor tile_axes(const Op& op, const Tensor& x, const Extents& reps) {
  for (std::int64_t times : reps)
    if (times < 0)
      throw ValueError(str(op.name(), ": ", times,
                           " repetitions asked for; expected 0 or more along each axis"));
  Shape shape = x.shape();
  while (shape.size() < reps.size()) shape.insert(0, 1);
  Tensor result = reshape(x, shape);
  const std::int64_t* times = reps.end();
  for (std::size_t axis = shape.size(); times != reps.begin();) {
    const auto n = static_cast<std::size_t>(*--times);
    const Blocks b(shape, --axis);
    multiply_extent(op.name(), shape, axis, n);
    if (n != 1) result = op(result, Repetition{b.outer, n, b.n * b.inner, shape});
  }
  return result;
}

Tensor repeat_axis(const Tensor& x, std::int64_t repeats, std::size_t axis) {
  if (repeats < 0)
    throw ValueError(str("repeat: ", repeats, " repeats asked for; expected 0 or more"));
  const auto times = static_cast<std::size_t>(repeats);
  const Blocks b(x.shape(), axis);
  Shape shape = x.shape();
  multiply_extent("repeat", shape, axis, times);
  return repeat_op(x, Repetition{b.outer * b.n, times, b.inner, shape});
}

// ---- roll

struct Roll {
  std::size_t blocks, length, shift;  // 0 <= shift <= length
};

Tensor roll_back(const Tensor& g, const Roll& roll);

constexpr auto roll_op = operation<Roll>(
    "roll",
    [](const Inputs& in, const Roll& r) {
      Tensor out = empty(in[0].shape(), {.dtype = in[0].dtype()});
      detail::visit_width(out.dtype(), [&]<class T>(T) {
        kernels::roll_blocks(values<T>(out), values<T>(in[0]), r.blocks, r.length, r.shift);
      });
      return out;
    },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return roll_back(g, c.attributes); }));

Tensor roll_back(const Tensor& g, const Roll& r) {
  return roll_op(g, Roll{r.blocks, r.length, r.length - r.shift});
}

Tensor roll_blocks(const Tensor& x, const Blocks& b, std::int64_t shift) {
  const auto n = static_cast<std::int64_t>(b.n);
  const std::int64_t places = n == 0 ? 0 : (shift % n + n) % n;
  return roll_op(x, Roll{b.outer, b.n * b.inner, static_cast<std::size_t>(places) * b.inner});
}

}  // namespace

Tensor flip(const Tensor& x, const Axes& axes) {
  detail::require_defined("flip", x);
  return flip_op(x, axes);
}

Tensor tile(const Tensor& x, const Extents& reps) {
  detail::require_defined("tile", x);
  return tile_axes(tile_op, x, reps);
}

Tensor repeat(const Tensor& x, std::int64_t repeats, int axis) {
  return repeat_axis(x, repeats, detail::axis_of("repeat", x, axis));
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
  return repeat_axis(reshape(x, {x.numel()}), repeats, 0);
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
