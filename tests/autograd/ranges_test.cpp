
#include <array>

#include "tests/support/test.hpp"

// Ranges and numbers between two ends.

namespace xgrad::test {
namespace {

constexpr std::int64_t exact = std::int64_t{1} << 53;

TEST(Arange, OfIntegersIsExact) {
  struct Row {
    std::int64_t start, stop, step;
    Integers first;     // elements
    std::size_t count;  // of all
  };
  const std::int64_t k = std::int64_t{1} << 62;
  const std::vector<Row> rows = {
      {0, 0, 1, {}, 0},
      {3, 3, -2, {}, 0},
      {0, 1, 100, {0}, 1},
      {0, 10, 3, {0, 3, 6, 9}, 4},
      {0, 9, 3, {0, 3, 6}, 3},
      {10, 0, -3, {10, 7, 4, 1}, 4},
      {9, 0, -3, {9, 6, 3}, 3},
      {exact, exact + 3, 1, {exact, exact + 1, exact + 2}, 3},
      {-exact - 3, -exact, 1, {-exact - 3, -exact - 2, -exact - 1}, 3},
      {k, k + 5, 1, {k, k + 1, k + 2, k + 3, k + 4}, 5},
      {k + 5, k, -2, {k + 5, k + 3, k + 1}, 3},
      {0, 144962911544046900, 1449629115440469, {0, 1449629115440469}, 100},
      {0, 144962911544046901, 1449629115440469, {0, 1449629115440469}, 101},
      {i64_max - 2, i64_max, 1, {i64_max - 2, i64_max - 1}, 2},
      {i64_max, i64_max - 2, -1, {i64_max, i64_max - 1}, 2},
      {i64_min + 2, i64_min, -1, {i64_min + 2, i64_min + 1}, 2},
      {i64_min, i64_min + 2, 1, {i64_min, i64_min + 1}, 2},
      {i64_min, i64_max, i64_max, {i64_min, -1, i64_max - 1}, 3},
      {i64_max, i64_min, i64_min, {i64_max, -1}, 2},
      {0, i64_max, i64_max, {0}, 1},
      {0, i64_min, i64_min, {0}, 1},
      {i64_min, 0, k, {i64_min, -k}, 2},
      {i64_min, 1, k, {i64_min, -k, 0}, 3},
      {i64_min,
       i64_max,
       std::int64_t{1} << 50,
       {i64_min, i64_min + (std::int64_t{1} << 50)},
       1 << 14},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::PrintToString(Integers{row.start, row.stop, row.step}));
    const Tensor t = arange(row.start, row.stop, row.step);
    ASSERT_EQ(t.dtype(), int64);
    ASSERT_EQ(t.shape(), Shape{row.count});
    Integers values = t.to_vector<std::int64_t>();
    values.resize(row.first.size());
    EXPECT_EQ(values, row.first);
  }
}

TEST(Arange, NeverReachesItsStop) {
  struct Row {
    double start, stop, step;
    std::size_t count;  // as the elements start + i step say in float64
  };
  for (const Row& row : std::vector<Row>{{1, 1.3, 0.1, 3},
                                         {1, 1.6, 0.1, 6},
                                         {0, 0.3, 0.1, 3},
                                         {0, 0.30000000000000004, 0.1, 3},
                                         {0, 0.7, 0.1, 7},
                                         {0, 1, 0.1, 10},
                                         {-1, -1.3, -0.1, 3},
                                         {1.6, 1, -0.1, 6},
                                         {0, 1, 1. / 3, 3},
                                         {0, 1, 1. / 49, 50},
                                         {0, 1e-300, 1e-301, 10}}) {
    const Tensor t = arange(row.start, row.stop, row.step, f64);
    EXPECT_EQ(t.numel(), row.count) << row.stop;
  }
  for (const DType dtype : {float32, float64})
    for (const double start : {0., 1., -1., 1e6, 16777214., 0.1})
      for (const double step : {0.1, 0.25, 1. / 3, 1e-3, 0.7, 1., 2.5})
        for (int n = 0; n <= 40; ++n)
          for (const double sign : {1., -1.})
            for (const double stop : {sign * (start + n * step), sign * start + sign * n * step}) {
              const Tensor t = arange(sign * start, stop, sign * step, {.dtype = dtype});
              const Tensor before = sign > 0 ? t < stop : t > stop;
              EXPECT_TRUE(all(before).item<bool>()) << start << ' ' << stop << ' ' << step;
              // No value is left out.
              const auto count = static_cast<double>(t.numel());
              const double most = std::ceil((stop - sign * start) / (sign * step));
              EXPECT_LE(count, most);
              if (count == most) continue;
              const Tensor next = full({}, sign * start + count * (sign * step), {.dtype = dtype});
              EXPECT_FALSE((sign > 0 ? next < stop : next > stop).item<bool>());
            }
}

TEST(Arange, TakesEachDtype) {
  expect_values(arange(0., 5., 2., i64), {0, 2, 4});
  expect_values(arange(0, 4.5, 1, i64), {0, 1, 2, 3, 4});
  expect_values(arange(4, -0.5, -1, i64), {4, 3, 2, 1, 0});
  expect_values(arange(0, 4.5), {0, 1, 2, 3, 4});
  expect_values(arange(250, 256, 1, u8), {250, 251, 252, 253, 254, 255});
  // 16777219 is 16777220 as float32.
  EXPECT_EQ(arange(16777217, 16777220, 1, {.dtype = float32}).to_vector<double>(),
            (Doubles{16777216, 16777218}));
  expect_values(arange(-1e308, 1e308, 5e307, f64), {-1e308, -5e307, 0, 5e307});
  EXPECT_EQ(arange(-1.5e308, 1.5e308, 1e308, f64).numel(), 3u);
}

TEST(Arange, RefusesWhatIsNoRange) {
  for (const auto& row : std::vector<std::array<double, 3>>{{0, 3, 0},
                                                            {0, 3, -1},
                                                            {3, 0, 1},
                                                            {nan, 3, 1},
                                                            {0, nan, 1},
                                                            {0, 3, nan},
                                                            {0, inf, 1},
                                                            {-inf, 0, 1},
                                                            {0, 1, inf},
                                                            {0, 1e30, 1},
                                                            {0, 1, 1e-300}})
    EXPECT_EQ(ERROR_OF(ValueError, arange(row[0], row[1], row[2])).rfind("arange: from ", 0), 0u);
  expect_contains(ERROR_OF(ValueError, arange(i64_min, i64_max)),
                  {"arange: ", "-9223372036854775808", "9223372036854775807"});
  expect_contains(ERROR_OF(ValueError, arange(0, i64_min, -1)), {"arange: ", "by -1"});
}

TEST(Linspace, HasItsEndsAndRises) {
  for (const DType dtype : {float32, float64})
    for (const auto& [start, stop] : std::vector<std::pair<double, double>>{{0, 1},
                                                                            {0.1, 0.7},
                                                                            {-3, 3},
                                                                            {1, -1},
                                                                            {1e6, 1e6 + 1},
                                                                            {0, 1e-30},
                                                                            {5, 5},
                                                                            {-1e38, 1e38}})
      for (std::size_t steps = 1; steps < 40; ++steps) {
        const Tensor t = linspace(start, stop, steps, {.dtype = dtype});
        const Doubles values = t.to_vector<double>();
        ASSERT_EQ(values.size(), steps);
        EXPECT_EQ(values.front(), full({}, start, {.dtype = dtype}).item<double>());
        if (steps > 1) {
          EXPECT_EQ(values.back(), full({}, stop, {.dtype = dtype}).item<double>());
        }
        EXPECT_TRUE(start <= stop ? std::is_sorted(values.begin(), values.end())
                                  : std::is_sorted(values.rbegin(), values.rend()));
        for (std::size_t i = 0; i < steps && steps > 1; ++i) {
          const long double at = static_cast<long double>(i) / static_cast<long double>(steps - 1);
          const long double right = start * (1 - at) + stop * at;
          const long double unit = dtype == float32 ? 0x1p-23L : 0x1p-52L;
          EXPECT_LE(std::abs(static_cast<long double>(values[i]) - right),
                    unit * std::max(std::abs(start), std::abs(stop)));
        }
      }
}

TEST(Linspace, HasZeroInTheMiddle) {
  for (const DType dtype : {float32, float64}) {
    EXPECT_EQ(linspace(-1, 1, 11, dtype)[5].item<double>(), 0);
    EXPECT_EQ(linspace(-3, 3, 31, dtype)[15].item<double>(), 0);
  }
  // An element on an edge belongs to the bin behind it, as in NumPy.
  expect_values(histogram(tensor({0}), 10, {.range = {{-1, 1}}}).counts,
                {0, 0, 0, 0, 0, 1, 0, 0, 0, 0});
}

TEST(Linspace, ReachesOverTheWholeRange) {
  constexpr double most = std::numeric_limits<double>::max();
  expect_values(linspace(-most, most, 2, f64), {-most, most});
  expect_values(linspace(most, -most, 3, f64), {most, 0, -most});
  expect_values(linspace(-1e308, 1e308, 5, f64), {-1e308, -5e307, 0, 5e307, 1e308});
  EXPECT_EQ(linspace(i64_min, i64_max, 3, i64).to_vector<std::int64_t>(),
            (Integers{i64_min, 0, i64_max}));
  EXPECT_EQ(linspace(exact, exact + 4, 5, i64).to_vector<std::int64_t>(),
            (Integers{exact, exact + 1, exact + 2, exact + 3, exact + 4}));
  EXPECT_EQ(linspace(0, 10, 5, i64).to_vector<std::int64_t>(), (Integers{0, 2, 5, 7, 10}));
  EXPECT_EQ(linspace(-3, 3, 5, i64).to_vector<std::int64_t>(), (Integers{-3, -1, 0, 1, 3}));
  EXPECT_EQ(linspace(7, 9, 1, i64).to_vector<std::int64_t>(), (Integers{7}));
  EXPECT_EQ(linspace(0, 255, 2, u8).to_vector<std::int64_t>(), (Integers{0, 255}));
  for (const double end : {nan, inf, -inf})
    EXPECT_EQ(ERROR_OF(ValueError, linspace(0, end, 3)).rfind("linspace: ", 0), 0u);
}

TEST(Logspace, IsThePowersOfALinspace) {
  expect_near(logspace(-2, 2, 5, 10, float64), {0.01, 0.1, 1, 10, 100});
  expect_near(logspace(0, 1, 4, 2, float64), {1, 1.2599210498948732, 1.5874010519681994, 2});
  expect_values(logspace(3, 0, 4, 3), {27, 9, 3, 1});
  EXPECT_EQ(logspace(0, 1, 3).dtype(), float32);
  EXPECT_EQ(logspace(0, 18, 19, 10, i64).to_vector<std::int64_t>()[18], 1'000'000'000'000'000'000);
  expect_values(logspace(0, 1, 3, 10, int64), {1, 3, 10});
  expect_values(logspace(5, 9, 1), {1e5});
  expect_values(logspace(400, 500, 2, 10, float64), {inf, inf});
  expect_values(logspace(1, 3, 3, -2), {-2, 4, -8});
  EXPECT_TRUE(logspace(0, 1, 3, 10, {.requires_grad = true}).requires_grad());
}

TEST(Logspace, RefusesWhatLinspaceDoes) {
  const auto refusal = [](auto from, auto to, std::size_t steps, auto... more) {
    const std::string text = ERROR_OF(ValueError, logspace(from, to, steps, more...));
    EXPECT_EQ(text.rfind("logspace: ", 0), 0u) << text;
    return text;
  };
  expect_contains(refusal(0, 1, 0), {"steps is 0"});
  expect_contains(refusal(0, inf, 3), {"inf"});
  expect_contains(refusal(0, 3, 4, 10, uint8), {"1000", "uint8"});
  expect_contains(refusal(0, 1, 3, -2, int64), {"nan", "int64"});
}

TEST(Randint, CoversItsRange) {
  manual_seed(7);
  const Tensor wide = randint(i64_min, i64_max, {10000});
  EXPECT_LT(min(wide).item<std::int64_t>(), i64_min / 2);
  EXPECT_GT(max(wide).item<std::int64_t>(), i64_max / 2);
  EXPECT_TRUE(all(randint(i64_max - 1, i64_max, {9}) == i64_max - 1).item<bool>());
  EXPECT_TRUE(all(randint(i64_min, i64_min + 1, {9}) == i64_min).item<bool>());
  const Tensor bytes = randint(0, 256, {10000}, u8);
  EXPECT_EQ(min(bytes).item<int>(), 0);
  EXPECT_EQ(max(bytes).item<int>(), 255);
  EXPECT_EQ(max(randint((1 << 24) - 1, (1 << 24) + 1, {99}, {.dtype = float32})).item<int>(),
            1 << 24);
  for (const auto& range : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {0, 0}, {1, 0}, {i64_max, i64_min}, {i64_min, i64_min}})
    EXPECT_EQ(ERROR_OF(ValueError, randint(range.first, range.second, {1})).rfind("randint: ", 0),
              0u);
}

TEST(Rand, IsBelowOne) {
  manual_seed(3);
  for (const DType dtype : {float32, float64}) {
    const Tensor t = rand({1 << 20}, {.dtype = dtype});
    EXPECT_TRUE(all(t < 1).item<bool>() && all(t >= 0).item<bool>());
  }
}

TEST(Randperm, HasEachIntegerOnce) {
  for (const DType dtype : {int64, float32, float64, uint8}) {
    Integers values = randperm(256, {.dtype = dtype}).to_vector<std::int64_t>();
    std::sort(values.begin(), values.end());
    EXPECT_EQ(values, arange(0, 256).to_vector<std::int64_t>());
  }
  EXPECT_EQ(randperm(0).shape(), Shape{0});
}

}  // namespace
}  // namespace xgrad::test
