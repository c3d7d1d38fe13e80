#include "indexing.hpp"

#include <algorithm>

#include "../kernels/ordering.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "logic.hpp"
#include "strided.hpp"

namespace xgrad {

using detail::Blocks;
using detail::checked_indices;
using detail::values;

Tensor detail::checked_indices(const char* op, const Tensor& indices, std::size_t n,
                               std::size_t axis) {
  if (is_floating(indices.dtype()) || indices.dtype() == boolean)
    throw DTypeError(
        str(op, ": indices are ", indices.dtype(), "; expected int64, as from to(int64)"));
  const Tensor result = indices.to(int64);
  const auto limit = static_cast<std::int64_t>(n);
  const auto check = [=](const Tensor& t) {  // returns whether any is negative
    const std::int64_t* given = values<std::int64_t>(t);
    std::int64_t lowest = 0, highest = -1;
    for (std::size_t i = 0, count = t.numel(); i < count; ++i) {
      lowest = std::min(lowest, given[i]);
      highest = std::max(highest, given[i]);
    }
    if (highest >= limit || lowest < -limit) {
      std::size_t i = 0;
      while (given[i] < limit && given[i] >= -limit) ++i;
      throw ShapeError(str(op, ": index ", given[i], " at position ", i,
                           " is out of range for axis ", axis, " of extent ", n, ": ",
                           expected_between(-limit, limit - 1)));
    }
    return lowest < 0;
  };
  const auto from_start = [&] { return where(result < 0, result + limit, result); };
  if (detail::mode.noting) {
    detail::note_check(result, check);
    return from_start();
  }
  if (!check(result)) return result;
  const detail::Unobserved guard(op);
  return from_start();
}

namespace {

// ---- take, gather, masked_select

struct Indexed {
  std::size_t axis = 0;
  Shape shape;  // of the result
};

// How indices find elements in a tensor of shape `whole`; f as in kernels/move.hpp.
constexpr auto taken = [](const Tensor& indices, const Shape& whole, std::size_t axis, auto f) {
  kernels::for_each_taken(values<std::int64_t>(indices), indices.numel(), Blocks(whole, axis), f);
};
constexpr auto gathered = [](const Tensor& indices, const Shape& whole, std::size_t axis, auto f) {
  kernels::for_each_gathered(values<std::int64_t>(indices), indices.shape(), whole, axis, f);
};

template <class Find>
void add_to_found(Tensor& total, const Tensor& src, const Tensor& indices, std::size_t axis,
                  const Find& find) {
  visit_number(total.dtype(), [&]<class T>(T) {
    find(indices, total.shape(), axis,
         [to = values<T>(total), from = values<T>(src)](std::size_t k, std::size_t at, auto n) {
           for (std::size_t i = 0; i < n; ++i) to[at + i] += from[k + i];
         });
  });
}

template <class Find>
constexpr auto reading(const char* name, Find find) {
  return operation<Indexed>(  // inputs: x, indices
      name,
      [find](const Inputs& in, const Indexed& a) {
        Tensor out = empty(a.shape, {.dtype = in[0].dtype()});
        detail::visit_width(out.dtype(), [&]<class T>(T) {
          find(in[1], in[0].shape(), a.axis,
               [to = values<T>(out), from = values<T>(in[0])](std::size_t k, std::size_t at,
                                                              auto n) {
                 std::copy_n(from + at, std::size_t{n}, to + k);
               });
        });
        return out;
      },
      part_gradient(reads::input(1), [find](Tensor& total, const Tensor& g, const auto& c) {
        add_to_found(total, g, c.input(1), c.attributes.axis, find);
      }));
}
constexpr auto take_op = reading("take", taken);
constexpr auto gather_op = reading("gather", gathered);
constexpr auto sort_op = reading("sort", gathered);
constexpr auto topk_op = reading("topk", gathered);

constexpr auto scatter_add_op = operation<std::size_t>(  // inputs: x, src, indices
    "scatter_add",
    [](const Inputs& in, std::size_t axis) {
      Tensor out = in[0].clone();
      add_to_found(out, in[1], in[2], axis, gathered);
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto&) { return g; }),
    gradient(reads::input(2), [](const Tensor& g, const auto& c) {
      return gather(g, static_cast<int>(c.attributes), c.input(2));
    }));

constexpr auto masked_select_op = operation(  // inputs: x, mask of one shape
    "masked_select",
    [](const Inputs& in) {
      const std::uint8_t* mask = values<std::uint8_t>(in[1]);
      const auto zeros = std::count(mask, mask + in[1].numel(), 0);
      const std::size_t count = in[1].numel() - static_cast<std::size_t>(zeros);
      Tensor out = empty({count}, {.dtype = in[0].dtype()});
      detail::visit_width(out.dtype(), [&]<class T>(T) {
        kernels::compress_masked(values<T>(out), values<T>(in[0]), mask, count);
      });
      return out;
    },
    part_gradient(reads::input(1), [](Tensor& total, const Tensor& g, const auto& c) {
      visit_floating(total.dtype(), [&]<class T>(T) {
        kernels::add_masked(values<T>(total), values<T>(g), values<std::uint8_t>(c.input(1)),
                            g.numel());
      });
    }));

void check_gathered(const char* op, const Tensor& x, std::size_t axis, const Tensor& indices) {
  bool fits = indices.ndim() == x.ndim();
  for (std::size_t i = 0; fits && i < x.ndim(); ++i)
    fits = i == axis || indices.shape()[i] <= x.shape()[i];
  if (!fits)
    throw ShapeError(str(op, ": indices of shape ", indices.shape(), " for a tensor of shape ",
                         x.shape(), "; expected as many axes, none longer except axis ", axis));
}

// ---- sorting

Tensor ranked(const char* op, const Tensor& x, std::size_t axis, std::size_t k, bool descending) {
  Shape shape = x.shape();
  if (shape.empty())
    k = 1;
  else
    shape[axis] = k;
  Tensor indices = detail::make_tensor(op, shape, int64);
  if (indices.numel() == 0) return indices;
  visit_stored(x.dtype(), [&]<class T>(T) {
    const auto kernel = descending ? kernels::rank<true, T> : kernels::rank<false, T>;
    kernel(values<std::int64_t>(indices), values<T>(x), Blocks(x.shape(), axis), k);
  });
  return indices;
}

template <class Op>
Sorted choose(const Op& op, const Tensor& x, std::size_t axis, std::size_t k, bool descending) {
  const Tensor indices = ranked(op.name(), x, axis, k, descending);
  return {op(x, indices, {axis, indices.shape()}), indices};
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
  return gather_op(x, checked_indices("gather", indices, Blocks(x.shape(), at).n, at),
                   {at, indices.shape()});
}

Tensor scatter_add(const Tensor& x, int axis, const Tensor& indices, const Tensor& src) {
  detail::require_defined("scatter_add", x, indices, src);
  const std::size_t at = detail::axis_or_scalar("scatter_add", x, axis);
  check_gathered("scatter_add", x, at, indices);
  expect_same_shape("scatter_add", "src", src, "indices", indices);
  expect_same_dtype("scatter_add", "src", src, "x", x);
  return scatter_add_op(detail::widened(x), detail::widened(src),
                        checked_indices("scatter_add", indices, Blocks(x.shape(), at).n, at), at);
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  detail::require_defined("masked_select", x);
  expect_mask("masked_select", mask);
  const Shape shape = broadcast_shapes("masked_select", x.shape(), mask.shape());
  return masked_select_op(x.shape() == shape ? x : broadcast_to(x, shape),
                          broadcast_to(mask, shape));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const TensorOrScalar& value) {
  constexpr const char* op = "masked_fill";
  expect_defined(op, "x", x);
  expect_mask(op, mask);
  broadcast_shapes(op, x.shape(), mask.shape());
  if (!value.tensor()) return where(mask, detail::scalar_tensor(op, value.scalar(), x.dtype()), x);
  const Tensor& filling = *value.tensor();
  expect_defined(op, "value", filling);
  expect_same_dtype(op, "value", filling, "x", x);
  expect<ShapeError>(filling.ndim() == 0, op, ": value of shape ", filling.shape(),
                     "; expected a number or a 0-d tensor");
  return where(mask, filling, x);
}

Tensor nonzero(const Tensor& x) {
  detail::require_defined("nonzero", x);
  const detail::Unobserved guard("nonzero");
  const Tensor flat = masked_select(arange(x.numel()), reshape(x != 0, {-1}));
  Tensor indices = empty({flat.numel(), x.ndim()}, int64);
  std::int64_t* row = values<std::int64_t>(indices);
  const std::size_t axes = x.ndim();
  const auto width = static_cast<std::int64_t>(axes == 0 ? 1 : x.shape().back());
  std::int64_t start = -1;  // of the row of x that the last element was found in
  for (const std::int64_t found : flat.data<std::int64_t>()) {
    if (axes > 0 && start >= 0 && found - start < width) {  // in the same: without divisions
      std::copy_n(row - axes, axes - 1, row);
      row[axes - 1] = found - start;
    } else {
      std::int64_t rest = found;
      for (std::size_t axis = axes; axis-- > 0;) {
        const auto n = static_cast<std::int64_t>(x.shape()[axis]);
        row[axis] = rest % n;
        rest /= n;
      }
      start = axes == 0 ? 0 : found - row[axes - 1];
    }
    row += axes;
  }
  return indices;
}

Tensor one_hot(const Tensor& labels, std::size_t classes, const TensorOptions& options) {
  detail::require_defined("one_hot", labels);
  if (is_floating(labels.dtype()))
    throw DTypeError(
        str("one_hot: labels are ", labels.dtype(), "; expected int64, as from to(int64)"));
  check_ndim("one_hot", labels.ndim() + 1);
  Shape shape = labels.shape();
  shape.push_back(classes);
  const detail::Unobserved guard("one_hot");
  Tensor out = empty(shape, options);
  const auto set = [classes](Tensor& to, const Tensor& integers) {
    const std::int64_t* label = values<std::int64_t>(integers);
    visit_stored(to.dtype(), [&]<class T>(T) {
      T* row = values<T>(to);
      std::fill_n(row, to.numel(), T(0));
      for (std::size_t i = 0; i < integers.numel(); ++i, row += classes) {
        if (label[i] < 0 || static_cast<std::size_t>(label[i]) >= classes)
          throw ValueError(
              str("one_hot: label ", label[i], " at position ", i, " is outside of the ", classes,
                  " classes: ",
                  expected_between<std::int64_t>(0, static_cast<std::int64_t>(classes) - 1)));
        row[label[i]] = T(1);
      }
    });
  };
  detail::launch(out, set, labels.to(int64));
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
  return ranked("argsort", x, at, Blocks(x.shape(), at).n, descending);
}

}  // namespace xgrad
