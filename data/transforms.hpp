#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Changes of images, for a DataLoader's `transform`:
///
///     namespace transforms = data::transforms;
///     data::DataLoader batches(
///         train, {.batch_size = 64,
///                 .shuffle = true,
///                 .transform = transforms::compose({transforms::random_crop(28, {.padding = 2}),
///                                                   transforms::random_horizontal_flip(),
///                                                   transforms::normalize({0.286}, {0.353})})});
///
/// Each takes a batch of images, (N, H, W) or (N, C, H, W), float32, float64 or uint8, which
/// becomes float32 v / 255. Names and defaults are torchvision's; where it draws one number for a
/// batch, each image gets its own. Random numbers come from the generator of the calling thread, so
/// that manual_seed repeats them. The results are not recorded. A transform throws ShapeError for
/// other numbers of axes, DTypeError for other dtypes and ValueError for an undefined tensor.

namespace xgrad::data::transforms {

/// A function of a batch of images, of as many.
using Transform = std::function<Tensor(const Tensor& images)>;

/// All of them, one after the other; functions written elsewhere too. Throws ValueError for an
/// empty function.
Transform compose(std::vector<Transform> transforms);

/// (x − mean) / deviation with one number of each for each channel, or one for all; (N, H, W) has
/// one channel. Throws ValueError unless both lists have as many numbers, at least one, finite, and
/// all deviations are above 0; the transform throws ShapeError for another number of channels.
Transform normalize(const std::vector<double>& mean, const std::vector<double>& deviation);

/// Options of random_crop.
struct RandomCropOptions {
  std::int64_t padding = 0;  ///< pixels of 0 added on each side before
};
/// A part of this size, {height, width} or a number for both, at a random place of each image; all
/// places are equally likely. Throws ValueError for a size below 1 and unless the padding
/// is from 0 to 1,000,000; the transform throws ShapeError if the padded images are smaller.
Transform random_crop(std::pair<std::int64_t, std::int64_t> size,
                      const RandomCropOptions& options = {});
/// The same of squares.
inline Transform random_crop(std::int64_t size, const RandomCropOptions& options = {}) {
  return random_crop(std::pair(size, size), options);
}

/// Each image mirrored, left to right, with probability p. Throws ValueError unless 0 <= p <= 1.
Transform random_horizontal_flip(double p = 0.5);

/// Each image moved along both axes by random whole numbers of pixels, binomial from -most to most:
/// small shifts are more frequent than great ones. (Equally frequent ones: random_crop to the size
/// of the images with a padding of `most`.) What comes in at the border is 0. Throws ValueError
/// unless `most` is from 0 to 1,000,000.
Transform random_shift(std::int64_t most);

}  // namespace xgrad::data::transforms
