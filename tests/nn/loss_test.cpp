#include "nn/loss.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "autograd/creation.hpp"
#include "autograd/gradcheck.hpp"
#include "autograd/message.hpp"
#include "autograd/ops.hpp"
#include "autograd/random.hpp"
#include "nn/linear.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad::test {
namespace {

using nlohmann::json;
using nn::cross_entropy;
using nn::mse_loss;
using nn::nll_loss;
using nn::Reduction;

// ---- against PyTorch (tests/golden/nn_losses.py)

template <class T>
Tensor tensor_of(const json& value, const TensorOptions& options = {}) {
  return tensor(value["values"].get<std::vector<T>>(),
                Shape(value["shape"].get<std::vector<std::size_t>>()), options);
}

void expect_equal(const Tensor& found, const json& expected, const std::string& what) {
  ASSERT_EQ(found.shape(), Shape(expected["shape"].get<std::vector<std::size_t>>())) << what;
  const std::vector<double> values = found.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double reference = expected["values"][i];
    EXPECT_NEAR(values[i], reference, 1e-12 * std::max(1.0, std::abs(reference)))
        << what << " " << i;
  }
}

/// Calls the loss of a case; `weight`, scores and target come from the file.
Tensor loss_of(const json& test, const Tensor& weight, const Tensor& scores, const Tensor& target) {
  const std::string reduction_name = test["reduction"];
  const Reduction reduction = reduction_name == "none"   ? Reduction::none
                              : reduction_name == "mean" ? Reduction::mean
                                                         : Reduction::sum;
  const std::string function = test["loss_function"];
  if (function == "mse_loss") return mse_loss(scores, target, {.reduction = reduction});
  const Tensor used_weight = test["weighted"] ? weight : Tensor();
  const std::int64_t ignore_index = test.value("ignore_index", std::int64_t{-100});
  if (function == "nll_loss")
    return nll_loss(scores, target,
                    {.weight = used_weight, .ignore_index = ignore_index, .reduction = reduction});
  return cross_entropy(scores, target,
                       {.weight = used_weight,
                        .label_smoothing = test["label_smoothing"],
                        .ignore_index = ignore_index,
                        .reduction = reduction});
}

TEST(Loss, EveryCombinationOfOptionsAsInPyTorch) {
  std::ifstream file(XGRAD_SOURCE_DIR "/tests/golden/nn_losses.json");
  const json golden = json::parse(file);
  const Tensor weight = tensor_of<double>(golden["weight"]);
  ASSERT_EQ(golden["cases"].size(), 252U);
  for (const json& test : golden["cases"]) {
    const std::string shape = test["scores"];
    json options = test;
    options.erase("loss");
    options.erase("gradients");
    const std::string what = options.dump();

    Tensor scores = tensor_of<double>(golden["scores"][shape], {.requires_grad = true});
    if (test["loss_function"] == "nll_loss")
      scores = log_softmax(scores.detach(), scores.ndim() == 1 ? 0 : 1).requires_grad_();
    const bool labels = test["target"] == "labels";
    const Tensor target =
        labels ? tensor_of<std::int64_t>(golden["labels"][shape])
               : tensor_of<double>(golden["probabilities"][shape], {.requires_grad = true});

    const Tensor loss = loss_of(test, weight, scores, target);
    expect_equal(loss, test["loss"], what);
    std::vector<double> seed(loss.numel());
    for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<double>(i + 1);
    loss.backward(tensor(seed, loss.shape()));
    expect_equal(scores.grad(), test["gradients"][0], what + " input");
    if (!labels) expect_equal(target.grad(), test["gradients"][1], what + " target");
  }
}

// ---- by differences

TEST(Loss, GradientsAgreeWithDifferencesTwice) {
  manual_seed(0);
  const Tensor x = randn({4, 3}, {.dtype = float64, .requires_grad = true});
  const Tensor labels = tensor({2, 0, 1, 0});
  const Tensor q = softmax(randn({4, 3}, {.dtype = float64}), 1).requires_grad_();
  const Tensor weight = tensor({0.5, 2., 1.5});
  for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum})
    for (const double s : {0.0, 0.2})
      for (const Tensor& w : {Tensor(), weight}) {
        const auto by_label = [&](const Tensor& logits) {
          return cross_entropy(
              logits, labels,
              {.weight = w, .label_smoothing = s, .ignore_index = 1, .reduction = reduction});
        };
        EXPECT_TRUE(gradcheck(by_label, x));
        EXPECT_TRUE(gradgradcheck(by_label, x));
        const auto by_probability = [&](const std::vector<Tensor>& in) {
          return cross_entropy(in[0], in[1],
                               {.weight = w, .label_smoothing = s, .reduction = reduction});
        };
        EXPECT_TRUE(gradcheck(by_probability, {x, q}));
        EXPECT_TRUE(gradgradcheck(by_probability, {x, q}));
      }
  const auto squared = [](const std::vector<Tensor>& in) { return mse_loss(in[0], in[1]); };
  EXPECT_TRUE(gradcheck(squared, {x, q}));
  EXPECT_TRUE(gradgradcheck(squared, {x, q}));
}

// ---- by hand

TEST(Loss, CrossEntropyOfEqualLogitsIsTheLogarithmOfTheClasses) {
  const Tensor loss = cross_entropy(zeros({5, 10}), tensor({0, 1, 2, 3, 9}));
  EXPECT_EQ(loss.shape(), Shape{});
  EXPECT_EQ(loss.dtype(), float32);
  EXPECT_FLOAT_EQ(loss.item<float>(), std::log(10.0F));
}

TEST(Loss, CrossEntropyIsSafeForHugeLogits) {
  for (const DType dtype : {float32, float64}) {
    const Tensor logits =
        tensor({{1e4, -1e4}, {1e4, -1e4}}, {.dtype = dtype, .requires_grad = true});
    const Tensor loss = cross_entropy(logits, tensor({0, 1}), {.reduction = Reduction::none});
    EXPECT_EQ(loss.to_vector<double>(), (std::vector<double>{0, 2e4}));
    sum(loss).backward();
    EXPECT_EQ(logits.grad().to_vector<double>(), (std::vector<double>{0, 0, 1, -1}));
  }
}

TEST(Loss, WhereNothingCountsTheMeanIsNaN) {
  const Tensor logits = ones({2, 3}, {.requires_grad = true});
  const Tensor ignored = tensor({-100, -100});
  EXPECT_TRUE(std::isnan(cross_entropy(logits, ignored).item<float>()));
  EXPECT_EQ(cross_entropy(logits, ignored, {.reduction = Reduction::sum}).item<float>(), 0);
  const Tensor none = zeros({0, 3});
  const Tensor no_labels = zeros({0}, {.dtype = int64});
  EXPECT_TRUE(std::isnan(cross_entropy(none, no_labels).item<float>()));
  EXPECT_EQ(cross_entropy(none, no_labels, {.reduction = Reduction::none}).shape(), Shape{0});
}

TEST(Loss, IgnoredSamplesPassNoGradientEvenWhereTheirsIsInfinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor log_p = tensor({{-infinity, -0.5}, {-0.25, -2.}}, {.requires_grad = true});
  const Tensor loss = nll_loss(log_p, tensor({-1, 0}), {.ignore_index = -1});
  EXPECT_EQ(loss.item<double>(), 0.25);
  loss.backward();
  EXPECT_EQ(log_p.grad().to_vector<double>(), (std::vector<double>{0, 0, -1, 0}));
}

TEST(Loss, WeightGetsNoGradient) {
  const Tensor weight = ones({2}, {.requires_grad = true});
  const Tensor logits = ones({1, 2}, {.requires_grad = true});
  cross_entropy(logits, tensor({0}), {.weight = weight, .label_smoothing = 0.1}).backward();
  EXPECT_TRUE(logits.has_grad());
  EXPECT_FALSE(weight.has_grad());
}

TEST(Loss, ModulesCallTheFunctions) {
  manual_seed(4);
  const Tensor x = randn({3, 2});
  const Tensor labels = tensor({1, 0, 1});
  const Tensor weight = tensor({0.5F, 2.F});
  nn::CrossEntropyLoss criterion({.weight = weight, .label_smoothing = 0.1});
  EXPECT_EQ(criterion(x, labels).item<float>(),
            cross_entropy(x, labels, {.weight = weight, .label_smoothing = 0.1}).item<float>());
  nn::NLLLoss nll({.ignore_index = 0, .reduction = Reduction::sum});
  EXPECT_EQ(nll(x, labels).item<float>(),
            nll_loss(x, labels, {.ignore_index = 0, .reduction = Reduction::sum}).item<float>());
  nn::MSELoss mse({.reduction = Reduction::none});
  EXPECT_EQ(mse(x, zeros({3, 2})).to_vector<float>(), square(x).to_vector<float>());

  // The weight is a buffer: it goes where the module goes.
  EXPECT_EQ(criterion.named_buffers().at(0).first, "weight");
  criterion.to(float64);
  EXPECT_EQ(criterion(x.to(float64), labels).dtype(), float64);
  EXPECT_TRUE(nn::CrossEntropyLoss().state_dict().empty());
  EXPECT_EQ(error_of<Error>([] { nn::MSELoss()(ones({1})); }),
            "forward: MSELoss defines no Tensor forward(const Tensor&)");
}

TEST(Loss, TrainsALayer) {
  manual_seed(5);
  nn::Linear layer(2, 2);
  const Tensor x = tensor({{1.F, 0.F}, {0.F, 1.F}});
  const Tensor labels = tensor({0, 1});
  double first = 0;
  double last = 0;
  for (int step = 0; step < 100; ++step) {
    layer.zero_grad();
    const Tensor loss = cross_entropy(layer(x), labels);
    loss.backward();
    for (const Tensor& p : layer.parameters()) {
      Tensor values = p.detach();
      values.add_(p.grad(), -1);
    }
    (step == 0 ? first : last) = loss.item<double>();
  }
  EXPECT_GT(first, 0.2);
  EXPECT_LT(last, 0.05);
}

// ---- errors

TEST(Loss, LabelsOutOfRange) {
  EXPECT_EQ(error_of<ValueError>([] {
              cross_entropy(zeros({3, 10}), tensor({0, 10, -1}));
            }),
            "cross_entropy: label 1 is 10 but there are 10 classes; expected 0 to 9, or -100 to "
            "ignore it");
  EXPECT_EQ(error_of<ValueError>([] {
              nll_loss(zeros({2, 3}), tensor({0, -1}), {.ignore_index = 1});
            }),
            "nll_loss: label 1 is -1 but there are 3 classes; expected 0 to 2, or 1 to ignore it");
}

TEST(Loss, ShapesAndDTypesThatDoNotFit) {
  const Tensor logits = zeros({3, 4});
  const Tensor labels = tensor({0, 1, 2});
  EXPECT_EQ(error_of<ShapeError>([&] {
              cross_entropy(logits, tensor({0, 1}));
            }),
            "cross_entropy: labels of shape (2,) for scores of shape (3, 4); expected (3,)");
  EXPECT_EQ(error_of<ShapeError>([&] { cross_entropy(logits, zeros({3})); }),
            "cross_entropy: probabilities of shape (3,) for logits of shape (3, 4); expected equal "
            "shapes, or labels of int64");
  EXPECT_EQ(error_of<DTypeError>([&] {
              cross_entropy(logits, zeros({3, 4}, {.dtype = float64}));
            }),
            "cross_entropy: probabilities are float64 but the logits are float32; expected the "
            "same");
  EXPECT_EQ(error_of<DTypeError>([&] { nll_loss(logits, zeros({3})); }),
            "nll_loss: labels of shape (3,) are float32; expected int64");
  EXPECT_EQ(error_of<DTypeError>([&] {
              cross_entropy(tensor({{1, 2}}), tensor({0}));
            }),
            "cross_entropy: scores of shape (1, 2) are int64; expected float32 or float64");
  EXPECT_EQ(error_of<ShapeError>([&] { cross_entropy(logits, labels, {.weight = ones({3})}); }),
            "cross_entropy: weight of shape (3,) for scores of shape (3, 4); expected one for each "
            "class: (4,)");
  EXPECT_EQ(error_of<DTypeError>(
                [&] { cross_entropy(logits, labels, {.weight = ones({4}, {.dtype = float64})}); }),
            "cross_entropy: weight is float64 but the scores are float32; expected the same");
  EXPECT_EQ(error_of<ShapeError>([&] { cross_entropy(zeros({}), tensor(0)); }),
            "cross_entropy: a 0-d tensor of scores; expected (N, classes) or (classes,)");
  EXPECT_EQ(error_of<ShapeError>([&] {
              mse_loss(zeros({3, 2}), zeros({3}));
            }),
            "mse_loss: shapes (3, 2) and (3,) do not broadcast: 2 vs 3 at axis -1; expected equal "
            "extents, or 1");
  EXPECT_EQ(mse_loss(ones({3, 1}), zeros({2}), {.reduction = Reduction::none}).shape(),
            (Shape{3, 2}));
}

TEST(Loss, OptionsOutOfRange) {
  EXPECT_EQ(error_of<ValueError>([] {
              cross_entropy(zeros({1, 2}), tensor({0}), {.label_smoothing = 1.5});
            }),
            "cross_entropy: label_smoothing is 1.5; expected a share from 0 to 1");
  EXPECT_THROW(nn::CrossEntropyLoss({.label_smoothing = -0.1}), ValueError);
  EXPECT_EQ(error_of<ValueError>([] {
              cross_entropy(zeros({1, 2}), ones({1, 2}), {.ignore_index = 0});
            }),
            "cross_entropy: ignore_index is 0 but the target holds probabilities, not labels");
}

}  // namespace
}  // namespace xgrad::test
