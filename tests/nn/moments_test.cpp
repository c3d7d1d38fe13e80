// Means, deviations and variances of float32 values far from 0, at the ends of the range and in
// large number, against the same in long double; their gradients against those in float64.

#include "autograd/functional.hpp"
#include "nn/normalization.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct Data {
  const char* name;
  double offset, spread;
  std::size_t rows = 40;
};

std::ostream& operator<<(std::ostream& out, const Data& data) { return out << data.name; }

class Moments : public testing::TestWithParam<Data> {
 protected:
  static constexpr std::size_t columns = 3;

  // The columns differ: the second lies elsewhere, the third is constant.
  void SetUp() override {
    const auto& [name, offset, spread, rows] = GetParam();
    manual_seed(1);
    Tensor values = randn({rows, columns}, f64);
    values = values * spread + offset * tensor({1.0, -0.5, 1.0});
    const Tensor constant = full({1, columns}, offset, f64);
    values = where(tensor({0.0, 0.0, 1.0}) == 1, constant, values);
    x = values.to(float32);
    for (std::size_t j = 0; j < columns; ++j) {
      long double sum = 0, squares = 0;
      for (std::size_t i = 0; i < rows; ++i) sum += at(x, i, j);
      means[j] = sum / static_cast<long double>(rows);
      for (std::size_t i = 0; i < rows; ++i) {
        const long double d = at(x, i, j) - means[j];
        squares += d * d;
      }
      variances[j] = squares / static_cast<long double>(rows);
    }
  }

  static long double at(const Tensor& t, std::size_t i, std::size_t j) {
    return t.data<float>()[i * columns + j];
  }
  /// |a - b| <= tolerance times the scale.
  static void expect_near(double a, long double b, long double scale, const std::string& what) {
    if (std::abs(b) > 3.4028235e38L) {
      EXPECT_TRUE(std::isinf(a)) << what << ": " << a << " is not " << b;
      return;
    }
    EXPECT_LE(std::abs(a - b), 1e-6L * scale + 1e-44L) << what << ": " << a << " is not " << b;
  }
  static void expect_alike(const Tensor& a, const Tensor& b, const std::string& what) {
    const Tensor reference = b.to(float64);
    const double scale = max(abs(reference)).item<double>();
    EXPECT_LE(max(abs(a.to(float64) - reference)).item<double>(), 3e-6 * scale + 1e-44) << what;
  }

  Tensor x;
  long double means[columns] = {}, variances[columns] = {};
};

TEST_P(Moments, OfColumnsAndRows) {
  const std::size_t rows = x.size(0);
  const Tensor mean_of = mean(x, 0), var_of = var(x, 0, false, 0), std_of = std(x, 0, true, 0);
  const Tensor centered_of = centered(x, 0), y = nn::batch_norm(x, {}, {}, {}, {}, true);
  const Tensor x_t = t(x), rows_y = nn::layer_norm(x_t, {rows});
  const Tensor rows_var = var(x_t, 1, false, 0), rows_centered = centered(x_t, 1);
  for (std::size_t j = 0; j < columns; ++j) {
    const long double sigma = std::sqrt(variances[j]);
    expect_near(mean_of.data<float>()[j], means[j], std::abs(means[j]) + sigma, "mean");
    expect_near(var_of.data<float>()[j], variances[j], variances[j], "var");
    expect_near(rows_var.data<float>()[j], variances[j], variances[j], "var of rows");
    expect_near(std_of.data<float>()[j], sigma, sigma, "std");
    for (std::size_t i = 0; i < rows; ++i) {
      const long double d = at(x, i, j) - means[j];
      const long double expected = d / std::sqrt(variances[j] + 1e-5L);
      expect_near(static_cast<double>(at(centered_of, i, j)), d, sigma, "centered");
      expect_near(rows_centered.data<float>()[j * rows + i], d, sigma, "centered rows");
      expect_near(static_cast<double>(at(y, i, j)), expected, 1 + std::abs(expected), "batch_norm");
      expect_near(rows_y.data<float>()[j * rows + i], expected, 1 + std::abs(expected),
                  "layer_norm");
    }
  }
}

TEST_P(Moments, OfSeveralAxes) {
  const Tensor cube = reshape(x, {x.size(0) / 2, 2, columns});
  const Tensor wide = cube.to(float64);
  expect_alike(centered(cube, {0, 2}), centered(wide, {0, 2}), "axes apart");
  expect_alike(centered(cube, {1, 2}), centered(wide, {1, 2}), "neighbours");
  expect_alike(centered(cube), centered(wide), "all");
  expect_alike(nn::batch_norm(cube, {}, {}, {}, {}, true),
               nn::batch_norm(wide, {}, {}, {}, {}, true), "batch_norm");
  expect_alike(nn::layer_norm(cube, {2, columns}), nn::layer_norm(wide, {2, columns}),
               "layer_norm");
}

TEST_P(Moments, OfTheRunningStatistics) {
  nn::BatchNorm1d layer(columns, {.momentum = {}});
  layer(x);
  const auto n = static_cast<long double>(x.size(0));
  for (std::size_t j = 0; j < columns; ++j) {
    expect_near(layer.running_mean.data<float>()[j], means[j],
                std::abs(means[j]) + std::sqrt(variances[j]), "running_mean");
    expect_near(layer.running_var.data<float>()[j], variances[j] * n / (n - 1), variances[j] * 2,
                "running_var");
  }
}

TEST_P(Moments, HaveTheGradientsOfFloat64) {
  const Tensor weights = cos(arange(0.0, static_cast<double>(x.numel())));
  const Tensor seed = reshape(weights, x.shape()).to(float32);
  const auto compare = [&](const std::string& what, const auto& f) {
    const auto gradient = [&](DType dtype) {
      const Tensor input = x.to(dtype).clone().requires_grad_();
      const Tensor y = f(input);
      sum(y * slice(seed, 0, 0, static_cast<std::int64_t>(y.size(0))).to(dtype)).backward();
      return input.grad();
    };
    expect_alike(gradient(float32), gradient(float64), what);
  };
  const double spread = GetParam().spread;
  if (spread < 1e18) compare("var", [](const Tensor& v) { return var(v, 0, true); });
  compare("std", [](const Tensor& v) { return std(v, 0, true); });
  compare("batch_norm", [](const Tensor& v) { return nn::batch_norm(v, {}, {}, {}, {}, true); });
  compare("layer_norm", [](const Tensor& v) { return nn::layer_norm(v, v.shape()); });
}

INSTANTIATE_TEST_SUITE_P(
    All, Moments,
    testing::Values(Data{"at_0", 0, 1}, Data{"at_1", 1, 1}, Data{"at_1e3", 1e3, 1},
                    Data{"at_1e4", 1e4, 0.01}, Data{"at_1e7", 1e7, 3},
                    Data{"at_minus_1e7", -1e7, 3}, Data{"at_1e7_wide", 1e7, 1e6},
                    Data{"at_1e30", 1e30, 1e25}, Data{"near_the_maximum", 3e38, 1e36},
                    Data{"squares_overflow", 0, 1e25}, Data{"squares_vanish", 0, 1e-25},
                    Data{"tiny", 0, 1e-37}, Data{"two", 1e7, 3, 2}, Data{"many", 1e7, 3, 100000},
                    Data{"many_at_0", 0, 1, 100000}, Data{"many_large", 3e38, 1e36, 10000}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Centered, OfOneElementOrNone) {
  EXPECT_EQ(centered(tensor({5.F})).item<float>(), 0);
  EXPECT_EQ(centered(full({}, 3.0)).item<float>(), 0);
  EXPECT_EQ(centered(zeros({0, 3}), 0).shape(), (Shape{0, 3}));
  expect_values(centered(full({2, 1}, 7.0), 1), {0, 0});
}

TEST(Centered, OneOutlierDoesNotSpoilTheOthers) {
  Tensor x = randn({100000});
  x.data<float>()[0] = 1e7F;
  const Tensor expected = centered(x.to(float64));
  EXPECT_LE(max(abs(centered(x).to(float64) - expected)).item<double>(), 1.0);
  EXPECT_LE(max(abs(centered(x).to(float64) - expected) / (1 + abs(expected))).item<double>(),
            1e-6);
}

TEST(Moments, MeansDoNotOverflow) {
  EXPECT_EQ(mean(full({1000}, 3e38)).item<float>(), 3e38F);
  EXPECT_EQ(mean(full({1000, 3}, -3e38), 0).to_vector<float>(), (std::vector<float>(3, -3e38F)));
  EXPECT_EQ(mean(full({10, 3, 10}, 3e38), {0, 2}).to_vector<float>(),
            (std::vector<float>(3, 3e38F)));
  const Tensor both = concatenate({full({500}, 3e38), full({500}, -3e38)}, 0);
  EXPECT_EQ(sum(both).item<float>(), 0);
  EXPECT_TRUE(std::isinf(sum(full({1000}, 3e38)).item<float>()));
  EXPECT_TRUE(std::isnan(mean(tensor({1.F, std::nanf("")})).item<float>()));
}

TEST(Moments, OfEachNormalisationWithoutEps) {
  for (const double scale : {1e-30, 1e-20, 1.0, 1e20, 1e30}) {
    const Tensor x = tensor({1.F, 2.F, 3.F, 6.F}) * scale;
    const Tensor y = nn::layer_norm(x, {4}, {}, {}, 0);
    const std::vector<float> expected{-1.0690450F, -0.5345225F, 0, 1.6035675F};
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(y.data<float>()[i], expected[i], 1e-6) << scale;
  }
}

}  // namespace
}  // namespace xgrad::test
