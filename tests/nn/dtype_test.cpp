// Layers compute in the dtype of their parameters, losses in that of the prediction.

#include "autograd/dtype.hpp"

#include "autograd/gradcheck.hpp"
#include "autograd/support/str.hpp"
#include "nn/nn.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

// ---- layers

TEST(LayerDType, IsThatOfItsParametersWhateverTheInput) {
  manual_seed(1);
  nn::Sequential net{nn::Linear(3, 4), nn::BatchNorm1d(4), nn::ReLU(), nn::LayerNorm(4),
                     nn::Linear(4, 2)};
  net.eval();
  const Tensor x = tensor({{0., 1., 2.}, {3., 4., 5.}});
  for (const DType of_net : {float32, float64}) {
    net.to(of_net);
    const Tensor expected = net(x.to(of_net));
    for (const DType dtype : {float32, float64, int64, uint8})
      expect_close(net(x.to(dtype)), expected, 0);
  }
}

TEST(LayerDType, OfEveryLayerWithFloats) {
  const Tensor x = tensor({{0., 1.}, {3., 4.}});
  nn::BatchNorm1d untrained(2, {.affine = false}), learning(2, {.track_running_stats = false});
  nn::LayerNorm norm(2);
  nn::Linear linear(2, 2, {.bias = false});
  for (nn::Module* layer :
       {static_cast<nn::Module*>(&untrained), static_cast<nn::Module*>(&learning),
        static_cast<nn::Module*>(&norm), static_cast<nn::Module*>(&linear)}) {
    EXPECT_EQ((*layer)(x).dtype(), float32) << layer->class_name();
    EXPECT_EQ(layer->forward(x.to(int64)).dtype(), float32) << layer->class_name();
    layer->to(float64);
    EXPECT_EQ(layer->forward(x.to(float32)).dtype(), float64) << layer->class_name();
  }
  EXPECT_EQ(nn::LayerNorm(2, {.elementwise_affine = false})(x).dtype(), float64);
}

TEST(LayerDType, ConversionIsRecorded) {
  nn::Linear layer(2, 1);
  const Tensor x = leaf({1, 2});
  sum(layer(x)).backward();
  EXPECT_EQ(x.grad().dtype(), float64);
  expect_close(x.grad(), reshape(layer.weight.detach(), {2}).to(float64), 0);
}

TEST(LayerDType, WhatCannotBeConvertedIsRefusedAsBefore) {
  nn::Linear layer(2, 1);
  expect_contains(ERROR_OF(ValueError, layer(Tensor())), {"linear: x is an undefined tensor"});
  layer.weight = Tensor();
  expect_contains(ERROR_OF(ValueError, layer(ones({1, 2}))), {"weight is an undefined tensor"});
  EXPECT_THROW(nn::Embedding(3, 2)(zeros({2})), DTypeError) << "indices stay integers";
}

TEST(LayerDType, OperationsStayStrict) {
  const Tensor x = ones({2, 2}, f64), weight = ones({2, 2});
  EXPECT_EQ(ERROR_OF(DTypeError, linear(x, weight)),
            "linear: float64 (2, 2) and float32 (2, 2); expected both float32 or both float64; "
            "convert one with .to(float32)");
  EXPECT_EQ(ERROR_OF(DTypeError, matmul(x, arange(0, 2))),
            "matmul: float64 (2, 2) and int64 (2,); expected both float32 or both float64; convert "
            "one with .to(float64)");
}

// ---- losses

using Loss = Tensor (*)(const Tensor& input, const Tensor& target);
const std::vector<std::pair<const char*, Loss>> losses{
    {"mse_loss", [](const Tensor& x, const Tensor& t) { return nn::mse_loss(x, t); }},
    {"l1_loss", [](const Tensor& x, const Tensor& t) { return nn::l1_loss(x, t); }},
    {"huber_loss", [](const Tensor& x, const Tensor& t) { return nn::huber_loss(x, t); }},
    {"smooth_l1_loss", [](const Tensor& x, const Tensor& t) { return nn::smooth_l1_loss(x, t); }},
    {"binary_cross_entropy",
     [](const Tensor& x, const Tensor& t) {
       return nn::binary_cross_entropy(x, t, {.weight = t + 1});
     }},
    {"binary_cross_entropy_with_logits",
     [](const Tensor& x, const Tensor& t) {
       return nn::binary_cross_entropy_with_logits(x, t, {.weight = t + 1, .pos_weight = t + 2});
     }},
    {"kl_div", [](const Tensor& x, const Tensor& t) { return nn::kl_div(x, t); }},
    {"kl_div of logarithms",
     [](const Tensor& x, const Tensor& t) { return nn::kl_div(x, t, {.log_target = true}); }},
    {"hinge_embedding_loss",
     [](const Tensor& x, const Tensor& t) { return nn::hinge_embedding_loss(x, 2 * t - 1); }},
    {"cross_entropy",
     [](const Tensor& x, const Tensor& t) {
       const Tensor labels = tensor({1, 0});
       return nn::cross_entropy(x, labels, {.weight = select(t, 0, 0) + 1}) +
              nn::cross_entropy(x, labels, {.weight = select(t, 0, 0) + 1, .label_smoothing = 0.1});
     }},
    {"nll_loss",
     [](const Tensor& x, const Tensor& t) {
       return nn::nll_loss(x, tensor({1, 0}), {.weight = select(t, 0, 0) + 1});
     }},
    {"cross_entropy of probabilities", [](const Tensor& x, const Tensor& t) {
       return nn::cross_entropy(x, is_floating(t.dtype()) ? t : t.to(float32),
                                {.weight = select(t, 0, 0) + 1});
     }}};

TEST(LossDType, IsThatOfThePrediction) {
  const Tensor p = tensor({{0.25, 0.5}, {0.75, 0.125}}), t = tensor({{1., 0.}, {0., 1.}});
  for (const auto& [name, loss] : losses)
    for (const DType of_input : {float32, float64}) {
      SCOPED_TRACE(str(name, " of ", of_input));
      const Tensor x = p.to(of_input).detach().requires_grad_();
      const Tensor expected = loss(x, t.to(of_input));
      const Tensor slope_expected = slope(expected, x);
      for (const DType dtype : {float32, float64, int64, uint8}) {
        const Tensor actual = loss(x, t.to(dtype));
        expect_close(actual, expected, 0);
        expect_close(slope(actual, x), slope_expected, 0);
      }
    }
}

TEST(LossDType, ATargetOfAnotherFloatGetsItsGradient) {
  const Tensor x = tensor({0.25F, 0.5F}), target = leaf({1, 0});
  nn::mse_loss(x, target).backward();
  expect_values(target.grad(), {0.75, -0.5});
  EXPECT_EQ(target.grad().dtype(), float64);
}

TEST(LossDType, OfModulesWhoseWeightIsABuffer) {
  nn::CrossEntropyLoss criterion({.weight = tensor({1., 2.})});
  EXPECT_EQ(criterion(ones({1, 2}), tensor({0})).dtype(), float32);
}

TEST(LossDType, TheFirstProgramOfANewUserTrains) {
  manual_seed(0);
  nn::Linear net(2, 1);
  nn::mse_loss(net(tensor({{0., 1.}, {1., 1.}})), tensor({{1}, {0}})).backward();
  EXPECT_EQ(net.weight.grad().dtype(), float32);
}

}  // namespace
}  // namespace xgrad::test
