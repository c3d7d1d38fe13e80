#include "optim/sgd.hpp"

#include <cmath>
#include <limits>

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::SGD;
using optim::SGDOptions;
using namespace test;

TEST(SGD, FollowsPyTorch) { check_follows_pytorch<SGD>(11); }

TEST(SGD, KeepsNoStateWithoutMomentum) {
  Tensor x = leaf(1);
  SGD sgd({x}, {.lr = 0.25});
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), 0.5);
  EXPECT_TRUE(sgd.state(x).tensors().empty());
}

TEST(SGD, LookingAtTheStateDoesNotChangeTheFirstStep) {
  Tensor x = leaf(1);
  SGD sgd({x}, {.lr = 1, .momentum = 0.5, .dampening = 0.5});
  EXPECT_EQ(state(sgd, x, "momentum_buffer"), 0);
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), -1);  // undampened: b = 2
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), -3);  // b = 0.5 * 2 + 0.5 * 2
}

TEST(SGD, StartsFromAPresetMomentumBuffer) {
  Tensor x = leaf(1);
  SGD sgd({x}, {.lr = 1, .momentum = 0.5});
  sgd.state(x)["momentum_buffer"].fill_(4);
  step(sgd, x, 1);
  EXPECT_EQ(x.item<double>(), -2);  // b = 0.5 * 4 + 1
  EXPECT_EQ(state(sgd, x, "momentum_buffer"), 3);
}

TEST(SGD, InfinityStaysInfinityWithoutWeightDecay) {
  Tensor x = leaf(std::numeric_limits<double>::infinity());
  SGD sgd({x});
  step(sgd, x, 1);
  EXPECT_EQ(x.item<double>(), std::numeric_limits<double>::infinity());
}

TEST(SGD, RefusesOptionsOutOfRange) {
  const auto message = refusal<SGD, SGDOptions>;
  EXPECT_EQ(message({.lr = -1}), "SGD: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.lr = std::nan("")}), "SGD: lr is nan; expected lr >= 0");
  EXPECT_EQ(message({.momentum = -0.5}), "SGD: momentum is -0.5; expected 0 <= momentum <= 1");
  EXPECT_EQ(message({.momentum = 5}), "SGD: momentum is 5; expected 0 <= momentum <= 1");
  EXPECT_EQ(message({.dampening = std::nan("")}),
            "SGD: dampening is nan; expected a finite dampening");
  EXPECT_EQ(message({.weight_decay = -0.5}),
            "SGD: weight_decay is -0.5; expected weight_decay >= 0");
  EXPECT_EQ(
      message({.nesterov = true}),
      "SGD: nesterov with momentum 0 and dampening 0; expected momentum > 0 and dampening = 0");
  EXPECT_EQ(message({.momentum = 0.9, .dampening = 0.1, .nesterov = true}),
            "SGD: nesterov with momentum 0.9 and dampening 0.1; expected momentum > 0 and "
            "dampening = 0");
  EXPECT_NO_THROW(SGD({leaf(1)}, {.lr = 0, .dampening = -1}));
}

}  // namespace
}  // namespace xgrad
