// The gradients of whole networks, as they are trained on MNIST but of small widths: every
// parameter compared with finite differences.

#include "autograd/gradcheck.hpp"
#include "autograd/numerical.hpp"
#include "nn/linear.hpp"
#include "nn/loss.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Activation = Tensor (*)(const Tensor&);

struct Net : nn::Module {
  Net(const std::vector<std::size_t>& widths, Activation f) : activation(f) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
      layers.emplace_back(widths[i], widths[i + 1]);
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = x;
    for (std::size_t i = 0; i < layers.size(); ++i) y = layers[i](i == 0 ? y : activation(y));
    return y;
  }

  std::vector<nn::Linear> layers;
  Activation activation;
  XGRAD_FIELDS(layers)
};

struct Case {
  const char* name;
  std::vector<std::size_t> widths;
  Activation activation;
  std::size_t batch;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name << ", batch of " << c.batch; }

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::size_t batch : {1U, 5U, 32U}) {
    all.push_back({"two_layers_relu", {6, 8, 4}, relu, batch});
    all.push_back({"two_layers_tanh", {6, 8, 4}, tanh, batch});
    all.push_back({"two_layers_sigmoid", {6, 8, 4}, sigmoid, batch});
    all.push_back({"three_layers_relu", {6, 9, 8, 4}, relu, batch});
    all.push_back({"three_layers_tanh", {6, 9, 8, 4}, tanh, batch});
    all.push_back({"three_layers_sigmoid", {6, 9, 8, 4}, sigmoid, batch});
  }
  return all;
}

class NetworkGradcheck : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    manual_seed(1);
    net = Net(GetParam().widths, GetParam().activation);
    net.to(float64);
    images = randn({GetParam().batch, GetParam().widths.front()}, f64);
    labels = randint(0, static_cast<std::int64_t>(GetParam().widths.back()), {GetParam().batch});
  }
  Tensor loss() { return nn::cross_entropy(net(images), labels); }

  Net net{{1, 1}, relu};
  Tensor images, labels;
};

TEST_P(NetworkGradcheck, EveryParameterAgreesWithCentralDifferences) {
  loss().backward();
  std::size_t compared = 0;
  for (const auto& [name, parameter] : net.named_parameters()) {
    const Doubles analytic = parameter.grad().to_vector<double>();
    const Doubles numerical =
        numerical_gradient([&] { return loss(); }, parameter).to_vector<double>();
    ASSERT_EQ(analytic.size(), numerical.size());
    for (std::size_t i = 0; i < analytic.size(); ++i, ++compared)
      EXPECT_NEAR(analytic[i], numerical[i], 2e-9 + 1e-7 * std::abs(numerical[i]))
          << name << ", element " << i;
    EXPECT_TRUE(std::any_of(analytic.begin(), analytic.end(), [](double g) { return g != 0; }))
        << name;
  }
  EXPECT_EQ(compared, net.num_parameters());
}

TEST_P(NetworkGradcheck, PassesGradcheck) {
  const GradcheckReport report = gradcheck([&] { return loss(); }, net.parameters());
  EXPECT_TRUE(report) << report;
  EXPECT_EQ(report.compared, net.num_parameters());
}

TEST_P(NetworkGradcheck, PassesGradcheckInTheImages) {
  const auto f = [&](const Tensor& x) { return nn::cross_entropy(net(x), labels); };
  const GradcheckReport report = gradcheck(f, {images.requires_grad_()});
  EXPECT_TRUE(report) << report;
}

TEST_P(NetworkGradcheck, PassesGradgradcheck) {
  const GradcheckReport report = gradgradcheck([&] { return loss(); }, net.parameters());
  EXPECT_TRUE(report) << report;
}

TEST_P(NetworkGradcheck, CatchesATenthOfAPercentInAnyParameter) {
  for (const Tensor& broken : net.parameters()) {
    // The gradient flows through 1.001 p - 0.001 p, of which the second p is taken for a constant.
    const auto f = [&] {
      Net wrong = net;
      for (nn::Linear& layer : wrong.layers)
        for (Tensor* parameter : {&layer.weight, &layer.bias})
          if (parameter->is(broken)) *parameter = 1.001 * *parameter - 0.001 * parameter->detach();
      return nn::cross_entropy(wrong(images), labels);
    };
    const GradcheckReport report = gradcheck(f, {broken});
    EXPECT_FALSE(report) << broken.shape();
    EXPECT_GT(report.wrong, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(All, NetworkGradcheck, ::testing::ValuesIn(cases()), [](const auto& test) {
  return std::string(test.param.name) + "_batch_" + std::to_string(test.param.batch);
});

}  // namespace
}  // namespace xgrad::test
