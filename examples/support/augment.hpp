#pragma once

#include <cstddef>

#include "autograd/tensor.hpp"

namespace xgrad::examples {

/// Each image of a batch, uint8 (N, height, width), moved along each axis by a random whole number
/// of pixels, binomial from -most to most: small shifts are more frequent than great ones.
/// What comes in at the border is 0. The result is float32 in [0, 1] of shape
/// (N, height * width), as a data::DataLoader makes it: this is for its transform.
Tensor randomly_shifted(const Tensor& images, std::size_t most);

}  // namespace xgrad::examples
