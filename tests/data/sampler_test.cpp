#include "data/sampler.hpp"

#include <limits>

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
            "WeightedRandomSampler: weights has no number above 0 among 3; expected at least one");
  EXPECT_EQ(refusal(zeros({0})),
            "WeightedRandomSampler: weights has no number above 0 among 0; expected at least one");
  EXPECT_EQ(refusal(ones({3}), -1), "WeightedRandomSampler: num_samples is -1; expected 1 or more");
  EXPECT_EQ(ERROR_OF(ShapeError, WeightedRandomSampler(ones({3, 1}), 1)),
            "WeightedRandomSampler: weights of shape (3, 1); expected (N,)");
}

using data::DistributedSampler;

// Values of torch.utils.data.DistributedSampler(range(10), 3, rank, shuffle=False).
TEST(DistributedSampler, SharesAnOrderAsPyTorch) {
  const auto drawn = [](std::size_t n, std::size_t rank, std::size_t ranks, bool drop_last) {
    const DistributedSampler sampler(n, rank, ranks, {.shuffle = false, .drop_last = drop_last});
    EXPECT_EQ(sampler.draw().numel(), sampler.size);
    return sampler.draw().to_vector<std::int64_t>();
  };
  EXPECT_EQ(drawn(10, 0, 3, false), Integers({0, 3, 6, 9}));
  EXPECT_EQ(drawn(10, 1, 3, false), Integers({1, 4, 7, 0}));
  EXPECT_EQ(drawn(10, 2, 3, false), Integers({2, 5, 8, 1}));
  EXPECT_EQ(drawn(10, 2, 3, true), Integers({2, 5, 8}));
  EXPECT_EQ(drawn(9, 1, 3, false), Integers({1, 4, 7}));
  EXPECT_EQ(drawn(2, 4, 5, false), Integers({0}));
}

TEST(DistributedSampler, RanksDrawDifferentSamplesInEachEpoch) {
  manual_seed(3);
  const Tensor before = get_rng_state();
  std::vector<Integers> epochs;
  for (int epoch = 0; epoch < 3; ++epoch) {
    Integers all;
    for (std::size_t rank = 0; rank < 4; ++rank) {
      manual_seed(rank);  // what a rank draws elsewhere makes no difference
      DistributedSampler sampler(20, rank, 4, {.seed = 5});
      sampler.set_epoch(static_cast<std::uint64_t>(epoch));
      const Integers share = sampler.draw().to_vector<std::int64_t>();
      all.insert(all.end(), share.begin(), share.end());
    }
    epochs.push_back(all);
    std::ranges::sort(all);
    EXPECT_EQ(all, arange(0, 20).to_vector<std::int64_t>());
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(epochs[1], epochs[2]);

  set_rng_state(before);
  const DistributedSampler sampler(20, 0, 4, {.seed = 5});
  for (const Integers& epoch : epochs)
    EXPECT_EQ(sampler.draw().to_vector<std::int64_t>(), Integers(epoch.begin(), epoch.begin() + 5));
  expect_values(get_rng_state(), before.to_vector<double>());
}

TEST(DistributedSampler, RefusesNumbers) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(DistributedSampler(most, 0, 2).size, std::size_t{1} << 63);
  const DistributedSampler huge(std::size_t{1} << 62, 0, 2);
  expect_contains(ERROR_OF(ShapeError, huge.draw()),
                  {"DistributedSampler: ", "4611686018427387904"});
  EXPECT_EQ(ERROR_OF(ValueError, DistributedSampler(0, 0, 1)),
            "DistributedSampler: num_samples is 0; expected 1 or more");
  EXPECT_EQ(ERROR_OF(ValueError, DistributedSampler(5, 2, 2)),
            "DistributedSampler: rank is 2 of 2; expected one from 0 to ranks - 1");
  EXPECT_EQ(
      ERROR_OF(ValueError, DistributedSampler(2, 0, 3, {.drop_last = true})),
      "DistributedSampler: drop_last leaves nothing of 2 samples to each of 3 ranks; expected "
      "one for each or more");
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
