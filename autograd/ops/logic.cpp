#include "autograd/ops/logic.hpp"

#include "autograd/apply.hpp"

namespace xgrad {
namespace {

template <class F>
Tensor compare(const char* op, const TensorOrScalar& a, const TensorOrScalar& b, F f) {
  const TensorOrScalar* given[] = {&a, &b};
  const Tensor* in[2];
  Tensor converted[2];
  detail::unify(op, Domain::numbers, given, 2, in, converted);
  Tensor out = empty(detail::broadcast_all(op, in, 2), {.dtype = uint8});
  const kernels::BroadcastPlan<2> plan(out.shape(), {&in[0]->shape(), &in[1]->shape()});
  visit_dtype(in[0]->dtype(), [&]<class T>(T) {
    kernels::map_mixed(f, detail::values<std::uint8_t>(out), plan, detail::values<T>(*in[0]),
                       detail::values<T>(*in[1]));
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

}  // namespace xgrad
