#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::test {

/// Shape and dtype are equal, and all |actual - expected| <= tolerance · max(1, |expected|).
inline void expect_close(const Tensor& actual, const Tensor& expected, double tolerance = 1e-12) {
  ASSERT_EQ(actual.shape(), expected.shape());
  EXPECT_EQ(actual.dtype(), expected.dtype());
  const std::vector<double> a = actual.to_vector<double>(), e = expected.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], e[i], tolerance * std::max(1.0, std::abs(e[i]))) << "element " << i;
}

}  // namespace xgrad::test
