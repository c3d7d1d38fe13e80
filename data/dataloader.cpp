#include "data/dataloader.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "autograd/creation.hpp"
#include "autograd/message.hpp"

namespace xgrad::data {
namespace {

/// The rows of one batch: `order` tells which, or they are those from `first` on.
struct Rows {
  const std::int64_t* order;
  std::size_t first;
  std::size_t count;

  std::size_t operator[](std::size_t i) const {
    return order ? static_cast<std::size_t>(order[first + i]) : first + i;
  }
};

/// Those rows of x, unchanged.
Tensor gather(const Tensor& x, const Rows& rows) {
  Shape shape = x.shape();
  shape[0] = rows.count;
  Tensor result = empty(shape, {.dtype = x.dtype()});
  const std::size_t width = x.size(0) ? x.numel() / x.size(0) : 0;
  visit_dtype(x.dtype(), [&]<class T>(T) {
    const T* source = x.data<T>().data();
    T* target = result.data<T>().data();
    for (std::size_t i = 0; i < rows.count; ++i)
      std::copy_n(source + rows[i] * width, width, target + i * width);
  });
  return result;
}

/// Those rows of bytes as float32 in [0, 1], flattened: (count, width).
Tensor gather_scaled(const Tensor& x, const Rows& rows) {
  const std::size_t width = x.size(0) ? x.numel() / x.size(0) : 0;
  Tensor result = empty({rows.count, width});
  const std::uint8_t* source = x.data<std::uint8_t>().data();
  float* target = result.data<float>().data();
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::uint8_t* from = source + rows[i] * width;
    float* to = target + i * width;
    for (std::size_t k = 0; k < width; ++k) to[k] = static_cast<float>(from[k]) / 255.0F;
  }
  return result;
}

}  // namespace

DataLoader::DataLoader(const TensorDataset& dataset, DataLoaderOptions options)
    // Checked once more: the tensors of a data set may have been replaced since it was made.
    : dataset_(dataset.features, dataset.labels), options_(std::move(options)) {
  if (options_.batch_size == 0)
    throw ValueError("DataLoader: batch_size is 0: expected at least 1");
}

std::size_t DataLoader::size() const {
  const std::size_t full = dataset_.size() / options_.batch_size;
  const bool rest = dataset_.size() % options_.batch_size != 0;
  return full + (rest && !options_.drop_last ? 1 : 0);
}

DataLoader::Iterator DataLoader::begin() const { return Iterator(*this); }

DataLoader::Iterator::Iterator(const DataLoader& loader) : loader_(&loader) {
  if (loader.options_.shuffle) order_ = randperm(loader.dataset_.size());
  load();
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  ++position_;
  load();
  return *this;
}

void DataLoader::Iterator::load() {
  batch_ = {};
  if (position_ == loader_->size()) return;
  const auto& [features, labels] = loader_->dataset_;
  const DataLoaderOptions& options = loader_->options_;
  const std::size_t first = position_ * options.batch_size;
  const Rows rows{
      .order = order_.defined() ? std::as_const(order_).data<std::int64_t>().data() : nullptr,
      .first = first,
      .count = std::min(options.batch_size, loader_->dataset_.size() - first)};
  const bool scaled = features.dtype() == uint8 && !options.transform;
  batch_.features = scaled ? gather_scaled(features, rows) : gather(features, rows);
  if (options.transform) batch_.features = options.transform(batch_.features);
  batch_.labels = gather(labels, rows);
}

}  // namespace xgrad::data
