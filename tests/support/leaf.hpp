#pragma once

#include <type_traits>
#include <vector>

#include "autograd/creation.hpp"

namespace xgrad::test {

using Doubles = std::vector<double>;

/// float64 tensors that require gradients.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor leaf(T value) {
  return tensor(static_cast<double>(value), {.requires_grad = true});
}
inline Tensor leaf(const Doubles& values) {
  return tensor(values, {values.size()}, {.requires_grad = true});
}

}  // namespace xgrad::test
