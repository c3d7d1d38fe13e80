#include "linear.hpp"

#include <cmath>

#include "../autograd/ops/linalg.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "init.hpp"

namespace xgrad::nn {

Linear::Linear(Extent in_features, Extent out_features, const LinearOptions& options) {
  const auto in = in_features.value, out = out_features.value;
  expect<ValueError>(in >= 0 && out >= 0, "Linear: ", in, " input and ", out,
                     " output features; expected 0 or more of each");
  const double bound = in ? 1 / std::sqrt(static_cast<double>(in)) : 0;
  const TensorOptions parameter{.requires_grad = true};
  weight = init::uniform_(empty({out_features, in_features}, parameter), -bound, bound);
  if (options.bias) bias = init::uniform_(empty({out_features}, parameter), -bound, bound);
  check_parameters(false);
}

Tensor Linear::forward(const Tensor& x) {
  return xgrad::linear(as_dtype_of(weight, x), weight, bias);
}

}  // namespace xgrad::nn
