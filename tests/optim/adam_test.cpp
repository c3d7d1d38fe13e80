#include "optim/adam.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::Adam;
using optim::AdamOptions;
using namespace test;

TEST(Adam, FollowsPyTorch) { check_follows_pytorch<Adam>(18); }

TEST(Adam, KeepsTheStateOfItsFormula) {
  Tensor x = leaf({1, 2});
  Adam adam({x}, {.betas = {0.5, 0.75}});
  EXPECT_FALSE(adam.state(x).contains("exp_avg"));
  x.set_grad(tensor({4.0, -2.0}));
  adam.step();
  EXPECT_EQ(state(adam, x, "step"), 1);
  EXPECT_EQ(adam.state(x)["exp_avg"].to_vector<double>(), (Doubles{2, -1}));
  EXPECT_EQ(adam.state(x)["exp_avg_sq"].to_vector<double>(), (Doubles{4, 1}));
  EXPECT_FALSE(adam.state(x).contains("max_exp_avg_sq"));
}

TEST(Adam, CountsFromAPresetStep) {
  Tensor x = leaf(1);
  Adam adam({x}, {.lr = 1, .betas = {0.5, 0}, .eps = 0});
  adam.state(x)["step"].fill_(1);
  step(adam, x, 3);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.5 / (1 - 0.25));  // the correction of the second step
}

TEST(Adam, RefusesOptionsOutOfRange) {
  const auto message = refusal<Adam, AdamOptions>;
  EXPECT_EQ(message({.lr = -1}), "Adam: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.betas = {1, 0.5}}), "Adam: betas[0] is 1; expected 0 <= betas[0] < 1");
  EXPECT_EQ(message({.betas = {0.5, -0.1}}), "Adam: betas[1] is -0.1; expected 0 <= betas[1] < 1");
  EXPECT_EQ(message({.eps = -1e-8}), "Adam: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}), "Adam: weight_decay is -2; expected weight_decay >= 0");
}

}  // namespace
}  // namespace xgrad
