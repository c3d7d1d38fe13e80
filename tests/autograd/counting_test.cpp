// unique, bincount, searchsorted and histogram where NumPy decides, and what they are for.

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Unique, CountsNanAsOneValue) {
  const auto [values, inverse, counts] = unique(tensor({{nan, 1., nan}, {-0., 0., inf}}));
  expect_values(slice(values, 0, 0, 3), {0, 1, inf});
  EXPECT_EQ(values.shape(), Shape{4});
  EXPECT_TRUE(std::isnan(select(values, 0, 3).item<double>()));
  expect_values(inverse, {3, 1, 3, 0, 0, 2});
  EXPECT_EQ(inverse.shape(), (Shape{2, 3}));
  expect_values(counts, {2, 1, 1, 2});
}

TEST(Unique, PutsTheTensorTogetherAgain) {
  const Tensor x = randint(-5, 5, {7, 11});
  const auto [values, inverse, counts] = unique(x);
  EXPECT_EQ(values.dtype(), int64);
  EXPECT_TRUE(array_equal(take(values, inverse, 0), x));
  EXPECT_TRUE(array_equal(bincount(flatten(inverse)), counts));
  EXPECT_EQ(unique(x > 0).values.dtype(), (x > 0).dtype());
}

TEST(Bincount, PassesTheGradientToTheWeights) {
  const Tensor weights = leaf({1, 2, 4});
  const Tensor y = bincount(tensor({0, 2, 0}), weights);
  expect_values(y, {5, 0, 2});
  expect_values(grad(sum(y * tensor({1., 10., 100.})), weights), {1, 100, 1});
}

TEST(Searchsorted, PutsNanBehindAllNumbers) {
  const Tensor sorted = tensor({1, 2, nan, nan}), values = tensor({nan, 3, inf});
  expect_values(searchsorted(sorted, values), {2, 2, 2});
  expect_values(searchsorted(sorted, values, true), {4, 2, 2});
}

TEST(Searchsorted, ComparesNumbersWithIntegersExactly) {
  const Tensor times = tensor({1'700'000'000, 1'700'000'001});
  expect_values(searchsorted(times, 1'700'000'000.5), {1});
  const Tensor large = tensor({INT64_MAX - 1, INT64_MAX});
  expect_values(searchsorted(large, INT64_MAX), {1});
  expect_values(searchsorted(large, INT64_MAX, true), {2});
}

TEST(Isclose, SeesDifferencesOfLargeIntegers) {
  const Tensor x = tensor({INT64_MAX, INT64_MIN, INT64_MAX});
  const Tensor y = tensor({INT64_MAX - 1, INT64_MAX, INT64_MAX});
  expect_values(isclose(x, y, 0, 0.5), {0, 0, 1});
  expect_values(isclose(x, y, 0, 1), {1, 0, 1});
  EXPECT_FALSE(array_equal(x, y));
  EXPECT_TRUE(allclose(0.1 + 0.2, 0.3));
  EXPECT_FALSE(allclose(1 + 1e-12, 1, 0, 0));
}

TEST(Histogram, FollowsNumPy) {
  const auto counts = [](const Tensor& x, const auto&... how) {
    return histogram(x, how...).counts;
  };
  expect_values(counts(tensor({1, 2, 1}), tensor({0, 1, 2, 3})), {0, 2, 1});
  expect_values(counts(tensor({0., 1., 1., 2.}), tensor({0., 1., 1., 2.})), {1, 0, 3});
  expect_values(counts(tensor({0., 1., 1.}), tensor({0., 1., 1.})), {1, 2});
  const auto [none, unit] = histogram(zeros({0}, float64));
  expect_values(none, Doubles(10));
  expect_near(unit, {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1});
  const auto [same, around] = histogram(tensor({3, 3, 3}), 2);
  expect_values(same, {0, 3});
  expect_values(around, {2.5, 3, 3.5});
  EXPECT_EQ(same.dtype(), int64);
  EXPECT_EQ(around.dtype(), float64);
  expect_values(counts(tensor({1, 2, 1, 4}), 3, HistogramOptions{.density = true}),
                {0.5, 0.25, 0.25});
  expect_values(counts(tensor({.1, .2, .3, nan}), 2, HistogramOptions{.range = {{0, .2}}}), {0, 2});
  EXPECT_EQ(histogram(rand(9)).edges.dtype(), float32);
  EXPECT_EQ(histogram(tensor({1, 2}), tensor({0.f, 1.5f, 3.f})).edges.dtype(), float32);
}

TEST(Histogram, BinsOfOneWidthAreThoseOfTheirEdges) {
  for (const DType dtype : {float32, float64})
    for (const double high : {1., 3., 1e-30, 1e30, 1e38}) {
      const auto given = histogram(high * (2 * rand({500}, dtype) - 1), 70);
      const Tensor x = concatenate({given.edges, (given.edges * 0.999)});
      const auto even = histogram(x, 70);
      expect_values(even.counts, histogram(x, even.edges).counts.to_vector<double>());
    }
}

TEST(Histogram, CountsEachElementOnce) {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = randn({1000}, dtype);
    for (const int bins : {1, 3, 10, 999}) {
      const auto [counts, edges] = histogram(x, bins);
      EXPECT_EQ(sum(counts).item<int>(), 1000);
      EXPECT_EQ(edges.numel(), static_cast<std::size_t>(bins) + 1);
      EXPECT_EQ(select(edges, 0, -1).item<double>(), max(x).item<double>());
    }
  }
}

}  // namespace
}  // namespace xgrad::test
