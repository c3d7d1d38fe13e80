#include "idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
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

template <class... Parts>
[[noreturn]] void fail(const std::string& path, const Parts&... parts) {
  throw IoError(str("load_idx: ", path, ": ", parts...));
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

  /// "offset", or what tells an offset in the inflated data from one in the file.
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
      throw IoError(str("load_idx: ", error.what()));
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
  Reader reader(path);
  std::array<Byte, 4> magic{};
  const std::size_t found = reader.read(magic);
  if (found < magic.size())
    fail(path, "truncated: expected 4 bytes of magic number at offset 0, found ", found);
  const auto type = std::ranges::find(
      element_types, magic[2], [](const ElementType& t) { return static_cast<Byte>(t.name[0]); });
  if (magic[0] != 0 || magic[1] != 0 || type == std::end(element_types) || magic[3] > max_ndim)
    fail(path, "magic number ", hex(magic),
         " at offset 0 is not IDX: expected 00 00, an element type (08, 09, 0b, 0c, 0d or 0e) and "
         "the number of dimensions (at most ",
         max_ndim, "), plain or compressed by gzip");

  const std::size_t bytes = 4U * magic[3];
  const auto read = [&](std::span<Byte> target) { return reader.read(target); };
  const std::vector<Byte> extents = detail::read_bytes(read, bytes);
  if (extents.size() < bytes)
    fail(path, "truncated header: expected ", bytes, " bytes of extents (", unsigned{magic[3]},
         " dimensions) at ", reader.offset(), " 4, found ", extents.size());
  Shape shape;
  for (std::size_t i = 0; i < bytes; i += 4)
    shape.push_back(std::size_t{extents[i]} << 24 | std::size_t{extents[i + 1]} << 16 |
                    std::size_t{extents[i + 2]} << 8 | std::size_t{extents[i + 3]});
  const std::string where = str(" at ", reader.offset(), ' ', magic.size() + bytes);
  return type->decode(detail::read_elements(read, *type, shape, "load_idx: " + path, where), shape,
                      std::endian::big);
}

}  // namespace

Tensor load_idx(const std::string& path) {
  xgrad::detail::check_path("load_idx", path);
  return xgrad::detail::reading("load_idx: " + path, [&] { return read(path); });
}

}  // namespace xgrad::data
