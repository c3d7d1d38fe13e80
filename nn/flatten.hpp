#pragma once

#include "nn/module.hpp"

namespace xgrad::nn {

/// The axes from `start` on made into one; the first, the batch, is kept by default.
/// Errors: ShapeError in forward when x has no such axis.
class Flatten : public Module {
 public:
  explicit Flatten(int start = 1) : start_(start) {}
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()

 private:
  int start_;
};

}  // namespace xgrad::nn
