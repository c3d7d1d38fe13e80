#pragma once

#include "autograd/engine.hpp"
#include "autograd/ops.hpp"
#include "golden.hpp"
#include "tests/support/leaf.hpp"

/// @file
/// For tests of gradients at chosen points.

namespace xgrad::test {

/// d(sum y)/dx.
inline Tensor slope(const Tensor& y, const Tensor& x) { return grad(sum(y), x); }

/// H 1 of sum y by x: for elementwise y the second derivatives.
inline Tensor curvature(const Tensor& y, const Tensor& x) {
  return grad(sum(grad(sum(y), x, {.create_graph = true})), x);
}

/// The elements are these, NaN and infinities included, to the tolerance of all_close.
inline void expect_near_values(const Tensor& actual, const Doubles& expected, double tolerance) {
  EXPECT_TRUE(all_close(actual.to_vector<double>(), expected, tolerance));
}

}  // namespace xgrad::test
