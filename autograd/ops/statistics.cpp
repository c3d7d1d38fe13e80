#include "statistics.hpp"

#include <cmath>
#include <limits>

#include "../graph/engine.hpp"
#include "../kernels/ordering.hpp"
#include "../kernels/statistics.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "elementwise.hpp"
#include "formulas.hpp"
#include "indexing.hpp"
#include "logic.hpp"
#include "reduction.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

using detail::ReducedAxes;
using detail::values;
using detail::with_kept_axes;

struct Statistic {
  ReducedAxes r;
  double number = 0;  // the correction, eps or p
  Tensor aside{};     // where means are left as well, if there is such a tensor
};

// Reduces all the axes by one kernel(out, x, blocks): these cannot be composed of runs.
template <class Kernel>
Tensor reduce_floats(const Tensor& x, const ReducedAxes& r, Kernel kernel) {
  return visit_floating(x.dtype(), [&]<class T>(T) {
    if (r.is_one_run()) return detail::reduce_by_runs<T>(x, r, kernel);
    const Tensor rows = detail::to_rows(x, r);
    Tensor out = empty(r.shape(), {.dtype = x.dtype()});
    kernel(values<T>(out), values<T>(rows), detail::Blocks(rows.shape(), 1));
    return out;
  });
}

// y, or inf where it is 0: quotients by it are 0 there, and so are their derivatives.
Tensor not_zero(const Tensor& y) { return where(y == 0, kernels::infinity, y); }

// ---- centered

// Subtracting the mean is a symmetric projection: it is its own gradient.
constexpr auto centered_op = operation<Statistic>(
    "centered",
    [](const Inputs& in, const Statistic& s) {
      const ReducedAxes& r = s.r;
      const bool in_place = r.is_one_run();
      const Tensor x = in_place ? in[0] : detail::to_rows(in[0], r);
      const auto axis = static_cast<std::size_t>(in_place ? *r.axes().begin() : 1);
      const detail::Blocks blocks(x.shape(), axis, in_place ? axis + r.axes().size() : 2);
      Tensor out = empty_like(x), means = s.aside;
      visit_floating(x.dtype(), [&]<class T>(T) {
        kernels::center(values<T>(out), values<T>(x), blocks,
                        means.defined() ? values<T>(means) : nullptr);
      });
      return in_place ? out : detail::from_rows(out, in[0].shape(), r);
    },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return centered(g, c.attributes.r.axes()); }));

// ---- var, std

// g d / y, where y is a norm of d; 0 where y is 0. If the loss is a smooth function of y there, as
// y^2 is, then g is 0 too, and g / y has the limit dg/dy (de l'Hopital), of which the second
// derivative is made.
Tensor along(const Tensor& d, const Tensor& g, const Tensor& y, const ReducedAxes& r) {
  const Tensor result = with_kept_axes(g, r) * (d / not_zero(with_kept_axes(y, r)));
  if (!is_grad_enabled() || !g.requires_grad()) return result;
  const Tensor flat = logical_and(y == 0, g == 0);
  if (!any(flat).item<bool>()) return result;
  const Tensor limit =
      grad(sum(g), y, {.retain_graph = true, .create_graph = true, .allow_unused = true});
  if (!limit.defined()) return result;
  const Tensor smooth = where(logical_and(flat, isfinite(limit)), limit, 0);
  return result + with_kept_axes(smooth, r) * d;
}

template <bool root>
constexpr auto moment_op(const char* name) {
  return operation<Statistic>(
      name,
      [](const Inputs& in, const Statistic& s) {
        return reduce_floats(in[0], s.r, [number = s.number](auto... args) {
          kernels::variance(args..., number, root);
        });
      },
      gradient(reads::input(0) | (root ? reads::output : reads::nothing),
               [](const Tensor& g, const auto& c) {
                 const auto& [r, correction, aside] = c.attributes;
                 const double divisor = static_cast<double>(r.count) - correction;
                 const Tensor d = centered(c.input(0), r.axes());
                 if constexpr (root)
                   return along(d, g, c.output(), r) * (1 / divisor);
                 else
                   return with_kept_axes(g, r) * (2 / divisor) * d;
               }));
}
constexpr auto var_op = moment_op<false>("var");
constexpr auto std_op = moment_op<true>("std");

template <class Op>
Tensor statistic(const Op& op, const Tensor& x, const Axes& axes, bool keepdims, double number,
                 const Tensor& aside = {}) {
  expect_floating(op.name(), "tensor", x);
  return op(x, {ReducedAxes(op.name(), x, axes, keepdims), number, aside});
}

// ---- inverse_rms

// (a b) c. For dy/dx = -y^3 x / n: the product x y stays in range where y^3 might not.
constexpr auto product_op = formula::elementwise<3>(
    "product", [](const auto& a, const auto& b, const auto& c) { return (a * b) * c; },
    [](const auto& g, const auto&, const auto& b, const auto& c, const auto&) {
      return (g * b) * c;
    },
    [](const auto& g, const auto& a, const auto&, const auto& c, const auto&) {
      return (g * a) * c;
    },
    [](const auto& g, const auto& a, const auto& b, const auto&, const auto&) {
      return (g * a) * b;
    });

constexpr auto inverse_rms_op = operation<Statistic>(
    "inverse_rms",
    [](const Inputs& in, const Statistic& s) {
      const detail::Storage* squares = s.aside.defined() ? detail::get(s.aside)->storage : nullptr;
      return reduce_floats(
          in[0], s.r, [=, eps = s.number]<class T>(T* out, const T* x, const detail::Blocks& b) {
            kernels::inverse_rms(out, x, b, eps,
                                 squares ? static_cast<T*>(squares->data()) : nullptr);
          });
    },
    gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
      const Tensor y = c.output();
      const double n = static_cast<double>(c.attributes.r.count);
      return apply(product_op, c.input(0), y, g * y * y * (-1 / n));
    }));

// ---- norm

// d(norm)/dx for y = norm(x), 0 < |p| < inf and e = p - 1: sign(x) (|x| / y)^e, of which no factor
// overflows; 0 where x or y is 0. Its own derivative is infinite there for p < 2, and a g of 0 must
// not make that NaN.
constexpr auto norm_slope_op = formula::elementwise<3>(
    "norm_slope",
    [](const auto& x, const auto& y, const auto& e) {
      const auto size = pow(where(x == 0, 1, abs(x) / where(y == 0, 1, y)), e);
      return where(y == 0, 0, where(x > 0, size, where(x < 0, -size, 0 * x)));
    },
    [](const auto& g, const auto& x, const auto& y, const auto& e, const auto&) {
      const auto kept = where(y == 0, 0, where(x == 0, where(e < 0, 0, g), g));
      const auto size = where(y == 0, 1, y);
      return formula::weigh(e * pow(abs(x) / size, e - 1) / size, kept);
    },
    [](const auto& g, const auto&, const auto& y, const auto& e, const auto& slope) {
      return -g * e * slope / where(y == 0, 1, y);
    });

constexpr auto norm_op = operation<Statistic>(
    "norm",
    [](const Inputs& in, const Statistic& s) {
      if (s.r.count == 0) return zeros(s.r.shape(), {.dtype = in[0].dtype()});
      return reduce_floats(in[0], s.r,
                           [number = s.number](auto... args) { kernels::norm(args..., number); });
    },
    gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
      const auto& [r, p, aside] = c.attributes;
      const Tensor& x = c.input(0);
      if (p == 0) return zeros(x.shape(), {.dtype = x.dtype()});
      if (p == 1) return with_kept_axes(g, r) * sign(x);
      const Tensor y = with_kept_axes(c.output(), r);
      if (p == 2) return along(x, g, c.output(), r);
      if (std::isfinite(p)) return with_kept_axes(g, r) * apply(norm_slope_op, x, y, p - 1);
      const Tensor chosen = logical_or(abs(x) == y, x != x);  // NaN is the largest and the smallest
      return detail::weigh(with_kept_axes(g, r) * sign(x),
                           detail::even_shares(chosen, r, g.dtype()));
    }));

// ---- median

// As of max, tied elements share the gradient evenly.
constexpr auto median_op = operation<ReducedAxes>(
    "median",
    [](const Inputs& in, const ReducedAxes& r) {
      const Tensor rows = detail::to_rows(in[0], r);
      Tensor out = empty(r.shape(), {.dtype = rows.dtype()});
      visit_stored(out.dtype(), [&]<class T>(T) {
        kernels::median(values<T>(out), values<T>(rows), out.numel(), r.count);
      });
      return out;
    },
    gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
      const ReducedAxes& r = c.attributes;
      const Tensor& x = c.input(0);
      const Tensor chosen = x == with_kept_axes(c.output(), r) || isnan(x);
      return detail::weigh(with_kept_axes(g, r), detail::even_shares(chosen, r, g.dtype()));
    }));

}  // namespace

Tensor centered(const Tensor& x, const Axes& axes) { return detail::centered(x, axes, {}); }

Tensor detail::centered(const Tensor& x, const Axes& axes, const Tensor& means) {
  return statistic(centered_op, x, axes, true, 0, means);
}
Tensor detail::inverse_rms(const Tensor& x, const Axes& axes, double eps, const Tensor& squares) {
  return statistic(inverse_rms_op, x, axes, true, eps, squares);
}

Tensor var(const Tensor& x, const Axes& axes, bool keepdims, int correction) {
  return statistic(var_op, x, axes, keepdims, correction);
}
Tensor std(const Tensor& x, const Axes& axes, bool keepdims, int correction) {
  return statistic(std_op, x, axes, keepdims, correction);
}
Tensor norm(const Tensor& x, double p, const Axes& axes, bool keepdims) {
  return statistic(norm_op, x, axes, keepdims, p);
}

Tensor median(const Tensor& x, const Axes& axes, bool keepdims) {
  return median_op(x, detail::choice("median", x, axes, keepdims));
}

Tensor quantile(const Tensor& x, const TensorOrScalar& q, const Axes& axes, bool keepdims) {
  expect_floating("quantile", "tensor", x);
  const ReducedAxes r = detail::choice("quantile", x, axes, keepdims);
  if (q.tensor()) expect_defined("quantile", "q", *q.tensor());
  const Tensor fractions =
      q.tensor() ? q.tensor()->to(float64) : full({}, q.scalar(), {.dtype = float64});
  if (fractions.ndim() > 1)
    throw ShapeError(str("quantile: q has shape ", fractions.shape(),
                         "; expected a number or a vector of them"));
  for (double fraction : fractions.data<double>()) expect_fraction("quantile", "q", fraction);
  // Between the elements of the sorted row at both sides of a place.
  const Tensor sorted = sort(detail::to_rows(x, r)).values;
  const Tensor place = reshape(fractions, {fractions.numel()}) * static_cast<double>(r.count - 1);
  const Tensor before = floor(place);
  const Tensor low = take(sorted, before.to(int64), 1);
  const Tensor high = take(sorted, ceil(place).to(int64), 1);
  // Beside an infinity its own value, not inf - inf; between the two there is none.
  const Tensor gap = where(isinf(low) && high != -low, 0, high - low);
  const Tensor between = low + gap * (place - before).to(x.dtype());
  const Tensor largest = slice(sorted, 1, -1, std::numeric_limits<std::int64_t>::max());
  Shape shape = r.shape();
  if (fractions.ndim() == 1) {
    check_ndim("quantile", shape.size() + 1);
    shape.insert(0, fractions.numel());
  }
  return reshape(t(where(isnan(largest), largest, between)), shape);
}

}  // namespace xgrad
