#include "reduction.hpp"

#include "../kernels/reduce.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "elementwise.hpp"
#include "logic.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

using detail::reduce_by_runs;
using detail::Reduction;
using detail::with_kept_axes;

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
      return visit_floating(in[0].dtype(), [&]<class T>(T) {
        return reduce_by_runs<T>(in[0], r, [](auto... args) { kernels::mean(args...); });
      });
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      const Tensor share = g / static_cast<double>(c.attributes.count);
      return broadcast_to(with_kept_axes(share, c.attributes), c.shape(0));
    }));

// ---- prod

// g times the product of all other elements of the row: pairs are multiplied up to the whole row's
// product, then each half's gradient is the other half's product. No quotient, so zeros need no
// care, and it can be differentiated again. x: (rows, n), g: (rows, 1).
Tensor times_the_others(const Tensor& g, const Tensor& x) {
  if (x.numel() == 0) return zeros(x.shape(), {.dtype = x.dtype()});
  const auto extent = [](const Tensor& t) { return static_cast<std::int64_t>(t.shape()[1]); };
  const auto columns = [](const Tensor& t, std::int64_t from, std::int64_t to) {
    return slice(t, 1, from, to);
  };
  std::vector<Tensor> levels{x};
  while (extent(levels.back()) > 1) {
    const Tensor& level = levels.back();
    const std::int64_t n = extent(level), half = n / 2;
    const Tensor pairs = columns(level, 0, half) * columns(level, half, 2 * half);
    levels.push_back(n % 2 ? concatenate({pairs, columns(level, n - 1, n)}, 1) : pairs);
  }
  Tensor result = g;
  for (levels.pop_back(); !levels.empty(); levels.pop_back()) {
    const Tensor& level = levels.back();
    const std::int64_t n = extent(level), half = n / 2;
    const Tensor pairs = columns(result, 0, half);
    std::vector<Tensor> parts{pairs * columns(level, half, 2 * half),
                              pairs * columns(level, 0, half)};
    if (n % 2) parts.push_back(columns(result, half, half + 1));
    result = concatenate(parts, 1);
  }
  return result;
}

constexpr auto prod_op = operation<Reduction>(
    "prod",
    [](const Inputs& in, const Reduction& r) {
      return visit_dtype(in[0].dtype(), [&]<class T>(T) {
        return reduce_by_runs<T>(in[0], r, [](auto... args) { kernels::prod(args...); });
      });
    },
    gradient(reads::input(0), [](const Tensor& g, const auto& c) {
      const Reduction& r = c.attributes;
      const Tensor& x = c.input(0);
      const Tensor rows =
          times_the_others(reshape(g, {r.squeezed.numel(), 1}), detail::to_rows(x, r));
      return detail::from_rows(rows, x.shape(), r);
    }));

// ---- max, min and their indices

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
        const Tensor chosen = c.input(0) == with_kept_axes(c.output(), r);
        return detail::weigh(with_kept_axes(g, r), detail::even_shares(chosen, r, g.dtype()));
      }));
}
constexpr auto max_op = extreme_op<true>("max");
constexpr auto min_op = extreme_op<false>("min");

// Errors: ShapeError, unless something is there to be the greatest or least.
template <class... Along>
void require_elements(const char* op, const Tensor& x, const Reduction& r, const Along&... along) {
  if (r.count == 0)
    throw ShapeError(message(op, ": shape ", x.shape(), " has no element to choose from along ",
                             along..., "; expected at least one"));
}

template <class Op>
Tensor extreme(const Op& op, const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined(op.name(), x);
  const Reduction r(op.name(), x.shape(), axes, keepdims);
  require_elements(op.name(), x, r, "the reduced axes");
  return op(x, r);
}

template <bool greatest>
Tensor arg_extreme(const char* op, const Tensor& x, int axis, bool keepdims) {
  detail::require_defined(op, x);
  const Reduction r(op, x.shape(), axis, keepdims);
  require_elements(op, x, r, "axis ", axis);
  Tensor out = detail::make_tensor(op, r.shape(), int64);
  const detail::Blocks blocks(x.shape(), detail::axis_or_scalar(op, axis, x.shape()));
  visit_dtype(x.dtype(), [&]<class T>(T) {
    kernels::select_extreme<T>(nullptr, detail::values<std::int64_t>(out), detail::values<T>(x),
                               blocks.outer, blocks.n, blocks.inner,
                               [](T a, T b) { return greatest ? a > b : a < b; });
  });
  return out;
}

// ---- all, any

template <bool all>
Tensor truth(const char* op, const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined(op, x);
  return reduce_by_runs<std::uint8_t>(x != 0, Reduction(op, x.shape(), axes, keepdims),
                                      [](auto... args) { kernels::truth<all>(args...); });
}

// ---- cumsum

struct Scan {
  std::size_t axis = 0;
  bool reverse = false;
};

Tensor scan(const Tensor& x, const Scan& s);

constexpr auto cumsum_op = operation<Scan>(
    "cumsum",
    [](const Inputs& in, const Scan& s) {
      Tensor out = empty(in[0].shape(), {.dtype = in[0].dtype()});
      if (out.numel() == 0) return out;
      const detail::Blocks b(out.shape(), s.axis);
      visit_dtype(out.dtype(), [&]<class T>(T) {
        kernels::cumsum(detail::values<T>(out), detail::values<T>(in[0]), b.outer, b.n, b.inner,
                        s.reverse);
      });
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      return scan(g, {c.attributes.axis, !c.attributes.reverse});
    }));

Tensor scan(const Tensor& x, const Scan& s) { return cumsum_op(x, s); }

// uint8 as int64: what is added up or multiplied does not stay within a byte.
Tensor widened(const Tensor& x) { return x.dtype() == uint8 ? x.to(int64) : x; }

}  // namespace

namespace detail {

Tensor even_shares(const Tensor& chosen, const Reduction& r, DType dtype) {
  const Tensor ones = chosen.to(dtype);
  return ones.ndim() ? ones / sum(ones, r.axes(), true) : ones / ones;
}

}  // namespace detail

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined("sum", x);
  return sum_op(widened(x), Reduction("sum", x.shape(), axes, keepdims));
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined("mean", x);
  detail::require_floating("mean", x);
  return mean_op(x, Reduction("mean", x.shape(), axes, keepdims));
}

Tensor prod(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined("prod", x);
  return prod_op(widened(x), Reduction("prod", x.shape(), axes, keepdims));
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

Tensor all(const Tensor& x, const Axes& axes, bool keepdims) {
  return truth<true>("all", x, axes, keepdims);
}
Tensor any(const Tensor& x, const Axes& axes, bool keepdims) {
  return truth<false>("any", x, axes, keepdims);
}

Tensor cumsum(const Tensor& x, int axis) {
  detail::require_defined("cumsum", x);
  return scan(widened(x), {detail::axis_or_scalar("cumsum", axis, x.shape())});
}

Tensor detail::sum_to(const Tensor& g, const Shape& shape) {
  const std::size_t extra = g.ndim() - shape.size();
  Axes axes;
  for (std::size_t i = 0; i < g.ndim(); ++i)
    if (i < extra || (shape[i - extra] == 1 && g.shape()[i] != 1))
      axes.push_back(static_cast<int>(i));
  const Tensor summed = axes.empty() ? g : sum(g, axes, true);
  return summed.shape() == shape ? summed : reshape(summed, shape);
}

}  // namespace xgrad
