#include "dataset.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

#include "../autograd/io/file.hpp"
#include "../autograd/ops/slicing.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "idx.hpp"
#include "subset.hpp"

namespace xgrad::data {
namespace {

/// directory/name or, where there is none, directory/name.gz.
std::string find_file(const std::string& directory, const std::string& name) {
  std::error_code ignored;
  const std::string plain = (std::filesystem::path(directory) / name).string();
  for (const std::string& candidate : {plain, plain + ".gz"})
    if (std::filesystem::exists(candidate, ignored)) return candidate;
  if (!std::filesystem::is_directory(directory, ignored))
    throw IoError(str("load_mnist: ", directory, " is not a directory"));
  throw IoError(str("load_mnist: missing file: neither ", plain, " nor ", plain, ".gz exists"));
}

/// Reads unsigned bytes of `ndim` dimensions.
Tensor load_bytes(const std::string& path, std::size_t ndim, const char* what) {
  Tensor values = load_idx(path);
  if (values.ndim() != ndim || values.dtype() != uint8)
    throw IoError(str("load_mnist: ", path, ": expected ", what, ", uint8 of ", ndim,
                      ndim == 1 ? " dimension" : " dimensions", ", found ", values.dtype(),
                      " of shape ", values.shape()));
  return values;
}

/// `test_size` in samples.
std::size_t test_samples(std::size_t total, const Scalar& test_size) {
  const double count = test_size.is_integer
                           ? test_size.value
                           : std::ceil(test_size.value * static_cast<double>(total));
  const bool is_share = test_size.is_integer || (test_size.value > 0 && test_size.value < 1);
  if (!is_share || !(count >= 1 && count < static_cast<double>(total)))
    throw ValueError(str("train_test_split: test_size ", test_size.value, " of ", total,
                         " samples: expected a fraction between 0 and 1 or a count from 1 to ",
                         "one less than the samples, leaving neither part empty"));
  return static_cast<std::size_t>(count);
}

}  // namespace

std::vector<Tensor> Batch::tensors() const {
  std::vector<Tensor> all{features};
  all.insert(all.end(), more_features.begin(), more_features.end());
  if (labels.defined()) all.push_back(labels);
  return all;
}

void Batch::check_bindings() const {
  expect<ValueError>(more_features.empty(), "Batch: structured bindings of ", tensors().size(),
                     " tensors; expected at most 2: tensors() has all of them, and so have the "
                     "batches of DataLoader::unpack<",
                     tensors().size(), ">()");
}

TensorDataset::TensorDataset(Tensor features_) : Batch{std::move(features_)} { (void)size(); }

TensorDataset::TensorDataset(Tensor features_, Tensor labels_)
    : Batch{std::move(features_), std::move(labels_)} {
  expect_defined("TensorDataset", {{"features", &features}, {"labels", &labels}});
  (void)size();
}

TensorDataset::TensorDataset(std::span<const Tensor> tensors) {
  expect<ValueError>(!tensors.empty(), "TensorDataset: no tensors; expected one or more");
  features = tensors.front();
  if (tensors.size() > 1) {
    labels = tensors.back();
    more_features.assign(tensors.begin() + 1, tensors.end() - 1);
    expect_defined("TensorDataset", "labels", labels);
  }
  (void)size();
}

// Checks again: the tensors may have been replaced.
std::size_t TensorDataset::size() const {
  expect_defined("TensorDataset", "features", features);
  const auto check = [&](const std::string& what, const Tensor& x) {
    expect_defined("TensorDataset", what, x);
    expect<ShapeError>(features.ndim() > 0 && x.ndim() > 0 && features.size(0) == x.size(0),
                       "TensorDataset: features of shape ", features.shape(), " and ", what,
                       " of shape ", x.shape(),
                       " need the same first extent, the number of samples");
  };
  for (std::size_t i = 0; i < more_features.size(); ++i)
    check(str("more_features[", i, "]"), more_features[i]);
  if (labels.defined()) check("labels", labels);
  expect<ShapeError>(features.ndim() > 0,
                     "TensorDataset: features of shape (); expected (N, …), N samples");
  return features.size(0);
}

TensorDataset load_mnist(const std::string& directory, Split split) {
  xgrad::detail::check_path("load_mnist", directory);
  const std::string prefix = split == Split::train ? "train" : "t10k";
  const std::string images_path = find_file(directory, prefix + "-images-idx3-ubyte");
  const std::string labels_path = find_file(directory, prefix + "-labels-idx1-ubyte");
  const Tensor labels = load_bytes(labels_path, 1, "labels");
  const std::span<const std::uint8_t> classes = labels.data<std::uint8_t>();
  const auto wrong = std::ranges::find_if(classes, [](std::uint8_t label) { return label > 9; });
  if (wrong != classes.end())
    throw IoError(str("load_mnist: ", labels_path, ": label ", unsigned{*wrong}, " at index ",
                      wrong - classes.begin(), " is outside the classes 0 to 9"));
  const Tensor images = load_bytes(images_path, 3, "images");
  if (images.size(0) != labels.size(0))
    throw IoError(str("load_mnist: ", images_path, " holds ", images.size(0), " images, ",
                      labels_path, " ", labels.size(0), " labels: expected as many of each"));
  return {images, labels.to(int64)};
}

TrainTestSplit train_test_split(const TensorDataset& dataset, Scalar test_size,
                                const TrainTestSplitOptions& options) {
  const auto total = static_cast<std::int64_t>(dataset.size());
  const auto cut = total - static_cast<std::int64_t>(test_samples(dataset.size(), test_size));
  const Tensor order = options.shuffle ? randperm(dataset.size()) : arange(0, total);
  const auto part = [&](std::int64_t start, std::int64_t stop) {
    return Subset(dataset, slice(order, 0, start, stop)).take();
  };
  return {part(0, cut), part(cut, total)};
}

}  // namespace xgrad::data
