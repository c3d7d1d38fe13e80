#include "ordering.hpp"

#include "../kernels/ordering.hpp"
#include "axes.hpp"
#include "indexing.hpp"

namespace xgrad {
namespace {

using detail::values;

// The chosen elements: gather under the name of the operation that chose them.
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
    kernel(values<std::int64_t>(indices), values<T>(x), detail::Blocks(x.shape(), axis), k);
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

Sorted sort(const Tensor& x, int axis, bool descending) {
  detail::require_defined("sort", x);
  const std::size_t at = detail::axis_or_scalar("sort", axis, x.shape());
  return choose(sort_op, x, at, detail::Blocks(x.shape(), at).n, descending);
}

Sorted topk(const Tensor& x, std::int64_t k, int axis, bool largest) {
  detail::require_defined("topk", x);
  const std::size_t at = detail::axis_or_scalar("topk", axis, x.shape());
  const std::size_t n = detail::Blocks(x.shape(), at).n;
  if (k < 0 || k > static_cast<std::int64_t>(n))
    throw ShapeError(message("topk: k is ", k, " for axis ", at, " of shape ", x.shape(),
                             "; expected 0 to ", n));
  return choose(topk_op, x, at, static_cast<std::size_t>(k), largest);
}

Tensor argsort(const Tensor& x, int axis, bool descending) {
  detail::require_defined("argsort", x);
  const std::size_t at = detail::axis_or_scalar("argsort", axis, x.shape());
  if (x.ndim() == 0) return zeros({}, {.dtype = int64});
  return ranked("argsort", x, at, x.shape()[at], descending);
}

}  // namespace xgrad
