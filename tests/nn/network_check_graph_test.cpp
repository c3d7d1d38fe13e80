// check_graph of networks as they are trained, in float32.

#include "autograd/check_graph.hpp"
#include "autograd/custom_function.hpp"
#include "nn/nn.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using namespace nn;

struct Net : Module {
  Linear hidden{784, 100};
  Dropout dropout{0.2};
  Linear output{100, 10};
  XGRAD_FIELDS(hidden, dropout, output)
};

Tensor images() { return rand({64, 784}); }
Tensor labels() { return randint(0, 10, {64}); }

TEST(NetworkCheckGraph, PassesANetworkOfMnistsSize) {
  Net net;
  const Tensor loss = cross_entropy(net.output(net.dropout(relu(net.hidden(images())))), labels());
  const CheckGraphReport report = check_graph(loss);
  EXPECT_TRUE(report) << report;
  EXPECT_EQ(report.checked, report.operations);
  EXPECT_FALSE(net.hidden.weight.has_grad());
}

TEST(NetworkCheckGraph, FindsAWrongLayerInIt) {
  // The gradient of one weight in 78,400 is wrong; then that of the bias; then that of all weights.
  Net net;
  const auto broken = [](std::size_t input, const Tensor& factor) {
    return custom_function(
        "broken", [](const Tensor& x, const Tensor& w, const Tensor& b) { return linear(x, w, b); },
        [=](const Tensor& g, const Tensor& x, const Tensor& w, const Tensor&) {
          Tensors gradients{matmul(g, w), matmul(t(g), x), sum(g, 0)};
          gradients[input] = gradients[input] * factor.to(g.dtype());
          return gradients;
        });
  };
  Tensor one_wrong = ones({100, 784});
  one_wrong.data<float>()[70 * 784 + 31] = 3;
  const std::vector<std::pair<std::size_t, Tensor>> errors = {
      {1, one_wrong}, {2, full({}, 1.001)}, {1, full({}, 1.001)}};
  for (const auto& [input, factor] : errors) {
    const Tensor y = broken(input, factor)(images(), net.hidden.weight, net.hidden.bias);
    const CheckGraphReport report = check_graph(cross_entropy(net.output(relu(y)), labels()));
    ASSERT_EQ(report.culprits.size(), 1U) << report;
    EXPECT_EQ(report.culprits[0].name, "broken");
    EXPECT_EQ(report.culprits[0].gradcheck.input, input);
    if (factor.ndim() == 2) {
      EXPECT_EQ(report.culprits[0].gradcheck.index, (std::vector<std::size_t>{70, 31}));
    }
  }
}

}  // namespace
}  // namespace xgrad::test
