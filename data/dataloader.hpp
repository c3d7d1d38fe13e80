#pragma once

#include <cstddef>
#include <functional>
#include <iterator>

#include "data/dataset.hpp"

namespace xgrad::data {

/// Some samples of a data set: features (batch, …) and labels (batch, …).
struct Batch {
  Tensor features;
  Tensor labels;
};

/// What a DataLoader may be told; names and defaults are PyTorch's.
struct DataLoaderOptions {
  std::size_t batch_size = 1;
  bool shuffle = false;    ///< a new random order each time a loop begins
  bool drop_last = false;  ///< leave out the last batch if it is smaller than the others
  /// Makes what arrives out of the stored rows of a batch, features (batch, …) in the dtype of the
  /// data set. Without one, uint8 features become float32 v / 255 of shape (batch, rest), one row
  /// a sample, and others arrive as they are.
  std::function<Tensor(const Tensor&)> transform = {};
};

/// Hands out a data set in batches:
///
///     for (auto& [images, labels] : DataLoader(dataset, {.batch_size = 64, .shuffle = true})) …
///
/// Each batch is made of new tensors, which may be kept. The loader holds on to the tensors of the
/// data set. Loops over one loader are independent of each other; the random order of each comes
/// from the generator of the thread that begins it, so that manual_seed repeats it.
class DataLoader {
 public:
  class Iterator;

  /// Errors: ValueError for a batch size of 0.
  explicit DataLoader(const TensorDataset& dataset, DataLoaderOptions options = {});

  /// Number of batches of one loop.
  std::size_t size() const;
  const TensorDataset& dataset() const { return dataset_; }

  Iterator begin() const;
  std::default_sentinel_t end() const { return {}; }

 private:
  TensorDataset dataset_;
  DataLoaderOptions options_;
};

/// Where a loop over a DataLoader stands, with the batch of that place.
class DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  Batch& operator*() { return batch_; }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const { return position_ == loader_->size(); }

 private:
  friend class DataLoader;
  explicit Iterator(const DataLoader& loader);
  void load();

  const DataLoader* loader_;
  Tensor order_;  ///< of the rows; undefined without shuffle
  std::size_t position_ = 0;
  Batch batch_;
};

}  // namespace xgrad::data
