#pragma once

#include "nn/module.hpp"

/// @file
/// Functions without parameters, as modules.

namespace xgrad::nn {

/// x itself.
class Identity : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// max(x, 0).
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// 1 / (1 + e^-x).
class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// Hyperbolic tangent.
class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

}  // namespace xgrad::nn
