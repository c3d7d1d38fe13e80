#include "softmax.hpp"

#include <vector>

#include "../kernels/softmax.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "elementwise.hpp"
#include "logic.hpp"
#include "reduction.hpp"

namespace xgrad {
namespace {

// Both work on rows; along another axis they work on the transpose.
template <class Kernel>
Tensor over_rows(const Tensor& x, Kernel kernel) {
  Tensor out = empty(x.shape(), {.dtype = x.dtype()});
  const std::size_t n = x.shape().back();
  const std::size_t rows = n ? x.numel() / n : 0;
  visit_floating(x.dtype(), [&]<class T>(T) {
    kernel(detail::values<T>(out), detail::values<T>(x), rows, n);
  });
  return out;
}

// The Jacobian of softmax is diag(y) - y y^T.
constexpr auto softmax_op = operation(
    "softmax",
    [](const Inputs& in, const NoAttributes&) {
      return over_rows(in[0], [](auto* out, const auto* x, std::size_t rows, std::size_t n) {
        kernels::softmax(out, x, rows, n);
      });
    },
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      const Tensor y = c.output();
      return y * (g - sum(g * y, -1, true));
    }));

constexpr auto log_softmax_op = operation(
    "log_softmax",
    [](const Inputs& in, const NoAttributes&) {
      return over_rows(in[0], [](auto* out, const auto* x, std::size_t rows, std::size_t n) {
        kernels::log_softmax(out, x, rows, n);
      });
    },
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      return g - exp(c.output()) * sum(g, -1, true);
    }));

// The gradient is softmax, e^(x - y) <= 1, computed as such where y is infinite.
constexpr auto logsumexp_op = operation<detail::Reduction>(
    "logsumexp",
    [](const Inputs& in, const detail::Reduction& r) {
      const Tensor x = detail::to_rows(in[0], r);
      Tensor out = empty(r.shape(), {.dtype = x.dtype()});
      visit_floating(x.dtype(), [&]<class T>(T) {
        kernels::logsumexp(detail::values<T>(out), detail::values<T>(x), out.numel(), r.count);
      });
      return out;
    },
    gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
      const detail::Reduction& r = c.attributes;
      const Tensor y = detail::with_kept_axes(c.output(), r);
      const Tensor& x = c.input(0);
      if (all(isfinite(y)).item<bool>()) return detail::with_kept_axes(g, r) * exp(x - y);
      return detail::with_kept_axes(g, r) *
             detail::from_rows(softmax(detail::to_rows(x, r)), x.shape(), r);
    }));

Tensor as_floats(const Tensor& x) { return is_floating(x.dtype()) ? x : x.to(float32); }

template <class Op>
Tensor along(const Op& op, const Tensor& given, int axis) {
  detail::require_defined(op.name(), given);
  const Tensor x = as_floats(given);
  const std::size_t at = detail::axis_or_scalar(op.name(), axis, x.shape());
  if (x.ndim() == 0) return reshape(op(reshape(x, {1})), {});
  if (at + 1 == x.ndim()) return op(x);
  return transpose(op(transpose(x, axis, -1)), axis, -1);
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) { return along(softmax_op, x, axis); }
Tensor log_softmax(const Tensor& x, int axis) { return along(log_softmax_op, x, axis); }

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdims) {
  detail::require_defined("logsumexp", x);
  return logsumexp_op(as_floats(x), detail::Reduction("logsumexp", x.shape(), axes, keepdims));
}

}  // namespace xgrad
