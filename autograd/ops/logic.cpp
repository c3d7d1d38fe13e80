#include "logic.hpp"

#include <array>
#include <cmath>
#include <functional>

#include "../op/apply.hpp"
#include "../tensor/convert.hpp"

namespace xgrad {

using Operand = const TensorOrScalar&;

namespace {

using detail::values;

// A tensor and a number as two tensors of one dtype that compare as they do. `own` stays undefined
// where x itself serves.
void make_comparable(const char* op, const Tensor& x, const Scalar& number, Tensor& own,
                     Tensor& other) {
  visit_dtype(x.dtype(), [&]<class T>(T) {
    const auto [value, side] = kernels::nearest<T>(number);
    if (side == std::partial_ordering::equivalent) {
      other = detail::scalar_tensor(op, value, x.dtype());
    } else if (side == std::partial_ordering::unordered) {
      own = x.to(float32);
      other = detail::scalar_tensor(op, number, float32);
    } else {
      // The number lies between `value` and its neighbour: 0 for elements below it, 2 for those
      // above; NaN stays.
      own = detail::make_like(op, x);
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
    }
  });
}

template <class F>
Tensor compare(const char* op, Operand a, Operand b, F f) {
  const std::array given{&a, &b};
  const Tensor* in[2];
  Tensor converted[2];
  const Tensor *x = a.tensor(), *y = b.tensor();
  if (x && y) {
    if (!detail::are_alike(given, in))
      detail::unify(op, detail::Domain::numbers, given.data(), 2, in, converted);
  } else if (!x && !y) {
    const Scalar& first = a.scalar();
    const bool whole = first.is_integer && !first.exceeds_int64();
    return compare(op, full({}, first, {.dtype = whole ? int64 : float64}), b, f);
  } else {
    const std::size_t at = x ? 0 : 1;
    const Tensor& tensor = *given[at]->tensor();
    if (!tensor.defined()) detail::throw_undefined(op, at);
    make_comparable(op, tensor, given[1 - at]->scalar(), converted[at], converted[1 - at]);
    in[at] = converted[at].defined() ? &converted[at] : &tensor;
    in[1 - at] = &converted[1 - at];
  }
  Tensor out = detail::make_tensor(op, detail::broadcast_all(op, in, 2), uint8);
  const auto walk = kernels::Walk<2>::broadcast(out.shape(), {&in[0]->shape(), &in[1]->shape()});
  visit_dtype(in[0]->dtype(), [&]<class T>(T) {
    kernels::map_mixed(f, values<std::uint8_t>(out), walk, values<T>(*in[0]), values<T>(*in[1]));
  });
  return out;
}

template <class F>
Tensor test(const char* op, const Tensor& x, F f) {
  detail::require_defined(op, x);
  Tensor out = detail::make_tensor(op, x.shape(), uint8);
  const auto walk = kernels::Walk<1>::broadcast(out.shape(), {&x.shape()});
  visit_dtype(x.dtype(), [&]<class T>(T) {
    kernels::map_mixed(f, values<std::uint8_t>(out), walk, values<T>(x));
  });
  return out;
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
Tensor logical_not(const Tensor& x) { return test("logical_not", x, std::logical_not()); }

Tensor isnan(const Tensor& x) {
  return test("isnan", x, [](auto v) { return v != v; });
}
Tensor isinf(const Tensor& x) {
  return test("isinf", x, [](auto v) { return std::isinf(v); });
}
Tensor isfinite(const Tensor& x) {
  return test("isfinite", x, [](auto v) { return std::isfinite(v); });
}

}  // namespace xgrad
