#include "optim/adamw.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::AdamW;
using optim::AdamWOptions;
using namespace test;

TEST(AdamW, FollowsPyTorch) { check_follows_pytorch<AdamW>(18); }

TEST(AdamW, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  AdamW adamw({x}, {.lr = 0.5, .betas = {0.5, 0.75}, .eps = 0, .weight_decay = 1});
  step(adamw, x, 4);  // 1 / 2 - 1 * 2 / (sqrt(4) / sqrt(1 / 4))
  EXPECT_EQ(state(adamw, x, "step"), 1);
  EXPECT_EQ(state(adamw, x, "exp_avg"), 2);
  EXPECT_EQ(state(adamw, x, "exp_avg_sq"), 4);
  EXPECT_EQ(x.item<double>(), 0);
  EXPECT_FALSE(adamw.state(x).contains("max_exp_avg_sq"));
}

TEST(AdamW, StartsFromAPresetMaximum) {
  Tensor x = leaf(0);
  AdamW adamw({x}, {.lr = 1, .betas = {0, 0}, .eps = 0, .amsgrad = true});
  adamw.state(x)["max_exp_avg_sq"].fill_(16);
  step(adamw, x, 2);
  EXPECT_EQ(x.item<double>(), -0.5);
  EXPECT_EQ(state(adamw, x, "max_exp_avg_sq"), 16);
}

TEST(AdamW, RefusesOptionsOutOfRange) {
  const auto message = refusal<AdamW, AdamWOptions>;
  EXPECT_EQ(message({.lr = -1}), "AdamW: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.betas = {1, 0.5}}), "AdamW: betas[0] is 1; expected 0 <= betas[0] < 1");
  EXPECT_EQ(message({.betas = {0.5, -0.1}}), "AdamW: betas[1] is -0.1; expected 0 <= betas[1] < 1");
  EXPECT_EQ(message({.eps = -1e-8}), "AdamW: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}), "AdamW: weight_decay is -2; expected weight_decay >= 0");
}

}  // namespace
}  // namespace xgrad
