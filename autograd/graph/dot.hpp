#pragma once

#include <string>
#include <utility>
#include <vector>

#include "../tensor/tensor.hpp"

namespace xgrad {

/// The graph that `y` was recorded with, in Graphviz's language; `dot -Tsvg` draws it.
///
/// Operations are boxes with their name and the shape of their result; leaves that collect
/// gradients are ellipses, and inputs that need none are plain, each with shape and dtype (or its
/// value, if it is a single element that was saved). Arrows lead from inputs to results, and are
/// bold where the input's values have been saved for the gradient. Tensors found in `names` bear
/// that name: `to_dot(loss, net.named_parameters())`. The text is the same for the same graph.
/// Throws ValueError if y is undefined.
std::string to_dot(const Tensor& y, const std::vector<std::pair<std::string, Tensor>>& names = {});

}  // namespace xgrad
