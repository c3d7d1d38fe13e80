#include "data/standardize.hpp"

#include "autograd/gradcheck.hpp"
#include "autograd/support/str.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::standardize;

TEST(Standardize, EachColumnByItsMeanAndDeviation) {
  // Means 2 and 20, deviations √(2/3) and 10 √(2/3).
  const double unit = std::sqrt(1.5);
  const Tensor x = tensor({{1.0, 30.0}, {2.0, 20.0}, {3.0, 10.0}});
  expect_close(standardize(x), tensor({{-unit, unit}, {0.0, 0.0}, {unit, -unit}}));
  EXPECT_EQ(standardize(x.to(float32)).dtype(), float32);
  expect_close(standardize(tensor({1.0, 2.0, 3.0})), tensor({-unit, 0.0, unit}));
}

TEST(Standardize, ByOtherRows) {
  const Tensor reference = tensor({{0.0}, {4.0}});  // mean 2, deviation 2
  expect_close(standardize(tensor({{2.0}, {6.0}, {-2.0}}), reference),
               tensor({{0.0}, {2.0}, {-2.0}}));
}

TEST(Standardize, AConstantColumnBecomesZero) {
  // The mean of three 0.1 is not 0.1, and their computed deviation not 0.
  const Tensor x = tensor({{0.1, 1.0}, {0.1, 1.0}, {0.1, 4.0}});
  const Tensor y = standardize(x);
  for (std::size_t i = 0; i < 6; i += 2) EXPECT_NEAR(y.to_vector<double>()[i], 0, 1e-16);
  expect_values(standardize(tensor({{7.0, -3.0}})), {0, 0});
}

/// Values that a shift and a factor do not change, which float32 and float64 hold exactly.
TEST(Standardize, ALargeMeanTakesNothingAway) {
  const Doubles steps{0, 1, 2, 4, -3, 7, 1, 1};
  double mean = 0, variance = 0;
  for (const double step : steps) mean += step / 8;
  for (const double step : steps) variance += (step - mean) * (step - mean) / 8;
  struct Case {
    DType dtype;
    double shift, scale;
  };
  for (const auto& [dtype, shift, scale] :
       {Case{float32, 1e7, 1}, Case{float32, -1e7, 1}, Case{float32, 16777200, 1},
        Case{float32, 4096, 0x1p-10}, Case{float32, 0x1p100, 0x1p80}, Case{float32, 0, 0x1p-148},
        Case{float32, 0, 0x1p120}, Case{float64, 1e15, 1}, Case{float64, -4e15, 1},
        Case{float64, 1e7, 0x1p-26}, Case{float64, 0, 0x1p-1070}, Case{float64, 0, 0x1p1010},
        Case{float64, 0x1p600, 0x1p560}}) {
    SCOPED_TRACE(str(dtype, ' ', shift, ' ', scale));
    Doubles values, expected;
    for (const double step : steps) {
      values.push_back(shift + scale * step);
      expected.push_back((step - mean) / std::sqrt(variance));
    }
    const double tolerance = dtype == float32 ? 2e-7 : 1e-14;
    const Tensor x = tensor(values, {8, 1}).to(dtype);
    const Doubles found = standardize(x).to_vector<double>();
    // The last three rows by the moments of all.
    const Doubles others =
        standardize(tensor(std::vector(values.end() - 3, values.end()), {3, 1}).to(dtype), x)
            .to_vector<double>();
    for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << i;
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(others[i], expected[5 + i], tolerance) << i;
  }
}

TEST(Standardize, ConstantColumnsBecomeExactlyZero) {
  for (const DType dtype : {float32, float64})
    for (const double value : {0.0, 0.1, -1e7, 1.1e30, 1e-40})
      for (const std::int64_t rows : {1, 3, 1000})
        for (const double y :
             standardize(full({rows, 2}, value, {.dtype = dtype})).to_vector<double>())
          ASSERT_EQ(y, 0) << value << ' ' << rows;
}

TEST(Standardize, WhatIsNotFiniteIsSeen) {
  for (const double value : {nan, HUGE_VAL, -HUGE_VAL}) {
    const Doubles y = standardize(tensor({{1.0, value}, {3.0, 2.0}})).to_vector<double>();
    EXPECT_EQ(y[0], -1);
    EXPECT_EQ(y[2], 1);
    EXPECT_TRUE(std::isnan(y[1]) && std::isnan(y[3])) << value;
    EXPECT_TRUE(std::isnan(standardize(full({2, 1}, value)).to_vector<double>()[0])) << value;
  }
}

TEST(Standardize, PassesGradcheck) {
  const Tensor x = randn({5, 3}, f64).requires_grad_();
  const Tensor reference = (randn({4, 3}, f64) + 100).requires_grad_();
  const auto both = [](const Tensors& in) { return standardize(in[0], in[1]); };
  const auto alone = [](const Tensor& in) { return standardize(in); };
  EXPECT_TRUE(gradcheck(both, std::vector{x, reference}));
  EXPECT_TRUE(gradgradcheck(both, std::vector{x, reference}));
  EXPECT_TRUE(gradcheck(alone, x));
  EXPECT_TRUE(gradgradcheck(alone, x));
}

TEST(Standardize, RefusesWhatHasNoRows) {
  EXPECT_EQ(ERROR_OF(ValueError, standardize(Tensor())),
            "standardize: x is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, standardize(zeros({2}), Tensor())),
            "standardize: reference is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ShapeError, standardize(tensor(1.0))),
            "standardize: x has shape (); expected rows (N, …) with N >= 1");
  EXPECT_EQ(ERROR_OF(ShapeError, standardize(zeros({0, 3}))),
            "standardize: x has shape (0, 3); expected rows (N, …) with N >= 1");
  EXPECT_EQ(
      ERROR_OF(ShapeError, standardize(zeros({2, 3}), zeros({2, 4}))),
      "standardize: x of shape (2, 3) and reference of shape (2, 4); they may differ in their "
      "first extent only");
  EXPECT_EQ(ERROR_OF(DTypeError, standardize(zeros({2, 3}, {.dtype = uint8}))),
            "standardize: x of shape (2, 3) is uint8; expected float32 or float64, as from "
            "to(float32)");
  EXPECT_EQ(ERROR_OF(DTypeError, standardize(zeros({2}), zeros({2}, {.dtype = float64}))),
            "standardize: x is float32 but reference float64; expected the same; convert one "
            "with .to(float64)");
}

}  // namespace
}  // namespace xgrad::test
