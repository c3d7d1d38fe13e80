#pragma once

#include <cstdint>
#include <string>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Pictures in files. As a tensor, a picture is (H, W), grey, or (3, H, W), red, green and blue;
/// the first row is at the top.
///
/// Functions that read return uint8, and throw IoError, beginning with the path, for a missing,
/// truncated or damaged file. Memory grows with the content of a file, whatever its header
/// announces.
/// Functions that write take uint8, or floats, of which 0 is written as 0 and 1 as 255; those
/// between are rounded, and those beyond become 0 or 255. (1, H, W) is written as (H, W). An
/// existing file is replaced as a whole or left alone. They throw IoError if the file cannot be
/// written, ShapeError for other shapes and unless H and W are from 1 to 1,000,000, DTypeError for
/// other dtypes, and ValueError for NaN and for an undefined tensor.

namespace xgrad::data {

/// Reads a PNG file, by libpng. Palettes become their colours, fewer or more than 8 bits
/// become 8, gamma that is stored is converted to that of sRGB, and transparency is left out: a
/// pixel has the colour that is stored for it. Throws IoError also for files that are interlaced
/// with 16 bits, which libpng does not convert.
Tensor load_png(const std::string& path);

/// Writes a PNG file of 8 bits, grey or RGB.
void save_png(const std::string& path, const Tensor& image);

/// Reads a picture by the ending of its name, in small or capital letters: .png as load_png; .pgm
/// and .ppm, Netpbm's binary formats P5 and P6, brought to the range from 0 to 255 if their header
/// gives another. Throws IoError also for other endings and for Netpbm's text formats.
Tensor load_image(const std::string& path);

/// Writes a picture by the ending of its name: .png, .pgm, which takes (H, W), or .ppm, which takes
/// (3, H, W).
void save_image(const std::string& path, const Tensor& image);

/// Options of make_grid.
struct MakeGridOptions {
  std::int64_t nrow = 8;     ///< images in a row
  std::int64_t padding = 2;  ///< pixels between images and around all of them
  Scalar pad_value = 0;      ///< of these pixels
};
/// One picture of many, row by row, as torchvision's make_grid: (H', W') of images (N, H, W), and
/// (C, H', W') of images (N, C, H, W), where one channel becomes three. A single image is returned
/// as it is. The result has their dtype and is not recorded. Throws ShapeError for another number
/// of axes or no images, and ValueError for nrow < 1, padding < 0, a pad_value that the dtype does
/// not hold, and an undefined tensor.
Tensor make_grid(const Tensor& images, const MakeGridOptions& options = {});

}  // namespace xgrad::data
