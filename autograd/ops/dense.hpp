#pragma once

#include <concepts>
#include <span>

#include "../kernels/gemm.hpp"

/// @file
/// Products of vectors for methods that record nothing (minimisation). Computed by OpenBLAS.

namespace xgrad::detail {

template <std::floating_point T>
T dot(std::span<const T> a, std::span<const T> b) {
  return kernels::dot(a.data(), b.data(), a.size());
}

}  // namespace xgrad::detail
