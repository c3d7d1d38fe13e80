#include "data/standardize.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "autograd/creation.hpp"
#include "tests/support/expect_close.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/expect_values.hpp"

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

TEST(Standardize, RefusesWhatHasNoRows) {
  EXPECT_EQ(error_of<ShapeError>([] { standardize(tensor(1.0)); }),
            "standardize: x has shape (); expected rows (N, …) with N >= 1");
  EXPECT_EQ(error_of<ShapeError>([] {
              standardize(zeros({0, 3}));
            }),
            "standardize: x has shape (0, 3); expected rows (N, …) with N >= 1");
  EXPECT_EQ(
      error_of<ShapeError>([] {
        standardize(zeros({2, 3}), zeros({2, 4}));
      }),
      "standardize: x of shape (2, 3) and reference of shape (2, 4); they may differ in their "
      "first extent only");
  EXPECT_EQ(error_of<DTypeError>([] {
              standardize(zeros({2, 3}, {.dtype = uint8}));
            }),
            "standardize: x of shape (2, 3) is uint8; expected floats: use .to(float32)");
  EXPECT_EQ(error_of<DTypeError>([] { standardize(zeros({2}), zeros({2}, {.dtype = float64})); }),
            "standardize: x is float32 and reference float64; they must be equal");
}

}  // namespace
}  // namespace xgrad::test
