#pragma once

#include "module.hpp"

namespace xgrad::nn {

/// Options of Linear.
struct LinearOptions {
  bool bias = true;  ///< whether a bias is added
};

/// x weight^T + bias: x (…, in_features) to (…, out_features).
/// weight is (out_features, in_features), bias (out_features), float32; both start uniform on
/// ±1/sqrt(in_features), as PyTorch's do.
/// Throws ValueError for a negative number of features; forward throws what xgrad::linear throws.
class Linear : public Module {
 public:
  /// The parameters, float32.
  Linear(Extent in_features, Extent out_features, const LinearOptions& options = {});
  Tensor forward(const Tensor& x) override;

  Tensor weight;  ///< (out_features, in_features)
  Tensor bias;    ///< undefined without one

  XGRAD_FIELDS(weight, bias)
};

/// Options of Bilinear.
struct BilinearOptions {
  bool bias = true;  ///< whether a bias is added
};

/// y[o] = sum over i, j of x1[i] weight[o, i, j] x2[j] + bias[o], of x1 (…, in1_features) and x2
/// (…, in2_features). weight (out, in1, in2) and bias (out) start uniform on ±1/sqrt(in1_features).
/// Throws ValueError for a number of features below 1; forward throws ShapeError for inputs that do
/// not fit, ValueError for undefined ones.
class Bilinear : public Module {
 public:
  /// The parameters, float32.
  Bilinear(Extent in1_features, Extent in2_features, Extent out_features,
           const BilinearOptions& options = {});
  using Module::forward;
  /// y of the formula above, (…, out_features).
  Tensor forward(const Tensor& x1, const Tensor& x2) const;

  Tensor weight;  ///< (out_features, in1_features, in2_features)
  Tensor bias;    ///< undefined without one

  XGRAD_FIELDS(weight, bias)
};

}  // namespace xgrad::nn
