#include "npy.hpp"

#include <cctype>
#include <cstdint>
#include <string_view>
#include <utility>

#include "../autograd/io/file.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/support/message.hpp"
#include "npy_format.hpp"

namespace xgrad::data {
namespace {

using detail::Byte;
using detail::decode;
using detail::OtherElements;
using xgrad::detail::Bool;
using xgrad::detail::Half;
using Bytes = std::span<const Byte>;

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::string_view white_space = " \t\f\r\n";
constexpr std::size_t preamble_bytes = 8;  // with the version
/// NumPy's own limit is 10,000 for files it does not trust.
constexpr std::uint32_t max_header_bytes = 1 << 16;

/// What the header says.
struct Header {
  char order = '|';  ///< of the bytes: <, > or |
  std::string type;  ///< a letter and the bytes of an element: "f4"
  bool fortran_order = false;
  Shape shape;
};

/// Reads the header's text, a dictionary as Python writes it.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}

  Header read() {
    bool descr = false;
    bool order = false;
    bool shape = false;
    const auto once = [&](bool& seen) {
      if (std::exchange(seen, true)) fail("every key once");
    };
    expect('{');
    while (!accept('}')) {
      const std::string key = read_string();
      expect(':');
      if (key == "descr") {
        once(descr);
        read_type();
      } else if (key == "fortran_order") {
        once(order);
        header_.fortran_order = read_bool();
      } else if (key == "shape") {
        once(shape);
        read_shape();
      } else {
        fail("the keys descr, fortran_order and shape");
      }
      if (!accept(',') && peek() != '}') fail("',' or '}'");
    }
    if (!descr || !order || !shape) fail("descr, fortran_order and shape before it");
    if (peek() != '\0' || at_ != text_.size()) fail("nothing more");
    return std::move(header_);
  }

 private:
  template <class E = IoError>
  [[noreturn]] void fail(const std::string& expected) const {
    throw E(message(origin_, ": the header is not one of NumPy's at character ", at_, ": expected ",
                    expected));
  }

  /// The next character that is no white space; 0 at the end.
  char peek() {
    while (at_ < text_.size() && white_space.find(text_[at_]) != white_space.npos) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(message('\'', c, '\''));
  }
  bool accept_word(std::string_view word) {
    peek();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::string read_string() {
    peek();
    // Python 2 may mark texts and numbers: u'<f4', 3L.
    if (text_.substr(at_).starts_with("u'") || text_.substr(at_).starts_with("u\"")) ++at_;
    const char quote = peek() == '"' ? '"' : '\'';
    expect(quote);
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("the end of the text that begins here");
    const std::string_view content = text_.substr(at_, end - at_);
    at_ = end + 1;
    return std::string(content);
  }

  void read_type() {
    if (peek() == '[') fail<OtherElements>("the type of single elements, not of records");
    const std::string descr = read_string();
    if (descr.size() < 2 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos)
      fail("a type such as '<f4' before it");
    header_.order = descr[0];
    header_.type = descr.substr(1);
  }

  bool read_bool() {
    if (accept_word("True")) return true;
    if (accept_word("False")) return false;
    fail("True or False");
  }

  void read_shape() {
    expect('(');
    while (!accept(')')) {
      if (header_.shape.size() == max_ndim) fail(message("at most ", max_ndim, " dimensions"));
      header_.shape.push_back(read_number());
      if (!accept(',') && peek() != ')') fail("',' or ')'");
    }
  }

  std::size_t read_number() {
    if (!std::isdigit(static_cast<unsigned char>(peek()))) fail("a whole number");
    std::size_t number = 0;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])); ++at_)
      if (__builtin_mul_overflow(number, 10U, &number) ||
          __builtin_add_overflow(number, static_cast<std::size_t>(text_[at_] - '0'), &number))
        fail("a number that can be addressed");
    accept('L');
    return number;
  }

  std::string_view text_;
  const std::string& origin_;
  std::size_t at_ = 0;
  Header header_;
};

/// Exactly `count` bytes of what is called `what`.
std::vector<Byte> read_exactly(const detail::ReadBytes& read, std::size_t count,
                               const std::string& what, const std::string& origin) {
  std::vector<Byte> bytes = detail::read_announced(count, read);
  if (bytes.size() < count)
    throw IoError(message(origin, ": truncated: expected ", count, " bytes of ", what, ", found ",
                          bytes.size()));
  return bytes;
}

std::uint32_t little_endian(Bytes bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | bytes[i];
  return number;
}

Header read_header(const detail::ReadBytes& read, const std::string& origin) {
  const std::vector<Byte> preamble = read_exactly(read, preamble_bytes, "preamble", origin);
  if (!std::equal(magic.begin(), magic.end(), preamble.begin(),
                  [](char a, Byte b) { return static_cast<Byte>(a) == b; }))
    throw IoError(message(origin, ": not a .npy file: expected \\x93NUMPY at its beginning"));
  const unsigned version = preamble[6];
  if (version < 1 || version > 3 || preamble[7] != 0)
    throw IoError(message(origin, ": format version ", version, '.', unsigned{preamble[7]},
                          "; expected 1.0, 2.0 or 3.0"));
  const std::uint32_t length =
      little_endian(read_exactly(read, version == 1 ? 2 : 4, "header length", origin));
  if (length > max_header_bytes)
    throw IoError(
        message(origin, ": a header of ", length, " bytes; expected at most ", max_header_bytes));
  const std::vector<Byte> text = read_exactly(read, length, "header", origin);
  const std::string_view view(reinterpret_cast<const char*>(text.data()), text.size());
  return HeaderReader(view, origin).read();
}

/// What an element type is read as. `bytes` is the size of one element in the file.
struct Reader {
  std::string_view type;
  std::size_t bytes;
  Tensor (*read)(Bytes bytes, const Shape& shape, std::endian order);
};

template <class From, class To>
constexpr Reader reader(std::string_view type) {
  return {type, sizeof(From), &decode<From, To>};
}

constexpr Reader readers[] = {
    reader<Half, float>("f2"),
    reader<float, float>("f4"),
    reader<double, double>("f8"),
    reader<std::int8_t, std::int64_t>("i1"),
    reader<std::int16_t, std::int64_t>("i2"),
    reader<std::int32_t, std::int64_t>("i4"),
    reader<std::int64_t, std::int64_t>("i8"),
    reader<std::uint8_t, std::uint8_t>("u1"),
    reader<std::uint16_t, std::int64_t>("u2"),
    reader<std::uint32_t, std::int64_t>("u4"),
    reader<std::uint64_t, std::int64_t>("u8"),
    reader<Bool, std::uint8_t>("b1"),
};

const Reader& find_reader(const Header& header, const std::string& origin) {
  for (const Reader& reader : readers)
    if (reader.type == header.type && (header.order != '|' || reader.bytes == 1)) return reader;
  throw OtherElements(
      message(origin, ": elements of type '", header.order, header.type,
              "' are not supported; expected f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 "
              "or b1, after < or >"));
}

/// Elements that were written column by column.
Tensor from_fortran_order(const Reader& reader, Bytes bytes, const Shape& shape,
                          std::endian order) {
  Shape reversed;
  std::vector<int> axes;
  for (std::size_t i = shape.size(); i-- > 0;) {
    reversed.push_back(shape[i]);
    axes.push_back(static_cast<int>(i));
  }
  return permute(reader.read(bytes, reversed, order), axes);
}

void check_fits(const Header& header, const Tensor& tensor, const std::string& origin) {
  const std::int64_t* const wrapped =
      header.type == "u8" ? xgrad::detail::find_wrapped(tensor) : nullptr;
  if (wrapped)
    throw OtherElements(message(origin, ": holds ", static_cast<std::uint64_t>(*wrapped),
                                ", which is too large for int64"));
}

const char* type_of(DType dtype) {
  switch (dtype) {
    case float32: return "<f4";
    case float64: return "<f8";
    case int64: return "<i8";
    default: return "|u1";
  }
}

}  // namespace

namespace detail {

Tensor read_npy(const ReadBytes& read, const std::string& origin) {
  const Header header = read_header(read, origin);
  const Reader& reader = find_reader(header, origin);
  const std::optional<std::size_t> count = bytes_of(header.shape, reader.bytes);
  if (!count)
    throw IoError(message(origin, ": shape ", header.shape, " of ", header.type,
                          " needs more than 2^64 bytes"));
  const std::vector<Byte> bytes =
      read_exactly(read, *count, message("values for shape ", header.shape), origin);
  Byte extra = 0;
  if (read({&extra, 1}) != 0)
    throw IoError(message(origin, ": too long: expected ", *count, " bytes of values for shape ",
                          header.shape, ", but more follow"));
  const std::endian order = header.order == '>' ? std::endian::big : std::endian::little;
  const Tensor tensor = header.fortran_order
                            ? from_fortran_order(reader, bytes, header.shape, order)
                            : reader.read(bytes, header.shape, order);
  check_fits(header, tensor, origin);
  return tensor;
}

std::string npy_header(const Tensor& tensor) {
  std::string shape = joined(tensor.shape());
  if (tensor.ndim() == 1) shape += ',';
  std::string text = message("{'descr': '", type_of(tensor.dtype()),
                             "', 'fortran_order': False, 'shape': (", shape, "), }");
  // The values start at a multiple of 64, after a line end; for 8 dimensions version 1 suffices.
  const std::size_t before = preamble_bytes + 2;
  text.append(63 - (before + text.size()) % 64, ' ');
  text += '\n';
  std::string header(magic);
  header +=
      {'\1', '\0', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return header + text;
}

Bytes value_bytes(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(), [&]<class T>(T) {
    const std::span<const T> values = tensor.data<T>();
    return Bytes(reinterpret_cast<const Byte*>(values.data()), values.size_bytes());
  });
}

}  // namespace detail

Tensor load_npy(const std::string& path) {
  xgrad::detail::check_path("load_npy", path);
  return xgrad::detail::reading(path, [&] {
    xgrad::detail::InputFile file(path);
    std::uint64_t left = file.size();
    return detail::read_npy(
        [&](std::span<Byte> target) {
          const std::size_t count = std::min<std::uint64_t>(left, target.size());
          file.read(target.data(), count);
          left -= count;
          return count;
        },
        path);
  });
}

void save_npy(const std::string& path, const Tensor& tensor) {
  xgrad::detail::check_path("save_npy", path);
  if (!tensor.defined()) throw ValueError(message("save_npy: ", path, ": the tensor is undefined"));
  const std::string header = detail::npy_header(tensor);
  const Bytes values = detail::value_bytes(tensor);
  xgrad::detail::AtomicFile file(path);
  file.write(header.data(), header.size());
  file.write(values.data(), values.size());
  file.commit();
}

}  // namespace xgrad::data
