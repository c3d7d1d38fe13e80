#include "optim/rmsprop.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::RMSprop;
using optim::RMSpropOptions;
using namespace test;

TEST(RMSprop, FollowsPyTorch) { check_follows_pytorch<RMSprop>(34); }

TEST(RMSprop, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  RMSprop rmsprop({x}, {.lr = 0.5, .alpha = 0.75, .eps = 0});
  step(rmsprop, x, 4);
  EXPECT_EQ(state(rmsprop, x, "step"), 1);
  EXPECT_EQ(state(rmsprop, x, "square_avg"), 4);
  EXPECT_EQ(x.item<double>(), 0);
  EXPECT_FALSE(rmsprop.state(x).contains("momentum_buffer"));
  EXPECT_FALSE(rmsprop.state(x).contains("grad_avg"));
}

TEST(RMSprop, CentersAndHasMomentum) {
  Tensor x = leaf(3);
  RMSprop rmsprop({x}, {.lr = 1, .alpha = 0.5, .eps = 1, .momentum = 0.5, .centered = true});
  rmsprop.state(x)["momentum_buffer"].fill_(4);
  step(rmsprop, x, 2);  // d = 2 / (sqrt(2 - 1) + 1) = 1
  EXPECT_EQ(state(rmsprop, x, "square_avg"), 2);
  EXPECT_EQ(state(rmsprop, x, "grad_avg"), 1);
  EXPECT_EQ(state(rmsprop, x, "momentum_buffer"), 3);
  EXPECT_EQ(x.item<double>(), 0);
}

TEST(RMSprop, RefusesOptionsOutOfRange) {
  const auto message = refusal<RMSprop, RMSpropOptions>;
  EXPECT_EQ(message({.lr = -1}), "RMSprop: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.alpha = -0.5}), "RMSprop: alpha is -0.5; expected alpha >= 0");
  EXPECT_EQ(message({.eps = -1e-8}), "RMSprop: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}),
            "RMSprop: weight_decay is -2; expected weight_decay >= 0");
  EXPECT_EQ(message({.momentum = -0.5}), "RMSprop: momentum is -0.5; expected momentum >= 0");
}

}  // namespace
}  // namespace xgrad
