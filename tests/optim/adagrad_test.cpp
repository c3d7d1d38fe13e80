#include "optim/adagrad.hpp"

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::Adagrad;
using optim::AdagradOptions;
using namespace test;

TEST(Adagrad, FollowsPyTorch) { check_follows_pytorch<Adagrad>(18); }

TEST(Adagrad, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  Adagrad adagrad({x}, {.lr = 1, .lr_decay = 3, .initial_accumulator_value = 9, .eps = 0});
  step(adagrad, x, 4);
  EXPECT_EQ(state(adagrad, x, "step"), 1);
  EXPECT_EQ(state(adagrad, x, "sum"), 25);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.8);
  step(adagrad, x, 12);
  EXPECT_EQ(state(adagrad, x, "sum"), 169);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.8 - 0.25 * 12 / 13);
}

TEST(Adagrad, StartsFromAPresetSum) {
  Tensor x = leaf(1);
  Adagrad adagrad({x}, {.lr = 1, .eps = 0});
  adagrad.state(x)["sum"].fill_(9);
  step(adagrad, x, 4);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.8);
}

TEST(Adagrad, RefusesOptionsOutOfRange) {
  const auto message = refusal<Adagrad, AdagradOptions>;
  EXPECT_EQ(message({.lr = -1}), "Adagrad: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.lr_decay = -1}), "Adagrad: lr_decay is -1; expected lr_decay >= 0");
  EXPECT_EQ(message({.weight_decay = -2}),
            "Adagrad: weight_decay is -2; expected weight_decay >= 0");
  EXPECT_EQ(message({.initial_accumulator_value = -1}),
            "Adagrad: initial_accumulator_value is -1; expected initial_accumulator_value >= 0");
  EXPECT_EQ(message({.eps = -1e-8}), "Adagrad: eps is -1e-08; expected eps >= 0");
}

}  // namespace
}  // namespace xgrad
