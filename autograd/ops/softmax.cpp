#include "autograd/ops/softmax.hpp"

#include <vector>

#include "autograd/apply.hpp"
#include "autograd/kernels/softmax.hpp"
#include "autograd/message.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/elementwise.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shaping.hpp"

namespace xgrad {
namespace {

// Both work on rows; along another axis they work on the transpose.
template <class Kernel>
Tensor over_rows(const Tensor& x, Kernel kernel) {
  Tensor out = empty(x.shape(), {.dtype = x.dtype()});
  const std::size_t n = x.shape().back();
  const std::size_t rows = n ? x.numel() / n : 0;
  const auto run = [&]<class T>(T) {
    kernel(detail::values<T>(out), detail::values<T>(x), rows, n);
  };
  x.dtype() == float32 ? run(float{}) : run(double{});
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

template <class Op>
Tensor along(const Op& op, const Tensor& given, int axis) {
  detail::require_defined(op.name(), given);
  const Tensor x = is_floating(given.dtype()) ? given : given.to(float32);
  if (x.ndim() == 0) {
    if (axis != 0 && axis != -1) normalize_axis(op.name(), axis, 1);
    return reshape(op(reshape(x, {1})), {});
  }
  const std::size_t at = normalize_axis(op.name(), axis, x.ndim());
  if (at + 1 == x.ndim()) return op(x);
  return transpose(op(transpose(x, axis, -1)), axis, -1);
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) { return along(softmax_op, x, axis); }
Tensor log_softmax(const Tensor& x, int axis) { return along(log_softmax_op, x, axis); }

}  // namespace xgrad
