#include "dataloader.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "../autograd/graph/observer.hpp"
#include "../autograd/ops/indexing.hpp"
#include "../autograd/ops/slicing.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::data {
namespace {

/// Those rows of bytes as float32 in [0, 1], flattened: (count, width). Rows in random order are
/// not in the cache, and the time is that of waiting for them. So the rows to come are fetched
/// meanwhile.
Tensor take_scaled(const Tensor& x, const Tensor& rows) {
  const std::size_t width = x.size(0) ? x.numel() / x.size(0) : 0;
  Tensor result = empty({rows.numel(), width});
  float* to = result.data<float>().data();
  const std::uint8_t* const source = x.data<std::uint8_t>().data();
  const std::span<const std::int64_t> row = rows.data<std::int64_t>();
  const auto start = [&](std::size_t i) {
    return source + static_cast<std::size_t>(row[i]) * width;
  };
  constexpr std::size_t ahead = 4, line = 64, most = 1024;  // the processor fetches what follows
  for (std::size_t i = 0; i < row.size(); ++i, to += width) {
    if (i + ahead < row.size())
      for (std::size_t k = 0; k < std::min(width, most); k += line)
        __builtin_prefetch(start(i + ahead) + k);
    const std::uint8_t* const from = start(i);
    for (std::size_t k = 0; k < width; ++k) to[k] = static_cast<float>(from[k]) / 255.0F;
  }
  return result;
}

void check_transformed(const Tensor& features, const Shape& rows) {
  if (features.defined() && features.ndim() > 0 && features.size(0) == rows[0]) return;
  const std::string found =
      !features.defined()
          ? str("an undefined tensor; expected ", rows[0], " rows")
          : str("a tensor of shape ", features.shape(), "; expected ", rows[0], " rows, found ",
                features.ndim() == 0 ? "none" : str(features.size(0)));
  throw ShapeError(str("DataLoader: the transform of rows of shape ", rows, " returned ", found));
}

}  // namespace

DataLoader::DataLoader(const Subset& samples, DataLoaderOptions options)
    : parts_(std::make_shared<const Parts>(Parts{samples, std::move(options)})) {
  (void)dataset().size();  // checks again: the tensors may have been replaced
  expect<ValueError>(parts_->options.batch_size > 0,
                     "DataLoader: batch_size is 0: expected at least 1");
  expect<ValueError>(!parts_->options.sampler.draw || !parts_->options.shuffle,
                     "DataLoader: shuffle together with a sampler; expected one of them");
}

std::size_t DataLoader::Parts::size() const {
  const std::size_t n = options.sampler.draw ? options.sampler.size : samples.size();
  const bool rest = n % options.batch_size != 0;
  return n / options.batch_size + (rest && !options.drop_last ? 1 : 0);
}

Tensor DataLoader::Parts::order() const {
  const auto& [size, draw] = options.sampler;
  if (!draw)
    return options.shuffle ? take(samples.indices, randperm(samples.size()), 0) : samples.indices;
  const Tensor drawn = draw();
  expect_dtype("DataLoader", "what the sampler drew", drawn, int64);
  expect<ShapeError>(drawn.shape() == Shape{size},
                     "DataLoader: the sampler drew a tensor of shape ", drawn.shape(),
                     "; expected its size, (", size, ",)");
  return detail::choose("DataLoader", "what the sampler drew", samples.indices, drawn);
}

void DataLoader::check_number_of_tensors(std::size_t expected) const {
  const std::size_t found = dataset().tensors().size();
  expect<ValueError>(found == expected, "DataLoader: unpack<", expected, "> of a data set of ",
                     found, " tensors; expected unpack<", found, ">");
}

DataLoader::Iterator DataLoader::begin() const { return Iterator(parts_); }

DataLoader::Iterator::Iterator(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {
  order_ = parts_->order();
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
  throw ValueError(str("DataLoader: an iterator is ", action, " at its end, after ", position_,
                       " batches; compare it with end() before"));
}

Batch DataLoader::Iterator::load(std::size_t position) const {
  if (position == parts_->size()) return {};
  const TensorDataset& dataset = parts_->samples.dataset;
  const Tensor& features = dataset.features;
  const DataLoaderOptions& options = parts_->options;
  const std::size_t first = position * options.batch_size;
  const std::size_t last = first + std::min(options.batch_size, order_.numel() - first);
  const Tensor rows =
      slice(order_, 0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(last));
  const auto rows_of = [&](const Tensor& x) {
    const xgrad::detail::Unobserved guard;  // neither recorded nor an anomaly
    return take(x, rows, 0);
  };
  const bool scaled = features.dtype() == uint8 && !options.transform;
  Batch batch{.features = scaled ? take_scaled(features, rows) : rows_of(features),
              .labels = dataset.labels.defined() ? rows_of(dataset.labels) : Tensor()};
  for (const Tensor& more : dataset.more_features) batch.more_features.push_back(rows_of(more));
  if (options.transform) {
    const Shape shape = batch.features.shape();
    batch.features = options.transform(batch.features);
    check_transformed(batch.features, shape);
  }
  return batch;
}

}  // namespace xgrad::data
