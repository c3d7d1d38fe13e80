#pragma once

#include "autograd/creation.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/test.hpp"

/// @file
/// Compares with the files that tests/golden/nn_*.py wrote.

namespace xgrad::test {

/// A tensor of numbers, in `options.dtype`.
inline Tensor golden_tensor(const json& golden, const TensorOptions& options) {
  return tensor(golden["values"].get<Doubles>(), golden_shape(golden["shape"]), options);
}

/// The seed of the golden gradients, as backward() in tests/golden/nn_golden.py has it.
inline Tensor golden_seed(const Tensor& output) {
  Doubles seed(output.numel());
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = (static_cast<double>(5 * i % 11) - 4) / 8;
  return tensor(seed, output.shape(), {.dtype = output.dtype()});
}

/// The inputs are numbers that float32 holds exactly, so that both dtypes can be compared with the
/// float64 results.
inline void expect_golden(const Tensor& found, const json& expected) {
  expect_close(found, golden_tensor(expected, {.dtype = found.dtype()}),
               found.dtype() == float64 ? 1e-12 : 2e-6);
}

}  // namespace xgrad::test
