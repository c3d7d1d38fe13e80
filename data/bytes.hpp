#pragma once

#include <bit>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../autograd/io/decode.hpp"

/// @file
/// Reads the elements of array files. No memory is taken on the word of a header.

namespace xgrad::data::detail {

using xgrad::detail::Byte;

/// Fills the span it is given and returns how much of it; less than all only at the end.
using ReadBytes = std::function<std::size_t(std::span<Byte>)>;

/// Up to `count` bytes, fewer only where the source ends before. Memory doubles with what has
/// really been read.
std::vector<Byte> read_bytes(const ReadBytes& read, std::size_t count);

/// An element type of a file format.
struct ElementType {
  std::string_view name;
  std::size_t bytes;
  Tensor (*decode)(std::span<const Byte> bytes, const Shape& shape, std::endian order);
};
template <class From, class To>
constexpr ElementType element_type(std::string_view name) {
  return {name, sizeof(From), &xgrad::detail::decode<From, To>};
}

/// The bytes of all elements, which extend to the end of the source. Throws IoError, beginning with
/// `origin`, where there are fewer or more than the shape says; `where` tells where they begin.
std::vector<Byte> read_elements(const ReadBytes& read, const ElementType& type, const Shape& shape,
                                const std::string& origin, const std::string& where = "");

}  // namespace xgrad::data::detail
