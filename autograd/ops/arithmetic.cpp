#include "autograd/ops/arithmetic.hpp"

#include "autograd/apply.hpp"
#include "autograd/message.hpp"
#include "autograd/ops/elementwise.hpp"
#include "autograd/ops/logic.hpp"

namespace xgrad {
namespace {

using namespace formula;  // NOLINT(google-build-using-namespace): the words formulas are made of

constexpr auto add_op = binary<Domain::numbers>(
    "add", [](const auto& a, const auto& b) { return a + b; }, pass_gradient, pass_gradient);

constexpr auto sub_op = binary<Domain::numbers>(
    "sub", [](const auto& a, const auto& b) { return a - b; }, pass_gradient,
    [](const auto& g, const auto&...) { return -g; });

constexpr auto mul_op = binary<Domain::numbers>(
    "mul", [](const auto& a, const auto& b) { return a * b; },
    [](const auto& g, const auto&, const auto& b, const auto&) { return g * b; },
    [](const auto& g, const auto& a, const auto&, const auto&) { return g * a; });

constexpr auto div_op = binary(
    "div", [](const auto& a, const auto& b) { return a / b; },
    [](const auto& g, const auto&, const auto& b, const auto&) { return g / b; },
    [](const auto& g, const auto&, const auto& b, const auto& y) { return -g * y / b; });

// d/dx = y x^(y-1), which at y = 0 is 0 even where x^-1 is infinite; d/dy = x^y log x, which at
// x = 0 is 0 for y >= 0.
constexpr auto pow_op = binary<Domain::numbers>(
    "pow", [](const auto& x, const auto& y) { return pow(x, y); },
    [](const auto& g, const auto& x, const auto& y, const auto&) {
      return g * where(y == 0, 0 * y, y * pow(x, y - 1));
    },
    [](const auto& g, const auto& x, const auto& y, const auto& z) {
      return where(x == 0, where(y >= 0, 0 * g, g * z * log(x)), g * z * log(x));
    });

// NaN wins on either side; at a tie each side gets half.
constexpr auto maximum_op = binary<Domain::numbers>(
    "maximum", [](const auto& a, const auto& b) { return where(a != a, a, where(a > b, a, b)); },
    [](const auto& g, const auto& a, const auto& b, const auto&) {
      return where(a == b, g * 0.5, where(a < b, 0, g));
    },
    [](const auto& g, const auto& a, const auto& b, const auto&) {
      return where(a == b, g * 0.5, where(b < a, 0, g));
    });

constexpr auto minimum_op = binary<Domain::numbers>(
    "minimum", [](const auto& a, const auto& b) { return where(a != a, a, where(a < b, a, b)); },
    [](const auto& g, const auto& a, const auto& b, const auto&) {
      return where(a == b, g * 0.5, where(a > b, 0, g));
    },
    [](const auto& g, const auto& a, const auto& b, const auto&) {
      return where(a == b, g * 0.5, where(b > a, 0, g));
    });

constexpr auto clamp_op = elementwise<3, Domain::numbers>(
    "clamp",
    [](const auto& x, const auto& lo, const auto& hi) {
      const auto raised = where(x < lo, lo, x);
      return where(raised > hi, hi, raised);
    },
    [](const auto& g, const auto& x, const auto& lo, const auto& hi, const auto&) {
      return where(x >= lo, where(x <= hi, g, 0), 0);
    });

constexpr auto where_op = operation(
    "where",
    [](const Inputs& in, const NoAttributes&) {
      const Tensor &mask = in[0], &a = in[1], &b = in[2];
      const Tensor* const all[] = {&mask, &a, &b};
      Tensor out = empty(detail::broadcast_all("where", all, 3), {.dtype = a.dtype()});
      const kernels::BroadcastPlan<3> plan(out.shape(), {&mask.shape(), &a.shape(), &b.shape()});
      visit_dtype(a.dtype(), [&]<class T>(T) {
        kernels::map_mixed([](std::uint8_t m, T x, T y) { return m ? x : y; },
                           detail::values<T>(out), plan, detail::values<std::uint8_t>(mask),
                           detail::values<T>(a), detail::values<T>(b));
      });
      return out;
    },
    gradient(reads::nothing, [](const Tensor&, const auto&) { return Tensor(); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return where(c.input(0), g, 0); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return where(c.input(0), 0, g); }));

}  // namespace

Tensor add(const TensorOrScalar& a, const TensorOrScalar& b) { return add_op(a, b); }
Tensor sub(const TensorOrScalar& a, const TensorOrScalar& b) { return sub_op(a, b); }
Tensor mul(const TensorOrScalar& a, const TensorOrScalar& b) { return mul_op(a, b); }
Tensor div(const TensorOrScalar& a, const TensorOrScalar& b) { return div_op(a, b); }
Tensor maximum(const TensorOrScalar& a, const TensorOrScalar& b) { return maximum_op(a, b); }
Tensor minimum(const TensorOrScalar& a, const TensorOrScalar& b) { return minimum_op(a, b); }

Tensor pow(const TensorOrScalar& x, const TensorOrScalar& y) {
  // The exponents that formulas are full of need no power function.
  if (!y.tensor() && x.tensor() && x.tensor()->defined() && is_floating(x.tensor()->dtype())) {
    if (y.scalar().value == 2) return square(*x.tensor());
    if (y.scalar().value == 0.5) return sqrt(*x.tensor());
  }
  return pow_op(x, y);
}

Tensor clamp(const Tensor& x, Scalar lo, Scalar hi) {
  return clamp_op(x, TensorOrScalar(lo), TensorOrScalar(hi));
}

Tensor where(const Tensor& mask, const TensorOrScalar& a, const TensorOrScalar& b) {
  detail::require_defined("where", mask);
  if (mask.dtype() != uint8)
    throw DTypeError(message("where: mask is ", name(mask.dtype()),
                             "; expected uint8, as from a "
                             "comparison"));
  const TensorOrScalar* given[] = {&a, &b};
  const Tensor* in[2];
  Tensor converted[2];
  detail::unify("where", Domain::numbers, given, 2, in, converted);
  return where_op(mask, *in[0], *in[1]);
}

}  // namespace xgrad
