#include "strided.hpp"

#include "../op/apply.hpp"

namespace xgrad::detail {

kernels::Walk Strided::walk() const {
  kernels::Walk walk;
  for (std::size_t i = 0; i < part.size(); ++i) walk.append(part[i], steps[i]);
  return walk;
}

Tensor Strided::read(const Tensor& x) const {
  Tensor out = empty(part, {.dtype = x.dtype()});
  if (out.numel() == 0) return out;  // then the offset may be anywhere
  visit_width(x.dtype(), [&]<class T>(T) {
    kernels::gather_strided(values<T>(out), values<T>(x) + offset, walk());
  });
  return out;
}

Tensor Strided::write(const Tensor& x, Scalar rest) const {
  Tensor out = full(whole, rest, {.dtype = x.dtype()});
  if (x.numel() == 0) return out;
  visit_width(x.dtype(), [&]<class T>(T) {
    kernels::scatter_strided(values<T>(out) + offset, values<T>(x), walk());
  });
  return out;
}

void Strided::add(Tensor& total, const Tensor& x) const {
  if (x.numel() == 0) return;
  visit_floating(x.dtype(), [&]<class T>(T) {
    kernels::add_strided(values<T>(total) + offset, values<T>(x), walk());
  });
}

}  // namespace xgrad::detail
