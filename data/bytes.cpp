#include "bytes.hpp"

#include <algorithm>

#include "../autograd/support/str.hpp"

namespace xgrad::data::detail {

std::vector<Byte> read_bytes(const ReadBytes& read, std::size_t count) {
  std::vector<Byte> bytes;
  while (bytes.size() < count) {
    const std::size_t old = bytes.size();
    bytes.resize(std::min(count, std::max<std::size_t>(2 * old, 1 << 16)));
    const std::size_t got = read(std::span(bytes).subspan(old));
    if (old + got < bytes.size()) {
      bytes.resize(old + got);
      break;
    }
  }
  return bytes;
}

std::vector<Byte> read_elements(const ReadBytes& read, const ElementType& type, const Shape& shape,
                                const std::string& origin, const std::string& where) {
  std::size_t count = std::ranges::find(shape, 0U) == shape.end() ? type.bytes : 0;
  for (const std::size_t extent : shape)
    if (count > 0 && __builtin_mul_overflow(count, extent, &count))
      throw IoError(str(origin, ": shape ", shape, where, " needs more than 2^64 bytes"));
  const std::string expected = str("expected ", count, " bytes for shape ", shape, where);
  std::vector<Byte> bytes = read_bytes(read, count);
  if (bytes.size() < count)
    throw IoError(str(origin, ": truncated: ", expected, ", found ", bytes.size()));
  Byte extra = 0;
  if (read({&extra, 1}) != 0)
    throw IoError(str(origin, ": too long: ", expected, ", but more follow"));
  return bytes;
}

}  // namespace xgrad::data::detail
