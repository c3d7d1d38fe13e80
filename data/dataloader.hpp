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

/// Names and defaults are PyTorch's.
struct DataLoaderOptions {
  std::size_t batch_size = 1;
  bool shuffle = false;    ///< a new random order each time a loop begins
  bool drop_last = false;  ///< leave out the last batch if it is smaller than the others
  /// Converts the stored rows of a batch, features (batch, …), to as many rows. Without it, uint8
  /// features become float32 v / 255 of shape (batch, rest), and others stay as they are.
  std::function<Tensor(const Tensor&)> transform = {};
};

/// Iterates over a data set in batches:
///
///     for (auto& [images, labels] : DataLoader(dataset, {.batch_size = 64, .shuffle = true})) …
///
/// Each batch consists of new tensors. The loader keeps the tensors of the data set alive, a loop
/// the parts of the loader. Loops over one loader are independent of each other. The random order
/// comes from the generator of the thread that begins the loop, so that manual_seed repeats it.
class DataLoader {
 public:
  class Iterator;

  /// Throws ValueError for a batch size of 0, and as TensorDataset for tensors changed since.
  explicit DataLoader(const TensorDataset& dataset, DataLoaderOptions options = {});
  // A move copies, so that a loader that was moved from is usable.
  DataLoader(const DataLoader&) = default;
  DataLoader& operator=(const DataLoader&) = default;

  /// Number of batches of one loop.
  std::size_t size() const { return parts_->size(); }
  const TensorDataset& dataset() const { return parts_->dataset; }

  /// Throws as Iterator::operator++.
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

/// A position in a loop over a DataLoader, with its batch. A default-constructed one is at its end.
class DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  Iterator() = default;

  /// The batch. Throws ValueError at the end.
  Batch& operator*();
  /// Moves to the next batch. Throws ValueError at the end, and ShapeError if the result of the
  /// transform is undefined or has another number of rows; the position does not change then.
  Iterator& operator++();
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const { return !parts_ || position_ == parts_->size(); }

 private:
  friend class DataLoader;
  explicit Iterator(std::shared_ptr<const Parts> parts);
  Batch load(std::size_t position) const;
  void check_not_at_end(const char* action) const;

  std::shared_ptr<const Parts> parts_;
  Tensor order_;  ///< of the rows
  std::size_t position_ = 0;
  Batch batch_;
};

}  // namespace xgrad::data
