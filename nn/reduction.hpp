#pragma once

#include "../autograd/ops/reduction.hpp"

namespace xgrad::nn {

/// What becomes of the losses of the single elements (for classes, samples): they are left as they
/// are, averaged or added up. `batchmean`, for kl_div alone, divides the sum by the first extent.
enum class Reduction { none, mean, sum, batchmean };

namespace detail {

/// The losses, or their mean or sum. Throws ValueError, naming `op`, for batchmean.
inline Tensor reduce(const char* op, const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::batchmean)
    throw ValueError(std::string(op) +
                     ": reduction is batchmean, which kl_div alone has; expected "
                     "none, mean or sum");
  return reduction == Reduction::none   ? losses
         : reduction == Reduction::mean ? mean(losses)
                                        : sum(losses);
}

}  // namespace detail
}  // namespace xgrad::nn
