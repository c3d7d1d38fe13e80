#include "reduction.hpp"

#include "../kernels/softmax.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "elementwise.hpp"
#include "logic.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

using detail::Blocks;
using detail::reduce_by_runs;
using detail::ReducedAxes;
using detail::values;
using detail::with_kept_axes;

// The value of a reduction by kernel(out, x, blocks). Calls kernel with the types that `visit` has.
template <class Visit, class Kernel>
constexpr auto by_runs(Visit visit, Kernel kernel) {
  return [visit, kernel](const Inputs& in, const ReducedAxes& r) {
    return visit(in[0].dtype(), [&]<class T>(T) { return reduce_by_runs<T>(in[0], r, kernel); });
  };
}
constexpr auto numbers = [](DType dtype, auto f) { return visit_number(dtype, f); };
constexpr auto floats = [](DType dtype, auto f) { return visit_floating(dtype, f); };
constexpr auto stored = [](DType dtype, auto f) { return visit_stored(dtype, f); };

constexpr auto sum_op =
    operation<ReducedAxes>("sum", by_runs(numbers, [](auto... args) { kernels::sum(args...); }),
                           gradient(reads::nothing, [](const Tensor& g, const auto& c) {
                             return broadcast_to(with_kept_axes(g, c.attributes), c.shape(0));
                           }));

constexpr auto mean_op =
    operation<ReducedAxes>("mean", by_runs(floats, [](auto... args) { kernels::mean(args...); }),
                           gradient(reads::nothing, [](const Tensor& g, const auto& c) {
                             const Tensor share = g / static_cast<double>(c.attributes.count);
                             return broadcast_to(with_kept_axes(share, c.attributes), c.shape(0));
                           }));

// g (rows, 1) times the product of all other elements of each row of x (rows, n): pairs are
// multiplied, and each half's gradient is the gradient of the pairs times the other half. No
// quotient, so zeros need no care, and it can be differentiated again.
Tensor times_the_others(const Tensor& g, const Tensor& x) {
  if (x.numel() == 0) return zeros(x.shape(), {.dtype = x.dtype()});
  const auto n = static_cast<std::int64_t>(x.shape()[1]), half = n / 2;
  if (n == 1) return g;
  const Tensor left = slice(x, 1, 0, half), right = slice(x, 1, half, 2 * half);
  const Tensor pairs = left * right;
  const Tensor all =
      times_the_others(g, n % 2 ? concatenate({pairs, slice(x, 1, n - 1, n)}, 1) : pairs);
  const Tensor others = slice(all, 1, 0, half);
  std::vector<Tensor> parts{others * right, others * left};
  if (n % 2) parts.push_back(slice(all, 1, half, half + 1));
  return concatenate(parts, 1);
}

constexpr auto prod_op =
    operation<ReducedAxes>("prod", by_runs(numbers, [](auto... args) { kernels::prod(args...); }),
                           gradient(reads::input(0), [](const Tensor& g, const auto& c) {
                             const ReducedAxes& r = c.attributes;
                             const Tensor& x = c.input(0);
                             const Tensor rows = times_the_others(
                                 reshape(g, {r.squeezed.numel(), 1}), detail::to_rows(x, r));
                             return detail::from_rows(rows, x.shape(), r);
                           }));

// ---- max, min and their indices

template <bool largest>
constexpr auto precedes = [](auto a, auto b) { return largest ? a > b : a < b; };

// Tied elements share the gradient evenly: g [x = y] / #[x = y].
template <bool largest>
constexpr auto extreme_op(const char* name) {
  return operation<ReducedAxes>(
      name,
      by_runs(stored,
              [](auto* out, const auto* x, const Blocks& b) {
                kernels::select_extreme(out, nullptr, x, b, precedes<largest>);
              }),
      gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
        const ReducedAxes& r = c.attributes;
        const Tensor chosen = c.input(0) == with_kept_axes(c.output(), r);
        return detail::weigh(with_kept_axes(g, r), detail::even_shares(chosen, r, g.dtype()));
      }));
}
constexpr auto max_op = extreme_op<true>("max");
constexpr auto min_op = extreme_op<false>("min");

// The axes to choose from. Throws ShapeError if they have no elements.
template <class... Along>
ReducedAxes choice(const char* op, const Tensor& x, const Axes& axes, bool keepdims,
                   const Along&... along) {
  const ReducedAxes r(op, x, axes, keepdims);
  if (r.count == 0)
    throw ShapeError(str(op, ": shape ", x.shape(), " has no element to choose from along ",
                         along..., "; expected at least one"));
  return r;
}

template <bool largest>
Tensor arg_extreme(const char* op, const Tensor& x, int axis, bool keepdims) {
  const ReducedAxes r = choice(op, x, axis, keepdims, "axis ", axis);
  Tensor out = detail::make_tensor(op, r.shape(), int64);
  const Blocks blocks(x.shape(), detail::axis_or_scalar(op, x, axis));
  visit_stored(x.dtype(), [&]<class T>(T) {
    kernels::select_extreme<T>(nullptr, values<std::int64_t>(out), values<T>(x), blocks,
                               precedes<largest>);
  });
  return out;
}

template <bool all>
Tensor truth(const char* op, const Tensor& x, const Axes& axes, bool keepdims) {
  const ReducedAxes r(op, x, axes, keepdims);
  const Tensor mask = x.dtype() == boolean ? x : x != 0;
  return reduce_by_runs<std::uint8_t>(mask, r, kernels::truth<all>);
}

// ---- cumsum

struct Scan {
  std::size_t axis = 0;
  bool reverse = false;
};

constexpr auto cumsum_op = operation<Scan>(
    "cumsum",
    [](const Inputs& in, const Scan& s) {
      Tensor out = empty_like(in[0]);
      if (out.numel() == 0) return out;
      visit_number(out.dtype(), [&]<class T>(T) {
        kernels::cumsum(values<T>(out), values<T>(in[0]), Blocks(out.shape(), s.axis), s.reverse);
      });
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) {
      return c.op(g, {c.attributes.axis, !c.attributes.reverse});
    }));

// ---- normalised exponentials

// The value of an operation on rows by kernel(out, x, rows, n); along another axis than the last it
// works on the transpose.
template <class Kernel>
constexpr auto by_rows(Kernel kernel) {
  return [kernel](const Inputs& in) {
    Tensor out = empty_like(in[0]);
    const std::size_t n = out.shape().back(), rows = n ? out.numel() / n : 0;
    visit_floating(out.dtype(),
                   [&]<class T>(T) { kernel(values<T>(out), values<T>(in[0]), rows, n); });
    return out;
  };
}

// The Jacobian of softmax is diag(y) - y y^T.
constexpr auto softmax_op =
    operation("softmax", by_rows([](auto... args) { kernels::softmax(args...); }),
              gradient(reads::output, [](const Tensor& g, const auto& c) {
                const Tensor y = c.output();
                return y * (g - sum(g * y, -1, true));
              }));

constexpr auto log_softmax_op =
    operation("log_softmax", by_rows([](auto... args) { kernels::log_softmax(args...); }),
              gradient(reads::output, [](const Tensor& g, const auto& c) {
                return g - exp(c.output()) * sum(g, -1, true);
              }));

// The gradient is softmax, e^(x - y) <= 1, computed as such where y is infinite.
constexpr auto logsumexp_op = operation<ReducedAxes>(
    "logsumexp",
    [](const Inputs& in, const ReducedAxes& r) {
      const Tensor x = detail::to_rows(in[0], r);
      Tensor out = empty(r.shape(), {.dtype = x.dtype()});
      visit_floating(x.dtype(), [&]<class T>(T) {
        kernels::logsumexp(values<T>(out), values<T>(x), out.numel(), r.count);
      });
      return out;
    },
    gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
      const ReducedAxes& r = c.attributes;
      const Tensor y = with_kept_axes(c.output(), r);
      const Tensor& x = c.input(0);
      if (all(isfinite(y)).item<bool>()) return with_kept_axes(g, r) * exp(x - y);
      return with_kept_axes(g, r) * detail::from_rows(softmax(detail::to_rows(x, r)), x.shape(), r);
    }));

Tensor as_floats(const Tensor& x) { return is_floating(x.dtype()) ? x : x.to(float32); }
Tensor floats_only(const Tensor& x) {
  if (x.dtype() == boolean) return x.to(float32);
  expect_floating("mean", "tensor", x);
  return x;
}

template <class Op>
Tensor reduce(const Op& op, Tensor (*converted)(const Tensor&), const Tensor& x, const Axes& axes,
              bool keepdims) {
  const ReducedAxes r(op.name(), x, axes, keepdims);
  return op(converted(x), r);
}

template <class Op>
Tensor along(const Op& op, const Tensor& given, int axis) {
  const std::size_t at = detail::axis_or_scalar(op.name(), given, axis);
  const Tensor x = as_floats(given);
  if (x.ndim() == 0) return reshape(op(reshape(x, {1})), {});
  if (at + 1 == x.ndim()) return op(x);
  return transpose(op(transpose(x, axis, -1)), axis, -1);
}

}  // namespace

Tensor detail::even_shares(const Tensor& chosen, const ReducedAxes& r, DType dtype) {
  const Tensor ones = chosen.to(dtype);
  return ones.ndim() ? ones / sum(ones, r.axes(), true) : ones / ones;
}

#define XGRAD_REDUCTION(name, value) \
  Tensor name(const Tensor& x, const Axes& axes, bool keepdims) { return value; }
XGRAD_REDUCTION(sum, reduce(sum_op, detail::widened, x, axes, keepdims))
XGRAD_REDUCTION(mean, reduce(mean_op, floats_only, x, axes, keepdims))
XGRAD_REDUCTION(prod, reduce(prod_op, detail::widened, x, axes, keepdims))
XGRAD_REDUCTION(logsumexp, reduce(logsumexp_op, as_floats, x, axes, keepdims))
XGRAD_REDUCTION(max, max_op(x, choice("max", x, axes, keepdims, "the reduced axes")))
XGRAD_REDUCTION(min, min_op(x, choice("min", x, axes, keepdims, "the reduced axes")))
XGRAD_REDUCTION(all, truth<true>("all", x, axes, keepdims))
XGRAD_REDUCTION(any, truth<false>("any", x, axes, keepdims))
#undef XGRAD_REDUCTION

Tensor argmax(const Tensor& x, int axis, bool keepdims) {
  return arg_extreme<true>("argmax", x, axis, keepdims);
}
Tensor argmin(const Tensor& x, int axis, bool keepdims) {
  return arg_extreme<false>("argmin", x, axis, keepdims);
}
Tensor argmax(const Tensor& x) {
  detail::require_defined("argmax", x);
  return argmax(flatten(x), 0);
}
Tensor argmin(const Tensor& x) {
  detail::require_defined("argmin", x);
  return argmin(flatten(x), 0);
}

Tensor cumsum(const Tensor& x, int axis) {
  const std::size_t at = detail::axis_or_scalar("cumsum", x, axis);
  return cumsum_op(detail::widened(x), {at});
}

Tensor softmax(const Tensor& x, int axis) { return along(softmax_op, x, axis); }
Tensor log_softmax(const Tensor& x, int axis) { return along(log_softmax_op, x, axis); }

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
