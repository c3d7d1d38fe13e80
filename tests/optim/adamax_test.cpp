#include "optim/adamax.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::Adamax;
using optim::AdamaxOptions;
using namespace test;

TEST(Adamax, FollowsPyTorch) { check_follows_pytorch<Adamax>(10); }

TEST(Adamax, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  Adamax adamax({x}, {.lr = 0.5, .betas = {0.5, 0.75}, .eps = 0});
  step(adamax, x, -4);
  EXPECT_EQ(state(adamax, x, "step"), 1);
  EXPECT_EQ(state(adamax, x, "exp_avg"), -2);
  EXPECT_EQ(state(adamax, x, "exp_inf"), 4);
  EXPECT_EQ(x.item<double>(), 1.5);
  step(adamax, x, 1);
  EXPECT_EQ(state(adamax, x, "exp_avg"), -0.5);
  EXPECT_EQ(state(adamax, x, "exp_inf"), 3);
}

TEST(Adamax, StartsFromAPresetNorm) {
  Tensor x = leaf(1);
  Adamax adamax({x}, {.lr = 0.5, .betas = {0.5, 0.5}});
  adamax.state(x)["exp_inf"].fill_(16);
  step(adamax, x, 4);
  EXPECT_EQ(x.item<double>(), 0.75);
}

TEST(Adamax, RefusesOptionsOutOfRange) {
  const auto message = refusal<Adamax, AdamaxOptions>;
  EXPECT_EQ(message({.lr = -1}), "Adamax: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.betas = {1, 0.5}}), "Adamax: betas[0] is 1; expected 0 <= betas[0] < 1");
  EXPECT_EQ(message({.betas = {0.5, -0.1}}),
            "Adamax: betas[1] is -0.1; expected 0 <= betas[1] < 1");
  EXPECT_EQ(message({.eps = -1e-8}), "Adamax: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}),
            "Adamax: weight_decay is -2; expected weight_decay >= 0");
}

}  // namespace
}  // namespace xgrad
