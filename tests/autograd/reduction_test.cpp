// Hard cases of reductions, scans and orderings: zeros in products, variances of large means, sums
// of powers beyond the range of doubles, ties and NaN.

#include <numeric>

#include "autograd/gradcheck.hpp"
#include "golden.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

// ---- prod

TEST(Prod, HasTheProductOfTheOthersForGradient) {
  const Tensor none = leaf({2, -1, 3}), one = leaf({2, 0, 3}), two = leaf({2, 0, 3, 0, 5});
  expect_near(slope(prod(none), none), {-3, 6, -2});
  expect_near(slope(prod(one), one), {0, 6, 0});
  expect_near(slope(prod(two), two), {0, 0, 0, 0, 0});
  expect_near(curvature(prod(none), none), {2, 5, 1});
  expect_near(curvature(prod(one), one), {3, 5, 2});
  expect_near(curvature(prod(two), two), {0, 30, 0, 30, 0});  // PyTorch 1.13 has none over all
}

TEST(Prod, OfThirdOrder) {
  const Tensor x = leaf({0, 0, 0, 7});
  const Tensor first = grad(prod(x), x, {.create_graph = true});
  const Tensor second = grad(sum(first), x, {.create_graph = true});
  expect_near(slope(second, x), {14, 14, 14, 0});  // 2 · 7 by each of the other two zeros
}

TEST(Prod, PassesGradgradcheckWithZerosAlongSeveralAxes) {
  Tensor x = tensor(Doubles{1, 0, 2, -1, 3, 0.5, 0, 4, 1, 1, 2, 0}, {2, 3, 2});
  for (const Axes& axes : {Axes{0}, Axes{1}, Axes{0, 2}}) {
    const auto f = [axes](const Tensors& in) { return prod(in[0], axes); };
    EXPECT_TRUE(gradcheck(f, {x.clone().requires_grad_()}).ok);
    EXPECT_TRUE(gradgradcheck(f, {x.clone().requires_grad_()}).ok);
  }
}

TEST(Prod, IsFiniteWhereFloatsInBetweenAreNot) {
  EXPECT_NEAR(prod(tensor({1e30f, 1e30f, 1e-30f, 1e-30f})).item<double>(), 1, 1e-6);
  const Tensor x = leaf({2, inf, 3});
  expect_near(slope(prod(x), x), {inf, 6, inf});  // PyTorch's quotient is inf / inf
  const Tensor y = leaf({2, nan, 3});
  expect_near(slope(prod(y), y), {nan, 6, nan});
}

TEST(Prod, OfIntegersWrapsAround) {
  const Tensor x = full({65}, 2, i64);
  EXPECT_EQ(prod(x).item<std::int64_t>(), 0);
  EXPECT_EQ(prod(slice(x, 0, 0, 63)).item<std::int64_t>(),
            std::numeric_limits<std::int64_t>::min());
}

// ---- var, std

TEST(Var, DoesNotCancelBelowALargeMean) {
  const Doubles small = {1, 2, 3, 6};
  for (const double mean : {1e6, 1e9, 1e15}) {
    Doubles values(small);
    for (double& v : values) v += mean;
    EXPECT_DOUBLE_EQ(var(leaf(values)).item<double>(), 14.0 / 3) << mean;
    EXPECT_DOUBLE_EQ(xgrad::std(leaf(values)).item<double>(), std::sqrt(14.0 / 3)) << mean;
  }
  // The mean is not a double: rounding it must not double the result.
  EXPECT_EQ(var(leaf({1e16, 1e16 + 2})).item<double>(), 2);
  const Tensor floats = tensor(Doubles{1e7, 1e7 + 1, 1e7 + 2}, {3}, {.dtype = float32});
  EXPECT_EQ(var(floats).item<float>(), 1);
}

TEST(Var, OfLongRowsAndColumnsEqualsTheFormula) {
  manual_seed(0);
  for (const DType dtype : {float32, float64}) {
    const Tensor x = randn({3, 5003}, {.dtype = dtype}) + 100;
    const Doubles values = x.to_vector<double>();
    Doubles expected;
    for (std::size_t row = 0; row < 3; ++row) {
      const auto from = values.begin() + static_cast<std::ptrdiff_t>(row * 5003);
      const double mean = std::accumulate(from, from + 5003, 0.0) / 5003;
      double total = 0;
      for (auto v = from; v != from + 5003; ++v) total += (*v - mean) * (*v - mean);
      expected.push_back(total / 5002);
    }
    const double tolerance = dtype == float32 ? 1e-7 : 1e-13;
    expect_near(var(x, 1), expected, tolerance);
    expect_near(var(t(x), 0), expected, tolerance);
    for (double& v : expected) v = std::sqrt(v);
    expect_near(xgrad::std(x, 1), expected, tolerance);
    expect_near(norm(t(x - mean(x, 1, true)), 2, 0) / std::sqrt(5002.0), expected, 1e-5);
  }
}

TEST(Var, OfOneElementIsNaN) {
  for (const auto f : {var, xgrad::std}) {
    const Tensor x = leaf({3});
    for (const Axes& axes : {Axes{}, Axes{0}}) {
      expect_near(f(x, axes, false, 1), {nan});
      expect_near(slope(f(x, axes, false, 1), x), {nan});
      expect_near(f(x, axes, false, 0), {0});
      expect_near(slope(f(x, axes, false, 0), x), {0});
    }
  }
}

TEST(Std, OfWhatDoesNotVaryHasNoSlope) {
  const Tensor x = leaf({2, 2, 2});
  expect_near(xgrad::std(x), {0});
  expect_near(slope(xgrad::std(x), x), {0, 0, 0});
  expect_near(curvature(xgrad::std(x), x), {0, 0, 0});
}

TEST(Std, IsFiniteWhereTheVarianceIsNot) {
  const Tensor x = tensor({1e30f, -1e30f}, {.requires_grad = true});
  EXPECT_NEAR(xgrad::std(x).item<double>() / 1e30, std::sqrt(2), 1e-6);
  expect_near(slope(xgrad::std(x), x), {std::sqrt(0.5), -std::sqrt(0.5)}, 1e-6);
}

// ---- max, min, argmax, argmin

// The first element that no other precedes, and where it stands. NaN precedes all numbers.
template <class T>
std::pair<T, std::int64_t> plain_extreme(std::span<const T> x, std::size_t from, std::size_t n,
                                         std::size_t step, bool largest) {
  std::size_t best = 0;
  const auto at = [&](std::size_t k) { return x[from + k * step]; };
  for (std::size_t k = 1; k < n && at(best) == at(best); ++k)
    if ((largest ? at(k) > at(best) : at(k) < at(best)) || at(k) != at(k)) best = k;
  return {at(best), static_cast<std::int64_t>(best)};
}

// Ties are many; zeros of both signs, infinities and NaN lie among them. Lengths stand around those
// of registers and blocks.
template <class T>
void expect_extremes_of_a_plain_loop(int special) {
  using Sizes = std::vector<std::size_t>;
  for (const std::size_t n : Sizes{1, 2, 9, 15, 16, 17, 31, 64, 65, 129, 200})
    for (const std::size_t inner : Sizes{1, 2, 7, 16, 17, 70, 300}) {
      Tensor x = floor(6 * rand({2, n, inner})).to(dtype_of<T>);
      const Doubles chances = rand(x.shape()).to_vector<double>();
      for (std::size_t i = 0; i < x.numel(); ++i)
        if constexpr (std::is_floating_point_v<T>) {
          T& v = x.data<T>()[i];
          const double chance = chances[i], once = 1 / static_cast<double>(n);
          v -= special == 1 ? 5 : 3;  // so that zeros are the largest elements
          if (v == 0 && chance < 0.5) v = -v;
          if (special == 2 && chance < once) v = chance < once / 2 ? T(inf) : T(-inf);
          if (special == 3 && chance < once) v = T(nan);
        }
      for (const bool largest : {true, false}) {
        const Tensor values = largest ? max(x, 1) : min(x, 1);
        const Tensor indices = largest ? argmax(x, 1) : argmin(x, 1);
        for (std::size_t i = 0; i < 2 * inner; ++i) {
          const std::size_t from = i / inner * n * inner + i % inner;
          const auto [value, index] =
              plain_extreme(std::span<const T>(x.data<T>()), from, n, inner, largest);
          const T found = values.template data<T>()[i];
          ASSERT_TRUE(found == value || (found != found && value != value)) << n << ' ' << inner;
          if constexpr (std::is_floating_point_v<T>)
            if (value == 0) {
              ASSERT_EQ(std::signbit(found), std::signbit(value)) << n << ' ' << inner;
            }
          ASSERT_EQ(indices.data<std::int64_t>()[i], index) << n << ' ' << inner;
        }
      }
    }
}

TEST(Extremes, AreTheFirstOfAPlainLoop) {
  manual_seed(0);
  for (const int special : {0, 1, 2, 3}) {
    expect_extremes_of_a_plain_loop<float>(special);
    expect_extremes_of_a_plain_loop<double>(special);
  }
  expect_extremes_of_a_plain_loop<std::int64_t>(0);
  expect_extremes_of_a_plain_loop<std::uint8_t>(0);
}

// Nothing else precedes the value that a fold might start from.
TEST(Extremes, OfTheLeastAndTheGreatestNumbersAreThose) {
  for (const std::size_t n : std::vector<std::size_t>{1, 17, 300}) {
    const Tensor low = full({n, 3}, -inf), high = full({n, 3}, inf);
    for (const int axis : {0, 1}) {
      EXPECT_TRUE(all(max(low, axis) == -inf).item<bool>());
      EXPECT_TRUE(all(min(high, axis) == inf).item<bool>());
      EXPECT_EQ(sum(argmax(low, axis) + argmin(high, axis)).item<int>(), 0);
    }
    using Limits = std::numeric_limits<std::int64_t>;
    const Tensor least = full({n}, 1, {.dtype = int64}) * tensor(Limits::min());
    const Tensor most = full({n}, 1, {.dtype = int64}) * tensor(Limits::max());
    EXPECT_EQ(max(least).item<std::int64_t>(), Limits::min());
    EXPECT_EQ(min(most).item<std::int64_t>(), Limits::max());
    EXPECT_EQ(argmax(least).item<int>() + argmin(most).item<int>(), 0);
  }
}

// ---- softmax

// Columns are computed in place from 16 on, rows one after the other.
TEST(Softmax, OfColumnsIsThatOfRows) {
  manual_seed(0);
  for (const DType dtype : {float32, float64})
    for (const Shape& shape : {Shape{3, 70, 17}, Shape{2, 5, 64}, Shape{1, 1, 100}}) {
      Tensor x = 5 * randn(shape, {.dtype = dtype});
      for (const auto& [row, column, value] :
           {std::tuple(0, 2, inf), std::tuple(0, 3, -inf), std::tuple(0, 4, nan),
            std::tuple(0, 5, inf), std::tuple(-1, 5, inf), std::tuple(-1, 16, inf)})
        x.index_put_({0, row, column}, value);
      for (std::int64_t row = 0; row < static_cast<std::int64_t>(shape[1]); ++row)
        x.index_put_({0, row, 6}, -inf);
      for (const auto f : {softmax, log_softmax})
        expect_near(f(x, 1), transpose(f(transpose(x, 1, 2), 2), 1, 2).to_vector<double>(),
                    dtype == float32 ? 2e-6 : 1e-14);
    }
}

TEST(Softmax, OfColumnsHasGradients) {
  manual_seed(0);
  const Tensor x = randn({2, 3, 17}, {.dtype = float64, .requires_grad = true});
  for (const auto f : {softmax, log_softmax}) {
    EXPECT_TRUE(gradcheck([&](const Tensor& a) { return f(a, 1); }, {x}));
    EXPECT_TRUE(gradgradcheck([&](const Tensor& a) { return f(a, 0); }, {x}));
  }
}

// ---- norm

TEST(Norm, IsFiniteWhereItsPowersAreNot) {
  const Tensor large = leaf({3e200, -4e200}), tiny = leaf({3e-200, 4e-200});
  EXPECT_DOUBLE_EQ(norm(large).item<double>(), 5e200);
  EXPECT_DOUBLE_EQ(norm(tiny).item<double>(), 5e-200);
  expect_near(slope(norm(large), large), {0.6, -0.8});
  expect_near(slope(norm(tiny), tiny), {0.6, 0.8});
  EXPECT_DOUBLE_EQ(norm(large, 3).item<double>(), 1e200 * std::cbrt(91));
  EXPECT_DOUBLE_EQ(norm(large, -1).item<double>(), 12e200 / 7);
  EXPECT_DOUBLE_EQ(norm(leaf({1e-200, 1e200}), -2).item<double>(), 1e-200);
  EXPECT_DOUBLE_EQ(norm(leaf({1e300, 1e300}), 0.5).item<double>(), 4e300);
  EXPECT_DOUBLE_EQ(norm(leaf({5e-324, 0}), 2).item<double>(), 5e-324);
  EXPECT_FLOAT_EQ(norm(tensor({3e30f, 4e30f})).item<float>(), 5e30f);
  EXPECT_FLOAT_EQ(norm(tensor({3e30f, 4e30f}), 20).item<float>(),
                  static_cast<float>(4e30 * std::pow(1 + std::pow(0.75, 20), 0.05)));
  // The columns of a matrix; one of them needs scaling.
  const Tensor x = tensor(Doubles{3, 3e200, 0, 4, 4e200, 0}, {2, 3}, {.requires_grad = true});
  expect_near(norm(x, 2, 0), {5, 5e200, 0});
  expect_near(slope(norm(x, 2, 0), x), {0.6, 0.6, 0, 0.8, 0.8, 0});
}

TEST(Norm, HasNoSlopeAtZero) {
  for (const double p : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, inf, -inf, -1.0}) {
    const Tensor x = leaf({0, 0});
    expect_near(norm(x, p), {0});
    expect_near(slope(norm(x, p), x), {0, 0});
    if (p != 0) expect_near(curvature(norm(x, p), x), {0, 0});  // p = 0 is constant
  }
}

TEST(Norm, OfNothingIsZero) {
  for (const double p : {0.0, 1.0, 2.0, -1.0, inf, -inf}) {
    expect_near(norm(zeros({0}), p), {0});
    expect_near(norm(zeros({0, 2}), p, 0), {0, 0});
  }
}

TEST(Norm, OfEqualMagnitudesSharesTheGradient) {
  const Tensor x = leaf({3, -3, 1, -1});
  expect_near(slope(norm(x, inf), x), {0.5, -0.5, 0, 0});
  expect_near(slope(norm(x, -inf), x), {0, 0, 0.5, -0.5});
}

TEST(Norm, TakesItsPowerBeforeTheAxes) {
  const Tensor x = tensor({{3., 4.}, {6., 8.}});
  expect_near(norm(x, 1), {21});
  expect_near(norm(x, 2, 1), {5, 10});
  EXPECT_EQ(norm(x, inf, {0, 1}, true).shape(), Shape({1, 1}));
}

// ---- logsumexp

TEST(LogSumExp, DoesNotOverflow) {
  const Tensor x = leaf({1e4, -1e4, 1e4});
  expect_near(logsumexp(x), {1e4 + std::log(2)});
  expect_near(slope(logsumexp(x), x), {0.5, 0, 0.5}, 1e-12);
  expect_near(curvature(logsumexp(x), x), {0, 0, 0}, 1e-12);
  const Tensor low = leaf({-1e4, -1e4});
  expect_near(logsumexp(low), {-1e4 + std::log(2)});
  expect_near(logsumexp(leaf({inf, 1})), {inf});
  expect_near(logsumexp(leaf({-inf, -inf})), {-inf});
  expect_near(logsumexp(leaf({-inf, 1})), {1});
  expect_near(logsumexp(leaf({inf, nan})), {nan});
  expect_near(logsumexp(zeros({0, 2}), 0), {-inf, -inf});
  EXPECT_NEAR(logsumexp(full({1 << 20}, 0.1f)).item<double>(), 0.1 + 20 * std::log(2), 1e-6);
}

// ---- all, any, cumsum

TEST(AllAndAny, OfLongRowsFindTheOneThatDiffers) {
  for (const std::int64_t at : {0, 7, 100, 4098, 4100}) {
    Tensor x = zeros({4101}, u8);
    x.data<std::uint8_t>()[static_cast<std::size_t>(at)] = 200;
    EXPECT_EQ(any(x).item<int>(), 1);
    EXPECT_EQ(all(x == 0).item<int>(), 0);
    EXPECT_EQ(all(slice(x, 0, at, at + 1)).item<int>(), 1);
  }
  EXPECT_EQ(any(zeros({4101})).item<int>(), 0);
  EXPECT_EQ(all(ones({4101})).item<int>(), 1);
  EXPECT_EQ(any(ones({3})).dtype(), boolean);
}

TEST(Cumsum, AddsUpInDoublePrecision) {
  const Tensor sums = cumsum(full({1 << 20}, 0.1f), 0);
  EXPECT_FLOAT_EQ(select(sums, 0, -1).item<float>(), static_cast<float>(0.1f * double(1 << 20)));
  EXPECT_EQ(cumsum(full({2, 2}, 200, u8), 1).to_vector<std::int64_t>(),
            (Integers{200, 400, 200, 400}));
}

TEST(Cumsum, GivesEachElementTheGradientsFromItOn) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor w = tensor({1., 10., 100.});
  expect_near(grad(sum(cumsum(x, 0) * w), x), {111, 110, 100});
}

// ---- sort, topk, argsort

TEST(Sort, IsStableAndHasNaNLast) {
  const auto [values, indices] = sort(leaf({1, nan, 3, nan, inf, 1, -inf}));
  expect_near(values, {-inf, 1, 1, 3, inf, nan, nan});
  EXPECT_EQ(indices.to_vector<std::int64_t>(), (Integers{6, 0, 5, 2, 4, 1, 3}));
  const auto [falling, places] = sort(leaf({1, nan, 3, nan, inf, 1, -inf}), 0, true);
  expect_near(falling, {nan, nan, inf, 3, 1, 1, -inf});
  EXPECT_EQ(places.to_vector<std::int64_t>(), (Integers{1, 3, 4, 2, 0, 5, 6}));
}

TEST(Sort, IsRecordedUnderItsName) {
  const Tensor x = leaf({2, 3, 1});
  EXPECT_STREQ(sort(x).values.op_name(), "sort");
  EXPECT_STREQ(topk(x, 2).values.op_name(), "topk");
  EXPECT_FALSE(sort(x).indices.requires_grad());
  expect_near(grad(sum(sort(x).values * tensor({1., 10., 100.})), x), {10, 100, 1});
  expect_near(slope(topk(x, 2).values, x), {1, 1, 0});
}

TEST(Sort, OfManyEqualsTheStandardLibrarys) {
  manual_seed(1);
  for (const DType dtype : {float32, int64, uint8, boolean}) {
    const Tensor x = randint(0, 100, {4099}).to(dtype);
    const Doubles values = x.to_vector<double>();
    Integers expected(values.size());
    std::iota(expected.begin(), expected.end(), 0);
    const auto at = [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; };
    std::stable_sort(expected.begin(), expected.end(),
                     [&](std::int64_t i, std::int64_t j) { return at(i) < at(j); });
    EXPECT_EQ(argsort(x).to_vector<std::int64_t>(), expected);
    std::stable_sort(expected.begin(), expected.end(),
                     [&](std::int64_t i, std::int64_t j) { return at(i) > at(j); });
    EXPECT_EQ(argsort(x, 0, true).to_vector<std::int64_t>(), expected);
    for (const std::size_t k : {300U, 63U, 5U}) {  // the first of equal ones
      expected.resize(k);
      EXPECT_EQ(topk(x, static_cast<int>(k)).indices.to_vector<std::int64_t>(), expected);
    }
  }
}

TEST(Mean, OfEqualElementsIsTheElement) {
  // 49 * (1 / 49) is less than 1: the sum is divided by the number of elements.
  for (const DType dtype : {float32, float64})
    for (std::size_t n = 1; n < 100; ++n)
      EXPECT_EQ(mean(ones({n}, {.dtype = dtype})).item<double>(), 1) << n;
}

TEST(Topk, CountsNaNAsLargest) {
  const Tensor x = leaf({1, nan, 3, nan, inf, 1});
  expect_near(topk(x, 3).values, {nan, nan, inf});
  EXPECT_EQ(topk(x, 3).indices.to_vector<std::int64_t>(), (Integers{1, 3, 4}));
  expect_near(topk(x, 3, 0, false).values, {1, 1, 3});
  EXPECT_EQ(topk(x, 3, 0, false).indices.to_vector<std::int64_t>(), (Integers{0, 5, 2}));
}

}  // namespace
}  // namespace xgrad::test
