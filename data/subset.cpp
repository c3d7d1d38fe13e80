#include "subset.hpp"

#include <algorithm>
#include <cmath>

#include "../autograd/ops/indexing.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/ops/slicing.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::data {
namespace {

/// The lengths in samples.
std::vector<std::size_t> samples_of(std::span<const Scalar> lengths, std::size_t total) {
  const bool counts = std::ranges::all_of(lengths, &Scalar::is_integer);
  std::vector<double> values;
  double sum = 0;
  bool right = !lengths.empty();
  for (const Scalar& length : lengths) {
    values.push_back(length.value);
    sum += length.value;
    right = right && length.value >= 0;
  }
  right = right && (counts ? sum == static_cast<double>(total) : std::abs(sum - 1) <= 1e-9);
  expect<ValueError>(right, "random_split: lengths [", joined(values), "] of ", total,
                     " samples; expected numbers of samples that add up to all, or shares that add "
                     "up to 1");
  std::size_t left = total;
  std::vector<std::size_t> result;
  for (const double value : values) {
    const double exact = counts ? value : std::floor(value * static_cast<double>(total));
    result.push_back(std::min(left, static_cast<std::size_t>(exact)));
    left -= result.back();
  }
  for (std::size_t i = 0; left > 0; ++i, --left) ++result[i % result.size()];
  return result;
}

/// x[start], …, x[start + length - 1].
Tensor piece(const Tensor& x, std::size_t start, std::size_t length) {
  return slice(x, 0, static_cast<std::int64_t>(start), static_cast<std::int64_t>(start + length));
}

}  // namespace

Subset::Subset(const TensorDataset& all) : dataset(all), indices(arange(0, all.size())) {}

Subset::Subset(const Subset& of, const Tensor& chosen) : dataset(of.dataset) {
  indices = detail::choose("Subset", "indices", of.indices, chosen);
}

Tensor detail::choose(const char* op, const char* what, const Tensor& indices,
                      const Tensor& chosen) {
  expect_dtype(op, what, chosen, int64);
  expect<ShapeError>(chosen.ndim() == 1, op, ": ", what, " of shape ", chosen.shape(),
                     "; expected (n,)");
  const auto n = static_cast<std::int64_t>(indices.size(0));
  for (const std::int64_t i : std::as_const(chosen).data<std::int64_t>())
    if (i < -n || i >= n)
      throw ShapeError(
          str(op, ": ", what, ": index ", i, " of ", n, " samples; ", expected_between(-n, n - 1)));
  return xgrad::take(indices, chosen, 0);
}

TensorDataset Subset::take() const {
  std::vector<Tensor> tensors = dataset.tensors();
  for (Tensor& t : tensors) t = xgrad::take(t, indices, 0);
  return TensorDataset(tensors);
}

std::vector<Subset> random_split(const Subset& samples, std::span<const Scalar> lengths) {
  const std::vector<std::size_t> sizes = samples_of(lengths, samples.size());
  const Tensor order = randperm(samples.size());
  std::vector<Subset> parts;
  std::size_t start = 0;
  for (const std::size_t size : sizes) {
    parts.emplace_back(samples, piece(order, start, size));
    start += size;
  }
  return parts;
}

KFold::KFold(std::int64_t n_splits, const KFoldOptions& options)
    : n_splits_(static_cast<std::size_t>(n_splits)), options_(options) {
  expect<ValueError>(n_splits >= 2, "KFold: n_splits is ", n_splits, "; expected 2 or more");
}

std::vector<Fold> KFold::split(const Subset& samples) const {
  const std::size_t n = samples.size();
  expect<ValueError>(n >= n_splits_, "KFold: ", n_splits_, " splits of ", n,
                     " samples; expected as many samples or more");
  const Tensor order = options_.shuffle ? randperm(n) : arange(0, n);
  const auto sorted = [](const Tensor& x) { return sort(x).values; };
  std::vector<Fold> folds;
  std::size_t start = 0;
  for (std::size_t i = 0; i < n_splits_; ++i) {
    const std::size_t size = n / n_splits_ + (i < n % n_splits_ ? 1 : 0), stop = start + size;
    const Tensor rest = concatenate({piece(order, 0, start), piece(order, stop, n - stop)}, 0);
    folds.push_back({{samples, sorted(rest)}, {samples, sorted(piece(order, start, size))}});
    start = stop;
  }
  return folds;
}

}  // namespace xgrad::data
