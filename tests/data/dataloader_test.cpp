#include "data/dataloader.hpp"

#include <iterator>
#include <optional>
#include <utility>

#include "autograd/support/allocator.hpp"
#include "autograd/support/str.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::Batch;
using data::DataLoader;
using data::TensorDataset;

/// Sample i: the pixels (i, 255 - i) as a 1 x 2 image, label i.
TensorDataset images(std::int64_t n) {
  std::vector<std::uint8_t> pixels;
  for (std::int64_t i = 0; i < n; ++i) {
    pixels.push_back(static_cast<std::uint8_t>(i));
    pixels.push_back(static_cast<std::uint8_t>(255 - i));
  }
  return {tensor(pixels, {n, 1, 2}), arange(0, n)};
}

/// The labels of one loop, in the order in which they came.
std::vector<int> labels_of(const DataLoader& loader) {
  std::vector<int> all;
  for (auto& [features, labels] : loader)
    for (const int label : labels.to_vector<int>()) all.push_back(label);
  return all;
}

std::vector<std::size_t> batch_sizes(const DataLoader& loader) {
  std::vector<std::size_t> sizes;
  for (auto& [features, labels] : loader) {
    EXPECT_EQ(features.shape()[0], labels.shape()[0]);
    sizes.push_back(labels.numel());
  }
  EXPECT_EQ(sizes.size(), loader.size());
  return sizes;
}

TEST(DataLoader, BytesBecomeFloatsBetweenZeroAndOne) {
  const DataLoader loader(images(256), {.batch_size = 100});
  int next = 0;
  for (auto& [features, labels] : loader) {
    ASSERT_EQ(features.dtype(), float32);
    ASSERT_EQ(features.shape(), Shape({labels.numel(), 2}));
    for (std::size_t i = 0; i < labels.numel(); ++i, ++next) {
      EXPECT_EQ(labels.data<std::int64_t>()[i], next);
      EXPECT_EQ(features.data<float>()[2 * i], static_cast<float>(next) / 255.0F);
      EXPECT_EQ(features.data<float>()[2 * i + 1], static_cast<float>(255 - next) / 255.0F);
    }
  }
  EXPECT_EQ(next, 256);
}

/// Of every width beside that of a cache line, in an order of its own, from the last row too.
TEST(DataLoader, BytesOfEveryWidthAreScaled) {
  for (const std::size_t width : {0U, 1U, 63U, 64U, 65U, 784U, 1500U}) {
    const Tensor bytes = randint(0, 256, {9, width}).to(uint8);
    const DataLoader loader(TensorDataset(bytes, arange(9)), {.batch_size = 7, .shuffle = true});
    for (auto& [features, labels] : loader)
      expect_values(features, (take(bytes, labels, 0).to(float32) / 255).to_vector<double>());
  }
}

TEST(DataLoader, FloatsAndIntegersArriveAsTheyAre) {
  const Tensor features = randn({5, 2, 3}, f64);
  const DataLoader loader({features, zeros({5, 2})}, {.batch_size = 5});
  for (auto& [rows, targets] : loader) {
    EXPECT_EQ(rows.shape(), features.shape());
    EXPECT_EQ(rows.to_vector<double>(), features.to_vector<double>());
    EXPECT_EQ(targets.shape(), Shape({5, 2}));
  }
  const DataLoader tokens({arange(0, 6), arange(0, 6)}, {.batch_size = 4});
  EXPECT_EQ((*tokens.begin()).features.dtype(), int64);
  expect_values((*tokens.begin()).features, {0, 1, 2, 3});
}

TEST(DataLoader, LastBatchAndDropLast) {
  using Sizes = std::vector<std::size_t>;
  EXPECT_EQ(batch_sizes(DataLoader(images(10), {.batch_size = 4})), Sizes({4, 4, 2}));
  EXPECT_EQ(batch_sizes(DataLoader(images(10), {.batch_size = 4, .drop_last = true})),
            Sizes({4, 4}));
  EXPECT_EQ(batch_sizes(DataLoader(images(8), {.batch_size = 4})), Sizes({4, 4}));
  EXPECT_EQ(batch_sizes(DataLoader(images(3), {.batch_size = 4})), Sizes({3}));
  EXPECT_EQ(batch_sizes(DataLoader(images(3), {.batch_size = 4, .drop_last = true})), Sizes{});
  EXPECT_EQ(batch_sizes(DataLoader(images(2))), Sizes({1, 1}));
  EXPECT_EQ(batch_sizes(DataLoader(images(0), {.batch_size = 4, .shuffle = true})), Sizes{});
}

TEST(DataLoader, ShuffleIsAPermutationNewInEveryLoopAndRepeatedByTheSeed) {
  const DataLoader loader(images(100), {.batch_size = 7, .shuffle = true});
  manual_seed(3);
  const std::vector<int> first = labels_of(loader);
  const std::vector<int> second = labels_of(loader);
  EXPECT_NE(first, second);
  for (std::vector<int> sorted : {first, second}) {
    EXPECT_FALSE(std::is_sorted(sorted.begin(), sorted.end()));
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, arange(0, 100).to_vector<int>());
  }
  manual_seed(3);
  EXPECT_EQ(labels_of(loader), first);
  EXPECT_EQ(labels_of(loader), second);
}

TEST(DataLoader, ShuffledFeaturesStayWithTheirLabels) {
  for (auto& [features, labels] : DataLoader(images(50), {.batch_size = 8, .shuffle = true}))
    for (std::size_t i = 0; i < labels.numel(); ++i)
      EXPECT_EQ(features.data<float>()[2 * i],
                static_cast<float>(labels.data<std::int64_t>()[i]) / 255.0F);
}

TEST(DataLoader, TransformSeesTheStoredRows) {
  const auto transform = [](const Tensor& rows) {
    EXPECT_EQ(rows.dtype(), uint8);
    EXPECT_EQ(rows.shape(), Shape({2, 1, 2}));
    return reshape(rows.to(float64), {2, 2, 1, 1});
  };
  const DataLoader loader(images(2), {.batch_size = 2, .transform = transform});
  const Batch batch = *loader.begin();
  EXPECT_EQ(batch.features.shape(), Shape({2, 2, 1, 1}));
  expect_values(batch.features, {0, 255, 1, 254});
}

TEST(DataLoader, BatchesMayBeKept) {
  std::vector<Batch> kept;
  for (auto& batch : DataLoader(images(6), {.batch_size = 2})) kept.push_back(batch);
  ASSERT_EQ(kept.size(), 3U);
  expect_values(kept[0].labels, {0, 1});
  expect_values(kept[1].labels, {2, 3});
  EXPECT_EQ(kept[2].features.to_vector<float>()[0], 4.0F / 255.0F);
}

TEST(DataLoader, OutlivesItsDatasetAndSupportsLoopsInLoops) {
  std::optional<TensorDataset> dataset = images(4);
  const DataLoader loader(*dataset, {.batch_size = 2});
  dataset.reset();
  std::vector<int> pairs;
  for (auto& outer : loader)
    for (auto& inner : loader) {
      pairs.push_back(outer.labels.to_vector<int>()[0]);
      pairs.push_back(inner.labels.to_vector<int>()[0]);
    }
  EXPECT_EQ(pairs, std::vector({0, 0, 0, 2, 2, 0, 2, 2}));
}

TEST(DataLoader, AsksTheSystemForNothingInSteadyState) {
  if (address_sanitizer) GTEST_SKIP() << "blocks are not reused under AddressSanitizer";
  const DataLoader loader(images(200), {.batch_size = 16, .shuffle = true});
  labels_of(loader);
  const std::size_t before = memory::statistics().system_allocations;
  for (int epoch = 0; epoch < 5; ++epoch) labels_of(loader);
  EXPECT_EQ(memory::statistics().system_allocations, before);
}

/// Every loader ends where its dataset does.
TEST(DataLoader, ItsEndIsNotPassed) {
  const auto expect_at_end = [](DataLoader::Iterator& it, const std::string& batches) {
    EXPECT_TRUE(it == std::default_sentinel);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(ERROR_OF(ValueError, (void)*it),
                "DataLoader: an iterator is read at its end, after " + batches +
                    " batches; compare it with end() before");
      EXPECT_EQ(ERROR_OF(ValueError, ++it),
                "DataLoader: an iterator is advanced at its end, after " + batches +
                    " batches; compare it with end() before");
      EXPECT_THROW(it++, ValueError);
    }
  };
  struct Case {
    std::int64_t samples;
    data::DataLoaderOptions options;
    int batches;
  };
  for (const auto& [samples, options, batches] :
       {Case{10, {.batch_size = 4}, 3}, Case{10, {.batch_size = 4, .drop_last = true}, 2},
        Case{10, {.batch_size = 4, .shuffle = true}, 3}, Case{8, {.batch_size = 4}, 2},
        Case{3, {.batch_size = 4, .drop_last = true}, 0}, Case{0, {}, 0},
        Case{0, {.shuffle = true}, 0}, Case{1, {.batch_size = ~std::size_t{0}}, 1}}) {
    const DataLoader loader(images(samples), options);
    DataLoader::Iterator it = loader.begin();
    for (int i = 0; i < batches; ++i) {
      EXPECT_GE((*it).labels.numel(), 1U);
      ++it;
    }
    expect_at_end(it, std::to_string(batches));
  }
  DataLoader::Iterator never_begun;
  expect_at_end(never_begun, "0");
  DataLoader::Iterator it = DataLoader(images(2)).begin();
  const DataLoader::Iterator taken = std::move(it);
  EXPECT_FALSE(taken == std::default_sentinel);
  expect_at_end(it, "0");
}

TEST(DataLoader, IteratorsOutliveItAndAreIndependent) {
  std::optional<DataLoader> loader(std::in_place, images(5),
                                   data::DataLoaderOptions{.batch_size = 2});
  DataLoader::Iterator first = loader->begin();
  DataLoader::Iterator second = loader->begin();
  ++second;
  DataLoader::Iterator third = second;
  ++third;
  loader.reset();
  expect_values((*first).labels, {0, 1});
  expect_values((*second).labels, {2, 3});
  expect_values((*third).labels, {4});
  ++first;
  expect_values((*first).labels, {2, 3});
  EXPECT_TRUE(++third == std::default_sentinel);
}

TEST(DataLoader, OneThatWasMovedFromIsAsItWas) {
  DataLoader loader(images(4), {.batch_size = 2});
  const DataLoader other = std::move(loader);
  EXPECT_EQ(labels_of(loader), labels_of(other));  // NOLINT(*-use-after-move)
  EXPECT_EQ(loader.size(), 2U);                    // NOLINT(*-use-after-move)
  EXPECT_EQ(loader.dataset().size(), 4U);          // NOLINT(*-use-after-move)
}

TEST(DataLoader, ATransformKeepsTheNumberOfRows) {
  const std::string start = "DataLoader: the transform of rows of shape (2, 1, 2) returned a";
  const auto refusal = [](const std::function<Tensor(const Tensor&)>& transform) {
    return ERROR_OF(ShapeError,
                    DataLoader(images(5), {.batch_size = 2, .transform = transform}).begin());
  };
  for (const Shape& shape : {Shape{1, 2}, Shape{3, 1, 2}, Shape{0, 2}, Shape{4}, Shape{1, 2, 2}})
    EXPECT_EQ(refusal([&](const Tensor&) { return zeros(shape); }),
              str(start, " tensor of shape ", shape, "; expected 2 rows, found ", shape[0]));
  EXPECT_EQ(refusal([](const Tensor&) { return tensor(1.0); }),
            start + " tensor of shape (); expected 2 rows, found none");
  EXPECT_EQ(refusal([](const Tensor&) { return Tensor(); }),
            start + "n undefined tensor; expected 2 rows");

  // Of the last batch only: the iterator stays where it is.
  const DataLoader loader(images(5), {.batch_size = 2, .transform = [](const Tensor& rows) {
                                        return rows.size(0) == 1 ? zeros({2}) : rows;
                                      }});
  DataLoader::Iterator it = loader.begin();
  ++it;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(++it, ShapeError);
    expect_values((*it).labels, {2, 3});
  }
  // An empty function counts as none.
  using Transform = std::function<Tensor(const Tensor&)>;
  using Function = Tensor (*)(const Tensor&);
  for (const Transform& none : {Transform{}, Transform{nullptr}, Transform{Function{nullptr}}})
    EXPECT_EQ(labels_of(DataLoader(images(2), {.transform = none})), std::vector({0, 1}));
}

TEST(DataLoader, UnpacksAnyNumberOfTensors) {
  const TensorDataset dataset(images(5).features, arange(0, 5).to(float64), full({5, 2}, 7, u8),
                              arange(0, 50, 10));
  const DataLoader loader(dataset, {.batch_size = 2, .shuffle = true});
  std::size_t rows = 0;
  for (auto& [pixels, numbers, bytes, labels] : loader.unpack<4>()) {
    rows += pixels.size(0);
    EXPECT_EQ(pixels.dtype(), float32);
    EXPECT_EQ(pixels.shape(), Shape({numbers.numel(), 2}));
    EXPECT_EQ(numbers.dtype(), float64);
    EXPECT_EQ(bytes.dtype(), uint8);  // only the first tensor is converted
    EXPECT_EQ(bytes.shape(), Shape({numbers.numel(), 2}));
    expect_values(labels, (numbers * 10).to_vector<double>());
    expect_close(select(pixels, 1, 0), (numbers / 255).to(float32), 1e-7);
  }
  EXPECT_EQ(rows, 5U);
  // Loops of a loader that is gone.
  int batches = 0;
  for (auto [a, b, y] :
       DataLoader(TensorDataset(ones({3}), zeros({3, 2}), arange(0, 3))).unpack<3>())
    expect_values(y, {static_cast<double>(batches++)});
  EXPECT_EQ(batches, 3);
  for (auto& [x] : DataLoader(TensorDataset(ones({3, 2})), {.batch_size = 3}).unpack<1>())
    EXPECT_EQ(x.shape(), Shape({3, 2}));
  for (const Batch& batch : loader) EXPECT_EQ(batch.tensors().size(), 4U);
  EXPECT_EQ(ERROR_OF(ValueError, loader.unpack<3>()),
            "DataLoader: unpack<3> of a data set of 4 tensors; expected unpack<4>");
  EXPECT_THROW(for (auto& [x, y] : loader) static_cast<void>(x.numel() + y.numel()), ValueError);
}

TEST(DataLoader, RefusesBadOptionsAndChangedData) {
  EXPECT_EQ(ERROR_OF(ValueError, DataLoader(images(2), {.batch_size = 0})),
            "DataLoader: batch_size is 0: expected at least 1");
  TensorDataset changed = images(3);
  changed.labels = arange(0, 2);
  expect_contains(ERROR_OF(ShapeError, DataLoader{changed}), {"(3, 1, 2) and labels of shape "
                                                              "(2,)"});
}

}  // namespace
}  // namespace xgrad::test
