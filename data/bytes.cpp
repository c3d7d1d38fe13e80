#include "bytes.hpp"

#include <algorithm>
#include <cstdint>

#include "../autograd/io/file.hpp"

namespace xgrad::data::detail {

std::vector<Byte> Source::read_up_to(std::size_t count) const {
  std::vector<Byte> bytes;
  for (std::size_t done = 0, got = 1; done < count && got > 0; done += got) {
    if (done == bytes.size())
      bytes.resize(std::min(count, std::max<std::size_t>(2 * done, 1 << 16)));
    got = read_some(std::span(bytes).subspan(done));
    if (got == 0) bytes.resize(done);
  }
  return bytes;
}

std::vector<Byte> Source::read(std::size_t count, const std::string& what,
                               const char* problem) const {
  std::vector<Byte> bytes = read_up_to(count);
  if (bytes.size() < count)
    fail(problem, ": expected ", count, " bytes ", what, ", found ", bytes.size());
  return bytes;
}

std::vector<Byte> Source::read_elements(const ElementType& type, const Shape& shape,
                                        const std::string& where) const {
  std::size_t count = std::ranges::find(shape, 0U) == shape.end() ? type.bytes : 0;
  for (const std::size_t extent : shape)
    if (count > 0 && __builtin_mul_overflow(count, extent, &count))
      fail("shape ", shape, where, " needs more than 2^64 bytes");
  const std::string what = str("for shape ", shape, where);
  std::vector<Byte> bytes = read(count, what);
  if (Byte extra = 0; read_some({&extra, 1}) != 0)
    fail("too long: expected ", count, " bytes ", what, ", but more follow");
  return bytes;
}

Tensor read_file(const char* operation, const std::string& path, Tensor (*read)(const Source&)) {
  xgrad::detail::check_path(operation, path);
  return xgrad::detail::reading(path, [&] {
    xgrad::detail::InputFile file(path);
    std::uint64_t left = file.size();
    return read({path, [&](std::span<Byte> target) {
                   const std::size_t count = std::min<std::uint64_t>(left, target.size());
                   file.read(target.data(), count);
                   left -= count;
                   return count;
                 }});
  });
}

}  // namespace xgrad::data::detail
