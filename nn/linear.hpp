#pragma once

#include "module.hpp"

namespace xgrad::nn {

struct LinearOptions {
  bool bias = true;  ///< whether a bias is added
};

/// x weight^T + bias: x (…, in_features) to (…, out_features).
/// weight is (out_features, in_features), bias (out_features), float32; both start uniform on
/// ±1/sqrt(in_features), as PyTorch's do.
/// Throws ValueError for a negative number of features; forward throws what xgrad::linear throws.
class Linear : public Module {
 public:
  Linear(Extent in_features, Extent out_features, const LinearOptions& options = {});
  Tensor forward(const Tensor& x) override;

  Tensor weight;
  Tensor bias;  ///< undefined without one

  XGRAD_FIELDS(weight, bias)
};

}  // namespace xgrad::nn
