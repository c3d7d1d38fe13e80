#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>

#include "dataset.hpp"

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
  /// data set: as many rows. Without one, uint8 features become float32 v / 255 of shape (batch,
  /// rest), one row a sample, and others arrive as they are.
  std::function<Tensor(const Tensor&)> transform = {};
};

/// Hands out a data set in batches:
///
///     for (auto& [images, labels] : DataLoader(dataset, {.batch_size = 64, .shuffle = true})) …
///
/// Each batch is made of new tensors, which may be kept. The loader holds on to the tensors of the
/// data set, and a loop to what the loader is made of. Loops over one loader are independent of
/// each other; the random order of each comes from the generator of the thread that begins it, so
/// that manual_seed repeats it.
class DataLoader {
 public:
  class Iterator;

  /// Errors: ValueError for a batch size of 0; as TensorDataset for tensors changed since.
  explicit DataLoader(const TensorDataset& dataset, DataLoaderOptions options = {});
  // Only copied: one that has been moved from is as it was.
  DataLoader(const DataLoader&) = default;
  DataLoader& operator=(const DataLoader&) = default;

  /// Number of batches of one loop.
  std::size_t size() const { return parts_->size(); }
  const TensorDataset& dataset() const { return parts_->dataset; }

  /// Errors: as Iterator::operator++.
  Iterator begin() const;
  std::default_sentinel_t end() const { return {}; }

 private:
  struct Parts {
    TensorDataset dataset;
    DataLoaderOptions options;

    std::size_t size() const;
  };

  std::shared_ptr<const Parts> parts_;
};

/// Where a loop over a DataLoader stands, with the batch of that place. One that was not begun is
/// at its end.
class DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  Iterator() = default;

  /// The batch. Errors: ValueError at the end.
  Batch& operator*();
  /// The next place. Errors: ValueError at the end; ShapeError for a transform whose result has
  /// another number of rows, or is undefined. It stays where it is then.
  Iterator& operator++();
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const { return !parts_ || position_ == parts_->size(); }

 private:
  friend class DataLoader;
  explicit Iterator(std::shared_ptr<const Parts> parts);
  Batch load(std::size_t position) const;
  void check_not_at_end(const char* action) const;

  std::shared_ptr<const Parts> parts_;
  Tensor order_;  ///< of the rows; undefined without shuffle
  std::size_t position_ = 0;
  Batch batch_;
};

}  // namespace xgrad::data
