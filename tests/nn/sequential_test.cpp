#include "nn/sequential.hpp"

#include "nn/activation.hpp"
#include "nn/linear.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"
/// A user's module, whose forward takes its argument by value.
struct Scale : nn::Module {
  Tensor factor = full({}, 3, {.requires_grad = true});
  XGRAD_FIELDS(factor)
  Tensor forward(Tensor x) { return x *= factor; }
};
#pragma GCC diagnostic pop

TEST(Sequential, AppliesOneAfterAnother) {
  nn::Linear first(2, 3);
  nn::Linear last(3, 1);
  nn::Sequential net(first, nn::ReLU(), last);
  const Tensor x = tensor({{1.F, -2.F}, {0.5F, 3.F}});
  EXPECT_EQ(net(x).to_vector<float>(), last(relu(first(x))).to_vector<float>());
  EXPECT_EQ(net.size(), 3U);
  EXPECT_TRUE(nn::Sequential()(x).is(x));
}

TEST(Sequential, NamesModulesByTheirNumber) {
  const nn::Sequential net(nn::Linear(2, 3), nn::ReLU(),
                           nn::Sequential(nn::Linear(3, 1, {.bias = false})));
  std::vector<std::string> names;
  for (const auto& [name, parameter] : net.named_parameters()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "0.bias", "2.0.weight"}));
  EXPECT_EQ(net.num_parameters(), 12U);
}

TEST(Sequential, SharesTheParametersOfWhatItWasMadeFrom) {
  nn::Linear layer(2, 2);
  nn::Sequential net(layer, layer);
  EXPECT_EQ(net.num_parameters(), 6U);
  const nn::Sequential copy = net;
  EXPECT_TRUE(copy.parameters()[0].is(layer.weight));
  sum(net(ones({1, 2}))).backward();
  EXPECT_TRUE(layer.weight.has_grad());
}

TEST(Sequential, ClonesDeeply) {
  nn::Sequential net(nn::Linear(2, 2), nn::Sequential(nn::Linear(2, 2)));
  nn::Sequential copy = net.clone();
  {
    NoGrad guard;
    for (Tensor& parameter : copy.parameters()) parameter.fill_(0);
  }
  for (const Tensor& parameter : net.parameters())
    EXPECT_GT(sum(abs(parameter.detach())).item<float>(), 0);
  copy.eval();
  EXPECT_TRUE(net[0].is_training());
  EXPECT_TRUE(dynamic_cast<nn::Sequential&>(net[1])[0].is_training());
}

TEST(Sequential, IsAValue) {
  nn::Sequential net(nn::Linear(1, 1));
  nn::Sequential other{nn::ReLU(), nn::ReLU()};
  other = net;
  EXPECT_EQ(other.size(), 1U);
  EXPECT_TRUE(other.parameters()[0].is(net.parameters()[0]));
  const nn::Sequential moved = std::move(other);
  EXPECT_TRUE(moved.parameters()[1].is(net.parameters()[1]));
}

TEST(Sequential, TakesModulesOfAnyClass) {
  nn::Sequential net;
  net.push_back(Scale());
  net.push_back(nn::ReLU());
  expect_values(net(tensor({-1.F, 2.F})), {0, 6});
  EXPECT_EQ(net.named_parameters()[0].first, "0.factor");
  EXPECT_EQ(net[1].class_name(), "ReLU");

  struct NoForward : nn::Module {
    XGRAD_FIELDS()
  };
  EXPECT_EQ(ERROR_OF(Error, nn::Sequential(NoForward{})(ones({1}))),
            "forward: NoForward defines no Tensor forward(const Tensor&)");
  static_assert(!std::is_constructible_v<nn::AnyModule, Tensor>);
}

TEST(Sequential, RefusesIndicesOutOfRange) {
  nn::Sequential net{nn::ReLU(), nn::ReLU()};
  EXPECT_EQ(ERROR_OF(ValueError, net[2]), "Sequential: module 2 asked for; there are 2");
}

}  // namespace
}  // namespace xgrad::test
