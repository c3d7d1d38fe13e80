#include "indexing.hpp"

#include <algorithm>

#include "../kernels/ordering.hpp"
#include "axes.hpp"
#include "strided.hpp"

namespace xgrad {
namespace {

using detail::Blocks;
using detail::values;

// int64 indices within 0 … n - 1. Throws DTypeError for floats, and ShapeError naming the first
// that is outside.
Tensor checked_indices(const char* op, const Tensor& indices, std::size_t n, std::size_t axis) {
  if (is_floating(indices.dtype()))
    throw DTypeError(str(op, ": indices are ", indices.dtype(), "; expected int64"));
  Tensor result = indices.to(int64);
  const auto limit = static_cast<std::int64_t>(n);
  const std::int64_t* given = values<std::int64_t>(indices.dtype() == int64 ? indices : result);
  std::int64_t* own = nullptr;
  for (std::size_t i = 0, count = result.numel(); i < count; ++i) {
    if (given[i] >= 0 && given[i] < limit) continue;
    if (given[i] >= limit || given[i] < -limit)
      throw ShapeError(str(op, ": index ", given[i], " at position ", i,
                           " is out of range for axis ", axis, " of extent ", n, ": ",
                           expected_between(-limit, limit - 1)));
    if (!own) {  // a first negative one: count from the end in a copy
      result = result.clone();
      own = values<std::int64_t>(result);
    }
    own[i] = given[i] + limit;
  }
  return result;
}

// ---- take, gather and their adjoint

struct Indexed {
  std::size_t axis = 0;
  Shape shape;  // of the result
};

void add_taken(Tensor& total, const Tensor& g, const Tensor& indices, std::size_t axis) {
  visit_floating(total.dtype(), [&]<class T>(T) {
    kernels::add_taken(values<T>(total), values<T>(g), values<std::int64_t>(indices),
                       indices.numel(), Blocks(total.shape(), axis));
  });
}

Tensor put_back(const Tensor& g, const Tensor& indices, std::size_t axis, const Shape& whole);

constexpr auto take_op = operation<Indexed>(
    "take",
    [](const Inputs& in, const Indexed& a) {
      Tensor out = empty(a.shape, {.dtype = in[0].dtype()});
      detail::visit_width(out.dtype(), [&]<class T>(T) {
        kernels::take(values<T>(out), values<T>(in[0]), values<std::int64_t>(in[1]), in[1].numel(),
                      Blocks(in[0].shape(), a.axis));
      });
      return out;
    },
    gradient(
        reads::input(1),
        [](const Tensor& g, const auto& c) {
          return put_back(g, c.input(1), c.attributes.axis, c.shape(0));
        },
        [](Tensor& total, const Tensor& g, const auto& c) {
          add_taken(total, g, c.input(1), c.attributes.axis);
        }));

constexpr auto put_back_op = operation<Indexed>(
    "take_backward",
    [](const Inputs& in, const Indexed& a) {
      Tensor out = zeros(a.shape, {.dtype = in[0].dtype()});
      add_taken(out, in[0], in[1], a.axis);
      return out;
    },
    gradient(reads::input(1), [](const Tensor& g, const auto& c) {
      return take_op(g, c.input(1), Indexed{c.attributes.axis, c.shape(0)});
    }));

Tensor put_back(const Tensor& g, const Tensor& indices, std::size_t axis, const Shape& whole) {
  return put_back_op(g, indices, Indexed{axis, whole});
}

// The adjoint of gather.
void add_gathered(Tensor& total, const Tensor& src, const Tensor& indices, std::size_t axis) {
  visit_dtype(total.dtype(), [&]<class T>(T) {
    T* const to = values<T>(total);
    const T* const from = values<T>(src);
    kernels::for_each_gathered(values<std::int64_t>(indices), indices.shape(), total.shape(), axis,
                               [&](std::size_t k, std::ptrdiff_t offset) {
                                 to[offset] = static_cast<T>(to[offset] + from[k]);
                               });
  });
}

constexpr auto gather_op = operation<std::size_t>(
    "gather",
    [](const Inputs& in, const std::size_t& axis) {
      Tensor out = empty(in[1].shape(), {.dtype = in[0].dtype()});
      detail::visit_width(out.dtype(), [&]<class T>(T) {
        T* const to = values<T>(out);
        const T* const from = values<T>(in[0]);
        kernels::for_each_gathered(
            values<std::int64_t>(in[1]), in[1].shape(), in[0].shape(), axis,
            [&](std::size_t k, std::ptrdiff_t offset) { to[k] = from[offset]; });
      });
      return out;
    },
    gradient(
        reads::input(1),
        [](const Tensor& g, const auto& c) {
          return scatter_add(zeros(c.shape(0), {.dtype = g.dtype()}),
                             static_cast<int>(c.attributes), c.input(1), g);
        },
        [](Tensor& total, const Tensor& g, const auto& c) {
          add_gathered(total, g, c.input(1), c.attributes);
        }));

constexpr auto scatter_add_op = operation<std::size_t>(  // inputs: x, src, indices
    "scatter_add",
    [](const Inputs& in, const std::size_t& axis) {
      Tensor out = in[0].clone();
      add_gathered(out, in[1], in[2], axis);
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto&) { return g; }),
    gradient(reads::input(2), [](const Tensor& g, const auto& c) {
      return gather(g, static_cast<int>(c.attributes), c.input(2));
    }));

// ---- masked_select and its adjoint

Tensor expand(const Tensor& g, const Tensor& mask);

constexpr auto masked_select_op = operation(  // inputs: x, which broadcasts to the mask, mask
    "masked_select",
    [](const Inputs& in, const NoAttributes&) {
      const Tensor x = broadcast_to(in[0], in[1].shape());
      const std::uint8_t* mask = values<std::uint8_t>(in[1]);
      const auto zeros = std::count(mask, mask + x.numel(), 0);
      const std::size_t count = x.numel() - static_cast<std::size_t>(zeros);
      Tensor out = empty({count}, {.dtype = x.dtype()});
      detail::visit_width(x.dtype(), [&]<class T>(T) {
        kernels::compress_masked(values<T>(out), values<T>(x), mask, count);
      });
      return out;
    },
    gradient(reads::input(1),
             [](const Tensor& g, const auto& c) { return expand(g, c.input(1)); }));

constexpr auto expand_op = operation(
    "masked_select_backward",
    [](const Inputs& in, const NoAttributes&) {
      Tensor out = empty(in[1].shape(), {.dtype = in[0].dtype()});
      detail::visit_width(out.dtype(), [&]<class T>(T) {
        kernels::expand_masked(values<T>(out), values<T>(in[0]), values<std::uint8_t>(in[1]),
                               out.numel(), in[0].numel());
      });
      return out;
    },
    gradient(reads::input(1),
             [](const Tensor& g, const auto& c) { return masked_select_op(g, c.input(1)); }));

Tensor expand(const Tensor& g, const Tensor& mask) { return expand_op(g, mask); }

void check_gathered(const char* op, const Tensor& x, std::size_t axis, const Tensor& indices) {
  bool fits = indices.ndim() == x.ndim();
  for (std::size_t i = 0; fits && i < x.ndim(); ++i)
    fits = i == axis || indices.shape()[i] <= x.shape()[i];
  if (!fits)
    throw ShapeError(str(op, ": indices of shape ", indices.shape(), " for a tensor of shape ",
                         x.shape(), "; expected as many axes, none longer except axis ", axis));
}

// ---- sorting

// gather under the name of the operation that chose the elements.
constexpr auto chosen_op(const char* name) {
  return operation<int>(  // inputs: x, indices; the axis
      name, [](const Inputs& in, const int& axis) { return gather(in[0], axis, in[1]); },
      gradient(reads::input(1), [](const Tensor& g, const auto& c) {
        return scatter_add(zeros(c.shape(0), {.dtype = g.dtype()}), c.attributes, c.input(1), g);
      }));
}
constexpr auto sort_op = chosen_op("sort");
constexpr auto topk_op = chosen_op("topk");

// x has at least one axis.
Tensor ranked(const char* op, const Tensor& x, std::size_t axis, std::size_t k, bool descending) {
  Shape shape = x.shape();
  shape[axis] = k;
  Tensor indices = detail::make_tensor(op, shape, int64);
  if (indices.numel() == 0) return indices;
  visit_dtype(x.dtype(), [&]<class T>(T) {
    const auto kernel = descending ? kernels::rank<true, T> : kernels::rank<false, T>;
    kernel(values<std::int64_t>(indices), values<T>(x), Blocks(x.shape(), axis), k);
  });
  return indices;
}

template <class Op>
Sorted choose(const Op& op, const Tensor& x, std::size_t axis, std::size_t k, bool descending) {
  if (x.ndim() == 0) {
    const Sorted one = choose(op, reshape(x, {1}), 0, 1, descending);
    return {reshape(one.values, {}), reshape(one.indices, {})};
  }
  const Tensor indices = ranked(op.name(), x, axis, k, descending);
  return {op(x, indices, static_cast<int>(axis)), indices};
}

}  // namespace

Tensor take(const Tensor& x, const Tensor& indices, int axis) {
  detail::require_defined("take", x, indices);
  const std::size_t at = detail::axis_of("take", x, axis);
  const Tensor checked = checked_indices("take", indices, x.shape()[at], at);
  check_ndim("take", x.ndim() - 1 + indices.ndim());
  Shape shape = x.shape();
  shape.erase(at);
  for (std::size_t i = 0; i < indices.ndim(); ++i) shape.insert(at + i, indices.shape()[i]);
  return take_op(x, checked, Indexed{at, shape});
}

Tensor gather(const Tensor& x, int axis, const Tensor& indices) {
  detail::require_defined("gather", x, indices);
  const std::size_t at = detail::axis_or_scalar("gather", x, axis);
  check_gathered("gather", x, at, indices);
  return gather_op(x, checked_indices("gather", indices, Blocks(x.shape(), at).n, at), at);
}

Tensor scatter_add(const Tensor& x, int axis, const Tensor& indices, const Tensor& src) {
  detail::require_defined("scatter_add", x, indices, src);
  const std::size_t at = detail::axis_or_scalar("scatter_add", x, axis);
  check_gathered("scatter_add", x, at, indices);
  if (src.shape() != indices.shape())
    throw ShapeError(str("scatter_add: src of shape ", src.shape(), " for indices of shape ",
                         indices.shape(), "; they must be equal"));
  if (src.dtype() != x.dtype())
    throw DTypeError(
        str("scatter_add: src is ", src.dtype(), ", x is ", x.dtype(), "; they must be equal"));
  return scatter_add_op(detail::widened(x), detail::widened(src),
                        checked_indices("scatter_add", indices, Blocks(x.shape(), at).n, at), at);
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  detail::require_defined("masked_select", x);
  expect_mask("masked_select", mask);
  const Shape shape = broadcast_shapes("masked_select", x.shape(), mask.shape());
  return masked_select_op(x, broadcast_to(mask, shape));
}

Tensor one_hot(const Tensor& labels, std::size_t classes, const TensorOptions& options) {
  detail::require_defined("one_hot", labels);
  if (is_floating(labels.dtype()))
    throw DTypeError(str("one_hot: labels are ", labels.dtype(), "; expected int64"));
  check_ndim("one_hot", labels.ndim() + 1);
  Shape shape = labels.shape();
  shape.push_back(classes);
  const detail::Unobserved guard("one_hot");
  Tensor out = zeros(shape, options);
  const Tensor integers = labels.to(int64);
  const std::int64_t* label = values<std::int64_t>(integers);
  visit_dtype(out.dtype(), [&]<class T>(T) {
    T* row = values<T>(out);
    for (std::size_t i = 0; i < integers.numel(); ++i, row += classes) {
      if (label[i] < 0 || static_cast<std::size_t>(label[i]) >= classes)
        throw ValueError(
            str("one_hot: label ", label[i], " at position ", i, " is outside of the ", classes,
                " classes: ",
                expected_between<std::int64_t>(0, static_cast<std::int64_t>(classes) - 1)));
      row[label[i]] = T(1);
    }
  });
  return out;
}

Sorted sort(const Tensor& x, int axis, bool descending) {
  const std::size_t at = detail::axis_or_scalar("sort", x, axis);
  return choose(sort_op, x, at, Blocks(x.shape(), at).n, descending);
}

Sorted topk(const Tensor& x, std::int64_t k, int axis, bool largest) {
  const std::size_t at = detail::axis_or_scalar("topk", x, axis);
  const std::size_t n = Blocks(x.shape(), at).n;
  if (k < 0 || k > static_cast<std::int64_t>(n))
    throw ShapeError(
        str("topk: k is ", k, " for axis ", at, " of shape ", x.shape(), "; expected 0 to ", n));
  return choose(topk_op, x, at, static_cast<std::size_t>(k), largest);
}

Tensor argsort(const Tensor& x, int axis, bool descending) {
  const std::size_t at = detail::axis_or_scalar("argsort", x, axis);
  if (x.ndim() == 0) return zeros({}, {.dtype = int64});
  return ranked("argsort", x, at, x.shape()[at], descending);
}

}  // namespace xgrad
