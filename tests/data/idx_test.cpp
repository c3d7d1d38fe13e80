#include "data/idx.hpp"

#include "autograd/support/str.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::load_idx;

class Idx : public ::testing::Test {
 protected:
  /// Writes `content` plain and compressed, and expects load_idx to give the same for both.
  template <class T>
  void expect_loads(const std::string& content, DType dtype, const Shape& shape,
                    const std::vector<T>& values) {
    write_file(directory_ / "plain", content);
    write_gzip(directory_ / "compressed", content);
    for (const char* name : {"plain", "compressed"}) {
      const Tensor loaded = load_idx(directory_ / name);
      EXPECT_EQ(loaded.dtype(), dtype) << name;
      EXPECT_EQ(loaded.shape(), shape) << name;
      EXPECT_EQ(loaded.to_vector<T>(), values) << name;
    }
  }

  /// The message of the IoError with which load_idx refuses a file of this content.
  std::string refusal(const std::string& content) {
    write_file(file_, content);
    return ERROR_OF(IoError, load_idx(file_));
  }

  /// A gzip file of `content`, as bytes.
  std::string gzipped(const std::string& content) {
    write_gzip(directory_ / "gzipped", content);
    return read_file(directory_ / "gzipped");
  }

  TemporaryDirectory directory_;
  std::string file_ = directory_ / "values.idx";
};

const std::string six_bytes = idx_bytes<std::uint8_t>(0x08, {2, 3}, {1, 2, 3, 4, 5, 255});

TEST_F(Idx, ReadsEveryElementType) {
  expect_loads<std::uint8_t>(six_bytes, uint8, {2, 3}, {1, 2, 3, 4, 5, 255});
  expect_loads<std::int64_t>(idx_bytes<std::int8_t>(0x09, {3}, {-128, -1, 127}), int64, {3},
                             {-128, -1, 127});
  expect_loads<std::int64_t>(idx_bytes<std::int16_t>(0x0B, {1, 3}, {-32768, 258, 32767}), int64,
                             {1, 3}, {-32768, 258, 32767});
  expect_loads<std::int64_t>(idx_bytes<std::int32_t>(0x0C, {2, 1}, {-2147483647, 16909060}), int64,
                             {2, 1}, {-2147483647, 16909060});
  expect_loads<float>(idx_bytes<float>(0x0D, {2}, {1.5F, -3e-30F}), float32, {2}, {1.5F, -3e-30F});
  expect_loads<double>(idx_bytes<double>(0x0E, {2}, {0.1, -1e300}), float64, {2}, {0.1, -1e300});
}

TEST_F(Idx, ReadsNoDimensionsNoElementsAndEightDimensions) {
  expect_loads<std::uint8_t>(idx_bytes<std::uint8_t>(0x08, {}, {7}), uint8, {}, {7});
  expect_loads<std::uint8_t>(idx_bytes<std::uint8_t>(0x08, {0, 28, 28}, {}), uint8, {0, 28, 28},
                             {});
  expect_loads<std::uint8_t>(idx_bytes<std::uint8_t>(0x08, {1, 1, 1, 2, 1, 1, 1, 1}, {3, 4}), uint8,
                             {1, 1, 1, 2, 1, 1, 1, 1}, {3, 4});
}

TEST_F(Idx, ReadsMoreThanOneChunk) {
  std::vector<std::uint8_t> values(300'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 7 >> 3);
  expect_loads(idx_bytes(0x08, {3, 100'000}, values), uint8, {3, 100'000}, values);
}

TEST_F(Idx, MissingFile) {
  const std::string path = directory_ / "nowhere";
  EXPECT_EQ(ERROR_OF(IoError, load_idx(path)),
            "load_idx: " + path + ": cannot be opened: No such file or directory");
}

TEST_F(Idx, Directory) {
  EXPECT_EQ(ERROR_OF(IoError, load_idx(directory_.path())),
            "load_idx: " + directory_.path() + ": is not a regular file");
}

TEST_F(Idx, PathsThatAreNone) {
  EXPECT_EQ(ERROR_OF(IoError, load_idx("")), "load_idx: the path is empty; expected a file's name");
  write_file(file_, six_bytes);
  EXPECT_EQ(ERROR_OF(IoError, load_idx(file_ + std::string("\0x", 2))),
            str("load_idx: the path '", file_, "\\0x' holds a NUL character at index ",
                file_.size(), "; no file's name does"));
}

TEST_F(Idx, EmptyFileAndHalfAMagicNumber) {
  EXPECT_EQ(refusal(""), "load_idx: " + file_ +
                             ": truncated: expected 4 bytes of magic number at offset 0, found 0");
  EXPECT_EQ(
      refusal(six_bytes.substr(0, 3)),
      "load_idx: " + file_ + ": truncated: expected 4 bytes of magic number at offset 0, found 3");
}

TEST_F(Idx, WrongMagicNumber) {
  const std::string expected =
      " at offset 0 is not IDX: expected 00 00, an element type (08, 09, 0b, 0c, 0d or 0e) and the "
      "number of dimensions (at most 8), plain or compressed by gzip";
  const std::string start = "load_idx: " + file_ + ": magic number ";
  EXPECT_EQ(refusal("hello, world"), start + "68 65 6c 6c" + expected);
  EXPECT_EQ(refusal(idx_bytes<std::uint8_t>(0x0A, {1}, {0})), start + "00 00 0a 01" + expected);
  EXPECT_EQ(refusal(idx_bytes<std::uint8_t>(0x08, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {0})),
            start + "00 00 08 09" + expected);
  EXPECT_EQ(refusal(std::string("\x01\0\x08\x01", 4)), start + "01 00 08 01" + expected);
}

TEST_F(Idx, CompressedByAnotherProgram) {
  expect_contains(refusal("\xFD"
                          "7zXZ and so on"),
                  {"magic number fd 37 7a 58"});
  expect_contains(refusal("BZh91AY&SY"), {"magic number 42 5a 68 39"});
  expect_contains(refusal(gzipped(gzipped(six_bytes))), {"magic number 1f 8b"});
}

TEST_F(Idx, TruncatedHeader) {
  EXPECT_EQ(refusal(six_bytes.substr(0, 9)),
            "load_idx: " + file_ +
                ": truncated header: expected 8 bytes of extents (2 dimensions) at offset 4, "
                "found 5");
}

TEST_F(Idx, TruncatedValues) {
  EXPECT_EQ(refusal(six_bytes.substr(0, 16)),
            "load_idx: " + file_ +
                ": truncated: expected 6 bytes for shape (2, 3) at offset 12, found 4");
  EXPECT_EQ(refusal(gzipped(six_bytes.substr(0, 16))),
            "load_idx: " + file_ +
                ": truncated: expected 6 bytes for shape (2, 3) at uncompressed offset 12, "
                "found 4");
  const std::string doubles = idx_bytes<double>(0x0E, {3}, {1, 2, 3});
  EXPECT_EQ(
      refusal(doubles.substr(0, doubles.size() - 1)),
      "load_idx: " + file_ + ": truncated: expected 24 bytes for shape (3,) at offset 8, found 23");
}

TEST_F(Idx, TrailingBytes) {
  EXPECT_EQ(refusal(six_bytes + "x"),
            "load_idx: " + file_ +
                ": too long: expected 6 bytes for shape (2, 3) at offset 12, but more follow");
  EXPECT_EQ(refusal(gzipped(six_bytes + "x")),
            "load_idx: " + file_ +
                ": too long: expected 6 bytes for shape (2, 3) at uncompressed offset 12, but more "
                "follow");
}

TEST_F(Idx, ALyingHeaderIsNotBelieved) {
  // 4 billion images in 30 bytes: with its memory allocated up front this would need 3 TB.
  const std::string lie =
      idx_bytes<std::uint8_t>(0x08, {4'294'967'295U, 28, 28}, {}) + std::string(14, '\x01');
  ASSERT_EQ(lie.size(), 30U);
  const std::string expected =
      ": truncated: expected 3367254359280 bytes for shape (4294967295, "
      "28, 28) at ";
  EXPECT_EQ(refusal(lie), "load_idx: " + file_ + expected + "offset 16, found 14");
  EXPECT_EQ(refusal(gzipped(lie)),
            "load_idx: " + file_ + expected + "uncompressed offset 16, found 14");
}

TEST_F(Idx, ExtentsThatOverflow) {
  constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(refusal(idx_bytes<std::uint8_t>(0x0E, {most, most, most}, {0})),
            "load_idx: " + file_ +
                ": shape (4294967295, 4294967295, 4294967295) at offset 16 needs more than 2^64 "
                "bytes");
  // The product wraps around to 0, and so it would be taken for an empty tensor.
  EXPECT_NE(refusal(idx_bytes<std::uint8_t>(0x08, {1U << 31, 1U << 31, 4}, {}))
                .find("needs more than 2^64 bytes"),
            std::string::npos);
}

TEST_F(Idx, TruncatedGzip) {
  std::vector<std::uint8_t> values(100'000);
  std::uint32_t noise = 1;
  for (std::uint8_t& value : values)
    value = static_cast<std::uint8_t>((noise = noise * 1664525U + 1013904223U) >> 24);
  const std::string whole = gzipped(idx_bytes(0x08, {100'000}, values));
  EXPECT_EQ(refusal(whole.substr(0, 5)),
            "load_idx: " + file_ +
                ": corrupt or truncated gzip data before offset 5 of the file, after 0 "
                "uncompressed bytes: unexpected end of file");
  const std::string cut = refusal(whole.substr(0, whole.size() / 2));
  expect_contains(cut, {str("gzip data before offset ", whole.size() / 2, " of the file"),
                        "unexpected end of file"});
  // Every value is there, but not the check sum.
  expect_contains(refusal(whole.substr(0, whole.size() - 4)), {"unexpected end of file"});
}

TEST_F(Idx, CorruptGzip) {
  const std::string whole = gzipped(six_bytes);
  std::string wrong_sum = whole;
  wrong_sum[whole.size() - 8] = static_cast<char>(wrong_sum[whole.size() - 8] ^ 1);
  expect_contains(refusal(wrong_sum), {"incorrect data check"});
  std::string wrong_length = whole;
  wrong_length[whole.size() - 4] = static_cast<char>(wrong_length[whole.size() - 4] ^ 1);
  expect_contains(refusal(wrong_length), {"incorrect length check"});
  std::string wrong_method = whole;
  wrong_method[2] = 7;
  expect_contains(refusal(wrong_method), {"unknown compression method"});
  std::string wrong_block = whole;
  wrong_block[10] = '\xFF';
  expect_contains(refusal(wrong_block), {"invalid block type"});
}

}  // namespace
}  // namespace xgrad::test
