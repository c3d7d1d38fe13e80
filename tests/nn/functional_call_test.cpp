#include "autograd/gradcheck.hpp"
#include "nn/activation.hpp"
#include "nn/dropout.hpp"
#include "nn/linear.hpp"
#include "nn/loss.hpp"
#include "nn/normalization.hpp"
#include "nn/sequential.hpp"
#include "optim/sgd.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using nn::functional_call;

nn::StateDict doubled(const nn::Module& module) {
  nn::StateDict tensors;
  for (const auto& [name, parameter] : module.named_parameters())
    tensors[name] = 2 * parameter.detach();
  return tensors;
}

std::vector<const xgrad::detail::TensorImpl*> identities(const nn::Module& module) {
  std::vector<const xgrad::detail::TensorImpl*> list;
  for (const Tensor& parameter : module.parameters()) list.push_back(xgrad::detail::get(parameter));
  for (const auto& [name, b] : module.named_buffers()) list.push_back(xgrad::detail::get(b));
  return list;
}

struct Net : nn::Module {
  nn::Linear hidden{2, 3}, output{3, 1};
  XGRAD_FIELDS(hidden, output)
  Tensor forward(const Tensor& x) override { return output(tanh(hidden(x))); }
};

TEST(FunctionalCall, ComputesWithTheTensorsGiven) {
  manual_seed(1);
  Net net;
  const Tensor x = randn({4, 2});
  Net other = net.clone();
  other.load_state_dict(doubled(net));
  const auto before = identities(net);
  expect_close(functional_call(net, doubled(net), x), other(x), 0);
  EXPECT_EQ(identities(net), before);
  nn::Module& base = net;
  expect_close(functional_call(base, doubled(net), x), other(x), 0);
  expect_close(functional_call(net, {}, x), net(x), 0);

  other.load_state_dict(net.state_dict());
  other.output.load_state_dict(doubled(net.output));
  expect_close(
      functional_call(
          net, {{"output.weight", 2 * net.output.weight}, {"output.bias", 2 * net.output.bias}}, x),
      other(x), 0);
}

TEST(FunctionalCall, IsDifferentiatedByTheTensorsGiven) {
  manual_seed(2);
  Net net;
  net.to(float64);
  const Tensor x = randn({4, 2}, f64), y = randn({4, 1}, f64);
  const auto inner = [&](const Tensors& weights) {
    return nn::mse_loss(
        functional_call(net, {{"hidden.weight", weights[0]}, {"output.weight", weights[1]}}, x), y);
  };
  const Tensors weights{net.hidden.weight.clone().detach().requires_grad_(),
                        net.output.weight.clone().detach().requires_grad_()};
  // The loss after a step of gradient descent, by what the step began from (MAML).
  const auto after_a_step = [&] {
    const EnableGrad guard;  // also in gradcheck's differences
    const auto g = grad({inner(weights)}, weights, {.create_graph = true});
    return inner({weights[0] - 0.1 * g[0], weights[1] - 0.1 * g[1]});
  };
  EXPECT_TRUE(gradcheck(after_a_step, weights));
  EXPECT_FALSE(net.hidden.weight.has_grad());
  sum(after_a_step()).backward();
  EXPECT_TRUE(weights[0].has_grad());
  EXPECT_FALSE(net.hidden.weight.has_grad());
  EXPECT_TRUE(net.hidden.bias.has_grad()) << "what is not replaced is recorded as ever";
}

TEST(FunctionalCall, TakesConstantsToo) {
  Net net;
  const Tensor y = functional_call(net, doubled(net), ones({1, 2}));
  EXPECT_FALSE(y.requires_grad());
  net(ones({1, 2}));
  EXPECT_EQ(net.parameters().size(), 4U);
}

struct Throwing : nn::Module {
  nn::Linear layer{2, 2};
  XGRAD_FIELDS(layer)
  Tensor forward(const Tensor& x) override {
    layer(x);
    throw std::runtime_error("forward");
  }
};

TEST(FunctionalCall, LeavesTheModuleAloneAlsoWhenForwardThrows) {
  Throwing net;
  const auto before = identities(net);
  EXPECT_THROW(functional_call(net, doubled(net), ones({1, 2})), std::runtime_error);
  EXPECT_EQ(identities(net), before);
  Net other;
  const auto before_other = identities(other);
  EXPECT_THROW(functional_call(other, {{"hidden.weight", ones({3, 7})}}, ones({1, 2})), ShapeError);
  EXPECT_EQ(identities(other), before_other);
  other.hidden.weight = other.hidden.weight.detach();
  EXPECT_THROW(other(ones({1, 2})), ValueError) << "fields are checked again";
}

TEST(FunctionalCall, OptimizersGoOnAfterwards) {
  Net net, fast;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  nn::StateDict leaves;
  for (const auto& [name, parameter] : fast.named_parameters()) leaves[name] = parameter;
  sum(functional_call(net, leaves, ones({1, 2}))).backward();
  EXPECT_TRUE(fast.hidden.weight.has_grad());
  sum(net(ones({1, 2}))).backward();
  EXPECT_NO_THROW(sgd.step());
}

struct Tied : nn::Module {
  nn::Linear first{2, 2, {.bias = false}}, second{2, 2, {.bias = false}};
  Tied() { second.weight = first.weight; }
  XGRAD_FIELDS(first, second)
  Tensor forward(const Tensor& x) override { return second(first(x)); }
};

TEST(FunctionalCall, ATensorThatOccursTwiceIsReplacedTwice) {
  Tied net;
  const Tensor eye = tensor({{0.F, 2.F}, {1.F, 0.F}});
  for (const char* name : {"first.weight", "second.weight"})
    expect_values(functional_call(net, {{name, eye}}, tensor({{1.F, 3.F}})), {2, 6});
  expect_values(
      functional_call(net, {{"first.weight", eye}, {"second.weight", eye}}, tensor({{1.F, 3.F}})),
      {2, 6});
  EXPECT_EQ(ERROR_OF(ValueError,
                     functional_call(net, {{"first.weight", eye}, {"second.weight", ones({2, 2})}},
                                     ones({1, 2}))),
            "functional_call: first.weight and second.weight are one tensor of the module, but two "
            "were given; expected the same for both, or one of the names alone");
}

TEST(FunctionalCall, BuffersToo) {
  nn::BatchNorm1d norm(2);
  const Tensor mean = zeros({2});
  functional_call(norm, {{"running_mean", mean}}, tensor({{1.F, 2.F}, {3.F, 2.F}}));
  expect_near(mean, {0.2, 0.2}, 1e-7);
  expect_values(norm.running_mean, {0, 0});
}

/// A forward of other arguments and results.
struct Two : nn::Module {
  nn::Linear layer{2, 2};
  XGRAD_FIELDS(layer)
  using Module::forward;
  std::pair<Tensor, int> forward(const Tensor& x, int n) { return {layer(x) * n, n}; }
};

TEST(FunctionalCall, OfAnyForward) {
  Two two;
  const auto [y, n] = functional_call(
      two, {{"layer.weight", ones({2, 2})}, {"layer.bias", zeros({2})}}, tensor({{1.F, 2.F}}), 3);
  expect_values(y, {9, 9});
  EXPECT_EQ(n, 3);
}

TEST(FunctionalCall, RefusesBadNamesAndUndefinedTensors) {
  Net net;
  EXPECT_EQ(ERROR_OF(ValueError, functional_call(net, {{"weight", ones({2})}}, ones({1, 2}))),
            "functional_call: Net has no parameter or buffer named 'weight'; expected names as in "
            "its state_dict()");
  EXPECT_EQ(ERROR_OF(ValueError, functional_call(net, {{"output.bias", Tensor()}}, ones({1, 2}))),
            "functional_call: output.bias is an undefined tensor; assign it a value first");
}

}  // namespace
}  // namespace xgrad::test
