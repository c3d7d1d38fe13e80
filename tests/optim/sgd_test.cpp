#include "optim/sgd.hpp"

#include <cmath>
#include <limits>

#include "tests/optim/golden.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad {
namespace {

using optim::SGD;
using optim::SGDOptions;
using test::error_of;

Tensor parameter(double value) { return tensor({value}, {.requires_grad = true}); }

void step(SGD& sgd, Tensor& x, double gradient) {
  x.set_grad(tensor({gradient}));
  sgd.step();
}

TEST(SGD, FollowsPyTorch) {
  test::check_trajectories<SGD>("SGD", 21, [](const nlohmann::json& json) {
    SGDOptions o;
    o.lr = json.value("lr", o.lr);
    o.momentum = json.value("momentum", o.momentum);
    o.dampening = json.value("dampening", o.dampening);
    o.weight_decay = json.value("weight_decay", o.weight_decay);
    o.nesterov = json.value("nesterov", o.nesterov);
    o.maximize = json.value("maximize", o.maximize);
    return o;
  });
}

TEST(SGD, HasPyTorchsDefaults) {
  const SGDOptions o;
  EXPECT_EQ(o.lr, 1e-3);
  EXPECT_EQ(o.momentum, 0);
  EXPECT_EQ(o.dampening, 0);
  EXPECT_EQ(o.weight_decay, 0);
  EXPECT_FALSE(o.nesterov);
  EXPECT_FALSE(o.maximize);
}

TEST(SGD, KeepsNoStateWithoutMomentum) {
  Tensor x = parameter(1);
  SGD sgd({x}, {.lr = 0.25});
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), 0.5);
  EXPECT_TRUE(sgd.state(x).tensors().empty());
}

TEST(SGD, LookingAtTheStateDoesNotChangeTheFirstStep) {
  Tensor x = parameter(1);
  SGD sgd({x}, {.lr = 1, .momentum = 0.5, .dampening = 0.5});
  EXPECT_EQ(sgd.state(x)["momentum_buffer"].item<double>(), 0);
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), -1);  // undampened: b = 2
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), -3);  // b = 0.5 * 2 + 0.5 * 2
}

TEST(SGD, StartsFromAPresetMomentumBuffer) {
  Tensor x = parameter(1);
  SGD sgd({x}, {.lr = 1, .momentum = 0.5});
  sgd.state(x)["momentum_buffer"].fill_(4);
  step(sgd, x, 1);
  EXPECT_EQ(x.item<double>(), -2);  // b = 0.5 * 4 + 1
  EXPECT_EQ(sgd.state(x)["momentum_buffer"].item<double>(), 3);
}

TEST(SGD, InfinityStaysInfinityWithoutWeightDecay) {
  Tensor x = parameter(std::numeric_limits<double>::infinity());
  SGD sgd({x});
  step(sgd, x, 1);
  EXPECT_EQ(x.item<double>(), std::numeric_limits<double>::infinity());
}

TEST(SGD, RefusesOptionsOutOfRange) {
  const std::vector<Tensor> x{parameter(1)};
  const auto message = [&](SGDOptions options) {
    return error_of<ValueError>([&] { SGD sgd(x, options); });
  };
  EXPECT_EQ(message({.lr = -1}), "SGD: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.lr = std::nan("")}), "SGD: lr is nan; expected lr >= 0");
  EXPECT_EQ(message({.momentum = -0.5}), "SGD: momentum is -0.5; expected momentum >= 0");
  EXPECT_EQ(message({.weight_decay = -0.5}),
            "SGD: weight_decay is -0.5; expected weight_decay >= 0");
  EXPECT_EQ(
      message({.nesterov = true}),
      "SGD: nesterov with momentum 0 and dampening 0; expected momentum > 0 and dampening = 0");
  EXPECT_EQ(message({.momentum = 0.9, .dampening = 0.1, .nesterov = true}),
            "SGD: nesterov with momentum 0.9 and dampening 0.1; expected momentum > 0 and "
            "dampening = 0");
  EXPECT_NO_THROW(SGD(x, {.lr = 0, .dampening = -1}));
}

}  // namespace
}  // namespace xgrad
