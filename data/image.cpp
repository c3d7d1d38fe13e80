#include "image.hpp"

#include <png.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <vector>

#include "../autograd/io/file.hpp"
#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/ops/logic.hpp"
#include "../autograd/ops/reduction.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/ops/slicing.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/convert.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "bytes.hpp"

namespace xgrad::data {
namespace {

using detail::Byte;
using detail::element_type;

/// libpng reads and writes no larger ones (PNG_USER_WIDTH_MAX).
constexpr std::size_t max_extent = 1'000'000;

/// The picture of these pixels (H, W, channels), without the last of two or four channels.
Tensor picture(const Tensor& pixels) {
  if (pixels.size(2) < 3) return select(pixels, 2, 0);
  return permute(slice(pixels, 2, 0, 3), {2, 0, 1});
}

/// The pixels (H, W, channels), uint8, of a picture.
Tensor pixels_of(const std::string& op, const Tensor& image) {
  expect_defined(op, "the image", image);
  const Shape& shape = image.shape();
  expect<ShapeError>(shape.size() == 2 || (shape.size() == 3 && (shape[0] == 1 || shape[0] == 3)),
                     op, ": image of shape ", shape, "; expected (H, W) or (3, H, W)");
  for (const int axis : {-2, -1})
    expect<ShapeError>(image.size(axis) >= 1 && image.size(axis) <= max_extent, op,
                       ": image of shape ", shape, "; expected 1 to ", max_extent,
                       " rows and columns");
  Tensor bytes = image.detach();
  if (bytes.dtype() != uint8) {
    expect<DTypeError>(is_floating(bytes.dtype()), op, ": the image of shape ", shape, " is ",
                       bytes.dtype(), "; expected uint8, float32 or float64");
    expect<ValueError>(!any(isnan(bytes)).item<bool>(), op,
                       ": the image has NaN among its values; expected numbers");
    bytes = round(clip(bytes, 0, 1) * 255).to(uint8);
  }
  const bool colour = shape.size() == 3 && shape[0] == 3;
  return colour ? permute(bytes, {1, 2, 0}) : bytes.reshape({image.size(-2), image.size(-1), 1});
}

void write_file(const std::string& path, const std::string& header, std::span<const Byte> content) {
  xgrad::detail::AtomicFile file(path);
  file.write(header.data(), header.size());
  file.write(content.data(), content.size());
  file.commit();
}

// ---- PNG

/// libpng's description of an image, and what libpng allocates for it.
struct PngImage : png_image {
  PngImage() : png_image{} { version = PNG_IMAGE_VERSION; }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  ~PngImage() { png_image_free(this); }
};

Tensor read_png(const detail::Source& source) {
  const std::vector<Byte> file = source.read_up_to(std::numeric_limits<std::size_t>::max());
  if (png_sig_cmp(file.data(), 0, std::min<std::size_t>(file.size(), 8)) != 0)
    source.fail("not a PNG file: expected \\x89PNG at its beginning");
  PngImage image;
  const auto check = [&](int success) {
    if (!success) source.fail("cannot be read as PNG: ", image.message);
  };
  check(png_image_begin_read_from_memory(&image, file.data(), file.size()));
  // One byte can hold 8 pixels, and zlib makes at most 1032 bytes of one.
  const std::size_t count = std::size_t{image.height} * image.width;
  if (count / 8 / 1032 > file.size())
    source.fail("truncated: ", file.size(), " bytes cannot hold ", image.height, " rows of ",
                image.width, " pixels");
  // Of the header, which comes first. libpng's CVE-2025-65018: it wrote beyond the pixels, and the
  // correction mixes them up.
  const Byte depth = file[24], interlace = file[28];
  if (depth == 16 && interlace != 0)
    source.fail("interlaced with 16 bits a channel; expected one of these only");
  image.format &= PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_COLOR;  // of 8 bits, without a palette
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;                       // as the same picture in 8 bits
  Tensor pixels =
      empty({image.height, image.width, PNG_IMAGE_SAMPLE_CHANNELS(image.format)}, {.dtype = uint8});
  check(png_image_finish_read(&image, nullptr, pixels.data<std::uint8_t>().data(), 0, nullptr));
  return picture(pixels);
}

void write_png(const std::string& path, const Tensor& pixels) {
  PngImage image;
  image.height = static_cast<png_uint_32>(pixels.size(0));
  image.width = static_cast<png_uint_32>(pixels.size(1));
  image.format = pixels.size(2) == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  std::vector<Byte> file(PNG_IMAGE_PNG_SIZE_MAX(image));
  png_alloc_size_t size = file.size();
  const std::uint8_t* const from = pixels.data<std::uint8_t>().data();
  if (!png_image_write_to_memory(&image, file.data(), &size, 0, from, 0, nullptr))
    throw IoError(str(path, ": cannot be written as PNG: ", image.message));
  write_file(path, "", std::span(file).first(size));
}

// ---- PGM and PPM

/// Source: the manual pages pgm(5) and ppm(5) of Netpbm.
Tensor read_pnm(const detail::Source& source) {
  const auto read_character = [&] { return source.read(1, "of header")[0]; };
  const auto read_number = [&](const char* what, std::size_t most) {
    Byte c = read_character();
    for (; std::isspace(c) || c == '#'; c = read_character())
      if (c == '#')
        while (c != '\n' && c != '\r') c = read_character();
    std::size_t number = 0;
    for (; std::isdigit(c) && number <= most; c = read_character()) number = 10 * number + c - '0';
    if (!std::isspace(c) || number < 1 || number > most)
      source.fail("the header gives no ", what, ": expected a whole number from 1 to ", most,
                  " and white space");
    return number;
  };
  const std::vector<Byte> magic = source.read(2, "of magic number");
  if (magic[0] != 'P' || (magic[1] != '5' && magic[1] != '6'))
    source.fail("not a binary PGM or PPM file: expected P5 or P6 at its beginning");
  const std::size_t width = read_number("width", max_extent);
  const std::size_t height = read_number("height", max_extent);
  const std::size_t highest = read_number("highest value", 65535);
  const Shape shape{height, width, magic[1] == '5' ? 1 : 3};
  const detail::ElementType type = highest < 256 ? element_type<std::uint8_t, std::uint8_t>("")
                                                 : element_type<std::uint16_t, std::int64_t>("");
  Tensor pixels = type.decode(source.read_elements(type, shape), shape, std::endian::big);
  const auto found = max(pixels).item<std::size_t>();
  if (found > highest) source.fail("holds ", found, ", above its highest value ", highest);
  if (highest != 255) pixels = round(pixels.to(float64) * 255 / highest).to(uint8);
  return picture(pixels);
}

void write_pnm(const std::string& path, const Tensor& pixels) {
  const char magic = pixels.size(2) == 1 ? '5' : '6';
  write_file(path, str('P', magic, '\n', pixels.size(1), ' ', pixels.size(0), "\n255\n"),
             detail::value_bytes(pixels));
}

bool ends_with(const std::string& path, const std::string& ending) {
  return path.size() >= ending.size() &&
         std::equal(ending.rbegin(), ending.rend(), path.rbegin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

[[noreturn]] void fail_for_ending(const std::string& path) {
  throw IoError(path + ": the name of a picture ends in .png, .pgm or .ppm");
}

}  // namespace

Tensor load_png(const std::string& path) { return detail::read_file("load_png", path, read_png); }

void save_png(const std::string& path, const Tensor& image) {
  xgrad::detail::check_path("save_png", path);
  xgrad::detail::with_memory(path, [&] { write_png(path, pixels_of("save_png: " + path, image)); });
}

Tensor load_image(const std::string& path) {
  if (ends_with(path, ".png")) return detail::read_file("load_image", path, read_png);
  if (ends_with(path, ".pgm") || ends_with(path, ".ppm"))
    return detail::read_file("load_image", path, read_pnm);
  xgrad::detail::check_path("load_image", path);
  fail_for_ending(path);
}

void save_image(const std::string& path, const Tensor& image) {
  xgrad::detail::check_path("save_image", path);
  xgrad::detail::with_memory(path, [&] {
    const Tensor pixels = pixels_of("save_image: " + path, image);
    const bool grey = pixels.size(2) == 1;
    if (ends_with(path, ".png")) return write_png(path, pixels);
    if (!ends_with(path, ".pgm") && !ends_with(path, ".ppm")) fail_for_ending(path);
    expect<ShapeError>(grey == ends_with(path, ".pgm"), "save_image: ", path, ": image of shape ",
                       image.shape(), "; expected ", grey ? "(3, H, W)" : "(H, W)");
    write_pnm(path, pixels);
  });
}

Tensor make_grid(const Tensor& images, const MakeGridOptions& options) {
  expect_defined("make_grid", "images", images);
  const std::size_t axes = images.ndim();
  expect<ShapeError>((axes == 3 || axes == 4) && images.size(0) > 0, "make_grid: images of shape ",
                     images.shape(), "; expected (N, H, W) or (N, C, H, W) with N >= 1");
  const auto [nrow, padding, value] = options;
  expect<ValueError>(nrow >= 1, "make_grid: nrow is ", nrow, "; expected at least 1");
  expect<ValueError>(padding >= 0, "make_grid: padding is ", padding, "; expected at least 0");
  kernels::require_held("make_grid: pad_value", images.dtype(), value);
  const auto extent = [&](int axis) { return static_cast<std::int64_t>(images.size(axis)); };

  Tensor all = images.detach();
  if (axes == 4 && extent(1) == 1) all = concatenate({all, all, all}, 1);
  const std::int64_t count = extent(0);
  if (count == 1) return select(all, 0, 0);
  const std::int64_t channels = axes == 4 ? static_cast<std::int64_t>(all.size(1)) : 1;
  const std::int64_t height = extent(-2) + padding, width = extent(-1) + padding;
  const std::int64_t columns = std::min(nrow, count), rows = (count + columns - 1) / columns;
  // Pads each image behind and below, and all of them before and above.
  all = pad(all.reshape({count, channels, extent(-2), extent(-1)}),
            {{0, rows * columns - count}, {0, 0}, {0, padding}, {0, padding}}, value);
  all = permute(all.reshape({rows, columns, channels, height, width}), {2, 0, 3, 1, 4});
  all = pad(all.reshape({channels, rows * height, columns * width}),
            {{0, 0}, {padding, 0}, {padding, 0}}, value);
  return axes == 4 ? all : select(all, 0, 0);
}

}  // namespace xgrad::data
