#include "nn/flatten.hpp"

#include "autograd/message.hpp"
#include "autograd/ops/shaping.hpp"

namespace xgrad::nn {

Tensor Flatten::forward(const Tensor& x) { return flatten(x, start_dim_, end_dim_); }

std::string Flatten::extra_repr() const {
  return message("start_dim=", start_dim_, ", end_dim=", end_dim_);
}

}  // namespace xgrad::nn
