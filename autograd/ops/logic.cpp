#include "autograd/ops/logic.hpp"

#include <cmath>

#include "autograd/apply.hpp"

namespace xgrad {
namespace {

template <class F>
Tensor compare(const char* op, const TensorOrScalar& a, const TensorOrScalar& b, F f) {
  const TensorOrScalar* given[] = {&a, &b};
  const Tensor* in[2];
  Tensor converted[2];
  detail::unify(op, detail::Domain::numbers, given, 2, in, converted);
  Tensor out = empty(detail::broadcast_all(op, in, 2), {.dtype = uint8});
  const kernels::BroadcastPlan<2> plan(out.shape(), {&in[0]->shape(), &in[1]->shape()});
  visit_dtype(in[0]->dtype(), [&]<class T>(T) {
    kernels::map_mixed(f, detail::values<std::uint8_t>(out), plan, detail::values<T>(*in[0]),
                       detail::values<T>(*in[1]));
  });
  return out;
}

template <class F>
Tensor test(const char* op, const Tensor& x, F f) {
  detail::require_defined(op, x);
  Tensor out = empty(x.shape(), {.dtype = uint8});
  const kernels::BroadcastPlan<1> plan(out.shape(), {&x.shape()});
  visit_dtype(x.dtype(), [&]<class T>(T) {
    kernels::map_mixed(f, detail::values<std::uint8_t>(out), plan, detail::values<T>(x));
  });
  return out;
}

}  // namespace

Tensor eq(const TensorOrScalar& a, const TensorOrScalar& b) {
  return compare("eq", a, b, [](auto x, auto y) { return x == y; });
}
Tensor ne(const TensorOrScalar& a, const TensorOrScalar& b) {
  return compare("ne", a, b, [](auto x, auto y) { return x != y; });
}
Tensor lt(const TensorOrScalar& a, const TensorOrScalar& b) {
  return compare("lt", a, b, [](auto x, auto y) { return x < y; });
}
Tensor le(const TensorOrScalar& a, const TensorOrScalar& b) {
  return compare("le", a, b, [](auto x, auto y) { return x <= y; });
}
Tensor gt(const TensorOrScalar& a, const TensorOrScalar& b) {
  return compare("gt", a, b, [](auto x, auto y) { return x > y; });
}
Tensor ge(const TensorOrScalar& a, const TensorOrScalar& b) {
  return compare("ge", a, b, [](auto x, auto y) { return x >= y; });
}

Tensor logical_and(const TensorOrScalar& a, const TensorOrScalar& b) {
  return compare("logical_and", a, b, [](auto x, auto y) { return (x != 0) & (y != 0); });
}
Tensor logical_or(const TensorOrScalar& a, const TensorOrScalar& b) {
  return compare("logical_or", a, b, [](auto x, auto y) { return (x != 0) | (y != 0); });
}
Tensor logical_not(const Tensor& x) {
  return test("logical_not", x, [](auto v) { return v == 0; });
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

}  // namespace xgrad
