#include "autograd/safetensors.hpp"

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>

#include "autograd/support/str.hpp"
#include "tests/support/damage.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using nlohmann::json;

/// The little-endian number that the bytes at `offset` of a file hold.
template <class T>
T number_at(const std::string& bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string_view bytes_of(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(), [&]<class T>(T) {
    const auto values = tensor.data<T>();
    return std::string_view(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  });
}

/// A file of this header and these bytes of values.
std::string file_of(const std::string& header, const std::string& values = "") {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i)
    bytes.push_back(static_cast<char>(std::uint64_t{header.size()} >> (8 * i) & 0xFF));
  return bytes + header + values;
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         offsets + '}';
}

class SafetensorsFile : public ::testing::Test {
 protected:
  /// A new file, since many file systems wait for the disk when one is overwritten.
  void rewrite(const std::string& bytes) {
    std::filesystem::remove(path_);
    write_file(path_, bytes);
  }
  /// The message, after the path, of the IoError for a file of these bytes.
  std::string refusal(const std::string& bytes) {
    rewrite(bytes);
    const std::string text = ERROR_OF(IoError, load_safetensors(path_));
    EXPECT_TRUE(text.starts_with(path_ + ": ")) << text;
    return text.substr(std::min(text.size(), path_.size() + 2));
  }
  /// The same for a header of these entries and `values` bytes of values.
  std::string refusal(const std::string& entries, std::size_t values) {
    return refusal(file_of('{' + entries + '}', std::string(values, '\0')));
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "tensors.safetensors";
};

TEST_F(SafetensorsFile, ComesBackBitForBit) {
  const std::map<std::string, Tensor> tensors{
      {"scalar", tensor(2.5)},
      {"layer.weight", tensor({{1.F, -0.F, 3e-45F}, {4.F, 5.F, 6.F}})},
      {"special", tensor({nan, inf, -inf, 1e-320})},
      {"labels", tensor({std::int64_t{1} << 62, std::int64_t{-1}})},
      {"pixels", tensor(std::vector<std::uint8_t>{0, 127, 255}, {3, 1})},
      {"empty", zeros({2, 0, 3})},
      {"\"quoted\"\n\xc3\xa4", ones({1})}};
  const std::map<std::string, std::string> metadata{{"epoch", "3"},
                                                    {"note", "\"a\"\n\xe2\x82\xac"}};
  save_safetensors(path_, tensors, metadata);
  const Safetensors file = load_safetensors(path_);
  EXPECT_EQ(file.metadata, metadata);
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (const auto& [name, expected] : tensors) {
    const Tensor found = file.tensors.at(name);
    ASSERT_EQ(found.shape(), expected.shape()) << name;
    ASSERT_EQ(found.dtype(), expected.dtype()) << name;
    EXPECT_FALSE(found.requires_grad());
    EXPECT_EQ(bytes_of(found), bytes_of(expected)) << name;
  }
}

TEST_F(SafetensorsFile, NothingToWriteIsAFileToo) {
  save_safetensors(path_, {});
  EXPECT_EQ(read_file(path_), file_of("{}      "));
  EXPECT_TRUE(load_safetensors(path_).tensors.empty());
}

/// Reads the file without the library, as the documentation of the format says.
TEST_F(SafetensorsFile, IsLaidOutAsTheFormatSays) {
  save_safetensors(path_,
                   {{"a", tensor({std::uint8_t{7}, std::uint8_t{8}, std::uint8_t{9}})},
                    {"b", tensor({{1.5F, -2.F}})},
                    {"c", tensor({3, -4})},
                    {"d", tensor(0.125)}},
                   {{"format", "pt"}});
  const std::string bytes = read_file(path_);
  const auto length = number_at<std::uint64_t>(bytes, 0);
  ASSERT_LE(8 + length, bytes.size());
  EXPECT_EQ(length % 8, 0U) << "values are aligned";
  EXPECT_EQ(bytes[8], '{');
  const json header = json::parse(bytes.substr(8, length));
  EXPECT_EQ(header.size(), 5U);
  EXPECT_EQ(header["__metadata__"], (json{{"format", "pt"}}));

  std::size_t covered = 0;
  const auto begin_of = [&](const char* name, const char* dtype, const json& shape,
                            std::size_t size) {
    EXPECT_EQ(header[name].size(), 3U) << name;
    EXPECT_EQ(header[name]["dtype"], dtype) << name;
    EXPECT_EQ(header[name]["shape"], shape) << name;
    const std::size_t begin = header[name]["data_offsets"][0];
    EXPECT_EQ(header[name]["data_offsets"][1], begin + size) << name;
    EXPECT_LE(8 + length + begin + size, bytes.size()) << name;
    covered += size;
    return 8 + length + begin;
  };
  const std::size_t a = begin_of("a", "U8", {3}, 3);
  EXPECT_EQ(bytes.substr(a, 3), "\7\10\11");
  const std::size_t b = begin_of("b", "F32", {1, 2}, 8);
  EXPECT_EQ(b % 4, 0U);
  EXPECT_EQ(number_at<float>(bytes, b), 1.5F);
  EXPECT_EQ(number_at<float>(bytes, b + 4), -2.F);
  const std::size_t c = begin_of("c", "I64", {2}, 16);
  EXPECT_EQ(c % 8, 0U);
  EXPECT_EQ(number_at<std::int64_t>(bytes, c), 3);
  EXPECT_EQ(number_at<std::int64_t>(bytes, c + 8), -4);
  const std::size_t d = begin_of("d", "F64", json::array(), 8);
  EXPECT_EQ(d % 8, 0U);
  EXPECT_EQ(number_at<double>(bytes, d), 0.125);
  EXPECT_EQ(8 + length + covered, bytes.size()) << "no gap, nothing after the values";
}

TEST_F(SafetensorsFile, ReadsWhatOthersWrite) {
  // Any order of values and keys, no padding, keys it does not know.
  const std::string header =
      R"({"y":{"shape":[2],"note":"x","data_offsets":[4,6],"dtype":"U8"} , )" +
      entry("x", "F32", "[1]", "[0,4]") + "," + entry("none", "I64", "[0,7]", "[4,4]") + "}  \n";
  write_file(path_, file_of(header, std::string("\0\0\x80\x3f\1\2", 6)));
  const Safetensors file = load_safetensors(path_);
  expect_values(file.tensors.at("x"), {1});
  expect_values(file.tensors.at("y"), {1, 2});
  EXPECT_EQ(file.tensors.at("none").shape(), (Shape{0, 7}));
  EXPECT_TRUE(file.metadata.empty());
}

TEST_F(SafetensorsFile, RefusesABadHeaderLength) {
  EXPECT_EQ(refusal(""), "ends at offset 0; 8 more bytes are expected");
  EXPECT_EQ(refusal("12345"), "ends at offset 5; 3 more bytes are expected");
  EXPECT_EQ(refusal(std::string("\3\0\0\0\0\0\0\0{}", 10)),
            "offset 0 gives a header of 3 bytes; expected at most 2");
  EXPECT_EQ(refusal(std::string(8, '\xff') + "{}"),
            "offset 0 gives a header of 18446744073709551615 bytes; expected at most 2");
}

TEST_F(SafetensorsFile, RefusesWhatIsNotAHeader) {
  EXPECT_EQ(refusal(file_of("")), "header at offset 8 does not begin with '{'");
  EXPECT_EQ(refusal(file_of(" {}")), "header at offset 8 does not begin with '{'");
  EXPECT_EQ(refusal(file_of("[]")), "header at offset 8 does not begin with '{'");
  EXPECT_TRUE(refusal(file_of(R"({"a":})")).starts_with("header is not JSON at offset 13: "));
  EXPECT_TRUE(refusal(file_of("{")).starts_with("header is not JSON at offset 9: "));
  EXPECT_TRUE(refusal(file_of("{} {}")).starts_with("header is not JSON at offset 11: "));
  EXPECT_TRUE(refusal(file_of("{\"\xff\":1}")).starts_with("header is not JSON at offset 10: "));
  const std::string too_deep = "header nests deeper than {name: {key: [number]}}";
  EXPECT_EQ(refusal(file_of("{\"a\":{\"b\":" + std::string(100'000, '['))), too_deep);
  EXPECT_EQ(refusal(R"("a":{"b":{"c":{}}})", 0), too_deep);
  EXPECT_TRUE(refusal(R"("a":{"shape":[1e999]})", 0)
                  .starts_with("header has a number that is out of range: "));
  std::string ones = "[1";
  for (int i = 0; i < 64; ++i) ones += ",1";
  EXPECT_EQ(refusal(entry("a", "U8", ones + "]", "[0,1]"), 1),
            "tensor 'a' has a list of more than 64 numbers");
}

TEST_F(SafetensorsFile, RefusesNamesThatOccurTwice) {
  const std::string a = entry("a", "U8", "[1]", "[0,1]");
  EXPECT_EQ(refusal(a + "," + a, 1), R"(header has the key "a" twice; expected distinct names)");
  EXPECT_EQ(refusal(R"("a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]})", 1),
            R"(header has the key "dtype" twice; expected distinct names)");
  EXPECT_EQ(refusal(R"("__metadata__":{"k":"1","k":"2"})", 0),
            R"(header has the key "k" twice; expected distinct names)");
}

TEST_F(SafetensorsFile, RefusesBadEntries) {
  EXPECT_EQ(refusal(R"("a":3)", 0), "tensor 'a' is described by number; expected an object");
  EXPECT_EQ(refusal(file_of("{\"a\":" + std::string(100'000, '['))),
            "tensor 'a' is described by array; expected an object");
  EXPECT_EQ(refusal(R"("a":null)", 0), "tensor 'a' is described by null; expected an object");
  EXPECT_EQ(refusal(R"("a":{"dtype":"U8","shape":[1]})", 1),
            "tensor 'a': the header gives no data_offsets");
  EXPECT_EQ(refusal(R"("__metadata__":{"k":1})", 0),
            "__metadata__: 'k' is number; expected a string");
  EXPECT_EQ(refusal(R"("__metadata__":{"k":["1"]})", 0),
            "__metadata__: 'k' is array; expected a string");
  EXPECT_EQ(refusal(R"("__metadata__":[])", 0), "__metadata__ is array; expected an object");
  const std::string expected =
      " is not supported; expected F32, F64, I64, U8, BOOL, F16, BF16, I8, I16, I32, U16, U32, "
      "U64, "
      "F8_E4M3, F8_E5M2, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, F6_E2M3, F6_E3M2, F4, C64";
  for (const char* dtype : {"F33", "f32", "", "F16 ", "I128", "BF", "bool"})
    EXPECT_EQ(refusal(entry("a", dtype, "[1]", "[0,2]"), 2),
              str("tensor 'a': dtype \"", dtype, '"', expected));
  EXPECT_EQ(refusal(R"("a":{"dtype":1,"shape":[1],"data_offsets":[0,1]})", 1),
            "tensor 'a': dtype 1" + expected);
}

TEST_F(SafetensorsFile, RefusesBadShapes) {
  EXPECT_EQ(refusal(entry("a", "U8", "3", "[0,3]"), 3),
            "tensor 'a': shape 3; expected a list of whole numbers");
  EXPECT_EQ(refusal(entry("a", "U8", "[-1]", "[0,1]"), 1),
            "tensor 'a': shape [-1]; expected a list of whole numbers");
  EXPECT_EQ(refusal(entry("a", "U8", "[true]", "[0,1]"), 1),
            "tensor 'a': shape [true]; expected a list of whole numbers");
  EXPECT_EQ(refusal(entry("a", "U8", "[1.0]", "[0,1]"), 1),
            "tensor 'a': shape [1.0]; expected a list of whole numbers");
  EXPECT_EQ(refusal(entry("a", "U8", "[99999999999999999999]", "[0,1]"), 1),
            "tensor 'a': shape [99999999999999999999]; expected a list of whole numbers");
  EXPECT_EQ(refusal(entry("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1),
            "tensor 'a' has 9 dimensions; at most 8 are possible");
  EXPECT_EQ(refusal(entry("a", "F32", "[2,3]", "[0,20]"), 20),
            "tensor 'a': data_offsets [0, 20] hold 20 bytes; shape (2, 3) of float32 needs 24");
  // 4 bytes times 2^62 elements is 0 modulo 2^64.
  EXPECT_EQ(refusal(entry("a", "F32", "[2147483648,2147483648]", "[0,0]"), 0),
            "tensor 'a': data_offsets [0, 0] hold 0 bytes; shape (2147483648, 2147483648) of "
            "float32 needs more than there can be");
}

TEST_F(SafetensorsFile, RefusesBadOffsets) {
  EXPECT_EQ(refusal(entry("a", "U8", "[1]", "[0]"), 1),
            "tensor 'a': data_offsets [0]; expected [begin, end]");
  EXPECT_EQ(refusal(entry("a", "U8", "[1]", "[1,0]"), 1),
            "tensor 'a': data_offsets [1,0]; expected [begin, end]");
  EXPECT_EQ(refusal(entry("a", "U8", "[1]", "[-1,0]"), 1),
            "tensor 'a': data_offsets [-1,0]; expected a list of whole numbers");
  EXPECT_EQ(refusal(entry("a", "F32", "[1000000000000]", "[0,4000000000000]"), 8),
            "tensor 'a': data_offsets [0, 4000000000000] end outside of the file, which holds 8 "
            "bytes of values");
  EXPECT_EQ(refusal(entry("a", "U8", "[2]", "[0,2]") + "," + entry("b", "U8", "[2]", "[1,3]"), 3),
            "tensor 'b' begins at 1 of the values; expected 2: it overlaps the one before");
  EXPECT_EQ(refusal(entry("a", "U8", "[2]", "[0,2]") + "," + entry("b", "U8", "[2]", "[3,5]"), 5),
            "tensor 'b' begins at 3 of the values; expected 2: there is a gap");
  EXPECT_EQ(refusal(entry("a", "U8", "[2]", "[1,3]"), 3),
            "tensor 'a' begins at 1 of the values; expected 0: there is a gap");
  EXPECT_EQ(refusal(entry("a", "U8", "[2]", "[0,2]"), 5),
            "the file holds 5 bytes of values; the header describes 2");
}

/// The elements of other types that a dtype holds, and what they are read as.
TEST_F(SafetensorsFile, ReadsWhatConvertsExactly) {
  const auto expect_read = [&]<class T>(const char* type, std::size_t bytes,
                                        const std::vector<T>& expected, const auto& elements) {
    SCOPED_TRACE(type);
    std::string values(expected.size() * bytes, '\0');
    for (std::size_t i = 0; i < expected.size(); ++i)
      std::memcpy(values.data() + i * bytes, &elements[i], bytes);
    const std::string shape = str("[1,", expected.size(), ']');
    const std::string header =
        entry("x", type, shape, str("[0,", values.size(), ']')) + ',' +
        entry("y", "F32", "[]", str('[', values.size(), ',', values.size() + 4, ']'));
    rewrite(file_of('{' + header + '}', values + std::string("\0\0\x80\x3f", 4)));
    const Safetensors file = load_safetensors(path_);
    EXPECT_TRUE(file.unread.empty());
    EXPECT_EQ(file.at("y").item<float>(), 1);
    EXPECT_EQ(file.at("x").dtype(), dtype_of<T>);
    EXPECT_EQ(file.at("x").shape(), (Shape{1, expected.size()}));
    EXPECT_EQ(file.at("x").template to_vector<T>(), expected);
  };
  using I64 = Integers;
  expect_read("I8", 1, I64{-128, -1, 0, 127}, std::vector<std::int8_t>{-128, -1, 0, 127});
  expect_read("I16", 2, I64{-32768, -1, 32767}, std::vector<std::int16_t>{-32768, -1, 32767});
  expect_read("I32", 4, I64{-2147483648, -1, 2147483647},
              std::vector<std::int32_t>{-2147483647 - 1, -1, 2147483647});
  expect_read("U16", 2, I64{0, 65535}, std::vector<std::uint16_t>{0, 65535});
  expect_read("U32", 4, I64{0, 4294967295}, std::vector<std::uint32_t>{0, 4294967295});
  expect_read("U64", 8, I64{0, std::numeric_limits<std::int64_t>::max()},
              std::vector<std::uint64_t>{0, (std::uint64_t{1} << 63) - 1});
  expect_read("BOOL", 1, std::vector<bool>{false, true, true}, std::vector<std::uint8_t>{0, 1, 2});
  expect_read("F16", 2, std::vector<float>{1, -2, 65504, 0x1p-24F, 0x1p-14F},
              std::vector<std::uint16_t>{0x3C00, 0xC000, 0x7BFF, 1, 0x0400});
  expect_read("BF16", 2, std::vector<float>{1, -2, 0x1.FEp127F, 0x1p-133F, 0x1p-126F},
              std::vector<std::uint16_t>{0x3F80, 0xC000, 0x7F7F, 1, 0x0080});
}

/// The number in the bits of an element of that many bits of exponent and of fraction.
double number_of(unsigned bits, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const double fraction = std::ldexp(bits & ((1U << fraction_bits) - 1), -fraction_bits);
  const double sign = bits >> (exponent_bits + fraction_bits) ? -1 : 1;
  if (exponent == 2 * bias + 1) return fraction == 0 ? sign * HUGE_VAL : nan;
  return sign * (exponent == 0 ? std::ldexp(fraction, 1 - bias)
                               : std::ldexp(1 + fraction, exponent - bias));
}

TEST_F(SafetensorsFile, ReadsEveryHalf) {
  std::string values;
  for (unsigned bits = 0; bits < 1U << 16; ++bits)
    values += {static_cast<char>(bits & 0xFF), static_cast<char>(bits >> 8)};
  rewrite(file_of('{' + entry("half", "F16", "[65536]", "[0,131072]") + ',' +
                      entry("brain", "BF16", "[65536]", "[131072,262144]") + '}',
                  values + values));
  const Safetensors file = load_safetensors(path_);
  for (const auto& [name, exponent_bits, fraction_bits] :
       {std::tuple{"half", 5, 10}, std::tuple{"brain", 8, 7}}) {
    const std::vector<float> found = file.at(name).to_vector<float>();
    ASSERT_EQ(found.size(), std::size_t{1} << 16);
    for (unsigned bits = 0; bits < found.size(); ++bits) {
      const double expected = number_of(bits, exponent_bits, fraction_bits);
      ASSERT_EQ(std::isnan(found[bits]), std::isnan(expected)) << name << ' ' << bits;
      ASSERT_EQ(std::signbit(found[bits]), bits >> 15 != 0) << name << ' ' << bits;
      if (!std::isnan(expected)) {
        ASSERT_EQ(found[bits], expected) << name << ' ' << bits;
      }
    }
  }
}

TEST_F(SafetensorsFile, LeavesUnreadWhatNoDtypeHolds) {
  for (const auto& [type, bytes] : {std::pair{"F8_E4M3", 8},
                                    {"F8_E5M2", 8},
                                    {"F8_E8M0", 8},
                                    {"F8_E4M3FNUZ", 8},
                                    {"F8_E5M2FNUZ", 8},
                                    {"F6_E2M3", 6},
                                    {"F6_E3M2", 6},
                                    {"F4", 4},
                                    {"C64", 64}}) {
    SCOPED_TRACE(type);
    const std::string header = entry("a", "U8", "[1]", "[0,1]") + ',' +
                               entry("scale", type, "[2,4]", str("[1,", 1 + bytes, ']')) + ',' +
                               entry("w", "F32", "[1]", str('[', 1 + bytes, ',', 5 + bytes, ']'));
    const std::string values =
        '\7' + std::string(static_cast<std::size_t>(bytes), 'x') + std::string("\0\0\x80\x3f", 4);
    rewrite(file_of('{' + header + '}', values));
    const Safetensors file = load_safetensors(path_);
    EXPECT_EQ(file.tensors.size(), 2U);
    EXPECT_EQ(file.at("a").item<int>(), 7);
    EXPECT_EQ(file.at("w").item<float>(), 1);
    const std::string reason = str(type, " of shape (2, 4), which no dtype holds");
    EXPECT_EQ(file.unread, (std::map<std::string, std::string>{{"scale", reason}}));
    EXPECT_EQ(ERROR_OF(ValueError, (void)file.at("scale")),
              "Safetensors: tensor 'scale' was not read: " + reason);
    EXPECT_EQ(ERROR_OF(ValueError, (void)file.at("b")),
              "Safetensors: there is no tensor 'b'; there are 'a', 'w'");
    EXPECT_EQ(ERROR_OF(IoError, detail::load_all_safetensors(path_)),
              path_ + ": holds what cannot be read:\n  tensor 'scale': " + reason);
  }
}

TEST_F(SafetensorsFile, LeavesUnreadNumbersThatDoNotFit) {
  const std::string header =
      entry("big", "U64", "[2]", "[0,16]") + ',' + entry("w", "U8", "[1]", "[16,17]");
  rewrite(file_of('{' + header + '}', std::string(15, '\0') + "\x80\7"));
  const Safetensors file = load_safetensors(path_);
  EXPECT_EQ(file.at("w").item<int>(), 7);
  EXPECT_EQ(file.unread.at("big"),
            "U64 of shape (2,), which holds 9223372036854775808: too large for int64");
}

TEST_F(SafetensorsFile, SizesOfEveryTypeAreChecked) {
  EXPECT_EQ(refusal(entry("a", "F16", "[3]", "[0,3]"), 3),
            "tensor 'a': data_offsets [0, 3] hold 3 bytes; shape (3,) of F16 needs 6");
  EXPECT_EQ(refusal(entry("a", "F8_E4M3", "[3]", "[0,4]"), 4),
            "tensor 'a': data_offsets [0, 4] hold 4 bytes; shape (3,) of F8_E4M3 needs 3");
  EXPECT_EQ(
      refusal(entry("a", "F4", "[3]", "[0,2]"), 2),
      "tensor 'a': data_offsets [0, 2] hold 2 bytes; shape (3,) of F4 needs a part of a byte");
  EXPECT_EQ(
      refusal(entry("a", "F8_E5M2", "[4]", "[0,4]"), 3),
      "tensor 'a': data_offsets [0, 4] end outside of the file, which holds 3 bytes of values");
  EXPECT_EQ(refusal(entry("a", "C64", "[2]", "[0,16]"), 17),
            "the file holds 17 bytes of values; the header describes 16");
}

TEST_F(SafetensorsFile, NamesTheOperationWherePathsAreNone) {
  EXPECT_EQ(ERROR_OF(IoError, load_safetensors("")),
            "load_safetensors: the path is empty; expected a file's name");
  EXPECT_EQ(ERROR_OF(IoError, save_safetensors("", {})),
            "save_safetensors: the path is empty; expected a file's name");
  const std::string nul("a\0b", 3);
  EXPECT_EQ(ERROR_OF(IoError, load_safetensors(nul)),
            "load_safetensors: the path 'a\\0b' holds a NUL character at index 1; no file's name "
            "does");
  EXPECT_EQ(ERROR_OF(IoError, save_safetensors(nul, {})),
            "save_safetensors: the path 'a\\0b' holds a NUL character at index 1; no file's name "
            "does");
  EXPECT_FALSE(std::filesystem::exists("a"));
}

TEST_F(SafetensorsFile, RefusesEveryTruncation) {
  save_safetensors(path_, {{"a", ones({3})}, {"b", tensor({1, 2})}}, {{"k", "v"}});
  const std::string bytes = read_file(path_);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    rewrite(bytes.substr(0, n));
    EXPECT_THROW(load_safetensors(path_), IoError) << n;
  }
}

/// A damaged file is refused by an IoError that names it, or all of its values are in the
/// tensors.
TEST_F(SafetensorsFile, EveryDamageIsRefusedOrHarmless) {
  save_safetensors(path_, {{"a", ones({3})}, {"b", tensor({1, 2})}, {"c", zeros({0, 2})}},
                   {{"k", "v"}});
  const std::string valid = read_file(path_);
  const std::size_t header_end = 8 + number_at<std::uint64_t>(valid, 0);
  std::size_t refused = 0;
  std::size_t loaded = 0;
  const auto try_to_load = [&](const std::string& bytes) {
    rewrite(bytes);
    try {
      std::size_t values = 0;
      for (const auto& [name, tensor] : load_safetensors(path_).tensors)
        values += bytes_of(tensor).size();
      EXPECT_EQ(8 + number_at<std::uint64_t>(bytes, 0) + values, bytes.size());
      ++loaded;
    } catch (const IoError& error) {
      EXPECT_TRUE(std::string_view(error.what()).starts_with(path_ + ": ")) << error.what();
      ++refused;
    }
  };
  for_each_damage(valid, header_end, try_to_load);
  EXPECT_GT(refused, 20 * header_end);
  EXPECT_GT(loaded, valid.size() - header_end) << "changed values are values";
}

/// The same for tensors that are converted or not read.
TEST_F(SafetensorsFile, EveryDamageOfOtherTypesIsRefusedOrHarmless) {
  const std::string header = entry("h", "BF16", "[3]", "[0,6]") + ',' +
                             entry("s", "F8_E4M3", "[2]", "[6,8]") + ',' +
                             entry("u", "U64", "[1]", "[8,16]");
  const std::string valid = file_of('{' + header + '}', std::string(15, '\1') + '\x80');
  std::size_t refused = 0;
  for_each_damage(valid, valid.size() - 16, [&](const std::string& bytes) {
    rewrite(bytes);
    try {
      const Safetensors file = load_safetensors(path_);
      EXPECT_EQ(file.tensors.size() + file.unread.size(), 3U);
    } catch (const IoError& error) {
      EXPECT_TRUE(std::string_view(error.what()).starts_with(path_ + ": ")) << error.what();
      ++refused;
    }
  });
  EXPECT_GT(refused, 20 * (valid.size() - 16));
}

TEST_F(SafetensorsFile, RefusesToWriteWhatCannotBeRead) {
  EXPECT_EQ(ERROR_OF(ValueError, save_safetensors(path_, {{"a", Tensor()}})),
            "save_safetensors: " + path_ + ": tensor 'a' is undefined; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, save_safetensors(path_, {{"__metadata__", ones({1})}})),
            "save_safetensors: " + path_ + ": a tensor cannot be named __metadata__");
  EXPECT_EQ(ERROR_OF(ValueError, save_safetensors(path_, {{"\xff", ones({1})}})),
            "save_safetensors: " + path_ + ": a tensor's name or the metadata is not UTF-8");
  EXPECT_EQ(read_file(path_), "") << "nothing was written";
}

}  // namespace
}  // namespace xgrad::test
