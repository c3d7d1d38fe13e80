#include "flatten.hpp"

#include "../autograd/ops/shaping.hpp"
#include "../autograd/support/message.hpp"

namespace xgrad::nn {

Tensor Flatten::forward(const Tensor& x) { return flatten(x, start_dim_, end_dim_); }

std::string Flatten::extra_repr() const {
  return message("start_dim=", start_dim_, ", end_dim=", end_dim_);
}

}  // namespace xgrad::nn
