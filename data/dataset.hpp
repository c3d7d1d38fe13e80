#pragma once

#include <cstddef>
#include <string>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// Samples with their labels: row i of `features` belongs to row i of `labels`. Copies share the
/// values. `auto [images, labels] = load_mnist(…)` works too.
struct TensorDataset {
  /// Throws ShapeError if one is 0-d or their first extents differ, ValueError if one is undefined.
  TensorDataset(Tensor features, Tensor labels);

  /// Number of samples. Throws as the constructor.
  std::size_t size() const;

  Tensor features;  ///< (N, …)
  Tensor labels;    ///< (N, …): class numbers, or targets of any shape
};

/// The part of a published data set for training, or the one for the test.
enum class Split { train, test };

/// Reads MNIST, or a data set published in its form such as Fashion-MNIST, from the files
/// train-images-idx3-ubyte and train-labels-idx1-ubyte, or t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte, in `directory`, plain or with the ending .gz. Returns uint8 images
/// (N, height, width) and int64 labels (N).
/// Throws IoError as load_idx, for a missing file, for images that are not uint8 of three
/// dimensions, labels that are not uint8 of one dimension or not in 0 … 9, and counts that differ.
TensorDataset load_mnist(const std::string& directory, Split split);

struct TrainTestSplitOptions {
  bool shuffle = true;  ///< samples in random order; otherwise the last ones are the test part
};

/// The two parts; `auto [train, test] = train_test_split(…)`.
struct TrainTestSplit {
  TensorDataset train;
  TensorDataset test;
};

/// Divides a data set in two, as scikit-learn's train_test_split. An integer `test_size` is the
/// number of samples in the test part, a fraction their share, rounded up to whole samples. The
/// random order comes from the calling thread's generator.
/// Throws ValueError if one part would be empty.
TrainTestSplit train_test_split(const TensorDataset& dataset, Scalar test_size,
                                const TrainTestSplitOptions& options = {});

}  // namespace xgrad::data
