#include "data/image.hpp"

#include <map>

#include "tests/support/damage.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

class Image : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) {
    write_file(directory_ / name, bytes);
    return directory_ / name;
  }
  /// What a file of this name reads as after it has been written.
  Tensor round_trip(const std::string& name, const Tensor& image) {
    data::save_image(directory_ / name, image);
    return data::load_image(directory_ / name);
  }
  /// The message, behind the path, with which a file of these bytes is refused.
  std::string refusal(const std::string& name, const std::string& bytes) {
    const std::string path = write(name, bytes);
    const std::string error = ERROR_OF(IoError, data::load_image(path));
    EXPECT_TRUE(error.starts_with(path + ": ")) << error;
    return error.substr(std::min(error.size(), path.size() + 2));
  }

  TemporaryDirectory directory_;
};

void expect_same(const Tensor& found, const Tensor& expected) {
  EXPECT_EQ(found.dtype(), expected.dtype());
  EXPECT_EQ(found.shape(), expected.shape());
  EXPECT_EQ(found.to_vector<double>(), expected.to_vector<double>());
}

Tensor some_picture(const Shape& shape) { return randint(0, 256, shape, u8); }

// ---- PNG

TEST_F(Image, PngFilesOfEveryKindAreRead) {
  const json cases = read_golden("image.json");
  EXPECT_EQ(cases.size(), 36U);
  for (const auto& [name, file] : cases.items()) {
    SCOPED_TRACE(name);
    if (file["shape"].is_null()) {
      EXPECT_EQ(refusal("a.png", from_hex(file["bytes"])),
                "interlaced with 16 bits a channel; expected one of these only");
      continue;
    }
    const Tensor image = data::load_png(write("a.png", from_hex(file["bytes"])));
    EXPECT_EQ(image.dtype(), uint8);
    EXPECT_EQ(image.shape(), golden_shape(file["shape"]));
    EXPECT_EQ(image.to_vector<int>(), file["values"].get<std::vector<int>>());
  }
}

TEST_F(Image, WhatIsWrittenIsReadAgain) {
  for (const Shape& size : {Shape{1, 1}, Shape{5, 7}, Shape{28, 28}, Shape{300, 2}}) {
    const Tensor grey = some_picture(size), colour = some_picture({3, size[0], size[1]});
    for (const char* name : {"a.png", "a.pgm", "A.PNG", "a.ppm.Pgm"})
      expect_same(round_trip(name, grey), grey);
    for (const char* name : {"a.png", "a.ppm", "a.PPM"})
      expect_same(round_trip(name, colour), colour);
    expect_same(round_trip("a.png", grey.reshape({1, size[0], size[1]})), grey);
    data::save_png(directory_ / "no ending", colour);
    expect_same(data::load_png(directory_ / "no ending"), colour);
  }
}

TEST_F(Image, FloatsAreScaledAndRounded) {
  const Tensor bytes = arange(0, 256, 1, u8).reshape({16, 16});
  for (const DType dtype : {float32, float64}) {
    expect_same(round_trip("a.png", bytes.to(dtype) / 255), bytes);
    const Tensor floats = tensor({{-inf, -1.0, 0.0, 0.001, 0.002}, {0.5, 0.9, 1.0, 1.5, inf}},
                                 {.dtype = dtype, .requires_grad = true});
    expect_values(round_trip("a.pgm", floats), {0, 0, 0, 0, 1, 128, 230, 255, 255, 255});
  }
}

TEST_F(Image, EveryDamageOfAPngIsRefusedOrHarmless) {
  const std::string path = directory_ / "a.png";
  const Tensor expected = some_picture({3, 4, 5});
  data::save_png(path, expected);
  const std::string valid = read_file(path);
  expect_damage_is_noticed(
      path, valid, 33,  // the header
      [&](const std::string&) { expect_same(data::load_png(path), expected); });
  // The data: their last byte is before the checksum and the 12 bytes of the end.
  for (std::size_t i = 0; i + 12 < valid.size(); ++i)
    EXPECT_NE(refusal("a.png", valid.substr(0, i)), "") << i;
}

TEST_F(Image, BadPngFilesAreRefused) {
  const std::string wrong = "not a PNG file: expected \\x89PNG at its beginning";
  for (const std::string bytes : {"", "\x89P5", "P5 1 1 255 x", "GIF89a", "\x89PNG\r\n\x1b\n"})
    EXPECT_EQ(refusal("a.png", bytes), wrong) << bytes;
  expect_contains(refusal("a.png", "\x89PNG"), {"cannot be read as PNG: "});
  const std::string path = directory_ / "missing.png";
  expect_contains(ERROR_OF(IoError, data::load_png(path)), {path, "No such file"});
  EXPECT_EQ(ERROR_OF(IoError, data::load_png(directory_.path())),
            directory_.path() + ": is not a regular file");
  EXPECT_EQ(ERROR_OF(IoError, data::load_png("")),
            "load_png: the path is empty; expected a file's name");
}

/// Files that announce much more than they hold. The checksums of their headers are right.
TEST_F(Image, MemoryIsNotTakenOnTheWordOfAHeader) {
  const std::string start = "89504e470d0a1a0a0000000d49484452";
  EXPECT_EQ(refusal("a.png", from_hex(start + "0000ea600000ea600802000000" + "0fb0e215" +
                                      "0000000049444154" + "35af061e")),
            "truncated: 45 bytes cannot hold 60000 rows of 60000 pixels");
  expect_contains(refusal("a.png", from_hex(start + "7fffffff7fffffff0802000000" + "9bab9c31")),
                  {"cannot be read as PNG: ", "IHDR"});
  EXPECT_EQ(refusal("a.ppm", "P6 1000000 1000000 255 abc"),
            "truncated: expected 3000000000000 bytes for shape (1000000, 1000000, 3), found 3");
}

// ---- PGM and PPM

TEST_F(Image, PnmFilesAreAsNetpbmSays) {
  const std::string grey("P5\n3 2\n255\n\x00\x01\x02\xfd\xfe\xff", 17);
  const Tensor image = tensor(std::vector<std::uint8_t>{0, 1, 2, 253, 254, 255}, {2, 3});
  data::save_image(directory_ / "a.pgm", image);
  EXPECT_EQ(read_file(directory_ / "a.pgm"), grey);
  expect_same(data::load_image(write("a.ppm", grey)), image);  // by its content
  const Tensor colour = tensor(std::vector<std::uint8_t>{65, 68, 66, 69, 67, 70}, {3, 1, 2});
  data::save_image(directory_ / "b.ppm", colour);
  EXPECT_EQ(read_file(directory_ / "b.ppm"), "P6\n2 1\n255\nABCDEF");

  for (const std::string header :
       {"P6 2 1 255 ", "P6#a\n#b\r2\t\n1 # 7 8\n255\r", "P6\v2\f\n\n01 255\n"})
    expect_same(data::load_image(write("a.ppm", header + "ABCDEF")), colour);
}

TEST_F(Image, OtherRangesOfPnmAreScaled) {
  const auto values = [&](const std::string& header, const std::string& bytes) {
    return data::load_image(write("a.pgm", "P5 3 1 " + header + "\n" + bytes)).to_vector<int>();
  };
  using Values = std::vector<int>;
  EXPECT_EQ(values("1", std::string("\0\1\1", 3)), Values({0, 255, 255}));
  EXPECT_EQ(values("100", std::string("\0\1\144", 3)), Values({0, 3, 255}));
  EXPECT_EQ(values("65535", std::string("\0\0\x80\0\xff\xff", 6)), Values({0, 128, 255}));
  EXPECT_EQ(values("256", std::string("\0\0\0\x80\1\0", 6)), Values({0, 128, 255}));
}

TEST_F(Image, BadPnmFilesAreRefused) {
  const std::map<std::string, std::string> cases{
      {"", "truncated: expected 2 bytes of magic number, found 0"},
      {"P2 1 1 255 7", "not a binary PGM or PPM file: expected P5 or P6 at its beginning"},
      {"\x89PNG", "not a binary PGM or PPM file: expected P5 or P6 at its beginning"},
      {"P5", "truncated: expected 1 bytes of header, found 0"},
      {"P5 # 1 1 255 x", "truncated: expected 1 bytes of header, found 0"},
      {"P5 1 1 255", "truncated: expected 1 bytes of header, found 0"},
      {"P5 0 1 255 ",
       "the header gives no width: expected a whole number from 1 to 1000000 and white space"},
      {"P5 1 -1 255 x",
       "the header gives no height: expected a whole number from 1 to 1000000 and white space"},
      {"P5 1 99999999999999999999999 255 x",
       "the header gives no height: expected a whole number from 1 to 1000000 and white space"},
      {"P5 1 1 65536 xx",
       "the header gives no highest value: expected a whole number from 1 to 65535 and white "
       "space"},
      {"P5 1 1 255x",
       "the header gives no highest value: expected a whole number from 1 to 65535 and white "
       "space"},
      {"P5 2 2 255 abc", "truncated: expected 4 bytes for shape (2, 2, 1), found 3"},
      {"P6 1 1 255 abcd", "too long: expected 3 bytes for shape (1, 1, 3), but more follow"},
      {"P5 1 1 96 a", "holds 97, above its highest value 96"},
  };
  for (const auto& [bytes, message] : cases) EXPECT_EQ(refusal("a.pgm", bytes), message) << bytes;
}

// ---- both

TEST_F(Image, PicturesThatCannotBeWrittenAreRefused) {
  const std::string path = directory_ / "a.png", pgm = directory_ / "a.pgm";
  data::save_png(path, some_picture({2, 2}));
  const std::string before = read_file(path);
  const std::string start = "save_png: " + path + ": ";
  for (const Shape& shape : {Shape{}, Shape{4}, Shape{2, 4, 4}, Shape{4, 4, 3}, Shape{1, 3, 4, 4}})
    EXPECT_EQ(ERROR_OF(ShapeError, data::save_png(path, zeros(shape))),
              start + "image of shape " + to_string(shape) + "; expected (H, W) or (3, H, W)");
  for (const Shape& shape : {Shape{0, 4}, Shape{3, 4, 0}, Shape{1, 1000001}})
    EXPECT_EQ(
        ERROR_OF(ShapeError, data::save_png(path, zeros(shape))),
        start + "image of shape " + to_string(shape) + "; expected 1 to 1000000 rows and columns");
  EXPECT_EQ(ERROR_OF(ValueError, data::save_png(path, full({2, 2}, nan))),
            start + "the image has NaN among its values; expected numbers");
  expect_contains(ERROR_OF(DTypeError, data::save_png(path, zeros({2, 2}, i64))), {start, "int64"});
  expect_contains(ERROR_OF(ValueError, data::save_png(path, {})), {start, "undefined"});
  EXPECT_EQ(ERROR_OF(ShapeError, data::save_image(pgm, zeros({3, 2, 2}))),
            "save_image: " + pgm + ": image of shape (3, 2, 2); expected (H, W)");
  EXPECT_EQ(
      ERROR_OF(ShapeError, data::save_image(directory_ / "a.ppm", zeros({2, 2}))),
      "save_image: " + (directory_ / "a.ppm") + ": image of shape (2, 2); expected (3, H, W)");
  EXPECT_EQ(read_file(path), before);
  EXPECT_THROW(data::save_png(directory_ / "no/a.png", zeros({2, 2})), IoError);
  EXPECT_THROW(data::save_image("", zeros({2, 2})), IoError);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(Image, TheEndingOfANameTellsTheFormat) {
  for (const char* name : {"a.jpg", "a", "png", "a.png.txt", "/"}) {
    const std::string path = directory_ / name;
    const std::string message = path + ": the name of a picture ends in .png, .pgm or .ppm";
    EXPECT_EQ(ERROR_OF(IoError, data::load_image(path)), message);
    EXPECT_EQ(ERROR_OF(IoError, data::save_image(path, zeros({2, 2}))), message);
  }
}

// ---- make_grid

/// The definition: image k stands in row k / columns and column k % columns.
Tensor grid_of(const Tensor& images, std::int64_t columns, std::int64_t padding, double value) {
  const auto n = static_cast<std::int64_t>(images.size(0));
  const auto h = static_cast<std::int64_t>(images.size(2)) + padding;
  const auto w = static_cast<std::int64_t>(images.size(3)) + padding;
  const std::int64_t rows = (n + columns - 1) / columns;
  Tensor grid = full({images.size(1), static_cast<std::size_t>(rows * h + padding),
                      static_cast<std::size_t>(columns * w + padding)},
                     value, images.dtype());
  for (std::int64_t k = 0; k < n; ++k) {
    const std::int64_t top = k / columns * h + padding, left = k % columns * w + padding;
    grid.index_put_({Slice(), Slice(top, top + h - padding), Slice(left, left + w - padding)},
                    images[k]);
  }
  return grid;
}

TEST(MakeGrid, PutsImagesSideBySide) {
  for (const std::int64_t n : {2, 5, 8, 9, 17})
    for (const std::int64_t nrow : {1, 3, 8})
      for (const std::int64_t padding : {0, 1, 2}) {
        const Tensor colour = randn({n, 3, 4, 5}), grey = randint(0, 256, {n, 4, 5}, u8);
        const std::int64_t columns = std::min(n, nrow);
        const data::MakeGridOptions options{.nrow = nrow, .padding = padding, .pad_value = 7};
        expect_same(data::make_grid(colour, options), grid_of(colour, columns, padding, 7));
        const Tensor one = grey.reshape({n, 1, 4, 5});
        const Tensor expected = grid_of(one, columns, padding, 7);
        expect_same(data::make_grid(grey, options), expected[0]);
        expect_same(data::make_grid(one, options), concatenate({expected, expected, expected}));
      }
  const Tensor many = rand({10, 2, 3, 3}, f64_grad);
  const Tensor grid = data::make_grid(many);
  expect_same(grid, grid_of(many.detach(), 8, 2, 0));
  EXPECT_FALSE(grid.requires_grad());
}

TEST(MakeGrid, LeavesASingleImageAlone) {
  const Tensor image = rand({1, 3, 4, 5}), grey = rand({1, 4, 5});
  expect_same(data::make_grid(image), image[0]);
  expect_same(data::make_grid(grey), grey[0]);
  expect_same(data::make_grid(grey.reshape({1, 1, 4, 5})), concatenate({grey, grey, grey}));
}

TEST(MakeGrid, RefusesWhatItCannotArrange) {
  for (const Shape& shape : {Shape{}, Shape{4, 4}, Shape{0, 4, 4}, Shape{1, 2, 3, 4, 5}})
    EXPECT_EQ(ERROR_OF(ShapeError, data::make_grid(zeros(shape))),
              "make_grid: images of shape " + to_string(shape) +
                  "; expected (N, H, W) or (N, C, H, W) with N >= 1");
  EXPECT_EQ(ERROR_OF(ValueError, data::make_grid(zeros({2, 2, 2}), {.nrow = 0})),
            "make_grid: nrow is 0; expected at least 1");
  EXPECT_EQ(ERROR_OF(ValueError, data::make_grid(zeros({2, 2, 2}), {.padding = -1})),
            "make_grid: padding is -1; expected at least 0");
  EXPECT_THROW(data::make_grid(zeros({2, 2, 2}, u8), {.pad_value = 256}), ValueError);
  EXPECT_THROW(data::make_grid({}), ValueError);
}

}  // namespace
}  // namespace xgrad::test
