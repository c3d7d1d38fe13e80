#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <xtl/xhalf_float.hpp>

#include "../tensor/creation.hpp"

/// @file
/// Converts elements of files to elements of tensors, exactly.

namespace xgrad::detail {

using Byte = unsigned char;

using Half = half_float::half;  ///< IEEE 754 binary16

/// The upper half of a binary32.
struct BFloat16 {
  std::uint16_t bits;

  explicit operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};

/// A byte that is true unless it is 0.
struct Bool {
  std::uint8_t byte;

  explicit operator bool() const { return byte != 0; }
};

/// Makes a tensor of type To from elements of type From in that order of bytes.
template <class From, class To>
Tensor decode(std::span<const Byte> bytes, const Shape& shape, std::endian order) {
  Tensor result = empty(shape, {.dtype = dtype_of<To>});
  To* target = result.data<To>().data();
  if (std::is_same_v<From, To> && (sizeof(From) == 1 || order == std::endian::native)) {
    if (!bytes.empty()) std::memcpy(target, bytes.data(), bytes.size());
    return result;
  }
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(From)) {
    std::array<Byte, sizeof(From)> element{};
    std::copy_n(bytes.data() + i, sizeof(From), element.begin());
    if (order != std::endian::native) std::reverse(element.begin(), element.end());
    *target++ = static_cast<To>(std::bit_cast<From>(element));
  }
  return result;
}

/// The first of these numbers, read from unsigned ones of 64 bits, that int64 cannot hold; or null.
inline const std::int64_t* find_wrapped(const Tensor& tensor) {
  const std::span<const std::int64_t> values = tensor.data<std::int64_t>();
  const auto found = std::ranges::find_if(values, [](std::int64_t v) { return v < 0; });
  return found == values.end() ? nullptr : &*found;
}

}  // namespace xgrad::detail
