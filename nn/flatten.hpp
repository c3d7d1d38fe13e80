#pragma once

#include "../autograd/ops/shaping.hpp"
#include "module_of.hpp"

namespace xgrad::nn {

/// The axes from start_dim to end_dim, both included, made into one; the first, the batch, is kept
/// by default. forward throws ShapeError if x has no such axes.
class Flatten : public ModuleOf<Flatten, flatten, int, int> {
 public:
  explicit Flatten(int start_dim = 1, int end_dim = -1)
      : ModuleOf({"start_dim", start_dim}, {"end_dim", end_dim}) {}
};

}  // namespace xgrad::nn
