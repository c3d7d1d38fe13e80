#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dataset.hpp"

/// @file
/// Parts of data sets: Subset, random_split and KFold.

namespace xgrad::data {

/// Chosen samples of a data set, in the order of their indices, as torch.utils.data.Subset. It
/// shares the tensors of the data set. What takes a Subset takes a TensorDataset, too.
struct Subset {
  /// All samples. Throws as TensorDataset::size.
  Subset(const TensorDataset& all);  // NOLINT(*-explicit-*)
  /// Those samples of the other; -1 is the last one. Throws DTypeError unless the indices are
  /// int64, ShapeError unless they are (n) and there are such samples.
  Subset(const Subset& of, const Tensor& chosen);

  std::size_t size() const { return indices.size(0); }  ///< number of samples
  /// Copies the samples: a data set of them alone.
  TensorDataset take() const;

  TensorDataset dataset;  ///< all samples
  Tensor indices;         ///< int64 (n)
};

namespace detail {

/// The chosen ones of indices, int64 (n). Throws DTypeError and ShapeError, in the name of `op`,
/// as Subset, which calls them `what`.
Tensor choose(const char* op, const char* what, const Tensor& indices, const Tensor& chosen);

}  // namespace detail

/// Divides a data set into parts, in random order, as torch.utils.data.random_split. Lengths are
/// numbers of samples, which add up to all, or, if one of them is no integer, shares, which add up
/// to 1: each is rounded down to whole samples, and what is left given out one by one from the
/// first part on. The random order comes from the calling thread's generator.
/// Throws ValueError for other lengths.
std::vector<Subset> random_split(const Subset& samples, std::span<const Scalar> lengths);
/// The same: `auto [train, test] = random_split(dataset, {0.8, 0.2})`.
template <std::size_t N>
std::array<Subset, N> random_split(const Subset& samples, const Scalar (&lengths)[N]) {
  std::vector<Subset> parts = random_split(samples, std::span<const Scalar>(lengths));
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Subset, N>{std::move(parts[I])...};
  }(std::make_index_sequence<N>());
}

/// Options of KFold.
struct KFoldOptions {
  bool shuffle =
      false;  ///< the folds are random samples; otherwise each is a piece of the data set
};

/// One of the ways of KFold to divide a data set.
struct Fold {
  Subset train;  ///< the other parts together
  Subset test;   ///< the part of this fold
};

/// Divides a data set into n_splits parts of nearly equal size, the first n % n_splits of which
/// have one sample more, as scikit-learn's KFold. Each part is once the test part, and the others
/// together the training part, both in the order of the data set:
///
///     for (const auto& [train, test] : KFold(5).split(dataset)) …
class KFold {
 public:
  /// Throws ValueError for less than 2 splits.
  explicit KFold(std::int64_t n_splits = 5, const KFoldOptions& options = {});
  /// Throws ValueError if there are fewer samples than parts.
  std::vector<Fold> split(const Subset& samples) const;

 private:
  std::size_t n_splits_;
  KFoldOptions options_;
};

}  // namespace xgrad::data
