#include "autograd/ops/reduction.hpp"

#include "autograd/apply.hpp"
#include "autograd/kernels/reduce.hpp"
#include "autograd/message.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/logic.hpp"
#include "autograd/ops/shaping.hpp"

namespace xgrad {
namespace {

/// Which axes of a shape are reduced, and what that leaves.
struct Reduction {
  std::array<bool, max_ndim> reduced{};
  Shape kept;      // with extent 1 for each reduced axis
  Shape squeezed;  // without them
  bool keepdims = false;
  std::size_t count = 1;  // elements that make one

  Reduction() = default;
  Reduction(const char* op, const Shape& shape, const Axes& axes, bool keep) : keepdims(keep) {
    for (int axis : axes) {
      // A 0-d tensor may be reduced along axis 0 or -1, as in PyTorch.
      const std::size_t at = normalize_axis(op, axis, std::max<std::size_t>(shape.size(), 1));
      if (reduced[at])
        throw ShapeError(message(op, ": axis ", at, " is named twice for shape ", shape));
      reduced[at] = true;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (axes.empty()) reduced[i] = true;
      kept.push_back(reduced[i] ? 1 : shape[i]);
      if (reduced[i])
        count *= shape[i];
      else
        squeezed.push_back(shape[i]);
    }
  }
  const Shape& shape() const noexcept { return keepdims ? kept : squeezed; }
};

// Reduces the runs of neighbouring axes one after the other: step(out, x, outer, n, inner).
template <class T, class Step>
Tensor reduce_by_runs(const Tensor& x, const Reduction& r, Step step) {
  Tensor current = x;
  Shape shape = x.shape();
  for (std::size_t end = shape.size(); end > 0;) {
    if (!r.reduced[end - 1]) {
      --end;
      continue;
    }
    std::size_t begin = end, outer = 1, n = 1, inner = 1;
    for (; begin > 0 && r.reduced[begin - 1]; --begin) n *= shape[begin - 1];
    for (std::size_t i = 0; i < begin; ++i) outer *= shape[i];
    for (std::size_t i = end; i < shape.size(); ++i) inner *= shape[i];
    std::fill(shape.begin() + begin, shape.begin() + end, std::size_t{1});
    Tensor next = empty(shape, {.dtype = dtype_of<T>});
    step(detail::values<T>(next), detail::values<T>(current), outer, n, inner);
    current = next;
    end = begin;
  }
  return reshape(current, r.shape());
}

// A result or its gradient, with the reduced axes back in place, ready to broadcast.
Tensor with_kept_axes(const Tensor& t, const Reduction& r) {
  return r.keepdims ? t : reshape(t, r.kept);
}

constexpr auto sum_op = operation<Reduction>(
    "sum",
    [](const Inputs& in, const Reduction& r) {
      return visit_dtype(in[0].dtype(), [&]<class T>(T) {
        return reduce_by_runs<T>(in[0], r, [](auto... args) { kernels::sum(args...); });
      });
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      return broadcast_to(with_kept_axes(g, c.attributes), c.shape(0));
    }));

constexpr auto mean_op = operation<Reduction>(
    "mean",
    [](const Inputs& in, const Reduction& r) {
      return sum_op(in[0], r) * (1.0 / static_cast<double>(r.count));
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      const Tensor share = g * (1.0 / static_cast<double>(c.attributes.count));
      return broadcast_to(with_kept_axes(share, c.attributes), c.shape(0));
    }));

// Tied elements share the gradient evenly: g [x = y] / #[x = y].
template <bool greatest>
constexpr auto extreme_op(const char* name) {
  return operation<Reduction>(
      name,
      [](const Inputs& in, const Reduction& r) {
        return visit_dtype(in[0].dtype(), [&]<class T>(T) {
          return reduce_by_runs<T>(in[0], r, [](T* out, const T* x, auto... extents) {
            kernels::select_extreme(out, nullptr, x, extents...,
                                    [](T a, T b) { return greatest ? a > b : a < b; });
          });
        });
      },
      gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
        const Reduction& r = c.attributes;
        const Tensor& x = c.input(0);
        const Tensor chosen = (x == with_kept_axes(c.output(), r)).to(x.dtype());
        const Axes axes = [&] {
          Axes list;
          for (std::size_t i = 0; i < x.ndim(); ++i)
            if (r.reduced[i]) list.push_back(static_cast<int>(i));
          return list;
        }();
        const Tensor ties = x.ndim() ? sum(chosen, axes, true) : chosen;
        return with_kept_axes(g, r) * (chosen / ties);
      }));
}
constexpr auto max_op = extreme_op<true>("max");
constexpr auto min_op = extreme_op<false>("min");

template <class Op>
Tensor extreme(const Op& op, const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined(op.name(), x);
  const Reduction r(op.name(), x.shape(), axes, keepdims);
  if (r.count == 0)
    throw ShapeError(message(op.name(), ": shape ", x.shape(),
                             " has no element to choose from "
                             "along the reduced axes; expected at least one"));
  return op(x, r);
}

template <bool greatest>
Tensor arg_extreme(const char* op, const Tensor& x, int axis, bool keepdims) {
  detail::require_defined(op, x);
  const Reduction r(op, x.shape(), axis, keepdims);
  if (r.count == 0)
    throw ShapeError(message(op, ": shape ", x.shape(),
                             " has no element to choose from along "
                             "axis ",
                             axis, "; expected at least one"));
  Tensor out = empty(r.shape(), {.dtype = int64});
  const std::size_t at = x.ndim() ? normalize_axis(op, axis, x.ndim()) : 0;
  std::size_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < at; ++i) outer *= x.shape()[i];
  for (std::size_t i = at + 1; i < x.ndim(); ++i) inner *= x.shape()[i];
  visit_dtype(x.dtype(), [&]<class T>(T) {
    kernels::select_extreme<T>(nullptr, detail::values<std::int64_t>(out), detail::values<T>(x),
                               outer, r.count, inner,
                               [](T a, T b) { return greatest ? a > b : a < b; });
  });
  return out;
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined("sum", x);
  const Tensor& wide = x.dtype() == uint8 ? x.to(int64) : x;
  return sum_op(wide, Reduction("sum", x.shape(), axes, keepdims));
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined("mean", x);
  if (!is_floating(x.dtype()))
    throw DTypeError(message("mean: tensor of ", name(x.dtype()),
                             "; expected float32 or float64, "
                             "as from to(float32)"));
  return mean_op(x, Reduction("mean", x.shape(), axes, keepdims));
}

Tensor max(const Tensor& x, const Axes& axes, bool keepdims) {
  return extreme(max_op, x, axes, keepdims);
}
Tensor min(const Tensor& x, const Axes& axes, bool keepdims) {
  return extreme(min_op, x, axes, keepdims);
}

Tensor argmax(const Tensor& x, int axis, bool keepdims) {
  return arg_extreme<true>("argmax", x, axis, keepdims);
}
Tensor argmin(const Tensor& x, int axis, bool keepdims) {
  return arg_extreme<false>("argmin", x, axis, keepdims);
}
Tensor argmax(const Tensor& x) {
  detail::require_defined("argmax", x);
  return argmax(reshape(x, {x.numel()}), 0);
}
Tensor argmin(const Tensor& x) {
  detail::require_defined("argmin", x);
  return argmin(reshape(x, {x.numel()}), 0);
}

}  // namespace xgrad
