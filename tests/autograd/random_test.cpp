#include "autograd/random.hpp"

#include <algorithm>
#include <numeric>
#include <thread>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

template <class F>
auto draw(std::size_t n, F f) {
  std::vector<decltype(f())> values(n);
  std::generate(values.begin(), values.end(), f);
  return values;
}

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};

Moments moments(const Doubles& x) {
  const double n = static_cast<double>(x.size());
  Moments m;
  m.mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  for (double v : x) m.variance += std::pow(v - m.mean, 2) / n;
  for (double v : x) m.skewness += std::pow((v - m.mean) / std::sqrt(m.variance), 3) / n;
  for (double v : x) m.kurtosis += std::pow(v - m.mean, 4) / (m.variance * m.variance) / n;
  return m;
}

TEST(Random, ASeedGivesTheSameNumbersAgain) {
  const auto sequence = [] {
    return Tensors{rand({33}), randn({2, 33}, f64), randint(-3, 9, {50}), randperm(20)};
  };
  manual_seed(7);
  const Tensors first = sequence();
  const Tensors other = sequence();
  manual_seed(7);
  const Tensors again = sequence();
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].to_vector<double>(), again[i].to_vector<double>());
    EXPECT_NE(first[i].to_vector<double>(), other[i].to_vector<double>());
  }
  manual_seed(8);
  EXPECT_NE(sequence()[0].to_vector<double>(), first[0].to_vector<double>());
}

// The 10,000th number of a default-seeded mt19937_64, as the C++ standard gives it.
TEST(Random, BitsAreTheStandardsMersenneTwister) {
  manual_seed(5489);
  for (int i = 1; i < 10'000; ++i) random::bits();
  EXPECT_EQ(random::bits(), 9981545732273789042u);
}

// A seed gives these numbers on every machine. They were computed by another program, with
// Python's statistics.NormalDist for the quantiles.
TEST(Random, FirstNumbersOfSeed42) {
  const auto seeded = [](auto f) {
    manual_seed(42);
    return f();
  };
  EXPECT_EQ(
      seeded([] { return draw(4, random::uniform); }),
      (Doubles{0.755155532954539, 0.6390313938546974, 0.7521452007480266, 0.13627268363243705}));
  EXPECT_EQ(seeded([] { return rand({4}).to_vector<float>(); }),
            (std::vector<float>{0.7551555037498474f, 0.6390313506126404f, 0.7521451711654663f,
                                0.13627266883850098f}));
  const Doubles normal = seeded([] { return draw(8, random::normal); });
  const double expected[] = {0.6908036617845846,  0.3558709496439815, 0.6812558747295199,
                             -1.0972196912650072, 1.3004053795201351, -1.3161114944874384,
                             0.18802201716024022, -0.3242148251725619};
  for (std::size_t i = 0; i < normal.size(); ++i) EXPECT_NEAR(normal[i], expected[i], 1e-15);
  EXPECT_EQ(seeded([] { return randint(-5, 5, {12}).to_vector<int>(); }),
            (std::vector<int>{2, 1, 2, -4, 4, -5, 0, -2, -3, -2, -5, 0}));
  EXPECT_EQ(seeded([] { return randperm(8).to_vector<int>(); }),
            (std::vector<int>{2, 1, 5, 3, 0, 7, 4, 6}));
  expect_near(seeded([] { return uniform(-1, 2, 4, float64); }),
              {1.265466598863617, 0.9170941815640923, 1.2564356022440797, -0.5911819491026888});
  const Doubles wide{2.3816073235691695, 1.7117418992879632, 2.3625117494590397,
                     -1.1944393825300144};
  expect_near(seeded([] { return xgrad::normal(1, 2, 4, float64); }), wide);
  expect_near(seeded([] { return xgrad::normal(ones(4, float64), 2); }), wide);
  expect_values(seeded([] {
                  return bernoulli(tensor({0, .25, .5, .75, 1, .9, .1, .5}));
                }),
                {0, 0, 0, 1, 1, 1, 0, 1});
  expect_values(seeded([] {
                  return multinomial(tensor({1, 0, 3, 4}), 10, true);
                }),
                {3, 3, 3, 2, 3, 0, 3, 2, 2, 2});
  expect_values(seeded([] { return multinomial(tensor({1, 0, 3, 4, 2}), 4); }), {3, 2, 4, 0});
}

TEST(Random, UniformLiesInItsRangeWithItsMoments) {
  manual_seed(1);
  const Doubles x = draw(200'000, random::uniform);
  EXPECT_GE(*std::min_element(x.begin(), x.end()), 0);
  EXPECT_LT(*std::max_element(x.begin(), x.end()), 1);
  const Moments m = moments(x);
  // Five standard errors.
  EXPECT_NEAR(m.mean, 0.5, 5 * std::sqrt(1 / 12.0 / 200'000));
  EXPECT_NEAR(m.variance, 1 / 12.0, 5 * std::sqrt(1 / 180.0 / 200'000));
  for (double v : draw(1000, random::uniform)) EXPECT_EQ(v, std::ldexp(std::ldexp(v, 53), -53));
}

TEST(Random, NormalHasItsMoments) {
  manual_seed(2);
  const Moments m = moments(draw(200'000, random::normal));
  EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(1.0 / 200'000));
  EXPECT_NEAR(m.variance, 1, 5 * std::sqrt(2.0 / 200'000));
  EXPECT_NEAR(m.skewness, 0, 5 * std::sqrt(6.0 / 200'000));
  EXPECT_NEAR(m.kurtosis, 3, 5 * std::sqrt(24.0 / 200'000));
}

TEST(Random, NormalsAreThoseDrawnOneByOne) {
  manual_seed(9);
  const Doubles single = draw(100'000, random::normal);
  manual_seed(9);
  EXPECT_EQ(randn({100'000}, float64).to_vector<double>(), single);
  EXPECT_GT(std::ranges::max(single), 4);
}

TEST(Random, NormalHasItsTails) {
  manual_seed(3);
  Doubles x = draw(100'000, random::normal);
  std::sort(x.begin(), x.end());
  // Quantiles of the standard normal distribution, within five standard errors.
  EXPECT_NEAR(x[2275], -2, 5 * std::sqrt(0.02275 * 0.97725 / 100'000) / 0.05399);
  EXPECT_NEAR(x[15865], -1, 5 * std::sqrt(0.15866 * 0.84134 / 100'000) / 0.24197);
  EXPECT_NEAR(x[84134], 1, 5 * std::sqrt(0.15866 * 0.84134 / 100'000) / 0.24197);
  EXPECT_NEAR(x[97725], 2, 5 * std::sqrt(0.02275 * 0.97725 / 100'000) / 0.05399);
}

TEST(Random, BelowReachesEveryNumberEquallyOften) {
  manual_seed(4);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[random::below(7)];
  for (int count : counts) EXPECT_NEAR(count, 10'000, 5 * std::sqrt(10'000 * 6 / 7.0));
  EXPECT_EQ(random::below(1), 0u);
}

TEST(Random, ShuffleGivesEveryOrderEquallyOften) {
  manual_seed(5);
  std::vector<int> counts(6);
  for (int i = 0; i < 60'000; ++i) {
    std::int64_t v[] = {0, 1, 2};
    random::shuffle(v);
    ++counts[static_cast<std::size_t>(2 * v[0] + (v[1] > v[2]))];
  }
  for (int count : counts) EXPECT_NEAR(count, 10'000, 5 * std::sqrt(10'000 * 5 / 6.0));
}

TEST(Random, TensorsTakeTheirNumbersFromTheGenerator) {
  manual_seed(6);
  const Doubles uniform = draw(5, random::uniform), normal = draw(5, random::normal);
  manual_seed(6);
  EXPECT_EQ(rand({5}, f64).to_vector<double>(), uniform);
  EXPECT_EQ(randn({5}, f64).to_vector<double>(), normal);
}

TEST(Random, UniformNumbersLieBelowTheirEnd) {
  manual_seed(11);
  for (const DType dtype : {float32, float64}) {
    const Tensor x = uniform(-3, 5, {2, 50'000}, dtype);
    EXPECT_EQ(x.dtype(), dtype);
    EXPECT_EQ(x.shape(), (Shape{2, 50'000}));
    EXPECT_TRUE(all(x >= -3).item<bool>() && all(x < 5).item<bool>());
    const Moments m = moments(x.to_vector<double>());
    EXPECT_NEAR(m.mean, 1, 5 * std::sqrt(64 / 12.0 / 100'000));
    EXPECT_NEAR(m.variance, 64 / 12.0, 5 * 64 * std::sqrt(1 / 180.0 / 100'000));
    // Half of the numbers would be rounded to the end.
    const double end = dtype == float32 ? 1 + 0x1p-23 : 1 + 0x1p-52;
    EXPECT_TRUE(all(uniform(1, end, 100, dtype) == 1).item<bool>());
    EXPECT_TRUE(all(uniform(2, 2, 9, dtype) == 2).item<bool>());
  }
  EXPECT_EQ(uniform(0, 1, {}).shape(), Shape{});
  EXPECT_TRUE(uniform(0, 1, 3, {.requires_grad = true}).requires_grad());
}

TEST(Random, NormalTakesMeansAndDeviations) {
  manual_seed(12);
  const Tensor x = normal(tensor({{-5.}, {100.}}), tensor({0.5, 2.}));
  EXPECT_EQ(x.shape(), (Shape{2, 2}));
  const Tensor mean = full({100'000}, 3, f64_grad), y = normal(mean, 0.5);
  EXPECT_FALSE(y.requires_grad());
  EXPECT_EQ(y.dtype(), float64);
  const Moments m = moments(y.to_vector<double>());
  EXPECT_NEAR(m.mean, 3, 5 * 0.5 * std::sqrt(1.0 / 100'000));
  EXPECT_NEAR(m.variance, 0.25, 5 * 0.25 * std::sqrt(2.0 / 100'000));
  EXPECT_EQ(normal(arange(3), 1).dtype(), float32);
  expect_values(normal(tensor({-inf, 1.}), 0), {-inf, 1});
  expect_values(normal(4, 0, 2), {4, 4});
  EXPECT_EQ(normal(0, 1, 3, {.requires_grad = true}).requires_grad(), true);
}

TEST(Random, BernoulliIsOneWithItsProbability) {
  manual_seed(13);
  const Tensor p = tensor({0.f, 0.25f, 0.75f, 1.f}, {.requires_grad = true});
  const Tensor x = bernoulli(broadcast_to(p, {40'000, 4}));
  EXPECT_EQ(x.dtype(), float32);
  EXPECT_FALSE(x.requires_grad());
  const Doubles share = mean(x, 0).to_vector<double>();
  EXPECT_EQ(share[0], 0);
  EXPECT_NEAR(share[1], 0.25, 5 * std::sqrt(0.1875 / 40'000));
  EXPECT_NEAR(share[2], 0.75, 5 * std::sqrt(0.1875 / 40'000));
  EXPECT_EQ(share[3], 1);
  EXPECT_EQ(bernoulli(zeros({0, 3})).shape(), (Shape{0, 3}));
}

TEST(Random, MultinomialDrawsInProportion) {
  manual_seed(14);
  const Tensor p = tensor({{1., 0., 3., 4.}, {0., 5e-324, 0., 0.}});
  const Tensor x = multinomial(p, 80'000, true);
  EXPECT_EQ(x.shape(), (Shape{2, 80'000}));
  EXPECT_EQ(x.dtype(), int64);
  const Doubles counts = bincount(select(x, 0, 0), {}, 4).to_vector<double>();
  for (std::size_t i = 0; i < 4; ++i) {
    const double q = std::array{1., 0., 3., 4.}[i] / 8;
    EXPECT_NEAR(counts[i], 80'000 * q, 5 * std::sqrt(80'000 * q * (1 - q)));
  }
  EXPECT_TRUE(all(select(x, 0, 1) == 1).item<bool>());
}

// Of weights 1, 2 and 3, (2, 1) is drawn with probability 3/6 · 2/3 and so on.
TEST(Random, MultinomialWithoutReplacementDrawsOneAfterTheOther) {
  manual_seed(15);
  const Tensor pairs = multinomial(broadcast_to(tensor({1, 2, 3}), {60'000, 3}), 2);
  EXPECT_EQ(pairs.shape(), (Shape{60'000, 2}));
  const Doubles counts =
      bincount(select(pairs, 1, 0) * 3 + select(pairs, 1, 1), {}, 9).to_vector<double>();
  const double w[] = {1, 2, 3};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      const double q = i == j ? 0 : w[i] / 6 * w[j] / (6 - w[i]);
      EXPECT_NEAR(counts[3 * i + j], 60'000 * q, 5 * std::sqrt(60'000 * q * (1 - q)));
    }
  Integers all = multinomial(rand(50) + 0.1, 50).to_vector<std::int64_t>();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, arange(50).to_vector<std::int64_t>());
  EXPECT_EQ(multinomial(zeros({0, 3}), 2).shape(), (Shape{0, 2}));
}

TEST(Random, DistributionsRefuseWhatTheyAreNot) {
  expect_contains(ERROR_OF(ValueError, uniform(1, 0, 3)), {"uniform: from 1 to 0", "low <= high"});
  ERROR_OF(ValueError, uniform(0, nan, 3));
  ERROR_OF(ValueError, uniform(-1e308, 1e308, 3, float64));
  expect_contains(ERROR_OF(ValueError, uniform(0, 1e39, 3)), {"uniform: ", "1e+39", "float32"});
  expect_contains(ERROR_OF(DTypeError, uniform(0, 1, 3, int64)), {"uniform: ", "int64"});
  expect_contains(ERROR_OF(ValueError, normal(0, -1, 3)), {"normal: std is -1"});
  expect_contains(ERROR_OF(ValueError, normal(nan, 1, 3)), {"normal: mean is nan"});
  expect_contains(ERROR_OF(DTypeError, normal(0, 1, 3, int64)), {"normal: ", "int64"});
  expect_contains(ERROR_OF(ValueError, normal(0, tensor({1., -2.}))), {"normal: std of -2"});
  expect_contains(ERROR_OF(ShapeError, normal(zeros(2), ones(3))), {"normal: ", "(2,)", "(3,)"});
  expect_contains(ERROR_OF(DTypeError, normal(zeros(3), ones(3, float64))),
                  {"normal: ", "float32", "float64"});
  ERROR_OF(ValueError, normal(Tensor(), 1));
  for (const double p : {-0.5, 1.5, nan})
    expect_contains(ERROR_OF(ValueError, bernoulli(tensor({p}))), {"bernoulli: p is ", "0 to 1"});
  expect_contains(ERROR_OF(DTypeError, bernoulli(tensor({1}))), {"bernoulli: ", "int64"});
  ERROR_OF(ValueError, bernoulli(Tensor()));
  const auto refusal = [](const Tensor& p, std::int64_t n, bool replacement = false) {
    return ERROR_OF(ValueError, multinomial(p, n, replacement));
  };
  expect_contains(refusal(tensor({1., -1.}), 1), {"multinomial: probabilities[1] is -1"});
  expect_contains(refusal(tensor({{1., 1.}, {nan, 1.}}), 1),
                  {"multinomial: probabilities[1][0] is nan"});
  expect_contains(refusal(zeros({2, 3}), 1, true), {"multinomial: ", "above 0", "3"});
  expect_contains(refusal(tensor({1., 0., 1.}), 3), {"multinomial: n is 3", "only 2"});
  expect_contains(refusal(ones(3), 0), {"multinomial: n is 0", "1 or more"});
  refusal(zeros(0), 1);
  refusal(Tensor(), 1);
  expect_contains(ERROR_OF(ShapeError, multinomial(ones({2, 2, 2}), 1)),
                  {"multinomial: ", "(2, 2, 2)", "(k) or (rows, k)"});
  ERROR_OF(ShapeError, multinomial(ones({}), 1));
}

TEST(Random, RandHasShapeDTypeAndRange) {
  manual_seed(7);
  const Tensor x = rand({50, 1000});
  EXPECT_EQ(x.shape(), (Shape{50, 1000}));
  EXPECT_EQ(x.dtype(), float32);
  EXPECT_FALSE(x.requires_grad());
  for (float v : x.to_vector<float>()) ASSERT_TRUE(0 <= v && v < 1) << v;
  EXPECT_TRUE(rand({2}, {.requires_grad = true}).requires_grad());
  EXPECT_EQ(rand({0, 3}).numel(), 0u);
}

TEST(Random, RandintHasDTypeAndRange) {
  manual_seed(8);
  const Tensor x = randint(-2, 3, {1000});
  EXPECT_EQ(x.dtype(), int64);
  const Integers values = x.to_vector<std::int64_t>();
  for (std::int64_t v = -2; v < 3; ++v) EXPECT_GT(std::count(values.begin(), values.end(), v), 100);
  EXPECT_EQ(*std::min_element(values.begin(), values.end()), -2);
  EXPECT_EQ(*std::max_element(values.begin(), values.end()), 2);
  EXPECT_EQ(randint(0, 2, {3}, u8).dtype(), uint8);
  const std::string text = ERROR_OF(ValueError, randint(3, 3, {2}));
  EXPECT_EQ(text.rfind("randint: ", 0), 0u) << text;
  EXPECT_NE(text.find('3'), std::string::npos) << text;
}

TEST(Random, RandpermIsAPermutation) {
  manual_seed(9);
  const Tensor x = randperm(100);
  EXPECT_EQ(x.dtype(), int64);
  Integers values = x.to_vector<std::int64_t>();
  EXPECT_FALSE(std::is_sorted(values.begin(), values.end()));
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], static_cast<std::int64_t>(i));
  EXPECT_EQ(randperm(0).shape(), (Shape{0}));
}

TEST(Random, LikeTakesShapeAndDType) {
  const Tensor model = zeros({2, 3}, f64);
  EXPECT_EQ(rand_like(model).shape(), model.shape());
  EXPECT_EQ(rand_like(model).dtype(), float64);
  EXPECT_EQ(randn_like(model).dtype(), float64);
  EXPECT_EQ(randn_like(model, {.dtype = float32}).dtype(), float32);
}

TEST(Random, EveryThreadHasAGeneratorOfItsOwn) {
  manual_seed(10);
  const double first = random::uniform();
  const double second = random::uniform();
  manual_seed(10);
  EXPECT_EQ(random::uniform(), first);
  double in_thread = -1;
  std::thread([&] {
    manual_seed(10);
    in_thread = random::uniform();
  }).join();
  EXPECT_EQ(in_thread, first);
  EXPECT_EQ(random::uniform(), second);
}

TEST(Random, ThreadsThatWereNotSeededDiffer) {
  std::uint64_t bits[2];
  for (std::uint64_t& b : bits) std::thread([&] { b = random::bits(); }).join();
  EXPECT_NE(bits[0], bits[1]);
}

TEST(Random, StateContinuesTheSequence) {
  manual_seed(11);
  for (const int drawn : {0, 1, 311, 312, 313, 1000}) {
    for (int i = 0; i < drawn; ++i) random::bits();
    const Tensor state = get_rng_state();
    EXPECT_EQ(state.dtype(), int64);
    EXPECT_EQ(state.shape(), (Shape{313}));
    const auto first = draw(700, random::bits);
    const std::vector<float> normal = randn({3}).to_vector<float>();
    set_rng_state(state);
    EXPECT_EQ(draw(700, random::bits), first);
    EXPECT_EQ(randn({3}).to_vector<float>(), normal);
  }
}

TEST(Random, RefusesWhatIsNoState) {
  manual_seed(12);
  const auto refused = [](auto error, Integers numbers) {
    const Shape shape{numbers.size()};
    return error_of<decltype(error)>([&] { set_rng_state(tensor(numbers, shape)); });
  };
  const Tensor before = get_rng_state();
  Integers numbers = before.to_vector<std::int64_t>();
  EXPECT_EQ(
      ERROR_OF(ValueError, set_rng_state(Tensor())),
      "set_rng_state: the state is an undefined tensor; expected int64, from get_rng_state()");
  EXPECT_EQ(ERROR_OF(DTypeError, set_rng_state(before.to(float64))),
            "set_rng_state: the state is float64; expected int64, from get_rng_state()");
  EXPECT_EQ(refused(ShapeError(""), {1, 2}),
            "set_rng_state: the state has shape (2,); expected (313,)");
  for (const std::int64_t place : {-1, 313}) {
    numbers.back() = place;
    EXPECT_EQ(refused(ValueError(""), numbers),
              "set_rng_state: the last number is " + std::to_string(place) +
                  "; expected 0 to 312, a place among the words before it");
  }
  EXPECT_TRUE(refused(ValueError(""), Integers(313)).starts_with("set_rng_state: all words are 0"));
  EXPECT_EQ(get_rng_state().to_vector<std::int64_t>(), before.to_vector<std::int64_t>());
}

}  // namespace
}  // namespace xgrad::test
