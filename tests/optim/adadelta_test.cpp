#include "optim/adadelta.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::Adadelta;
using optim::AdadeltaOptions;
using namespace test;

TEST(Adadelta, FollowsPyTorch) { check_follows_pytorch<Adadelta>(14); }

TEST(Adadelta, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  Adadelta adadelta({x}, {.lr = 0.5, .rho = 0.75, .eps = 3});
  step(adadelta, x, 6);  // d = sqrt(3 / 12) * 6 = 3
  EXPECT_EQ(state(adadelta, x, "step"), 1);
  EXPECT_EQ(state(adadelta, x, "square_avg"), 9);
  EXPECT_DOUBLE_EQ(state(adadelta, x, "acc_delta"), 2.25);
  EXPECT_DOUBLE_EQ(x.item<double>(), -0.5);
}

TEST(Adadelta, StartsFromPresetAverages) {
  Tensor x = leaf(1);
  Adadelta adadelta({x}, {.rho = 0.5, .eps = 0});
  adadelta.state(x)["square_avg"].fill_(14);
  adadelta.state(x)["acc_delta"].fill_(1);
  step(adadelta, x, 2);  // d = sqrt(1 / 9) * 2
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 2.0 / 3);
}

TEST(Adadelta, RefusesOptionsOutOfRange) {
  const auto message = refusal<Adadelta, AdadeltaOptions>;
  EXPECT_EQ(message({.lr = -1}), "Adadelta: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.rho = 1.5}), "Adadelta: rho is 1.5; expected 0 <= rho <= 1");
  EXPECT_EQ(message({.eps = -1e-8}), "Adadelta: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}),
            "Adadelta: weight_decay is -2; expected weight_decay >= 0");
}

}  // namespace
}  // namespace xgrad
