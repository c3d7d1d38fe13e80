#pragma once

#include <vector>

#include "node.hpp"

namespace xgrad::detail {

/// All operations that `y` was computed by, each after those that computed its inputs.
std::vector<Node*> recorded_operations(const Tensor& y);

}  // namespace xgrad::detail
