#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "autograd/creation.hpp"
#include "autograd/observer.hpp"
#include "autograd/ops.hpp"

/// @file
/// What the tests of functional.hpp differentiate and count with.

namespace xgrad::test {

/// How many operations are applied, and how many elements their largest result has.
class Counter final : public Observer {
 public:
  void computed(const char*, const Tensor& out, std::span<const Tensor* const>) override {
    ++operations;
    largest = std::max(largest, out.numel());
  }
  std::size_t operations = 0;
  std::size_t largest = 0;
};

/// A network of one hidden layer, from its four parameters: (…, 3) to (…, 2).
inline Tensor network(const std::vector<Tensor>& p, const Tensor& x) {
  return linear(tanh(linear(x, p[0], p[1])), p[2], p[3]);
}
inline std::vector<Tensor> network_parameters() {
  const TensorOptions f64 = {.dtype = float64};
  return {randn({4, 3}, f64), randn({4}, f64), randn({2, 4}, f64), randn({2}, f64)};
}

}  // namespace xgrad::test
