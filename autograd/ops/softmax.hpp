#pragma once

#include "../tensor/tensor.hpp"

namespace xgrad {

/// e^x / sum e^x along one axis, computed from x - max x, so that nothing overflows. Where one
/// element is infinite, the limit, 1 for it and 0 for the others; where several are, or all -inf,
/// there is none: NaN. Likewise the two below.
Tensor softmax(const Tensor& x, int axis = -1);
/// x - log sum e^x along one axis, likewise; finite where softmax itself underflows.
Tensor log_softmax(const Tensor& x, int axis = -1);
/// log sum e^x over axes as in reduction.hpp, likewise. Integers count as float32; over no
/// elements: -inf. Errors: ShapeError for an axis out of range or named twice.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

}  // namespace xgrad
