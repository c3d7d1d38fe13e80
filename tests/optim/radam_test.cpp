#include "optim/radam.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::RAdam;
using optim::RAdamOptions;
using namespace test;

TEST(RAdam, FollowsPyTorch) { check_follows_pytorch<RAdam>(14); }

TEST(RAdam, DoesNotDivideAsLongAsTheVarianceIsUncertain) {
  Tensor x = leaf(1);
  RAdam radam({x}, {.lr = 0.25, .betas = {0.5, 0.75}});
  step(radam, x, 4);  // rho = 7 - 2 * 0.75 / 0.25 = 1
  EXPECT_EQ(state(radam, x, "step"), 1);
  EXPECT_EQ(state(radam, x, "exp_avg"), 2);
  EXPECT_EQ(state(radam, x, "exp_avg_sq"), 4);
  EXPECT_EQ(x.item<double>(), 0);
}

TEST(RAdam, CountsFromAPresetStep) {
  Tensor x = leaf(1);
  RAdam radam({x}, {.lr = 0.25, .betas = {0.5, 0.75}, .eps = 0});
  radam.state(x)["step"].fill_(1e4);  // so many that nothing is left to correct
  step(radam, x, 4);
  EXPECT_EQ(x.item<double>(), 0.75);
}

TEST(RAdam, RefusesOptionsOutOfRange) {
  const auto message = refusal<RAdam, RAdamOptions>;
  EXPECT_EQ(message({.lr = -1}), "RAdam: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.betas = {1, 0.5}}), "RAdam: betas[0] is 1; expected 0 <= betas[0] < 1");
  EXPECT_EQ(message({.betas = {0.5, -0.1}}), "RAdam: betas[1] is -0.1; expected 0 <= betas[1] < 1");
  EXPECT_EQ(message({.eps = -1e-8}), "RAdam: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}), "RAdam: weight_decay is -2; expected weight_decay >= 0");
}

}  // namespace
}  // namespace xgrad
