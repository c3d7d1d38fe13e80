#include "data/idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "autograd/creation.hpp"
#include "autograd/message.hpp"

namespace xgrad::data {
namespace {

using Byte = unsigned char;

template <class... Parts>
[[noreturn]] void fail(const std::string& path, const Parts&... parts) {
  throw IoError(message("load_idx: ", path, ": ", parts...));
}

/// A file read from start to end; gzip data is inflated on the way, anything else comes as it is.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) fail(path_, "cannot be opened: ", std::strerror(errno));
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

  /// Throws if zlib stopped for another reason than the end of the file.
  void check() {
    int code = Z_OK;
    const char* reason = gzerror(file_.get(), &code);
    if (code == Z_OK || code == Z_STREAM_END) return;
    if (code == Z_ERRNO) fail(path_, "cannot be read: ", std::strerror(errno));
    // zlib puts the path before its reason, which the message has already.
    std::string text = reason;
    if (text.starts_with(path_ + ": ")) text.erase(0, path_.size() + 2);
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

/// What the header announces; nothing if that is beyond what can be addressed.
std::optional<std::size_t> value_bytes(const Header& header) {
  if (std::find(header.shape.begin(), header.shape.end(), 0U) != header.shape.end()) return 0;
  std::size_t bytes = header.element_bytes;
  for (const std::size_t extent : header.shape)
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  return bytes;
}

/// The bytes after the header, exactly as many as it announces.
std::vector<Byte> read_values(Reader& reader, const Header& header) {
  const std::optional<std::size_t> expected = value_bytes(header);
  if (!expected)
    fail(reader.path(), "the extents ", header.shape,
         " at offset 4 multiply to more than 2^64 "
         "bytes");
  // The header may lie: memory doubles with what has really been read.
  std::vector<Byte> values;
  while (values.size() < *expected) {
    const std::size_t old = values.size();
    values.resize(std::min(*expected, std::max<std::size_t>(2 * old, 1 << 16)));
    const std::size_t got = reader.read(std::span(values).subspan(old));
    if (old + got < values.size())
      fail(reader.path(), "truncated: expected ", *expected, " bytes for shape ", header.shape,
           " at ", reader.offset(), " ", header.bytes, ", found ", old + got);
  }
  Byte extra = 0;
  if (reader.read({&extra, 1}) != 0)
    fail(reader.path(), "too long: expected ", *expected, " bytes for shape ", header.shape, " at ",
         reader.offset(), " ", header.bytes, ", but more follow at ", reader.offset(), " ",
         header.bytes + *expected);
  return values;
}

/// Big-endian values of type From as elements of type To. Bits is the unsigned integer of their
/// size.
template <class From, class Bits, class To>
Tensor convert(std::span<const Byte> bytes, const Shape& shape) {
  Tensor result = empty(shape, {.dtype = dtype_of<To>});
  To* target = result.data<To>().data();
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(Bits)) {
    Bits bits = 0;
    for (std::size_t k = 0; k < sizeof(Bits); ++k)
      bits = static_cast<Bits>(std::uint64_t{bits} << 8 | bytes[i + k]);
    *target++ = static_cast<To>(std::bit_cast<From>(bits));
  }
  return result;
}

}  // namespace

Tensor load_idx(const std::string& path) {
  Reader reader(path);
  const Header header = read_header(reader);
  const std::vector<Byte> values = read_values(reader, header);
  switch (header.type) {
    case 0x08: return tensor(values, header.shape);
    case 0x09: return convert<std::int8_t, std::uint8_t, std::int64_t>(values, header.shape);
    case 0x0B: return convert<std::int16_t, std::uint16_t, std::int64_t>(values, header.shape);
    case 0x0C: return convert<std::int32_t, std::uint32_t, std::int64_t>(values, header.shape);
    case 0x0D: return convert<float, std::uint32_t, float>(values, header.shape);
    default: return convert<double, std::uint64_t, double>(values, header.shape);
  }
}

}  // namespace xgrad::data
