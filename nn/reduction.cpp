#include "reduction.hpp"

#include "../autograd/ops/reduction.hpp"
#include "../autograd/support/message.hpp"

namespace xgrad::nn::detail {

Tensor reduce(const char* op, const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::none: return losses;
    case Reduction::mean: return mean(losses);
    case Reduction::sum: return sum(losses);
    case Reduction::batchmean: break;
  }
  throw ValueError(
      message(op, ": reduction is batchmean, which kl_div alone has; expected none, mean or sum"));
}

}  // namespace xgrad::nn::detail
