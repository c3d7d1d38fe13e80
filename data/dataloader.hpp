#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "dataset.hpp"
#include "sampler.hpp"
#include "subset.hpp"

namespace xgrad::data {

/// Names and defaults are PyTorch's.
struct DataLoaderOptions {
  std::size_t batch_size = 1;  ///< samples in a batch
  bool shuffle = false;        ///< a new random order each time a loop begins
  bool drop_last = false;      ///< leave out the last batch if it is smaller than the others
  /// Converts the rows of a batch, features (batch, …), to as many; see transforms.hpp. Without it,
  /// uint8 features become float32 v / 255 of shape (batch, rest), and others stay as they are.
  std::function<Tensor(const Tensor&)> transform = {};
  /// Draws the samples of each loop, instead of `shuffle`; see WeightedRandomSampler.
  Sampler sampler = {};
};

/// Iterates over a data set in batches:
///
///     for (auto& [images, labels] : DataLoader(dataset, {.batch_size = 64, .shuffle = true})) …
///
/// and, for data sets of more than two tensors,
///
///     for (auto& [images, angles, labels] : loader.unpack<3>()) …
///
/// The transform, or the conversion of uint8, is that of the first tensor alone. Each batch
/// consists of new tensors. The loader keeps the tensors of the data set alive, a loop the parts of
/// the loader. Loops over one loader are independent of each other. The random order comes from the
/// generator of the thread that begins the loop, so that manual_seed repeats it.
class DataLoader {
 public:
  class Iterator;

  template <std::size_t N>
  class Unpacked;

  /// Throws ValueError for a batch size of 0 and for `shuffle` together with a sampler, and as
  /// TensorDataset for tensors changed since.
  explicit DataLoader(const TensorDataset& dataset, DataLoaderOptions options = {})
      : DataLoader(Subset(dataset), std::move(options)) {}
  /// The same for chosen samples of a data set.
  explicit DataLoader(const Subset& samples, DataLoaderOptions options = {});
  /// Copies share the data. A move copies, so that a loader that was moved from is usable.
  /// @{
  DataLoader(const DataLoader&) = default;
  DataLoader& operator=(const DataLoader&) = default;
  /// @}

  /// Number of batches of one loop.
  std::size_t size() const { return parts_->size(); }
  /// The data set, all of it if only a subset is loaded.
  const TensorDataset& dataset() const { return parts_->samples.dataset; }

  /// Throws as Iterator::operator++.
  Iterator begin() const;
  std::default_sentinel_t end() const { return {}; }  ///< behind the last batch

  /// The batches as arrays of all N tensors, for structured bindings. Throws ValueError for a data
  /// set of another number of tensors.
  template <std::size_t N>
  Unpacked<N> unpack() const {
    check_number_of_tensors(N);
    return Unpacked<N>(*this);
  }

 private:
  struct Parts {
    Subset samples;
    DataLoaderOptions options;

    std::size_t size() const;
    /// The rows of one loop.
    Tensor order() const;
  };

  void check_number_of_tensors(std::size_t expected) const;

  std::shared_ptr<const Parts> parts_;
};

/// A position in a loop over a DataLoader, with its batch. A default-constructed one is at its end.
class DataLoader::Iterator {
 public:
  using value_type = Batch;                ///< for the standard library
  using difference_type = std::ptrdiff_t;  ///< for the standard library

  Iterator() = default;

  /// The batch. Throws ValueError at the end.
  Batch& operator*();
  /// Moves to the next batch. Throws ValueError at the end, and ShapeError if the result of the
  /// transform is undefined or has another number of rows; the position does not change then.
  Iterator& operator++();
  void operator++(int) { ++*this; }  ///< the same
  /// Whether it is at the end.
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

/// What DataLoader::unpack gives: the same batches in the same order.
template <std::size_t N>
class DataLoader::Unpacked {
 public:
  /// A position in such a loop: as DataLoader::Iterator.
  class Iterator {
   public:
    /// As the standard library asks for, and as DataLoader::Iterator throws.
    /// @{
    using value_type = std::array<Tensor, N>;
    using difference_type = std::ptrdiff_t;

    explicit Iterator(DataLoader::Iterator batch) : batch_(std::move(batch)) {}

    value_type& operator*() {
      const std::vector<Tensor> all = (*batch_).tensors();
      std::copy_n(all.begin(), N, tensors_.begin());
      return tensors_;
    }
    Iterator& operator++() {
      ++batch_;
      return *this;
    }
    void operator++(int) { ++batch_; }
    bool operator==(std::default_sentinel_t end) const { return batch_ == end; }
    /// @}

   private:
    DataLoader::Iterator batch_;
    value_type tensors_;
  };

  /// Of this loader, which is copied.
  explicit Unpacked(const DataLoader& loader) : loader_(loader) {}
  /// One loop, as of the loader.
  /// @{
  Iterator begin() const { return Iterator(loader_.begin()); }
  std::default_sentinel_t end() const { return {}; }
  /// @}

 private:
  DataLoader loader_;
};

}  // namespace xgrad::data
