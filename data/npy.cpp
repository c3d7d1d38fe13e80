#include "npy.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "../autograd/io/file.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/support/str.hpp"
#include "bytes.hpp"

namespace xgrad::data {
namespace {

using detail::Byte;
using detail::element_type;
using detail::ElementType;
using detail::OtherElements;
using xgrad::detail::Bool;
using xgrad::detail::Half;
using Bytes = std::span<const Byte>;

constexpr std::string_view magic = "\x93NUMPY";
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
  HeaderReader(const std::string& text, const detail::Source& source)
      : text_(text), source_(source) {}

  Header read() {
    std::set<std::string> keys;
    expect("{");
    while (!accept("}")) {
      const std::string key = read_string();
      expect(":");
      if (!keys.insert(key).second) fail("every key once");
      if (key == "descr") {
        read_type();
      } else if (key == "fortran_order") {
        header_.fortran_order = accept("True");
        if (!header_.fortran_order && !accept("False")) fail("True or False");
      } else if (key == "shape") {
        read_shape();
      } else {
        fail("the keys descr, fortran_order and shape");
      }
      if (!accept(",") && !next_is("}")) fail("',' or '}'");
    }
    if (keys.size() < 3) fail("descr, fortran_order and shape before it");
    skip_white_space();
    if (at_ != text_.size()) fail("nothing more");
    return std::move(header_);
  }

 private:
  template <class E = IoError>
  [[noreturn]] void fail(const std::string& expected) const {
    source_.fail<E>("the header is not one of NumPy's at character ", at_, ": expected ", expected);
  }

  void skip_white_space() {
    at_ = std::min(text_.find_first_not_of(" \t\f\r\n", at_), text_.size());
  }
  bool next_is(std::string_view token) {
    skip_white_space();
    return text_.substr(at_).starts_with(token);
  }
  bool accept(std::string_view token) {
    const bool found = next_is(token);
    if (found) at_ += token.size();
    return found;
  }
  void expect(std::string_view token) {
    if (!accept(token)) fail(str('\'', token, '\''));
  }

  // Python 2 may mark texts and numbers: u'<f4', 3L.
  std::string read_string() {
    accept("u");
    const std::string_view quote = next_is("\"") ? "\"" : "'";
    expect(quote);
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("the end of the text that begins here");
    const std::size_t begin = std::exchange(at_, end + 1);
    return std::string(text_.substr(begin, end - begin));
  }

  void read_type() {
    if (next_is("[")) fail<OtherElements>("the type of single elements, not of records");
    const std::string descr = read_string();
    if (descr.size() < 2 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos)
      fail("a type such as '<f4' before it");
    header_.order = descr[0];
    header_.type = descr.substr(1);
  }

  void read_shape() {
    expect("(");
    while (!accept(")")) {
      if (header_.shape.size() == max_ndim) fail(str("at most ", max_ndim, " dimensions"));
      header_.shape.push_back(read_number());
      if (!accept(",") && !next_is(")")) fail("',' or ')'");
    }
  }

  std::size_t read_number() {
    skip_white_space();
    std::size_t number = 0;
    const char* const begin = text_.data();
    const auto [end, error] = std::from_chars(begin + at_, begin + text_.size(), number);
    if (error == std::errc::invalid_argument) fail("a whole number");
    at_ = static_cast<std::size_t>(end - begin);
    if (error != std::errc()) fail("a number that can be addressed");
    accept("L");
    return number;
  }

  std::string_view text_;
  const detail::Source& source_;
  std::size_t at_ = 0;
  Header header_;
};

Header read_header(const detail::Source& source) {
  const auto read = [&](std::size_t count, const char* what) {
    const std::vector<Byte> bytes = source.read(count, what);
    return std::string(bytes.begin(), bytes.end());
  };
  const std::string preamble = read(preamble_bytes, "of preamble");
  if (!preamble.starts_with(magic))
    source.fail("not a .npy file: expected \\x93NUMPY at its beginning");
  const unsigned version = static_cast<Byte>(preamble[6]), minor = static_cast<Byte>(preamble[7]);
  if (version < 1 || version > 3 || minor != 0)
    source.fail("format version ", version, '.', minor, "; expected 1.0, 2.0 or 3.0");
  std::uint32_t length = 0;  // little-endian
  const std::string digits = read(version == 1 ? 2 : 4, "of header length");
  for (std::size_t i = digits.size(); i-- > 0;) length = length << 8 | static_cast<Byte>(digits[i]);
  if (length > max_header_bytes)
    source.fail("a header of ", length, " bytes; expected at most ", max_header_bytes);
  return HeaderReader(read(length, "of header"), source).read();
}

constexpr ElementType element_types[] = {
    element_type<Half, float>("f2"),
    element_type<float, float>("f4"),
    element_type<double, double>("f8"),
    element_type<std::int8_t, std::int64_t>("i1"),
    element_type<std::int16_t, std::int64_t>("i2"),
    element_type<std::int32_t, std::int64_t>("i4"),
    element_type<std::int64_t, std::int64_t>("i8"),
    element_type<std::uint8_t, std::uint8_t>("u1"),
    element_type<std::uint16_t, std::int64_t>("u2"),
    element_type<std::uint32_t, std::int64_t>("u4"),
    element_type<std::uint64_t, std::int64_t>("u8"),
    element_type<Bool, bool>("b1"),
};

const ElementType& find_element_type(const Header& header, const detail::Source& source) {
  for (const ElementType& type : element_types)
    if (type.name == header.type && (header.order != '|' || type.bytes == 1)) return type;
  source.fail<OtherElements>("elements of type '", header.order, header.type,
                             "' are not supported; expected f2, f4, f8, i1, i2, i4, i8, u1, u2, "
                             "u4, u8 or b1, after < or >");
}

const char* type_of(DType dtype) {
  switch (dtype) {
    case float32: return "<f4";
    case float64: return "<f8";
    case int64: return "<i8";
    case uint8: return "|u1";
    case boolean: break;
  }
  return "|b1";
}

}  // namespace

namespace detail {

Tensor read_npy(const Source& source) {
  const Header header = read_header(source);
  const ElementType& type = find_element_type(header, source);
  const std::vector<Byte> bytes = source.read_elements(type, header.shape);
  const std::endian order = header.order == '>' ? std::endian::big : std::endian::little;
  Tensor tensor;
  if (header.fortran_order) {  // written column by column
    Shape reversed = header.shape;
    std::reverse(reversed.begin(), reversed.end());
    std::vector<int> axes(header.shape.size());
    std::iota(axes.rbegin(), axes.rend(), 0);
    tensor = permute(type.decode(bytes, reversed, order), axes);
  } else {
    tensor = type.decode(bytes, header.shape, order);
  }
  if (header.type == "u8")
    if (const std::int64_t* wrapped = xgrad::detail::find_wrapped(tensor))
      source.fail<OtherElements>("holds ", static_cast<std::uint64_t>(*wrapped),
                                 ", which is too large for int64");
  return tensor;
}

std::string npy_header(const Tensor& tensor) {
  std::string shape = joined(tensor.shape());
  if (tensor.ndim() == 1) shape += ',';
  std::string text = str("{'descr': '", type_of(tensor.dtype()),
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
  return detail::read_file("load_npy", path, detail::read_npy);
}

void save_npy(const std::string& path, const Tensor& tensor) {
  xgrad::detail::check_path("save_npy", path);
  if (!tensor.defined())
    throw ValueError(str("save_npy: ", path, ": the tensor is undefined; assign it a value first"));
  xgrad::detail::with_memory(path, [&] {
    const std::string header = detail::npy_header(tensor);
    const Bytes values = detail::value_bytes(tensor);
    xgrad::detail::AtomicFile file(path);
    file.write(header.data(), header.size());
    file.write(values.data(), values.size());
    file.commit();
  });
}

}  // namespace xgrad::data
