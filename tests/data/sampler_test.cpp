#include "data/sampler.hpp"

#include "data/dataloader.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::DataLoader;
using data::Sampler;
using data::Subset;
using data::TensorDataset;
using data::WeightedRandomSampler;

Doubles counts(const Tensor& indices, std::size_t n) {
  Doubles result(n);
  for (const std::size_t i : indices.to_vector<std::size_t>()) ++result.at(i);
  return result;
}

TEST(WeightedRandomSampler, DrawsInProportionToTheWeights) {
  manual_seed(0);
  const int n = 40000;
  const Doubles weights{1, 0, 3, 0.5, 0, 0.5};
  for (const double scale : {1.0, 1e-300, 3e307, 5e-324 * 16}) {
    const WeightedRandomSampler sampler(tensor(weights, {6}) * scale, n);
    EXPECT_EQ(sampler.size, 40000U);
    const Tensor drawn = sampler.draw();
    EXPECT_EQ(drawn.dtype(), int64);
    EXPECT_EQ(drawn.shape(), Shape{n});
    const Doubles found = counts(drawn, 6);
    for (std::size_t i = 0; i < 6; ++i) {
      const double p = weights[i] / 5;
      EXPECT_LE(std::abs(found[i] - n * p), 5 * std::sqrt(n * p * (1 - p))) << i;
    }
  }
}

TEST(WeightedRandomSampler, IsRepeatedByTheSeed) {
  const WeightedRandomSampler sampler(tensor({1, 2, 3}), 20);
  manual_seed(4);
  const Tensor first = sampler.draw(), second = sampler.draw();
  EXPECT_NE(first.to_vector<int>(), second.to_vector<int>());
  manual_seed(4);
  expect_values(sampler.draw(), first.to_vector<double>());
}

TEST(WeightedRandomSampler, RefusesWeightsAndNumbers) {
  const auto refusal = [](const Tensor& weights, std::int64_t n = 1) {
    return ERROR_OF(ValueError, WeightedRandomSampler(weights, n));
  };
  expect_contains(refusal(tensor({1.0, -0.5})), {"WeightedRandomSampler: weights[1]", "-0.5"});
  expect_contains(refusal(tensor({nan})), {"weights[0]", "nan"});
  expect_contains(refusal(tensor({inf})), {"weights[0]", "inf"});
  EXPECT_EQ(refusal(zeros({3})),
            "WeightedRandomSampler: no weight above 0 among 3; expected at least one");
  EXPECT_EQ(refusal(zeros({0})),
            "WeightedRandomSampler: no weight above 0 among 0; expected at least one");
  EXPECT_EQ(refusal(ones({3}), -1), "WeightedRandomSampler: num_samples is -1; expected 1 or more");
  EXPECT_EQ(ERROR_OF(ShapeError, WeightedRandomSampler(ones({3, 1}), 1)),
            "WeightedRandomSampler: weights of shape (3, 1); expected (N,)");
}

TEST(DataLoader, LoadsWhatTheSamplerDraws) {
  const TensorDataset dataset(arange(0, 5), arange(0, 50, 10));
  const DataLoader loader(
      dataset, {.batch_size = 4, .sampler = WeightedRandomSampler(tensor({0, 1, 0, 1, 0}), 10)});
  EXPECT_EQ(loader.size(), 3U);
  Integers sizes;
  for (auto& [features, labels] : loader) {
    sizes.push_back(static_cast<std::int64_t>(features.numel()));
    expect_values(labels, (features * 10).to_vector<double>());
    for (const int i : features.to_vector<int>()) EXPECT_TRUE(i == 1 || i == 3);
  }
  EXPECT_EQ(sizes, Integers({4, 4, 2}));
  // Of a subset, the sampler draws positions in it.
  const Sampler twice{.size = 4, .draw = [] { return tensor({1, 0, 1, 0}); }};
  const Subset subset(dataset, tensor({4, 2}));
  for (auto& [features, labels] : DataLoader(subset, {.batch_size = 4, .sampler = twice}))
    expect_values(features, {2, 4, 2, 4});
  EXPECT_EQ(DataLoader(dataset, {.batch_size = 3, .drop_last = true, .sampler = twice}).size(), 1U);
}

TEST(DataLoader, RefusesSamplersThatDoNotFit) {
  const TensorDataset dataset(arange(0, 5), arange(0, 5));
  const Sampler sampler{.size = 2, .draw = [] { return tensor({0, 1, 2}); }};
  EXPECT_EQ(ERROR_OF(ValueError, DataLoader(dataset, {.shuffle = true, .sampler = sampler})),
            "DataLoader: shuffle together with a sampler; expected one of them");
  EXPECT_EQ(ERROR_OF(ShapeError, DataLoader(dataset, {.sampler = sampler}).begin()),
            "DataLoader: the sampler drew a tensor of shape (3,); expected its size, (2,)");
  const Sampler floats{.size = 1, .draw = [] { return tensor({0.0}); }};
  EXPECT_THROW(DataLoader(dataset, {.sampler = floats}).begin(), DTypeError);
  const Sampler none{.size = 1, .draw = [] { return Tensor(); }};
  EXPECT_THROW(DataLoader(dataset, {.sampler = none}).begin(), ValueError);
  const Sampler outside{.size = 1, .draw = [] { return tensor({5}); }};
  EXPECT_THROW(DataLoader(dataset, {.sampler = outside}).begin(), ShapeError);
}

}  // namespace
}  // namespace xgrad::test
