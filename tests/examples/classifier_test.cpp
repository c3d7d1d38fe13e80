// What the programs that train classifiers share: schedules, regions.

#include "examples/support/classifier.hpp"

#include <numbers>
#include <utility>

#include "examples/support/optimizers.hpp"
#include "examples/support/regions.hpp"
#include "optim/sgd.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

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
