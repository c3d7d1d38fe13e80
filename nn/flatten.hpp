#pragma once

#include "module.hpp"

namespace xgrad::nn {

/// The axes from start_dim to end_dim, that one included, made into one; the first, the batch, is
/// kept by default. Errors: ShapeError in forward when x has no such axes.
class Flatten : public Module {
 public:
  explicit Flatten(int start_dim = 1, int end_dim = -1)
      : start_dim_(start_dim), end_dim_(end_dim) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  XGRAD_FIELDS()

 private:
  int start_dim_;
  int end_dim_;
};

}  // namespace xgrad::nn
