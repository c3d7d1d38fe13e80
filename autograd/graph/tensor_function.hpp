#pragma once

#include <functional>
#include <vector>

#include "../tensor/tensor.hpp"

namespace xgrad::detail {

/// A function of any number of tensors to any number of tensors.
using TensorFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

inline std::vector<Tensor> as_list(const Tensor& result) { return {result}; }
inline std::vector<Tensor> as_list(std::vector<Tensor> results) { return results; }

}  // namespace xgrad::detail
