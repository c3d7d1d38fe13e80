#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "autograd/creation.hpp"

namespace xgrad::test {

using Doubles = std::vector<double>;
using Integers = std::vector<std::int64_t>;
using Tensors = std::vector<Tensor>;

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::int64_t i64_min = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t i64_max = std::numeric_limits<std::int64_t>::max();

inline constexpr TensorOptions f64 = {.dtype = float64};
inline constexpr TensorOptions f64_grad = {.dtype = float64, .requires_grad = true};
inline constexpr TensorOptions i64 = {.dtype = int64};
inline constexpr TensorOptions u8 = {.dtype = uint8};

}  // namespace xgrad::test
