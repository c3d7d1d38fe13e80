#pragma once

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::nn {

/// What becomes of the losses of the single elements (for classes, samples): they are left as they
/// are, averaged or added up. `batchmean`, for kl_div alone, divides the sum by the first extent.
enum class Reduction { none, mean, sum, batchmean };

namespace detail {

/// The losses, or their mean or sum. Errors: ValueError, naming `op`, for batchmean.
Tensor reduce(const char* op, const Tensor& losses, Reduction reduction);

/// The weight of a loss as its module keeps it: outside any graph; undefined where it is.
inline Tensor constant(const Tensor& weight) {
  return weight.defined() ? weight.detach() : Tensor();
}

}  // namespace detail
}  // namespace xgrad::nn
