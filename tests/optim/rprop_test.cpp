#include "optim/rprop.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::Rprop;
using optim::RpropOptions;
using namespace test;

TEST(Rprop, FollowsPyTorch) { check_follows_pytorch<Rprop>(6); }

TEST(Rprop, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  Rprop rprop({x}, {.lr = 0.5, .etas = {0.5, 1.5}});
  EXPECT_EQ(state(rprop, x, "step_size"), 0.5);
  step(rprop, x, 1);
  EXPECT_EQ(x.item<double>(), 0.5);
  step(rprop, x, 100);
  EXPECT_EQ(state(rprop, x, "step_size"), 0.75);
  EXPECT_EQ(state(rprop, x, "prev"), 100);
  EXPECT_EQ(x.item<double>(), -0.25);
  step(rprop, x, -1);  // the sign has changed: no step
  EXPECT_EQ(state(rprop, x, "step_size"), 0.375);
  EXPECT_EQ(state(rprop, x, "prev"), 0);
  EXPECT_EQ(x.item<double>(), -0.25);
  step(rprop, x, -1);
  EXPECT_EQ(x.item<double>(), 0.125);
  EXPECT_EQ(state(rprop, x, "step"), 4);
}

TEST(Rprop, BoundsTheStepSizes) {
  Tensor x = leaf(1);
  Rprop rprop({x}, {.step_sizes = {0.25, 0.5}});
  step(rprop, x, 1);
  EXPECT_EQ(x.item<double>(), 0.75);
  rprop.state(x)["step_size"].fill_(8);
  step(rprop, x, 1);
  EXPECT_EQ(x.item<double>(), 0.25);
}

TEST(Rprop, RefusesOptionsOutOfRange) {
  const auto message = refusal<Rprop, RpropOptions>;
  EXPECT_EQ(message({.lr = -1}), "Rprop: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.etas = {0.5, 0.9}}),
            "Rprop: etas are 0.5 and 0.9; expected 0 < etas[0] < 1 < etas[1]");
  EXPECT_EQ(message({.etas = {0, 1.2}}),
            "Rprop: etas are 0 and 1.2; expected 0 < etas[0] < 1 < etas[1]");
  EXPECT_EQ(message({.step_sizes = {2, 1}}),
            "Rprop: step_sizes are 2 and 1; expected 0 <= step_sizes[0] <= step_sizes[1]");
  EXPECT_EQ(message({.step_sizes = {-1, 1}}),
            "Rprop: step_sizes are -1 and 1; expected 0 <= step_sizes[0] <= step_sizes[1]");
}

}  // namespace
}  // namespace xgrad
