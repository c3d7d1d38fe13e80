#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/sampler.hpp"
#include "data/transforms.hpp"
#include "examples/support/epochs.hpp"
#include "nn/dropout.hpp"
#include "nn/linear.hpp"
#include "nn/normalization.hpp"

/// @file
/// Networks that tell the classes of MNIST, or of a data set of its form, apart.

namespace xgrad::examples {

inline constexpr std::size_t classes = 10;
/// Where Debian's package dataset-fashion-mnist puts the four IDX files.
inline constexpr const char* fashion_mnist = "/usr/share/datasets/fashion-mnist";

/// How well a network does on a set of samples.
struct Score {
  double loss = 0;      ///< mean over the samples
  double accuracy = 0;  ///< share of right answers
};

/// Images of one size, uint8 (N, height, width), and their classes.
struct ClassifierData {
  data::TensorDataset train;
  std::optional<data::TensorDataset> validation;
  data::TensorDataset test;

  std::size_t pixels() const { return test.features.size(1) * test.features.size(2); }
};

/// Reads the four IDX files in a directory and holds out a share of the training images, by random
/// choice. With a limit other than 0 only that many of the training images are used, the first.
/// Errors: IoError, which for a missing fashion_mnist names the package; those of data::load_mnist;
/// ValueError for images of different sizes and where there are none.
ClassifierData load_classifier_data(const std::string& directory, double validation_split,
                                    std::size_t limit = 0);

struct MlpOptions {
  bool batch_norm = false;  ///< a BatchNorm1d behind each hidden layer
  double dropout = 0;       ///< of the activations of the hidden layers
};

/// Linear layers with ReLU between them. Without hidden layers it is softmax regression.
struct Mlp : nn::Module {
  std::vector<nn::Linear> layers;
  std::vector<nn::BatchNorm1d> norms;  ///< one for each hidden layer, or none
  nn::Dropout dropout;
  XGRAD_FIELDS(layers, norms, dropout)

  /// Widths of the inputs, the hidden layers and the outputs.
  explicit Mlp(const std::vector<std::size_t>& widths, const MlpOptions& options = {});
  Tensor forward(const Tensor& images) override;
};

/// "784-100-10"
std::string architecture(const Mlp& net);

/// The network's logits (N, classes) for all images of a data set, in evaluation mode.
Tensor predict(nn::Module& net, const data::TensorDataset& dataset);

/// Cross-entropy and accuracy of logits.
Score score(const Tensor& logits, const Tensor& labels);

/// Scores after each epoch: on the training images the mean of its steps, on the validation images,
/// if there are any, that of the network at its end.
struct History {
  std::vector<Score> train;
  std::vector<Score> validation;
  bool interrupted = false;  ///< by Ctrl-C or SIGTERM
};

struct TrainOptions {
  std::size_t batch_size = 64;
  std::size_t epochs = 10;
  Files files = {};
  data::transforms::Transform transform = {};  ///< of the training images
  optim::LRScheduler* scheduler = nullptr;     ///< stepped after every batch
  /// Called with the scores so far; true ends the training.
  std::function<bool(const History&)> after_epoch = {};
  data::Sampler sampler = {};  ///< draws the images of each epoch; without it all in random order
  Sharing sharing = {};
  bool quiet = false;
};

/// Trains with cross-entropy on batches in random order, and reports every epoch on stdout. Ctrl-C
/// ends it after the batch. Errors: TrainingDiverged.
History train(nn::Module& net, optim::Optimizer& optimizer, const ClassifierData& data,
              const TrainOptions& options);

}  // namespace xgrad::examples
