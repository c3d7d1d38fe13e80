#include "idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../autograd/io/file.hpp"
#include "../autograd/support/message.hpp"
#include "bytes.hpp"

namespace xgrad::data {
namespace {

using detail::Byte;
using detail::decode;

template <class... Parts>
[[noreturn]] void fail(const std::string& path, const Parts&... parts) {
  throw IoError(message("load_idx: ", path, ": ", parts...));
}

/// A file read from start to end; gzip data is inflated on the way, anything else comes as it is.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(open(path)) {
    gzbuffer(file_.get(), 1 << 17);
  }

  /// Fills `target` and returns how much of it; less than all only at the end of the file.
  std::size_t read(std::span<Byte> target) {
    std::size_t done = 0;
    while (done < target.size()) {
      const auto ask = static_cast<unsigned>(std::min<std::size_t>(target.size() - done, 1U << 30));
      const int got = gzread(file_.get(), target.data() + done, ask);
      if (got > 0) done += static_cast<std::size_t>(got);
      if (got < static_cast<int>(ask)) {
        check();
        break;
      }
    }
    return done;
  }

  const std::string& path() const { return path_; }
  /// "offset", said so that nobody takes an offset in the inflated data for one in the file.
  const char* offset() { return gzdirect(file_.get()) ? "offset" : "uncompressed offset"; }

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  static gzFile open(const std::string& path) {
    try {
      xgrad::detail::InputFile file(path);
      const gzFile opened = gzdopen(file.descriptor(), "rb");
      if (!opened) throw std::bad_alloc();
      file.release();  // zlib closes it
      return opened;
    } catch (const IoError& error) {
      throw IoError(message("load_idx: ", error.what()));
    }
  }

  /// Throws if zlib stopped for another reason than the end of the file.
  void check() {
    int code = Z_OK;
    const char* reason = gzerror(file_.get(), &code);
    if (code == Z_OK || code == Z_STREAM_END) return;
    if (code == Z_ERRNO) fail(path_, "cannot be read: ", std::strerror(errno));
    // zlib puts "<fd:3>: " before its reason.
    std::string text = reason;
    if (text.starts_with("<fd:")) text.erase(0, text.find(": ") + 2);
    fail(path_, "corrupt or truncated gzip data before offset ", gzoffset(file_.get()),
         " of the file, after ", gztell(file_.get()), " uncompressed bytes: ", text);
  }

  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
};

struct Header {
  unsigned type = 0;
  Shape shape;
  std::size_t bytes = 0;          ///< of the header
  std::size_t element_bytes = 0;  ///< of one element in the file
};

/// Bytes of an element of this type in the file; 0 for what is no type.
std::size_t element_bytes(unsigned type) {
  switch (type) {
    case 0x08:
    case 0x09: return 1;
    case 0x0B: return 2;
    case 0x0C:
    case 0x0D: return 4;
    case 0x0E: return 8;
    default: return 0;
  }
}

std::string hex(std::span<const Byte> bytes) {
  std::string text;
  std::array<char, 4> digits{};
  for (const Byte b : bytes) {
    std::snprintf(digits.data(), digits.size(), "%02x ", unsigned{b});
    text += digits.data();
  }
  if (!text.empty()) text.pop_back();
  return text;
}

Header read_header(Reader& reader) {
  std::array<Byte, 4> magic{};
  const std::size_t found = reader.read(magic);
  if (found < magic.size())
    fail(reader.path(), "truncated: expected 4 bytes of magic number at offset 0, found ", found);
  Header header;
  header.type = magic[2];
  header.element_bytes = element_bytes(header.type);
  if (magic[0] != 0 || magic[1] != 0 || header.element_bytes == 0 || magic[3] > max_ndim)
    fail(reader.path(), "magic number ", hex(magic),
         " at offset 0 is not IDX: expected 00 00, an element type (08, 09, 0b, 0c, 0d or 0e) and "
         "the number of dimensions (at most ",
         max_ndim, "), plain or compressed by gzip");

  std::array<Byte, 4 * max_ndim> extents{};
  const std::size_t wanted = 4U * magic[3];
  const std::size_t got = reader.read(std::span(extents).first(wanted));
  if (got < wanted)
    fail(reader.path(), "truncated header: expected ", wanted, " bytes of extents (",
         unsigned{magic[3]}, " dimensions) at ", reader.offset(), " 4, found ", got);
  for (std::size_t i = 0; i < wanted; i += 4)
    header.shape.push_back(std::size_t{extents[i]} << 24 | std::size_t{extents[i + 1]} << 16 |
                           std::size_t{extents[i + 2]} << 8 | std::size_t{extents[i + 3]});
  header.bytes = magic.size() + wanted;
  return header;
}

/// The bytes after the header, exactly as many as it announces.
std::vector<Byte> read_values(Reader& reader, const Header& header) {
  const std::optional<std::size_t> expected = detail::bytes_of(header.shape, header.element_bytes);
  if (!expected)
    fail(reader.path(), "the extents ", header.shape,
         " at offset 4 multiply to more than 2^64 "
         "bytes");
  const std::vector<Byte> values = detail::read_announced(
      *expected, [&](std::span<Byte> target) { return reader.read(target); });
  if (values.size() < *expected)
    fail(reader.path(), "truncated: expected ", *expected, " bytes for shape ", header.shape,
         " at ", reader.offset(), " ", header.bytes, ", found ", values.size());
  Byte extra = 0;
  if (reader.read({&extra, 1}) != 0)
    fail(reader.path(), "too long: expected ", *expected, " bytes for shape ", header.shape, " at ",
         reader.offset(), " ", header.bytes, ", but more follow at ", reader.offset(), " ",
         header.bytes + *expected);
  return values;
}

Tensor read(const std::string& path) {
  Reader reader(path);
  const Header header = read_header(reader);
  const std::vector<Byte> values = read_values(reader, header);
  constexpr std::endian order = std::endian::big;
  switch (header.type) {
    case 0x08: return decode<std::uint8_t, std::uint8_t>(values, header.shape, order);
    case 0x09: return decode<std::int8_t, std::int64_t>(values, header.shape, order);
    case 0x0B: return decode<std::int16_t, std::int64_t>(values, header.shape, order);
    case 0x0C: return decode<std::int32_t, std::int64_t>(values, header.shape, order);
    case 0x0D: return decode<float, float>(values, header.shape, order);
    default: return decode<double, double>(values, header.shape, order);
  }
}

}  // namespace

Tensor load_idx(const std::string& path) {
  xgrad::detail::check_path("load_idx", path);
  return xgrad::detail::reading("load_idx: " + path, [&] { return read(path); });
}

}  // namespace xgrad::data
