#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "../autograd/io/decode.hpp"

/// @file
/// What the readers of array files share. Headers may lie: nothing here believes one.

namespace xgrad::data::detail {

using xgrad::detail::Byte;
using xgrad::detail::decode;

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

}  // namespace xgrad::data::detail
