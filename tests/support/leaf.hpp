#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "autograd/creation.hpp"

namespace xgrad::test {

using Doubles = std::vector<double>;

/// float64 tensors that require gradients.
inline Tensor leaf(double value) { return tensor(value, {.requires_grad = true}); }
inline Tensor leaf(const Doubles& values) {
  return tensor(values, {values.size()}, {.requires_grad = true});
}

/// The tensor's elements are exactly these.
inline void expect_values(const Tensor& t, const Doubles& values) {
  EXPECT_EQ(t.to_vector<double>(), values);
}

}  // namespace xgrad::test
