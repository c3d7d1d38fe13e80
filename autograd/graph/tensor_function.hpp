#pragma once

#include <functional>
#include <string>
#include <vector>

#include "../tensor/tensor.hpp"

namespace xgrad::detail {

/// A function of any number of tensors to any number of tensors.
using TensorFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// Throws ValueError for a std::function without a function.
template <class F>
void expect_function(const char* op, const F& f) {
  if constexpr (requires { f.target_type(); })
    if (!f)
      throw ValueError(std::string(op) +
                       ": the function is empty; expected one that can be called");
}

inline std::vector<Tensor> as_list(const Tensor& result) { return {result}; }
inline std::vector<Tensor> as_list(std::vector<Tensor> results) { return results; }

}  // namespace xgrad::detail
