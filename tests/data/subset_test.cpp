#include "data/subset.hpp"

#include <set>

#include "autograd/support/str.hpp"
#include "data/dataloader.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::DataLoader;
using data::KFold;
using data::random_split;
using data::Subset;
using data::TensorDataset;

/// Sample i: i, 10 i.
TensorDataset numbered(std::int64_t n) { return {arange(0, n), arange(0, 10 * n, 10)}; }

Integers integers(const Tensor& t) { return t.to_vector<std::int64_t>(); }

TEST(Subset, ChoosesSamplesInTheirOrder) {
  const TensorDataset dataset = numbered(5);
  const Subset subset(dataset, tensor({3, 0, -1, 3}));
  EXPECT_EQ(subset.size(), 4U);
  const auto [features, labels] = subset.take();
  expect_values(features, {3, 0, 4, 3});
  expect_values(labels, {30, 0, 40, 30});
  const Subset of_it(subset, tensor({2, 0}));
  expect_values(of_it.take().labels, {40, 30});
  const Subset all = dataset;
  expect_values(all.take().features, {0, 1, 2, 3, 4});
  EXPECT_EQ(Subset(dataset, zeros({0}, i64)).take().size(), 0U);
  const TensorDataset three(arange(0, 3), ones({3, 2}), arange(0, 3));
  EXPECT_EQ(Subset(three, tensor({1, 2})).take().more_features[0].shape(), Shape({2, 2}));
}

TEST(Subset, IsLoadedInBatches) {
  const Subset subset(numbered(10), tensor({7, 2, 5}));
  const DataLoader loader(subset, {.batch_size = 2});
  EXPECT_EQ(loader.size(), 2U);
  Integers found;
  for (auto& [features, labels] : loader) {
    expect_values(labels, (features * 10).to_vector<double>());
    for (const std::int64_t i : integers(features)) found.push_back(i);
  }
  EXPECT_EQ(found, Integers({7, 2, 5}));
  std::multiset<std::int64_t> shuffled;
  for (auto& [features, labels] : DataLoader(subset, {.batch_size = 2, .shuffle = true}))
    for (const std::int64_t i : integers(features)) shuffled.insert(i);
  EXPECT_EQ(shuffled, (std::multiset<std::int64_t>{2, 5, 7}));
}

TEST(Subset, RefusesWhatAreNoIndices) {
  expect_contains(ERROR_OF(ShapeError, Subset(numbered(3), tensor({0, 3}))), {"3"});
  EXPECT_THROW(Subset(numbered(3), tensor({-4})), ShapeError);
  EXPECT_EQ(ERROR_OF(ShapeError, Subset(numbered(3), tensor({{0, 1}}))),
            "Subset: indices of shape (1, 2); expected (n,)");
  EXPECT_THROW(Subset(numbered(3), tensor({0.0})), DTypeError);
  EXPECT_THROW(Subset(numbered(3), Tensor()), ValueError);
  TensorDataset changed = numbered(3);
  changed.labels = zeros({2});
  EXPECT_THROW(Subset{changed}, ShapeError);
}

TEST(RandomSplit, SizesAreThoseOfPyTorch) {
  const json goldens = read_golden("data.json");
  for (const json& golden : goldens.at("random_split")) {
    std::vector<Scalar> lengths;
    for (const json& length : golden.at("lengths"))
      length.is_number_integer() ? lengths.emplace_back(length.get<int>())
                                 : lengths.emplace_back(length.get<double>());
    std::vector<std::size_t> sizes;
    for (const Subset& part : random_split(numbered(golden.at("n").get<std::int64_t>()), lengths))
      sizes.push_back(part.size());
    EXPECT_EQ(sizes, golden.at("sizes").get<std::vector<std::size_t>>()) << golden.dump();
  }
}

TEST(RandomSplit, IsAPartitionThatTheSeedRepeats) {
  const TensorDataset dataset = numbered(50);
  manual_seed(5);
  const auto [train, validation, test] = random_split(dataset, {0.6, 0.2, 0.2});
  EXPECT_EQ(train.size(), 30U);
  Integers all;
  for (const Subset* part : {&train, &validation, &test})
    for (const std::int64_t i : integers(part->take().features)) all.push_back(i);
  EXPECT_FALSE(std::is_sorted(all.begin(), all.end()));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, integers(dataset.features));
  manual_seed(5);
  const auto [again, rest] = random_split(dataset, {30, 20});
  EXPECT_EQ(integers(again.indices), integers(train.indices));
  // Parts of a part.
  const auto [half, other] = random_split(rest, {0.5, 0.5});
  std::set<std::int64_t> of_rest;
  for (const Subset* part : {&half, &other})
    for (const std::int64_t i : integers(part->indices)) of_rest.insert(i);
  const Integers expected = integers(sort(rest.indices).values);
  EXPECT_EQ(Integers(of_rest.begin(), of_rest.end()), expected);
  EXPECT_EQ(random_split(dataset, {50, 0})[1].size(), 0U);
}

TEST(RandomSplit, RefusesOtherLengths) {
  const auto refusal = [](const std::vector<Scalar>& lengths) {
    return ERROR_OF(ValueError, random_split(numbered(10), lengths));
  };
  const std::string rest =
      "] of 10 samples; expected numbers of samples that add up to all, or shares that add up to 1";
  EXPECT_EQ(refusal({7, 2}), "random_split: lengths [7, 2" + rest);
  EXPECT_EQ(refusal({11, -1}), "random_split: lengths [11, -1" + rest);
  EXPECT_EQ(refusal({0.5, 0.4}), "random_split: lengths [0.5, 0.4" + rest);
  EXPECT_EQ(refusal({1.5, -0.5}), "random_split: lengths [1.5, -0.5" + rest);
  EXPECT_EQ(refusal({nan, 0.5}), "random_split: lengths [nan, 0.5" + rest);
  EXPECT_EQ(refusal({}), "random_split: lengths [" + rest);
}

TEST(KFold, FoldsAreThoseOfScikitLearn) {
  const json goldens = read_golden("data.json");
  for (const json& golden : goldens.at("kfold")) {
    SCOPED_TRACE(golden.dump());
    const auto n = golden.at("n").get<std::int64_t>();
    const TensorDataset dataset = numbered(n);
    std::size_t i = 0;
    for (const auto& [train, test] :
         KFold(golden.at("n_splits").get<std::int64_t>()).split(dataset)) {
      const Integers expected = golden.at("folds").at(i++).get<Integers>();
      EXPECT_EQ(integers(test.indices), expected);
      Integers others = integers(dataset.features);
      std::erase_if(
          others, [&](std::int64_t k) { return std::ranges::find(expected, k) != expected.end(); });
      EXPECT_EQ(integers(train.indices), others);
      expect_values(test.take().labels, (test.indices * 10).to_vector<double>());
    }
    EXPECT_EQ(i, golden.at("folds").size());
  }
}

TEST(KFold, ShuffledFoldsArePartsToo) {
  const Subset odd(numbered(20), arange(1, 20, 2));
  manual_seed(1);
  std::set<std::int64_t> tested;
  bool in_pieces = true;
  for (const auto& [train, test] : KFold(3, {.shuffle = true}).split(odd)) {
    const Integers rows = integers(test.take().features);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    in_pieces = in_pieces && rows.back() - rows.front() == 2 * std::ssize(rows) - 2;
    std::set<std::int64_t> both(rows.begin(), rows.end());
    for (const std::int64_t row : rows) EXPECT_TRUE(row % 2 == 1 && tested.insert(row).second);
    for (const std::int64_t row : integers(train.take().features)) both.insert(row);
    EXPECT_EQ(both.size(), 10U);
  }
  EXPECT_EQ(tested.size(), 10U);
  EXPECT_FALSE(in_pieces);
}

TEST(KFold, RefusesTooFewSplitsAndSamples) {
  for (const int n : {1, 0, -3})
    EXPECT_EQ(ERROR_OF(ValueError, KFold{n}),
              str("KFold: n_splits is ", n, "; expected 2 or more"));
  EXPECT_EQ(ERROR_OF(ValueError, KFold().split(numbered(4))),
            "KFold: 5 splits of 4 samples; expected as many samples or more");
}

}  // namespace
}  // namespace xgrad::test
