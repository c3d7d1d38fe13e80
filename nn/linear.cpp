#include "linear.hpp"

#include <cmath>

#include "../autograd/ops/linalg.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "init.hpp"

namespace xgrad::nn {

Linear::Linear(Extent in_features, Extent out_features, const LinearOptions& options) {
  if (in_features.value < 0 || out_features.value < 0)
    throw ValueError(str("Linear: ", in_features.value, " input and ", out_features.value,
                         " output features; expected 0 or more of each"));
  const double bound =
      in_features.value ? 1 / std::sqrt(static_cast<double>(in_features.value)) : 0;
  const TensorOptions parameter{.requires_grad = true};
  weight = init::uniform_(empty({out_features, in_features}, parameter), -bound, bound);
  if (options.bias) bias = init::uniform_(empty({out_features}, parameter), -bound, bound);
  check_parameters(false);
}

Tensor Linear::forward(const Tensor& x) { return xgrad::linear(x, weight, bias); }

}  // namespace xgrad::nn
