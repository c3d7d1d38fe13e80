#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// Draws the samples of a loop over a DataLoader.
struct Sampler {
  std::size_t size = 0;               ///< number of samples in a loop
  std::function<Tensor()> draw = {};  ///< their indices, int64 (size); called for each loop
};

/// Draws `num_samples` indices, each independently of the others (with replacement) and i with a
/// probability of weights[i] / Σ weights, as torch.utils.data.WeightedRandomSampler; from the
/// generator of the calling thread. With weights of 1 / (number of samples of the class), classes
/// are drawn equally often:
///
///     DataLoader(dataset, {.batch_size = 64, .sampler = WeightedRandomSampler(weights, 1000)})
///
/// Throws ShapeError unless the weights are (N), ValueError unless they are finite, none is below
/// 0 and one above, and unless num_samples is at least 1.
struct WeightedRandomSampler : Sampler {
  WeightedRandomSampler(const Tensor& weights, std::int64_t num_samples);
};

}  // namespace xgrad::data
