#include "arithmetic.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "../op/operation.hpp"
#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "elementwise.hpp"
#include "formulas.hpp"
#include "logic.hpp"

namespace xgrad {
namespace {

using detail::values;

constexpr auto where_op = operation(
    "where",
    [](const Inputs& in) {
      const Tensor &mask = in[0], &a = in[1], &b = in[2];
      const Tensor* const all[] = {&mask, &a, &b};
      Tensor out = empty(detail::broadcast_all("where", all, 3), {.dtype = a.dtype()});
      const auto walk =
          kernels::Walk<3>::broadcast(out.shape(), {&mask.shape(), &a.shape(), &b.shape()});
      visit_stored(a.dtype(), [&]<class T>(T) {
        kernels::map_mixed([](std::uint8_t m, T x, T y) { return m ? x : y; }, values<T>(out), walk,
                           values<std::uint8_t>(mask), values<T>(a), values<T>(b));
      });
      return out;
    },
    gradient(reads::nothing, [](const Tensor&, const auto&) { return Tensor(); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return where(c.input(0), g, 0); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return where(c.input(0), 0, g); }));

}  // namespace

using Operand = const TensorOrScalar&;

#define XGRAD_APPLY(name) \
  Tensor name(Operand a, Operand b) { return apply(formula::name##_op, a, b); }
XGRAD_BINARY_OPERATIONS(XGRAD_APPLY)
#undef XGRAD_APPLY

Tensor pow(Operand x, Operand y) {
  // The two most common exponents need no power function.
  if (!y.tensor() && x.tensor() && x.tensor()->defined()) {
    const bool real = is_floating(x.tensor()->dtype());
    if (y.scalar().value == 2 && (real || y.scalar().is_integer)) return square(*x.tensor());
    if (y.scalar().value == 0.5 && real) return sqrt(*x.tensor());
  }
  return apply(formula::pow_op, x, y);
}

Tensor formula::floor_divide(const Tensor& a, const Tensor& b) {
  return apply(floor_divide_op, a, b);
}

namespace {

using Bound = std::optional<Scalar>;

Tensor clamped(const char* op, const Tensor& x, const Bound& lo, const Bound& hi) {
  detail::require_defined(op, x);
  expect<ValueError>(lo || hi, op, ": no bounds; expected one or both");
  const bool real = is_floating(x.dtype());
  using Whole = std::numeric_limits<std::int64_t>;
  const Scalar low = lo.value_or(real ? Scalar(-formula::infinity) : Scalar(Whole::min()));
  const Scalar high = hi.value_or(real ? Scalar(formula::infinity) : Scalar(Whole::max()));
  if (std::isnan(low.value) || std::isnan(high.value))
    throw ValueError(str(op, ": bounds ", low, " and ", high, "; expected numbers"));
  return apply(formula::clamp_op, x, TensorOrScalar(low), TensorOrScalar(high));
}

}  // namespace

Tensor clamp(const Tensor& x, Bound lo, Bound hi) { return clamped("clamp", x, lo, hi); }
Tensor clip(const Tensor& x, Bound lo, Bound hi) { return clamped("clip", x, lo, hi); }

Tensor where(const Tensor& mask, Operand a, Operand b) {
  expect_mask("where", mask);
  const detail::Operands<2> both("where", detail::Domain::numbers, {&a, &b}, true);
  return where_op(mask, *both.in[0], *both.in[1]);
}

Tensor& detail::assign(const char* op, Tensor& a, const Tensor& result) {
  if (!detail::impl(a).is_parameter || result.requires_grad()) return a = result;
  if (result.shape() != a.shape())
    throw ShapeError(str(op, ": a parameter of shape ", a.shape(),
                         " is changed in place, but the result has shape ", result.shape(),
                         "; expected an operand that broadcasts to the parameter"));
  return a.copy_(result);
}

}  // namespace xgrad
