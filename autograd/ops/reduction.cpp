#include "reduction.hpp"

#include "../kernels/softmax.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "elementwise.hpp"
#include "indexing.hpp"
#include "logic.hpp"
#include "rearranging.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

using detail::Blocks;
using detail::reduce_by_runs;
using detail::ReducedAxes;
using detail::Total;
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
      by_runs(stored, [](auto* out, const auto* x,
                         const Blocks& b) { kernels::extreme(out, x, b, precedes<largest>); }),
      gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
        const ReducedAxes& r = c.attributes;
        const Tensor chosen = c.input(0) == with_kept_axes(c.output(), r);
        return detail::weigh(with_kept_axes(g, r), detail::even_shares(chosen, r, g.dtype()));
      }));
}
constexpr auto max_op = extreme_op<true>("max");
constexpr auto min_op = extreme_op<false>("min");

template <bool largest>
Tensor arg_extreme(const char* op, const Tensor& x, int axis, bool keepdims) {
  const ReducedAxes r = detail::choice(op, x, axis, keepdims, "axis ", axis);
  Tensor out = detail::make_tensor(op, r.shape(), int64);
  const Blocks blocks(x.shape(), detail::axis_or_scalar(op, x, axis));
  const auto find = [blocks](Tensor& places, const Tensor& from) {
    visit_stored(from.dtype(), [&]<class T>(T) {
      kernels::arg_extreme(values<std::int64_t>(places), values<T>(from), blocks,
                           precedes<largest>);
    });
  };
  detail::launch(out, find, x);
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

// ---- cumprod and logcumsumexp

struct Recurrence {
  std::size_t axis = 0;
  bool reverse = false;
  double initial = 0;
};

// y[k - 1], or `initial` where there is none.
Tensor preceding(const Tensor& y, const Recurrence& r) {
  const auto n = static_cast<std::int64_t>(y.shape()[r.axis]);
  std::vector<std::pair<std::int64_t, std::int64_t>> widths(y.ndim());
  (r.reverse ? widths[r.axis].second : widths[r.axis].first) = 1;
  const std::int64_t from = r.reverse;
  return pad(slice(y, static_cast<int>(r.axis), from, from + n - 1), widths, r.initial);
}

// y[k] = a[k] y[k - 1] + b[k], from y[-1] = initial on, or backwards from y[n] on; without b it is
// the product of the elements so far. The gradient of b is a recurrence too, in the other
// direction: t[k] = g[k] + a[k + 1] t[k + 1]. That of a[k] is t[k] y[k - 1]. No quotient is
// involved, so zeros need no care.
constexpr auto recurrence_op(const char* name) {
  return operation<Recurrence>(  // inputs: a, b or undefined
      name,
      [](const Inputs& in, const Recurrence& r) {
        Tensor out = empty_like(in[0]);
        if (out.numel() == 0) return out;
        visit_number(out.dtype(), [&]<class T>(T) {
          kernels::recurrence(
              values<T>(out), values<T>(in[0]), in[1].defined() ? values<T>(in[1]) : nullptr,
              Blocks(out.shape(), r.axis), r.reverse, static_cast<kernels::Wide<T>>(r.initial));
        });
        return out;
      },
      gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
        if (g.numel() == 0) return g;
        const Recurrence& r = c.attributes;
        const auto axis = static_cast<int>(r.axis);
        if (!c.shared.defined())
          c.shared = c.op(roll(c.input(0), r.reverse ? 1 : -1, axis), g, {r.axis, !r.reverse});
        return c.index == 1 ? c.shared : c.shared * preceding(c.output(), r);
      }));
}
constexpr auto cumprod_op = recurrence_op("cumprod");
constexpr auto linear_recurrence_op = recurrence_op("linear_recurrence");

// e^(a - b); 1 where they are equal, and infinite.
Tensor exp_difference(const Tensor& a, const Tensor& b) { return exp(where(a == b, 0, a - b)); }

// dx[i] = sum over k >= i of g[k] e^(x[i] - y[k]) = e^(x[i] - y[i]) t[i] with the recurrence
// t[i] = g[i] + e^(y[i] - y[i + 1]) t[i + 1]. Since y grows, no factor is greater than 1.
constexpr auto logcumsumexp_op = operation<std::size_t>(
    "logcumsumexp",
    [](const Inputs& in, std::size_t axis) {
      Tensor out = empty_like(in[0]);
      if (out.numel() == 0) return out;
      visit_floating(out.dtype(), [&]<class T>(T) {
        kernels::logcumsumexp(values<T>(out), values<T>(in[0]), Blocks(out.shape(), axis));
      });
      return out;
    },
    gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
      if (g.numel() == 0) return g;
      const Tensor y = c.output();
      const Recurrence backwards{c.attributes, true};
      const Tensor factors = exp_difference(y, preceding(y, backwards));
      return linear_recurrence_op(factors, g, backwards) * exp_difference(c.input(0), y);
    }));

// ---- normalised exponentials

// The value of an operation along an axis by rows(out, x, rows, n) for the last one, by
// columns(out, x, blocks) for others.
template <class Rows, class Columns>
constexpr auto normalised(Rows rows, Columns columns) {
  return [rows, columns](const Inputs& in, std::size_t axis) {
    Tensor out = empty_like(in[0]);
    const Blocks b(out.shape(), axis);
    if (out.numel() == 0) return out;
    const auto compute = [b, rows, columns](Tensor& y, const Tensor& x) {
      visit_floating(y.dtype(), [&]<class T>(T) {
        if (b.inner == 1)
          rows(values<T>(y), values<T>(x), b.outer, b.n);
        else
          columns(values<T>(y), values<T>(x), b);
      });
    };
    detail::launch(out, compute, in[0]);
    return out;
  };
}

// The Jacobian of softmax is diag(y) - y y^T.
constexpr auto softmax_op =
    operation<std::size_t>("softmax",
                           normalised([](auto... args) { kernels::softmax(args...); },
                                      [](auto... args) { kernels::softmax_columns(args...); }),
                           gradient(reads::output, [](const Tensor& g, const auto& c) {
                             const Tensor y = c.output();
                             return y * (g - sum(g * y, static_cast<int>(c.attributes), true));
                           }));

constexpr auto log_softmax_op = operation<std::size_t>(
    "log_softmax",
    normalised([](auto... args) { kernels::log_softmax(args...); },
               [](auto... args) { kernels::log_softmax_columns(args...); }),
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      return g - exp(c.output()) * sum(g, static_cast<int>(c.attributes), true);
    }));

// d/dlogits = (softmax - one_hot) g: in one pass, or composed where that is recorded.
// inputs: logits, labels
constexpr auto cross_entropy_op = operation<Total>(
    "cross_entropy",
    [](const Inputs& in, Total total) {
      Tensor out = detail::make_tensor(
          "cross_entropy", total == Total::none ? in[1].shape() : Shape(), in[0].dtype());
      const auto compute = [total](Tensor& y, const Tensor& x, const Tensor& labels) {
        const Shape &shape = x.shape(), &each = labels.shape();
        visit_floating(y.dtype(), [&]<class T>(T) {
          const auto losses = [&](T* to) {
            kernels::cross_entropy(to, values<T>(x), values<std::int64_t>(labels), shape[0],
                                   shape[1]);
          };
          if (total == Total::none) return losses(values<T>(y));
          memory::Scratch<T> rows(shape[0]);
          losses(rows.begin());
          const Blocks all(each, 0);
          total == Total::sum ? kernels::sum(values<T>(y), rows.begin(), all)
                              : kernels::mean(values<T>(y), rows.begin(), all);
        });
      };
      detail::launch(out, compute, in[0], in[1]);
      return out;
    },
    gradient(reads::input(0) | reads::input(1),
             [](const Tensor& g, const auto& c) {
               const Tensor& labels = c.input(1);
               const std::size_t rows = labels.numel(), classes = c.input(0).shape()[1];
               const bool each = c.attributes == Total::none;
               const double count = c.attributes == Total::mean ? static_cast<double>(rows) : 1;
               Tensor p = softmax_op(c.input(0), 1);
               if (is_grad_enabled())
                 return (p - one_hot(labels, classes, {.dtype = p.dtype()})) *
                        (each ? unsqueeze(g, 1) : g / count);
               const auto weigh = [=](Tensor& to, const Tensor& shares, const Tensor& chosen) {
                 visit_floating(to.dtype(), [&]<class T>(T) {
                   T* row = values<T>(to);
                   for (std::size_t r = 0; r < rows; ++r, row += classes) {
                     const T share = values<T>(shares)[each ? r : 0] / static_cast<T>(count);
                     for (std::size_t i = 0; i < classes; ++i) row[i] *= share;
                     row[values<std::int64_t>(chosen)[r]] -= share;
                   }
                 });
               };
               detail::launch(p, weigh, g, labels);
               return p;
             }),
    gradient(reads::nothing, [](const Tensor&, const auto&) { return Tensor(); }));

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
  if (x.ndim() == 0) return reshape(op(reshape(x, {1}), 0), {});
  const std::size_t last = x.ndim() - 1, columns = Blocks(x.shape(), at).inner;
  if (at == last || columns >= kernels::short_row) return op(x, at);
  return transpose(op(transpose(x, axis, -1), last), axis, -1);  // too few for registers
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
XGRAD_REDUCTION(max, max_op(x, detail::choice("max", x, axes, keepdims)))
XGRAD_REDUCTION(min, min_op(x, detail::choice("min", x, axes, keepdims)))
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

Tensor cumprod(const Tensor& x, int axis) {
  const std::size_t at = detail::axis_or_scalar("cumprod", x, axis);
  if (x.ndim() == 0) return reshape(cumprod(reshape(x, {1}), 0), {});
  return cumprod_op(detail::widened(x), Tensor(), {at, false, 1});
}

Tensor logcumsumexp(const Tensor& x, int axis) {
  const std::size_t at = detail::axis_or_scalar("logcumsumexp", x, axis);
  if (x.ndim() == 0) return reshape(logcumsumexp(reshape(x, {1}), 0), {});
  return logcumsumexp_op(as_floats(x), at);
}

Tensor softmax(const Tensor& x, int axis) { return along(softmax_op, x, axis); }
Tensor log_softmax(const Tensor& x, int axis) { return along(log_softmax_op, x, axis); }

Tensor detail::softmax_cross_entropy(const Tensor& logits, const Tensor& labels, Total total) {
  return cross_entropy_op(logits, labels, total);
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
