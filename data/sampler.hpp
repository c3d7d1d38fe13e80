#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

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
  WeightedRandomSampler(const Tensor& weights, std::int64_t num_samples);  ///< of weights (N)
};

/// Names and defaults are PyTorch's.
struct DistributedSamplerOptions {
  bool shuffle = true;     ///< a new random order for each loop
  std::uint64_t seed = 0;  ///< of the order, with the number of the loop; the same for all ranks
  bool drop_last = false;  ///< leave out the samples at the end that not all ranks would have
};

/// Draws the share of one of several processes, each of which trains on samples of its own: the
/// samples rank, rank + ranks, rank + 2 ranks, … of an order that all ranks have in common, as
/// torch.utils.data.DistributedSampler. All ranks have as many: unless drop_last, the first samples
/// of the order come again at its end. The loader's batch size is that of one rank.
///
///     DataLoader(dataset, {.batch_size = 32, .sampler = DistributedSampler(dataset.size(), 0, 2)})
///
/// Throws ValueError unless num_samples is at least 1 and rank is below ranks.
struct DistributedSampler : Sampler {
  /// The share of `rank` of the samples 0 … num_samples - 1. Errors: as above.
  DistributedSampler(std::size_t num_samples, std::size_t rank, std::size_t ranks,
                     const DistributedSamplerOptions& options = {});
  /// Numbers the next loop; the first is 0, and each counts one up. For a run that is resumed.
  void set_epoch(std::uint64_t epoch) { *epoch_ = epoch; }

 private:
  std::shared_ptr<std::uint64_t> epoch_ = std::make_shared<std::uint64_t>(0);
};

}  // namespace xgrad::data
