#include "linear.hpp"

#include <cmath>

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/einsum.hpp"
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

Bilinear::Bilinear(Extent in1_features, Extent in2_features, Extent out_features,
                   const BilinearOptions& options) {
  expect<ValueError>(in1_features.value > 0 && in2_features.value > 0 && out_features.value > 0,
                     "Bilinear: ", in1_features.value, " and ", in2_features.value, " input and ",
                     out_features.value, " output features; expected at least 1 of each");
  const double bound = 1 / std::sqrt(static_cast<double>(in1_features.value));
  const TensorOptions parameter{.requires_grad = true};
  weight =
      init::uniform_(empty({out_features, in1_features, in2_features}, parameter), -bound, bound);
  if (options.bias) bias = init::uniform_(empty({out_features}, parameter), -bound, bound);
  check_parameters(false);
}

Tensor Bilinear::forward(const Tensor& x1, const Tensor& x2) const {
  expect_defined("Bilinear", {{"x1", &x1}, {"x2", &x2}});
  expect<ShapeError>(x1.ndim() > 0 && x1.ndim() == x2.ndim() &&
                         x1.shape().back() == weight.size(1) && x2.shape().back() == weight.size(2),
                     "Bilinear: x1 ", x1.shape(), " and x2 ", x2.shape(), "; expected (…, ",
                     weight.size(1), ") and (…, ", weight.size(2), ")");
  const Tensor y =
      einsum("...i,oij,...j->...o", {as_dtype_of(weight, x1), weight, as_dtype_of(weight, x2)});
  return bias.defined() ? y + bias : y;
}

}  // namespace xgrad::nn
