#pragma once

#include <cstddef>
#include <string>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// Samples and what is known of each: row i of `features` belongs to row i of `labels`. Copies
/// share the values. `auto [images, labels] = load_mnist(…)` works too.
struct TensorDataset {
  /// Errors: ShapeError when either is 0-d or their first extents differ; ValueError when one is
  /// undefined.
  TensorDataset(Tensor features, Tensor labels);

  /// Number of samples. Errors: as above.
  std::size_t size() const;

  Tensor features;  ///< (N, …)
  Tensor labels;    ///< (N, …): class numbers, or targets of any shape
};

/// The part of a published data set that is for training, or the one held back for the test.
enum class Split { train, test };

/// Reads MNIST, or a data set published in its form such as Fashion-MNIST, from the four files
/// train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte (two for each split) in `directory`; each may carry the ending .gz.
/// Returns uint8 images (N, height, width) and int64 labels (N).
/// Errors: those of load_idx; IoError for a missing file, for images that are not uint8 of three
/// dimensions, labels that are not uint8 of one or not in 0 … 9, and counts that differ.
TensorDataset load_mnist(const std::string& directory, Split split);

/// What train_test_split may be told.
struct TrainTestSplitOptions {
  bool shuffle = true;  ///< samples in random order; else the last ones become the test part
};

/// The two parts; `auto [train, test] = train_test_split(…)`.
struct TrainTestSplit {
  TensorDataset train;
  TensorDataset test;
};

/// Divides a data set in two, as scikit-learn's function of the name. `test_size` is the number of
/// samples in the second part when it is an integer, and their share, rounded up to whole samples,
/// when it is a fraction. The random order comes from the calling thread's generator.
/// Errors: ValueError when either part would be empty.
TrainTestSplit train_test_split(const TensorDataset& dataset, Scalar test_size,
                                const TrainTestSplitOptions& options = {});

}  // namespace xgrad::data
