// An optimizer whose parameters a module has replaced says so at its next step.

#include "nn/activation.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "optim/adam.hpp"
#include "optim/lbfgs.hpp"
#include "optim/sgd.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct Net : nn::Module {
  nn::Linear hidden{2, 3}, output{3, 1};
  XGRAD_FIELDS(hidden, output)
  Tensor forward(const Tensor& x) override { return output(tanh(hidden(x))); }
};

template <class Module>
void backward(Module& net) {
  sum(square(net(ones({4, 2})))).backward();
}

TEST(ReplacedParameters, ByConversion) {
  Net net;
  optim::Adam adam(net.parameters());
  net.to(float64);
  backward(net);
  EXPECT_EQ(ERROR_OF(ValueError, adam.step()),
            "Adam: parameter 0 of shape (3, 2) and dtype float32 is used no longer, since another "
            "one has been assigned to its place (Linear: hidden.weight), as by to(dtype); make the "
            "optimizer afterwards, from the module's parameters()");
  optim::Adam afterwards(net.parameters());
  EXPECT_NO_THROW(afterwards.step());
}

TEST(ReplacedParameters, ByAssignment) {
  Net net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  backward(net);
  sgd.step();
  {
    const NoGrad guard;
    net.output.weight = ones({1, 3}, {.requires_grad = true});
  }
  sgd.zero_grad();
  backward(net);
  expect_contains(ERROR_OF(ValueError, sgd.step()),
                  {"SGD: parameter 2 of shape (1, 3)", "(Linear: weight)", "parameters()"});
}

TEST(ReplacedParameters, ByAnotherLayer) {
  Net net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  net.output = nn::Linear(3, 1);
  expect_contains(ERROR_OF(ValueError, sgd.step()), {"parameter 2 of shape (1, 3)"});
}

TEST(ReplacedParameters, AreFoundByEveryOptimizer) {
  nn::Linear layer(2, 1);
  optim::LBFGS lbfgs(layer.parameters());
  layer.to(float64);
  expect_contains(ERROR_OF(ValueError, lbfgs.step([&] {
                    return sum(square(layer(ones({1, 2}))));
                  })),
                  {"LBFGS: parameter 0"});
}

TEST(ReplacedParameters, OfOneModuleMayBeInAnother) {
  Net net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  {
    Net evaluated = net;  // shares its parameters until it is converted
    evaluated.to(float64);
    evaluated(ones({1, 2}));
  }
  Net trained = net.clone();
  trained.parameters();
  EXPECT_NO_THROW(sgd.step());

  std::swap(net.hidden, trained.hidden);
  optim::SGD swapped(net.parameters(), {.lr = 0.1});
  EXPECT_NO_THROW(sgd.step()) << "the other net has them now";
  std::swap(net.output.weight, trained.output.weight);
  backward(net);
  backward(trained);
  EXPECT_NO_THROW(sgd.step());
  EXPECT_NO_THROW(swapped.step());
}

TEST(ReplacedParameters, MayComeBack) {
  nn::Linear layer(2, 1);
  optim::SGD sgd(layer.parameters(), {.lr = 0.1});
  const Tensor weight = layer.weight;
  layer.weight = ones({1, 2}, {.requires_grad = true});
  backward(layer);
  EXPECT_THROW(sgd.step(), ValueError);
  layer.weight = weight;
  backward(layer);
  EXPECT_NO_THROW(sgd.step());
}

TEST(ReplacedParameters, AreNotThoseThatAreRemovedSharedOrStoodInFor) {
  nn::Linear layer(2, 1);
  optim::SGD sgd(layer.parameters(), {.lr = 0.1});
  const Tensor weight = layer.weight;
  layer.weight = 2 * weight;
  backward(layer);
  layer.weight = weight;
  sgd.step();
  layer.bias = Tensor();
  backward(layer);
  EXPECT_NO_THROW(sgd.step());
  layer.weight = layer.weight.requires_grad_();
  backward(layer);
  EXPECT_NO_THROW(sgd.step());
  Tensors outlived;
  {
    nn::Linear short_lived(2, 1);
    outlived = short_lived.parameters();
  }
  EXPECT_NO_THROW(optim::SGD(outlived, {.lr = 0.1}).step());
}

TEST(ReplacedParameters, AreNotThoseOfAModuleThatMoves) {
  std::vector<nn::Linear> layers;
  Tensors parameters;
  for (int i = 0; i < 9; ++i) {  // the vector grows
    layers.emplace_back(2, 2);
    for (const Tensor& parameter : layers.back().parameters()) parameters.push_back(parameter);
  }
  std::ranges::reverse(layers);
  optim::SGD sgd(parameters, {.lr = 0.1});
  for (nn::Linear& layer : layers) layer(ones({1, 2}));
  EXPECT_NO_THROW(sgd.step());
  nn::Linear left(1, 1), gone_to = std::move(left);
  optim::SGD of_moved(gone_to.parameters(), {.lr = 0.1});
  gone_to.to(float64);
  EXPECT_THROW(of_moved.step(), ValueError) << "what is left of a module holds nothing";

  nn::Sequential all;
  for (nn::Linear& layer : layers) all.push_back(std::move(layer));
  layers.clear();
  all(ones({1, 2}));
  EXPECT_NO_THROW(sgd.step());
}

}  // namespace
}  // namespace xgrad::test
