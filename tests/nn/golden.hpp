#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "autograd/creation.hpp"
#include "tests/support/expect_close.hpp"

/// @file
/// Reads what tests/golden/nn_*.py have written.

namespace xgrad::test {

inline nlohmann::json read_golden(const std::string& name) {
  return nlohmann::json::parse(std::ifstream(XGRAD_SOURCE_DIR "/tests/golden/" + name));
}

/// A tensor of numbers, in `options.dtype`.
inline Tensor golden_tensor(const nlohmann::json& json, const TensorOptions& options) {
  return tensor(json["values"].get<std::vector<double>>(),
                Shape(json["shape"].get<std::vector<std::size_t>>()), options);
}

/// What the golden gradients were propagated from, backward() in tests/golden/nn_golden.py.
inline Tensor golden_seed(const Tensor& output) {
  std::vector<double> seed(output.numel());
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = (static_cast<double>(5 * i % 11) - 4) / 8;
  return tensor(seed, output.shape(), {.dtype = output.dtype()});
}

/// The inputs are numbers that float32 has, so that both dtypes may be held against the float64
/// results.
inline void expect_golden(const Tensor& found, const nlohmann::json& expected) {
  expect_close(found, golden_tensor(expected, {.dtype = found.dtype()}),
               found.dtype() == float64 ? 1e-12 : 2e-6);
}

}  // namespace xgrad::test
