#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// @file
/// The libraries that training_step compares with. Each has a file of its own here, which is built
/// where the library is installed.

namespace peers {

/// A convolution of stride 1, ReLU, and max pooling of 2 × 2 if it `pools`.
struct Convolution {
  std::size_t channels, filters, kernel, padding;
  bool pools;
};

/// Convolutions of an image of one channel, if any, linear layers of these widths with ReLU between
/// them, softmax cross-entropy, and an optimizer.
struct Problem {
  std::vector<std::size_t> widths;
  std::size_t batch;
  bool adam;  ///< else SGD with momentum
  std::vector<Convolution> convolutions = {};
  std::size_t threads = 1;

  static constexpr std::size_t image_size = 28;
  std::vector<std::size_t> input_shape() const {
    if (convolutions.empty()) return {batch, widths.front()};
    return {batch, 1, image_size, image_size};
  }
  std::vector<float> inputs() const {
    std::size_t size = 1;
    for (const std::size_t extent : input_shape()) size *= extent;
    std::vector<float> values(size);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(i * 7919 % 1000) / 1000;
    return values;
  }
  std::vector<std::int64_t> labels() const {
    std::vector<std::int64_t> values(batch);
    for (std::size_t i = 0; i < batch; ++i)
      values[i] = static_cast<std::int64_t>(i * 31 % widths.back());
    return values;
  }
};

inline constexpr float momentum = 0.9F;
inline constexpr float learning_rate = 0.01F;
inline constexpr float adam_learning_rate = 1e-3F;

/// Takes so many training steps, all on the same batch.
using Steps = std::function<void(std::size_t)>;

Steps libtorch(const Problem& problem);
Steps dlib(const Problem& problem);
Steps fann(const Problem& problem);
Steps tiny_dnn(const Problem& problem);

}  // namespace peers
