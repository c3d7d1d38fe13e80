#include "nn/dropout.hpp"

#include "autograd/creation.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/message.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/logic.hpp"

namespace xgrad::nn {

Dropout::Dropout(double p) : p_(p) {
  if (!(p >= 0 && p <= 1))
    throw ValueError(message("Dropout: p is ", p, "; a probability from 0 to 1 is expected"));
}

Tensor Dropout::forward(const Tensor& x) {
  if (!is_training()) return x;
  if (!is_floating(x.dtype()))
    throw DTypeError(message("Dropout: x is ", name(x.dtype()), "; expected float32 or float64"));
  if (p_ == 0) return x;
  Tensor scale;  // 0 where dropped
  {
    NoGrad guard;
    scale = (rand_like(x) >= p_).to(x.dtype());
    scale.mul_(p_ < 1 ? 1 / (1 - p_) : 0);
  }
  return x * scale;
}

std::string Dropout::extra_repr() const { return message("p=", p_); }

}  // namespace xgrad::nn
