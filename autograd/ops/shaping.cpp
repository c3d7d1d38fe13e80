#include "shaping.hpp"

#include <algorithm>
#include <numeric>

#include "axes.hpp"
#include "slicing.hpp"
#include "strided.hpp"

namespace xgrad {
namespace {

using detail::values;

constexpr auto reshape_op = operation<Shape>(
    "reshape",
    [](const Inputs& in, const Shape& shape) {
      return detail::attach(detail::make_impl(
          shape, in[0].dtype(), detail::Storage::borrow(*detail::impl(in[0]).storage)));
    },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return reshape(g, c.shape(0)); }));

constexpr auto broadcast_op = operation<Shape>(
    "broadcast_to",
    [](const Inputs& in, const Shape& shape) {
      const auto walk = kernels::Walk<1>::broadcast(shape, {&in[0].shape()});
      return detail::read_walked(in[0], walk, shape);
    },
    gradient(reads::nothing,
             [](const Tensor& g, const auto&) { return g; }));  // summed by the engine

constexpr auto permute_op = operation<Axes>(
    "permute",
    [](const Inputs& in, const Axes& axes) {
      const kernels::Steps own = kernels::contiguous_steps(in[0].shape());
      Shape shape;
      kernels::Steps steps{};
      for (int axis : axes) {
        steps[shape.size()] = own[static_cast<std::size_t>(axis)];
        shape.push_back(in[0].shape()[static_cast<std::size_t>(axis)]);
      }
      return detail::read_walked(in[0], {shape, {steps}}, shape);
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      return permute(g, detail::inverse(c.attributes));
    }));

struct Join {
  std::size_t axis;
  Shape shape;
  std::vector<std::int64_t> starts = {};  // of the parts, and behind the last
};

constexpr auto concatenate_op = operation<Join>(
    "concatenate",
    [](const Inputs& in, const Join& join) {
      Tensor out = empty(join.shape, {.dtype = in[0].dtype()});
      const detail::Blocks b(join.shape, join.axis);
      const auto inner = static_cast<std::ptrdiff_t>(b.inner);
      for (std::size_t k = 0; k < in.size(); ++k) {
        kernels::Walk<1> walk;
        walk.add(in[k].shape()[join.axis] * b.inner, {1});
        walk.add(b.outer, {static_cast<std::ptrdiff_t>(b.n) * inner});
        detail::write_walked(out, in[k], walk, join.starts[k] * inner);
      }
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      const auto& [axis, shape, starts] = c.attributes;
      return slice(g, static_cast<int>(axis), starts[c.index], starts[c.index + 1]);
    }));

std::string shown(const Extents& extents) {
  return str("(", joined(extents), extents.size() == 1 ? ",)" : ")");
}

}  // namespace

void detail::expect_one_dtype(const char* op, const std::vector<Tensor>& tensors) {
  if (tensors.empty()) throw ValueError(str(op, ": no tensors given; expected at least one"));
  for (std::size_t k = 0; k < tensors.size(); ++k) {
    if (!tensors[k].defined()) throw_undefined(op, k);
    const DType own = tensors[k].dtype(), first = tensors[0].dtype();
    if (own == first) continue;
    const std::string cure = is_floating(own) || is_floating(first)
                                 ? convert_one(own, first)
                                 : convert_one(size_of(own) > size_of(first) ? own : first);
    throw DTypeError(str(op, ": tensor ", k, " is ", own, ", tensor 0 is ", first, cure));
  }
}

namespace {

Tensor join(const char* op, const std::vector<Tensor>& tensors, int axis) {
  detail::expect_one_dtype(op, tensors);
  const Tensor& first = tensors[0];
  if (first.ndim() == 0)
    throw ShapeError(str(op, ": tensor 0 is 0-d; expected at least 1 dimension (use stack)"));
  Join join{normalize_axis(op, axis, first.ndim()), first.shape()};
  join.shape[join.axis] = 0;
  join.starts.push_back(0);
  std::vector<const Tensor*> in;
  for (const Tensor& each : tensors) {
    Shape shape = each.shape();
    if (shape.size() == first.ndim()) shape[join.axis] = first.shape()[join.axis];
    if (shape != first.shape())
      throw ShapeError(str(op, ": tensor ", in.size(), " of shape ", each.shape(),
                           " does not fit tensor 0 of shape ", first.shape(),
                           ": they may differ only along axis ", join.axis));
    join.shape[join.axis] += each.shape()[join.axis];
    join.starts.push_back(static_cast<std::int64_t>(join.shape[join.axis]));
    in.push_back(&each);
  }
  return concatenate_op(in, join);
}

Tensor insert_axis(const char* op, const Tensor& x, int axis) {
  detail::require_defined(op, x);
  const std::size_t at = normalize_axis(op, axis, x.ndim() + 1);
  check_ndim(op, x.ndim() + 1);
  Shape shape = x.shape();
  shape.insert(at, 1);
  return reshape(x, shape);
}

}  // namespace

Tensor reshape(const Tensor& x, const Extents& extents) {
  detail::require_defined("reshape", x);
  Shape shape;
  std::size_t known = 1;
  bool overflow = false;
  std::size_t open = max_ndim;
  for (std::int64_t e : extents) {
    if (e < -1 || (e == -1 && open != max_ndim))
      throw ShapeError(str("reshape: ", x.shape(), " to ", shown(extents),
                           ": extents are 0 or greater, and at most one is -1"));
    if (e == -1) open = shape.size();
    shape.push_back(e == -1 ? 1 : static_cast<std::size_t>(e));
    overflow |= __builtin_mul_overflow(known, shape.back(), &known);
  }
  if (open != max_ndim && known != 0) shape[open] = x.numel() / known;
  // With an extent of 0 the tensor is empty, however large the others are.
  if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) overflow = false;
  if (overflow || shape.numel() != x.numel() || (open != max_ndim && known == 0))
    throw ShapeError(str("reshape: ", x.shape(), " with ", x.numel(), " elements to ",
                         shown(extents), ": expected extents whose product is ", x.numel()));
  return reshape_op(x, shape);
}

Tensor flatten(const Tensor& x, int start, int end) {
  const std::size_t first = detail::axis_or_scalar("flatten", x, start);
  const std::size_t last = detail::axis_or_scalar("flatten", x, end);
  if (first > last)
    throw ShapeError(str("flatten: from axis ", first, " to axis ", last, " of shape ", x.shape(),
                         "; expected the first not behind the last"));
  if (x.ndim() == 0) return reshape(x, {1});
  Shape shape = x.shape();
  for (std::size_t i = first; i < last; ++i) {
    shape[first] *= shape[first + 1];
    shape.erase(first + 1);
  }
  return reshape(x, shape);
}

Tensor squeeze(const Tensor& x, const Axes& axes) {
  detail::require_defined("squeeze", x);
  const auto chosen = detail::axis_set("squeeze", axes, x.shape());
  Shape shape;
  for (std::size_t i = 0; i < x.ndim(); ++i)
    if (x.shape()[i] != 1 || !chosen[i]) shape.push_back(x.shape()[i]);
  return reshape(x, shape);
}

Tensor unsqueeze(const Tensor& x, int axis) { return insert_axis("unsqueeze", x, axis); }
Tensor expand_dims(const Tensor& x, int axis) { return insert_axis("expand_dims", x, axis); }

Tensor transpose(const Tensor& x, int a, int b) {
  const std::size_t first = detail::axis_or_scalar("transpose", x, a);
  const std::size_t second = detail::axis_or_scalar("transpose", x, b);
  std::vector<int> axes(x.ndim());
  std::iota(axes.begin(), axes.end(), 0);
  if (!axes.empty()) std::swap(axes[first], axes[second]);
  return permute_op(x, axes);
}

Tensor t(const Tensor& x) {
  detail::require_defined("t", x);
  if (x.ndim() > 2)
    throw ShapeError(str("t: tensor of shape ", x.shape(),
                         "; expected at most 2 dimensions (use transpose or permute)"));
  return x.ndim() < 2 ? reshape(x, x.shape()) : transpose(x, 0, 1);
}

Tensor permute(const Tensor& x, const Axes& axes) {
  detail::require_defined("permute", x);
  detail::axis_set("permute", axes, x.shape());
  Axes from;
  for (int axis : axes) from.push_back(axis < 0 ? axis + static_cast<int>(x.ndim()) : axis);
  if (from.size() != x.ndim())
    throw ShapeError(str("permute: ", from.size(), " axes given for shape ", x.shape(),
                         "; expected each of its ", x.ndim(), " once"));
  return from.empty() ? reshape(x, {}) : permute_op(x, from);
}

Tensor moveaxis(const Tensor& x, const Axes& source, const Axes& destination) {
  detail::require_defined("moveaxis", x);
  const auto moved = detail::axis_set("moveaxis", source, x.shape());
  const auto taken = detail::axis_set("moveaxis", destination, x.shape());
  if (source.size() != destination.size())
    throw ShapeError(str("moveaxis: ", source.size(), " axes to ", destination.size(),
                         " places for shape ", x.shape(), "; expected as many of both"));
  if (source.empty() || x.ndim() == 0) return reshape(x, x.shape());
  const auto n = static_cast<int>(x.ndim());
  std::vector<int> order(x.ndim());
  for (std::size_t i = 0; i < source.size(); ++i)
    order[static_cast<std::size_t>((destination[i] + n) % n)] = source[i];
  std::size_t next = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (taken[i]) continue;
    while (moved[next]) ++next;
    order[i] = static_cast<int>(next++);
  }
  return permute(x, order);
}

Tensor broadcast_to(const Tensor& x, const Extents& extents) {
  detail::require_defined("broadcast_to", x);
  if (extents.size() < x.ndim())
    throw ShapeError(str("broadcast_to: ", x.shape(), " to ", shown(extents),
                         ": expected at least ", x.ndim(), " axes"));
  Shape shape;
  const std::size_t extra = extents.size() - x.ndim();
  for (std::int64_t e : extents) {
    const std::size_t i = shape.size();
    if (e < -1 || (e == -1 && i < extra))
      throw ShapeError(str("broadcast_to: ", x.shape(), " to ", shown(extents), ": extent ", e,
                           " at axis ", i,
                           "; expected 0 or greater, or -1 to keep an existing axis"));
    shape.push_back(e == -1 ? x.shape()[i - extra] : static_cast<std::size_t>(e));
    if (i >= extra && x.shape()[i - extra] != 1 && x.shape()[i - extra] != shape.back())
      throw ShapeError(str("broadcast_to: ", x.shape(), " to ", shown(extents), ": extent ",
                           x.shape()[i - extra], " cannot become ", shape.back(), " at axis ", i,
                           "; expected equal extents, or 1"));
  }
  return shape == x.shape() ? reshape(x, shape) : broadcast_op(x, shape);
}

Tensor concatenate(const std::vector<Tensor>& tensors, int axis) {
  return join("concatenate", tensors, axis);
}
Tensor cat(const std::vector<Tensor>& tensors, int axis) { return join("cat", tensors, axis); }

Tensor stack(const std::vector<Tensor>& tensors, int axis) {
  detail::expect_one_dtype("stack", tensors);
  normalize_axis("stack", axis, tensors[0].ndim() + 1);
  check_ndim("stack", tensors[0].ndim() + 1);
  std::vector<Tensor> expanded;
  for (const Tensor& each : tensors) {
    if (each.shape() != tensors[0].shape())
      throw ShapeError(str("stack: tensor ", expanded.size(), " of shape ", each.shape(),
                           " does not fit tensor 0 of shape ", tensors[0].shape(),
                           "; all shapes must be equal"));
    expanded.push_back(unsqueeze(each, axis));
  }
  return concatenate(expanded, axis);
}

std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, std::string_view indexing) {
  detail::expect_one_dtype("meshgrid", tensors);
  check_ndim("meshgrid", tensors.size());
  if (indexing != "ij" && indexing != "xy")
    throw ValueError(str("meshgrid: indexing is '", indexing, "'; expected 'ij' or 'xy'"));
  Shape shape;
  for (const Tensor& x : tensors) {
    if (x.ndim() > 1)
      throw ShapeError(
          str("meshgrid: tensor ", shape.size(), " has shape ", x.shape(), "; expected vectors"));
    shape.push_back(x.numel());
  }
  const bool swapped = indexing == "xy" && shape.size() > 1;
  if (swapped) std::swap(shape[0], shape[1]);
  std::vector<Tensor> grids;
  for (std::size_t k = 0; k < tensors.size(); ++k) {
    Shape along(std::vector<std::size_t>(shape.size(), 1));
    along[swapped && k < 2 ? 1 - k : k] = tensors[k].numel();
    grids.push_back(broadcast_to(reshape(tensors[k], along), shape));
  }
  return grids;
}

}  // namespace xgrad
