#pragma once

#include <cstdint>
#include <string>

#include "autograd/tensor.hpp"
#include "examples/support/chart.hpp"

/// @file
/// What the figures of autoencoders have in common.

namespace xgrad::examples {

/// The codes (N, 2) of images in the plane, by class; the first thousand of them.
Chart code_plane(const std::string& title, const Tensor& codes, const Tensor& labels);

/// Writes pictures (N, …) of numbers from 0 to 1, each of this height and width, in rows of
/// `columns` into a PNG file, at twice their size. Errors: those of data::save_png.
void save_tiles(const Tensor& pictures, const Shape& size, std::int64_t columns,
                const std::string& path);

}  // namespace xgrad::examples
