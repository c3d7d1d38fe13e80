#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "autograd/creation.hpp"

/// @file
/// What the readers of array files share. Headers may lie: nothing here believes one.

namespace xgrad::data::detail {

using Byte = unsigned char;

/// Bytes that elements of this size and number take; nothing if that is beyond what can be
/// addressed.
inline std::optional<std::size_t> bytes_of(const Shape& shape, std::size_t element_bytes) {
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return 0;
  std::size_t bytes = element_bytes;
  for (const std::size_t extent : shape)
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  return bytes;
}

/// Up to `announced` bytes, fewer only where the source ends before. `read` fills the span it is
/// given and returns how much of it. Memory doubles with what has really been read.
template <class Read>
std::vector<Byte> read_announced(std::size_t announced, Read read) {
  std::vector<Byte> bytes;
  while (bytes.size() < announced) {
    const std::size_t old = bytes.size();
    bytes.resize(std::min(announced, std::max<std::size_t>(2 * old, 1 << 16)));
    const std::size_t got = read(std::span(bytes).subspan(old));
    if (old + got < bytes.size()) {
      bytes.resize(old + got);
      break;
    }
  }
  return bytes;
}

/// Elements of type From in that order of bytes, as a tensor of elements of type To.
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

}  // namespace xgrad::data::detail
