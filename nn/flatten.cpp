#include "nn/flatten.hpp"

#include "autograd/ops/shaping.hpp"

namespace xgrad::nn {

Tensor Flatten::forward(const Tensor& x) { return flatten(x, start_); }

}  // namespace xgrad::nn
