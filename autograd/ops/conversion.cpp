#include "../op/operation.hpp"
#include "../tensor/convert.hpp"

namespace xgrad {
namespace {

constexpr auto to_op = operation<DType>(
    "to",
    [](const Inputs& in, const DType& dtype) {
      Tensor out = empty(in[0].shape(), {.dtype = dtype});
      kernels::convert(detail::impl(out).storage->data(), dtype,
                       detail::impl(in[0]).storage->data(), in[0].dtype(), out.numel());
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) { return g.to(c.dtype(0)); }));

constexpr auto clone_op = operation(
    "clone",
    [](const Inputs& in, const NoAttributes&) {
      Tensor out = empty(in[0].shape(), {.dtype = in[0].dtype()});
      const detail::Storage* from = detail::impl(in[0]).storage;
      std::memcpy(detail::impl(out).storage->data(), from->data(), from->bytes);
      return out;
    },
    gradient(reads::nothing, [](const Tensor& g, const auto&) { return g; }));

}  // namespace

Tensor Tensor::to(DType target) const {
  if (target == dtype()) return *this;
  if (is_floating(target)) return to_op(*this, target);
  NoGrad guard;  // integers carry no gradient
  return to_op(*this, target);
}

Tensor Tensor::clone() const { return clone_op(*this); }

}  // namespace xgrad
