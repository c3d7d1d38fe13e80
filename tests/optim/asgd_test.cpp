#include "optim/asgd.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::ASGD;
using optim::ASGDOptions;
using namespace test;

TEST(ASGD, FollowsPyTorch) { check_follows_pytorch<ASGD>(18); }

TEST(ASGD, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(2);
  ASGD asgd({x}, {.lr = 0.5, .lambd = 0.5, .alpha = 1, .t0 = 0});
  EXPECT_EQ(state(asgd, x, "eta"), 0.5);
  EXPECT_EQ(state(asgd, x, "mu"), 1);
  step(asgd, x, 1);
  EXPECT_EQ(x.item<double>(), 1);
  EXPECT_EQ(state(asgd, x, "ax"), 1);
  EXPECT_EQ(state(asgd, x, "eta"), 0.4);
  EXPECT_EQ(state(asgd, x, "mu"), 1);
  step(asgd, x, -0.5);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1);
  EXPECT_DOUBLE_EQ(state(asgd, x, "eta"), 1.0 / 3);
  EXPECT_EQ(state(asgd, x, "mu"), 0.5);
  step(asgd, x, 1);
  EXPECT_DOUBLE_EQ(x.item<double>(), 0.5);
  EXPECT_DOUBLE_EQ(state(asgd, x, "ax"), 0.75);
  EXPECT_EQ(state(asgd, x, "step"), 3);
}

TEST(ASGD, StartsFromAPresetAverage) {
  Tensor x = leaf(1);
  ASGD asgd({x}, {.lr = 1, .lambd = 0});
  asgd.state(x)["ax"].fill_(8);
  asgd.state(x)["mu"].fill_(0.25);
  step(asgd, x, 1);
  EXPECT_EQ(state(asgd, x, "ax"), 6);
}

TEST(ASGD, RefusesOptionsOutOfRange) {
  const auto message = refusal<ASGD, ASGDOptions>;
  EXPECT_EQ(message({.lr = -1}), "ASGD: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.weight_decay = -2}), "ASGD: weight_decay is -2; expected weight_decay >= 0");
}

}  // namespace
}  // namespace xgrad
