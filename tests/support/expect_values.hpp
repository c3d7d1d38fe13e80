#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::test {

/// The tensor's elements are exactly these.
inline void expect_values(const Tensor& t, const std::vector<double>& values) {
  EXPECT_EQ(t.to_vector<double>(), values);
}

}  // namespace xgrad::test
