#include "linear.hpp"

#include <cmath>

#include "../autograd/ops/linalg.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/creation.hpp"
#include "init.hpp"

namespace xgrad::nn {

Linear::Linear(Extent in_features, Extent out_features, const LinearOptions& options) {
  if (in_features.value < 0 || out_features.value < 0)
    throw ValueError(message("Linear: ", in_features.value, " input and ", out_features.value,
                             " output features; expected 0 or more of each"));
  const double bound =
      in_features.value ? 1 / std::sqrt(static_cast<double>(in_features.value)) : 0;
  weight = empty({out_features, in_features}, {.requires_grad = true});
  init::uniform_(weight, -bound, bound);
  if (options.bias) {
    bias = empty({out_features}, {.requires_grad = true});
    init::uniform_(bias, -bound, bound);
  }
  check_parameters(false);
}

Tensor Linear::forward(const Tensor& x) { return xgrad::linear(x, weight, bias); }

}  // namespace xgrad::nn
