#include "optim/adam.hpp"

#include <array>

#include "tests/optim/golden.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad {
namespace {

using optim::Adam;
using optim::AdamOptions;
using test::error_of;

TEST(Adam, FollowsPyTorch) {
  test::check_trajectories<Adam>("Adam", 18, [](const nlohmann::json& json) {
    AdamOptions o;
    o.lr = json.value("lr", o.lr);
    o.betas = json.value("betas", o.betas);
    o.eps = json.value("eps", o.eps);
    o.weight_decay = json.value("weight_decay", o.weight_decay);
    o.amsgrad = json.value("amsgrad", o.amsgrad);
    o.maximize = json.value("maximize", o.maximize);
    return o;
  });
}

TEST(Adam, HasPyTorchsDefaults) {
  const AdamOptions o;
  EXPECT_EQ(o.lr, 1e-3);
  EXPECT_EQ(o.betas, (std::array<double, 2>{0.9, 0.999}));
  EXPECT_EQ(o.eps, 1e-8);
  EXPECT_EQ(o.weight_decay, 0);
  EXPECT_FALSE(o.amsgrad);
  EXPECT_FALSE(o.maximize);
}

TEST(Adam, KeepsTheStateOfItsFormula) {
  Tensor x = tensor({1.0, 2.0}, {.requires_grad = true});
  Adam adam({x}, {.betas = {0.5, 0.75}});
  EXPECT_FALSE(adam.state(x).contains("exp_avg"));
  x.set_grad(tensor({4.0, -2.0}));
  adam.step();
  EXPECT_EQ(adam.state(x)["step"].item<double>(), 1);
  EXPECT_EQ(adam.state(x)["exp_avg"].to_vector<double>(), (std::vector<double>{2, -1}));
  EXPECT_EQ(adam.state(x)["exp_avg_sq"].to_vector<double>(), (std::vector<double>{4, 1}));
  EXPECT_FALSE(adam.state(x).contains("max_exp_avg_sq"));
}

TEST(Adam, CountsFromAPresetStep) {
  Tensor x = tensor({1.0}, {.requires_grad = true});
  Adam adam({x}, {.lr = 1, .betas = {0.5, 0}, .eps = 0});
  adam.state(x)["step"].fill_(1);
  x.set_grad(tensor({3.0}));
  adam.step();
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.5 / (1 - 0.25));  // the correction of the second step
}

TEST(Adam, RefusesOptionsOutOfRange) {
  const std::vector<Tensor> x{tensor({1.0}, {.requires_grad = true})};
  const auto message = [&](AdamOptions options) {
    return error_of<ValueError>([&] { Adam adam(x, options); });
  };
  EXPECT_EQ(message({.lr = -1}), "Adam: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.betas = {1, 0.5}}), "Adam: betas[0] is 1; expected 0 <= betas[0] < 1");
  EXPECT_EQ(message({.betas = {0.5, -0.1}}), "Adam: betas[1] is -0.1; expected 0 <= betas[1] < 1");
  EXPECT_EQ(message({.eps = -1e-8}), "Adam: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}), "Adam: weight_decay is -2; expected weight_decay >= 0");
}

}  // namespace
}  // namespace xgrad
