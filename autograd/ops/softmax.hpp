#pragma once

#include "autograd/tensor.hpp"

namespace xgrad {

/// e^x / sum e^x along one axis, computed from x - max x, so that nothing overflows.
Tensor softmax(const Tensor& x, int axis = -1);
/// x - log sum e^x along one axis, likewise; finite where softmax itself underflows.
Tensor log_softmax(const Tensor& x, int axis = -1);

}  // namespace xgrad
