#pragma once

#include <concepts>

#include "../autograd/op/apply.hpp"

namespace xgrad::nn::detail {

/// The shape that all broadcast to. Throws what arithmetic throws, in the name of `op`: for what
/// computes with its operands in several steps.
template <std::same_as<TensorOrScalar>... Operand>
Shape broadcast_operands(const char* op, const Operand&... operands) {
  constexpr std::size_t n = sizeof...(operands);
  const xgrad::detail::Operands<n> all(op, xgrad::detail::Domain::floats, {&operands...});
  return xgrad::detail::broadcast_all(op, all.in.data(), n);
}

}  // namespace xgrad::nn::detail
