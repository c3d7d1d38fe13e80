#include "logic.hpp"

#include <array>
#include <cmath>
#include <functional>

#include "../op/apply.hpp"
#include "../tensor/convert.hpp"
#include "../tensor/expect.hpp"
#include "reduction.hpp"

namespace xgrad {

using Operand = const TensorOrScalar&;

namespace {

using detail::values;

// Makes x and `other`, of a number, tensors of one dtype that compare as x and the number do.
void make_comparable(const char* op, const Scalar& number, Tensor& x, Tensor& other) {
  if (x.dtype() == boolean) x = x.to(uint8);
  visit_stored(x.dtype(), [&]<class T>(T) {
    const auto [value, side] = kernels::nearest<T>(number);
    if (side == std::partial_ordering::equivalent) {
      other = detail::scalar_tensor(op, value, x.dtype());
    } else if (side == std::partial_ordering::unordered) {
      x = x.to(float32);
      other = detail::scalar_tensor(op, number, float32);
    } else {
      // The number lies between `value` and its neighbour: 0 for elements below it, 2 for those
      // above; NaN stays.
      Tensor own = detail::make_like(op, x);
      other = detail::scalar_tensor(op, 1, x.dtype());
      const T* in[] = {values<T>(x)};
      kernels::map_flat(
          [value = value, above = side > 0](auto v) {
            using V = decltype(v);
            const V limit(value);
            const auto less = above ? v <= limit : v < limit;
            using formula::where;
            return where(v != v, v, where(less, V(0), V(2)));
          },
          values<T>(own), in, x.numel());
      x = own;
    }
  });
}

// f of the elements of tensors of one dtype, which are broadcast.
template <class F, std::size_t N>
Tensor test(const char* op, const std::array<const Tensor*, N>& in, F f) {
  Tensor out = detail::make_tensor(op, detail::broadcast_all(op, in.data(), N), boolean);
  visit_stored(in[0]->dtype(), [&]<class T>(T) {
    std::apply(
        [&](const auto*... each) {
          const auto walk = kernels::Walk<N>::broadcast(out.shape(), {&each->shape()...});
          kernels::map_mixed(f, values<std::uint8_t>(out), walk, values<T>(*each)...);
        },
        in);
  });
  if (detail::mode.noting) [[unlikely]]
    detail::note_value(out, in, [op, f](std::span<const Tensor* const> x) {
      std::array<const Tensor*, N> again;
      std::ranges::copy(x, again.begin());
      return test(op, again, f);
    });
  return out;
}
template <class F>
Tensor test(const char* op, const Tensor& x, F f) {
  detail::require_defined(op, x);
  return test<F, 1>(op, {&x}, f);
}

// f of the elements of a and b in their common dtype.
template <class F>
Tensor test_both(const char* op, Operand a, Operand b, F f) {
  const detail::Operands<2> both(op, detail::Domain::numbers, {&a, &b}, true);
  return test(op, both.in, f);
}

template <class F>
Tensor compare(const char* op, Operand a, Operand b, F f) {
  const Tensor *x = a.tensor(), *y = b.tensor();
  if (x && y) return test_both(op, a, b, f);
  if (!x && !y) {
    const Scalar& first = a.scalar();
    const bool whole = first.is_integer && !first.exceeds_int64();
    return compare(op, full({}, first, {.dtype = whole ? int64 : float64}), b, f);
  }
  const Tensor& tensor = x ? *x : *y;
  if (!tensor.defined()) detail::throw_undefined(op, x ? 0 : 1);
  Tensor own = tensor, number;
  make_comparable(op, (x ? b : a).scalar(), own, number);
  return test<F, 2>(op, {x ? &own : &number, x ? &number : &own}, f);
}

Tensor close(const char* op, Operand a, Operand b, double rtol, double atol, bool equal_nan) {
  expect<ValueError>(rtol >= 0 && atol >= 0, op, ": rtol is ", rtol, ", atol ", atol,
                     "; expected 0 or more");
  if (!a.tensor() && !b.tensor())
    return close(op, full({}, a.scalar(), {.dtype = float64}), b, rtol, atol, equal_nan);
  return test_both(op, a, b, [=]<class T>(T x, T y) {
    // Of integers the difference is exact, or at least not 0.
    using Real = std::conditional_t<std::is_integral_v<T>, long double, double>;
    const Real u = x, v = y;
    return x == y || (equal_nan && x != x && y != y) ||
           (std::isfinite(v) && std::abs(u - v) <= atol + rtol * std::abs(v));
  });
}

// A number as 0 or 1, before rounding to the tensor's dtype could make it 0.
TensorOrScalar truth(Operand operand) {
  return operand.tensor() ? operand : TensorOrScalar(operand.scalar().value != 0);
}

}  // namespace

Tensor eq(Operand a, Operand b) { return compare("eq", a, b, std::equal_to()); }
Tensor ne(Operand a, Operand b) { return compare("ne", a, b, std::not_equal_to()); }
Tensor lt(Operand a, Operand b) { return compare("lt", a, b, std::less()); }
Tensor le(Operand a, Operand b) { return compare("le", a, b, std::less_equal()); }
Tensor gt(Operand a, Operand b) { return compare("gt", a, b, std::greater()); }
Tensor ge(Operand a, Operand b) { return compare("ge", a, b, std::greater_equal()); }

Tensor logical_and(Operand a, Operand b) {
  return compare("logical_and", truth(a), truth(b),
                 [](auto x, auto y) { return (x != 0) & (y != 0); });
}
Tensor logical_or(Operand a, Operand b) {
  return compare("logical_or", truth(a), truth(b),
                 [](auto x, auto y) { return (x != 0) | (y != 0); });
}
Tensor logical_xor(Operand a, Operand b) {
  return compare("logical_xor", truth(a), truth(b),
                 [](auto x, auto y) { return (x != 0) != (y != 0); });
}
Tensor logical_not(const Tensor& x) { return test("logical_not", x, std::logical_not()); }

void detail::expect_boolean(const char* op, Operand operand) {
  if (operand.tensor()) expect_dtype(op, "operand", *operand.tensor(), boolean);
}

Tensor isnan(const Tensor& x) {
  return test("isnan", x, [](auto v) { return v != v; });
}
Tensor isinf(const Tensor& x) {
  return test("isinf", x, [](auto v) { return std::isinf(v); });
}
Tensor isfinite(const Tensor& x) {
  return test("isfinite", x, [](auto v) { return std::isfinite(v); });
}

Tensor isclose(Operand a, Operand b, double rtol, double atol, bool equal_nan) {
  return close("isclose", a, b, rtol, atol, equal_nan);
}
bool allclose(Operand a, Operand b, double rtol, double atol, bool equal_nan) {
  return all(close("allclose", a, b, rtol, atol, equal_nan)).item<bool>();
}
bool array_equal(const Tensor& a, const Tensor& b, bool equal_nan) {
  detail::require_defined("array_equal", a, b);
  return a.shape() == b.shape() && all(close("array_equal", a, b, 0, 0, equal_nan)).item<bool>();
}

}  // namespace xgrad
