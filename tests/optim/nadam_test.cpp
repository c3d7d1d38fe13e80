#include "optim/nadam.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::NAdam;
using optim::NAdamOptions;
using namespace test;

TEST(NAdam, FollowsPyTorch) { check_follows_pytorch<NAdam>(26); }

TEST(NAdam, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  NAdam nadam({x}, {.lr = 0.5, .betas = {0.5, 0.75}, .eps = 0, .momentum_decay = 0});
  EXPECT_EQ(state(nadam, x, "mu_product"), 1);
  step(nadam, x, 4);  // mu = mu' = 1/4, and the divisor is sqrt(4 / (1/4))
  EXPECT_EQ(state(nadam, x, "step"), 1);
  EXPECT_EQ(state(nadam, x, "mu_product"), 0.25);
  EXPECT_EQ(state(nadam, x, "exp_avg"), 2);
  EXPECT_EQ(state(nadam, x, "exp_avg_sq"), 4);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.5 * (4 + 0.25 / (1 - 1.0 / 64) * 2) / 4);
}

TEST(NAdam, StartsFromAPresetProduct) {
  Tensor x = leaf(1);
  NAdam nadam({x}, {.lr = 0.5, .betas = {0.5, 0.75}, .eps = 0, .momentum_decay = 0});
  nadam.state(x)["mu_product"].fill_(2);
  step(nadam, x, 4);
  EXPECT_EQ(state(nadam, x, "mu_product"), 0.5);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.5 * (1.5 * 4 + 0.25 / (1 - 1.0 / 32) * 2) / 4);
}

TEST(NAdam, RefusesOptionsOutOfRange) {
  const auto message = refusal<NAdam, NAdamOptions>;
  EXPECT_EQ(message({.lr = -1}), "NAdam: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.betas = {1, 0.5}}), "NAdam: betas[0] is 1; expected 0 <= betas[0] < 1");
  EXPECT_EQ(message({.betas = {0.5, -0.1}}), "NAdam: betas[1] is -0.1; expected 0 <= betas[1] < 1");
  EXPECT_EQ(message({.eps = -1e-8}), "NAdam: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}), "NAdam: weight_decay is -2; expected weight_decay >= 0");
  EXPECT_EQ(message({.momentum_decay = -1}),
            "NAdam: momentum_decay is -1; expected momentum_decay >= 0");
}

}  // namespace
}  // namespace xgrad
