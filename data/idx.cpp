#include "idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <vector>

#include "../autograd/io/file.hpp"
#include "../autograd/support/str.hpp"
#include "bytes.hpp"

namespace xgrad::data {
namespace {

using detail::Byte;
using detail::element_type;
using detail::ElementType;

struct Close {
  void operator()(gzFile file) const { gzclose(file); }
};
using File = std::unique_ptr<gzFile_s, Close>;

/// Opens a file from which gzip data comes inflated, and anything else as it is.
File open(const std::string& path) {
  try {
    xgrad::detail::InputFile file(path);
    File opened(gzdopen(file.descriptor(), "rb"));
    if (!opened) throw std::bad_alloc();
    file.release();  // zlib closes it
    gzbuffer(opened.get(), 1 << 17);
    return opened;
  } catch (const IoError& error) {
    throw IoError(str("load_idx: ", error.what()));
  }
}

/// Throws if zlib stopped for another reason than the end of the file.
void check(gzFile file, const detail::Source& source) {
  int code = Z_OK;
  std::string reason = gzerror(file, &code);
  if (code == Z_OK || code == Z_STREAM_END) return;
  if (code == Z_MEM_ERROR) throw std::bad_alloc();
  if (code == Z_ERRNO) source.fail("cannot be read: ", std::strerror(errno));
  // zlib puts "<fd:3>: " before its reason.
  if (reason.starts_with("<fd:")) reason.erase(0, reason.find(": ") + 2);
  source.fail("corrupt or truncated gzip data before offset ", gzoffset(file),
              " of the file, after ", gztell(file), " uncompressed bytes: ", reason);
}

constexpr ElementType element_types[] = {element_type<std::uint8_t, std::uint8_t>("\x08"),
                                         element_type<std::int8_t, std::int64_t>("\x09"),
                                         element_type<std::int16_t, std::int64_t>("\x0B"),
                                         element_type<std::int32_t, std::int64_t>("\x0C"),
                                         element_type<float, float>("\x0D"),
                                         element_type<double, double>("\x0E")};

std::string hex(std::span<const Byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const Byte b : bytes) text += str(text.empty() ? "" : " ", digits[b / 16], digits[b % 16]);
  return text;
}

Tensor read(const std::string& path) {
  const File file = open(path);
  detail::Source source{"load_idx: " + path, [&](std::span<Byte> target) {
                          const std::size_t count = std::min<std::size_t>(target.size(), 1U << 30);
                          const int got =
                              gzread(file.get(), target.data(), static_cast<unsigned>(count));
                          if (got < static_cast<int>(count)) check(file.get(), source);
                          return static_cast<std::size_t>(got);
                        }};
  const std::vector<Byte> magic = source.read(4, "of magic number at offset 0");
  const auto type = std::ranges::find(
      element_types, magic[2], [](const ElementType& t) { return static_cast<Byte>(t.name[0]); });
  if (magic[0] != 0 || magic[1] != 0 || type == std::end(element_types) || magic[3] > max_ndim)
    source.fail(
        "magic number ", hex(magic),
        " at offset 0 is not IDX: expected 00 00, an element type (08, 09, 0b, 0c, 0d or 0e) and "
        "the number of dimensions (at most ",
        max_ndim, "), plain or compressed by gzip");

  const std::size_t bytes = 4U * magic[3];
  // Tells an offset in the inflated data from one in the file.
  const char* offset = gzdirect(file.get()) ? " at offset " : " at uncompressed offset ";
  const std::vector<Byte> extents =
      source.read(bytes, str("of extents (", unsigned{magic[3]}, " dimensions)", offset, 4),
                  "truncated header");
  Shape shape;
  for (std::size_t i = 0; i < bytes; i += 4)
    shape.push_back(std::size_t{extents[i]} << 24 | std::size_t{extents[i + 1]} << 16 |
                    std::size_t{extents[i + 2]} << 8 | std::size_t{extents[i + 3]});
  return type->decode(source.read_elements(*type, shape, str(offset, 4 + bytes)), shape,
                      std::endian::big);
}

}  // namespace

Tensor load_idx(const std::string& path) {
  xgrad::detail::check_path("load_idx", path);
  return xgrad::detail::with_memory(path, [&] {
    return xgrad::detail::reading("load_idx: " + path, [&] { return read(path); });
  });
}

}  // namespace xgrad::data
