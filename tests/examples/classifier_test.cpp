// What the programs that train classifiers share: augmentation, schedules, regions.

#include "examples/support/classifier.hpp"

#include <numbers>
#include <utility>

#include "examples/support/augment.hpp"
#include "examples/support/optimizers.hpp"
#include "examples/support/regions.hpp"
#include "optim/sgd.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(RandomlyShifted, MovesEachImageByItself) {
  constexpr std::size_t count = 4000, height = 5, width = 7;
  // One pixel at (2, 3), the middle.
  std::vector<std::uint8_t> pixels(count * height * width, 0);
  for (std::size_t n = 0; n < count; ++n) pixels[n * height * width + 2 * width + 3] = 51;
  const Tensor shifted = examples::randomly_shifted(tensor(pixels, {count, height, width}, u8), 1);
  ASSERT_EQ(shifted.shape(), Shape({count, height * width}));
  ASSERT_EQ(shifted.dtype(), float32);
  const std::vector<float> values = shifted.to_vector<float>();
  std::vector<int> places(height * width, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    EXPECT_EQ(values[i], 51.0F / 255.0F);
    ++places[i % (height * width)];
  }
  // 1/4, 1/2 and 1/4 along each axis; five standard deviations.
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const double p =
          (y < 1 || y > 3 || x < 2 || x > 4) ? 0 : (y == 2 ? 0.5 : 0.25) * (x == 3 ? 0.5 : 0.25);
      EXPECT_NEAR(places[y * width + x], count * p, 5 * std::sqrt(count * p * (1 - p))) << y << x;
    }
}

TEST(RandomlyShifted, WhatLeavesIsLostAndZerosComeIn) {
  const Tensor image = full({200, 2, 2}, 255, u8);
  bool lost_everything = false;
  for (const float value : examples::randomly_shifted(image, 3).to_vector<float>())
    EXPECT_TRUE(value == 0 || value == 1) << value;
  const std::vector<float> values = examples::randomly_shifted(image, 3).to_vector<float>();
  for (std::size_t n = 0; n < 200; ++n)
    lost_everything |=
        values[4 * n] + values[4 * n + 1] + values[4 * n + 2] + values[4 * n + 3] == 0;
  EXPECT_TRUE(lost_everything);
}

/// The learning rates of so many steps.
Doubles rates(const std::string& schedule, std::size_t steps) {
  const Tensor x = zeros({1}, {.requires_grad = true});
  optim::SGD sgd({x}, {.lr = 2});
  const auto scheduler = examples::make_schedule(schedule, sgd, steps);
  Doubles result;
  for (std::size_t i = 0; i < steps; ++i) {
    result.push_back(sgd.option(0, "lr"));
    if (scheduler && i + 1 < steps) scheduler->step();
  }
  return result;
}

TEST(MakeSchedule, GoesThroughTheSteps) {
  EXPECT_EQ(rates("constant", 4), Doubles(4, 2));
  const Doubles step = rates("step", 9);
  for (std::size_t i = 0; i < 9; ++i)
    EXPECT_NEAR(step[i], 2 * std::pow(0.1, static_cast<double>(i / 3)), 1e-12);
  const Doubles cosine = rates("cosine", 10);
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_NEAR(cosine[i], 1 + std::cos(std::numbers::pi * static_cast<double>(i) / 10), 1e-12);
  const Doubles cycle = rates("onecycle", 10);
  EXPECT_NEAR(cycle[0], 2.0 / 25, 1e-12);
  EXPECT_NEAR(cycle[2], 2, 1e-12);
  for (std::size_t i = 3; i < 10; ++i) EXPECT_LT(cycle[i], cycle[i - 1]);
  EXPECT_NEAR(cycle[9], 2.0 / 25 / 1e4, 1e-12);
  const std::string error = ERROR_OF(ValueError, rates("magic", 1));
  EXPECT_EQ(error, "make_schedule: magic: expected one of constant, cosine, step and onecycle");
}

TEST(Mlp, BatchNormalisationStandsBehindHiddenLayersOnly) {
  const examples::Mlp net({6, 5, 4, 3}, {.batch_norm = true});
  EXPECT_EQ(net.norms.size(), 2U);
  EXPECT_EQ(net.num_parameters(), 6U * 5 + 5 + 5 * 4 + 4 + 4 * 3 + 3 + 2 * (5 + 4));
  EXPECT_EQ(examples::Mlp({6, 5, 4, 3}).num_parameters(), 6U * 5 + 5 + 5 * 4 + 4 + 4 * 3 + 3);
}

TEST(Mlp, PredictsInEvaluationModeAndGoesBack) {
  examples::Mlp net({4, 50, 10}, {.batch_norm = true, .dropout = 0.5});
  const data::TensorDataset images(full({30, 2, 2}, 100, u8), zeros({30}, i64));
  const Tensor before = net.norms[0].running_mean.clone();
  const std::vector<float> first = examples::predict(net, images).to_vector<float>();
  EXPECT_EQ(examples::predict(net, images).to_vector<float>(), first);
  EXPECT_EQ(net.norms[0].running_mean.to_vector<float>(), before.to_vector<float>());
  EXPECT_TRUE(net.is_training());
}

TEST(Regions, SortPointsByClassAndSpanThemAll) {
  const auto classes =
      examples::by_class(tensor({{0., 1.}, {10., 3.}, {4., -1.}}), tensor({1, 0, 1}), {"a", "b"});
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[0].points, (std::vector<examples::Point>{{10, 3}}));
  EXPECT_EQ(classes[1].points, (std::vector<examples::Point>{{0, 1}, {4, -1}}));
  const auto [x, y] = examples::ranges_around(classes);
  EXPECT_DOUBLE_EQ(x.low, -0.5);
  EXPECT_DOUBLE_EQ(x.high, 10.5);
  EXPECT_DOUBLE_EQ(y.low, -1.2);
  EXPECT_DOUBLE_EQ(y.high, 3.2);
}

}  // namespace
}  // namespace xgrad::test
