#include "dataloader.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "../autograd/support/message.hpp"
#include "../autograd/tensor/creation.hpp"

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

void check_transformed(const Tensor& features, const Shape& rows) {
  if (!features.defined())
    throw ShapeError(message("DataLoader: the transform of rows of shape ", rows,
                             " returned an undefined tensor; expected ", rows[0], " rows"));
  if (features.ndim() == 0 || features.size(0) != rows[0])
    throw ShapeError(message("DataLoader: the transform of rows of shape ", rows,
                             " returned a tensor of shape ", features.shape(), "; expected ",
                             rows[0], " rows, found ",
                             features.ndim() == 0 ? "none" : message(features.size(0))));
}

}  // namespace

DataLoader::DataLoader(const TensorDataset& dataset, DataLoaderOptions options)
    // Checked once more: the tensors of a data set may have been replaced since it was made.
    : parts_(std::make_shared<const Parts>(
          Parts{{dataset.features, dataset.labels}, std::move(options)})) {
  if (parts_->options.batch_size == 0)
    throw ValueError("DataLoader: batch_size is 0: expected at least 1");
}

std::size_t DataLoader::Parts::size() const {
  const std::size_t full = dataset.size() / options.batch_size;
  const bool rest = dataset.size() % options.batch_size != 0;
  return full + (rest && !options.drop_last ? 1 : 0);
}

DataLoader::Iterator DataLoader::begin() const { return Iterator(parts_); }

DataLoader::Iterator::Iterator(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {
  if (parts_->options.shuffle) order_ = randperm(parts_->dataset.size());
  batch_ = load(0);
}

Batch& DataLoader::Iterator::operator*() {
  check_not_at_end("read");
  return batch_;
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  check_not_at_end("advanced");
  batch_ = load(position_ + 1);
  ++position_;
  return *this;
}

void DataLoader::Iterator::check_not_at_end(const char* action) const {
  if (*this != std::default_sentinel) return;
  throw ValueError(message("DataLoader: an iterator is ", action, " at its end, after ", position_,
                           " batches; compare it with end() before"));
}

Batch DataLoader::Iterator::load(std::size_t position) const {
  if (position == parts_->size()) return {};
  const auto& [features, labels] = parts_->dataset;
  const DataLoaderOptions& options = parts_->options;
  const std::size_t first = position * options.batch_size;
  const Rows rows{.order = order_.defined() ? order_.data<std::int64_t>().data() : nullptr,
                  .first = first,
                  .count = std::min(options.batch_size, parts_->dataset.size() - first)};
  const bool scaled = features.dtype() == uint8 && !options.transform;
  Batch batch{.features = scaled ? gather_scaled(features, rows) : gather(features, rows),
              .labels = gather(labels, rows)};
  if (options.transform) {
    const Shape shape = batch.features.shape();
    batch.features = options.transform(batch.features);
    check_transformed(batch.features, shape);
  }
  return batch;
}

}  // namespace xgrad::data
