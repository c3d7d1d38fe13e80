#include "strided.hpp"

#include "../op/apply.hpp"

namespace xgrad::detail {

Tensor Strided::read(const Tensor& x) const {
  Tensor out = empty(part, {.dtype = x.dtype()});
  if (out.numel() == 0) return out;  // then the offset may be anywhere
  visit_width(x.dtype(), [&]<class T>(T) {
    kernels::read_walked(values<T>(out), values<T>(x) + offset, {part, {steps}});
  });
  return out;
}

void Strided::write(Tensor& out, const Tensor& x) const {
  if (x.numel() == 0) return;
  visit_width(x.dtype(), [&]<class T>(T) {
    kernels::write_walked(values<T>(out) + offset, values<T>(x), {part, {steps}},
                          [](T& to, T v) { to = v; });
  });
}

void Strided::add(Tensor& total, const Tensor& x) const {
  if (x.numel() == 0) return;
  visit_floating(x.dtype(), [&]<class T>(T) {
    kernels::write_walked(values<T>(total) + offset, values<T>(x), {part, {steps}},
                          [](T& to, T v) { to += v; });
  });
}

}  // namespace xgrad::detail
