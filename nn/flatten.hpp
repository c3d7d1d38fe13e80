#pragma once

#include "../autograd/ops/shaping.hpp"
#include "../autograd/tensor/expect.hpp"
#include "module_of.hpp"

namespace xgrad::nn {

/// The axes from start_dim to end_dim, both included, made into one; the first, the batch, is kept
/// by default. forward throws ShapeError if x has no such axes.
class Flatten : public ModuleOf<Flatten, flatten, int, int> {
 public:
  /// Axes from the end are negative.
  explicit Flatten(int start_dim = 1, int end_dim = -1)
      : ModuleOf({"start_dim", start_dim}, {"end_dim", end_dim}) {}
};

/// Axis `dim` cut into axes of these extents, of which one may be -1. forward throws ShapeError if
/// x has no such axis, or one of another extent.
class Unflatten : public Module {
 public:
  /// Dim: from the end if negative.
  Unflatten(int dim, const Extents& sizes) : dim_(dim), sizes_(sizes) {}
  Tensor forward(const Tensor& x) override {
    expect_defined("Unflatten", "x", x);
    const std::size_t at = normalize_axis("Unflatten", dim_, x.ndim());
    std::int64_t product = 1;
    for (const std::int64_t extent : sizes_) product *= extent;
    const auto whole = static_cast<std::int64_t>(x.shape()[at]);
    if (product < 0 ? whole % product != 0 : whole != product)
      throw ShapeError(str("Unflatten: axis ", dim_, " of x of shape ", x.shape(), " into (",
                           joined(sizes_), "); expected extents whose product is ", whole));
    Extents shape;
    for (std::size_t i = 0; i < x.ndim(); ++i)
      if (i != at)
        shape.push_back(static_cast<std::int64_t>(x.shape()[i]));
      else
        for (const std::int64_t extent : sizes_) shape.push_back(extent);
    return reshape(x, shape);
  }
  XGRAD_FIELDS()

 private:
  int dim_;
  Extents sizes_;
};

}  // namespace xgrad::nn
