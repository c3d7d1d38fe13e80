#include "nn/loss.hpp"

#include "autograd/support/str.hpp"
#include "nn/linear.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using nn::cross_entropy;
using nn::mse_loss;
using nn::nll_loss;
using nn::Reduction;

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
    expect_values(loss, {0, 2e4});
    sum(loss).backward();
    expect_values(logits.grad(), {0, 0, 1, -1});
  }
}

// nll_loss(log_softmax(x)) is what it stands for.
TEST(Loss, CrossEntropyInOneNodeEqualsTheComposedOne) {
  manual_seed(3);
  for (const DType dtype : {float32, float64})
    for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum})
      for (const Shape& shape : {Shape{1, 1}, {1, 3}, {7, 10}, {3, 17}, {5, 40}}) {
        const Tensor x = randn(shape, {.dtype = dtype, .requires_grad = true});
        const auto classes = static_cast<std::int64_t>(shape[1]);
        const Tensor labels = randint(0, classes, {shape[0]});
        const Tensor one = cross_entropy(x, labels, {.reduction = reduction});
        const Tensor composed = nll_loss(log_softmax(x), labels, {.reduction = reduction});
        EXPECT_STREQ(one.op_name(), "cross_entropy");
        const double tolerance = dtype == float32 ? 1e-6 : 1e-14;
        expect_close(one, composed, 0);
        const Tensor g = randn(one.shape(), dtype), v = randn(shape, dtype);
        const auto gradient = [&](const Tensor& loss, bool recorded) {
          return grad(sum(loss * g), x, {.retain_graph = true, .create_graph = recorded});
        };
        for (const bool recorded : {false, true})
          expect_close(gradient(one, recorded).detach(), gradient(composed, false), tolerance);
        expect_close(grad(sum(gradient(one, true) * v), x),
                     grad(sum(gradient(composed, true) * v), x), tolerance);
      }
}

TEST(Loss, CrossEntropyInOneNodeHasTheLimitsOfTheComposedOne) {
  const Tensor rows = tensor({{inf, 0., 1.},
                              {inf, 0., 1.},
                              {inf, inf, 1.},
                              {-inf, 0., 1.},
                              {-inf, -inf, -inf},
                              {nan, 0., 1.},
                              {1e300, -1e300, 0.}});
  const Tensor labels = tensor({0, 1, 0, 0, 1, 1, 1});
  const Tensor x = rows.clone().requires_grad_(), y = rows.clone().requires_grad_();
  const Tensor one = cross_entropy(x, labels, {.reduction = Reduction::none});
  const Tensor composed = nll_loss(log_softmax(y), labels, {.reduction = Reduction::none});
  EXPECT_TRUE(array_equal(one, composed, true)) << one << composed;
  // Single rows take another way than narrow ones side by side.
  for (std::size_t i = 0; i < rows.size(0); ++i) {
    const Tensor row = rows[{Slice(i, i + 1)}], label = labels[{Slice(i, i + 1)}];
    EXPECT_TRUE(allclose(cross_entropy(row, label), one[i], 1e-15, 0, true)) << i;
    EXPECT_TRUE(allclose(softmax(row)[0], softmax(rows)[i], 1e-15, 0, true)) << i;
    EXPECT_TRUE(allclose(log_softmax(row)[0], log_softmax(rows)[i], 1e-15, 0, true)) << i;
  }
  sum(one).backward();
  sum(composed).backward();
  EXPECT_TRUE(allclose(x.grad(), y.grad(), 1e-15, 0, true)) << x.grad() << y.grad();
}

TEST(Loss, WhereNothingCountsTheMeanIsNaN) {
  const Tensor logits = ones({2, 3}, {.requires_grad = true});
  const Tensor ignored = tensor({-100, -100});
  EXPECT_TRUE(std::isnan(cross_entropy(logits, ignored).item<float>()));
  EXPECT_EQ(cross_entropy(logits, ignored, {.reduction = Reduction::sum}).item<float>(), 0);
  const Tensor none = zeros({0, 3});
  const Tensor no_labels = zeros({0}, i64);
  EXPECT_TRUE(std::isnan(cross_entropy(none, no_labels).item<float>()));
  EXPECT_EQ(cross_entropy(none, no_labels, {.reduction = Reduction::none}).shape(), Shape{0});
}

TEST(Loss, IgnoredSamplesPassNoGradientEvenWhereTheirsIsInfinite) {
  const Tensor log_p = tensor({{-inf, -0.5}, {-0.25, -2.}}, {.requires_grad = true});
  const Tensor loss = nll_loss(log_p, tensor({-1, 0}), {.ignore_index = -1});
  EXPECT_EQ(loss.item<double>(), 0.25);
  loss.backward();
  expect_values(log_p.grad(), {0, 0, -1, 0});
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
  EXPECT_EQ(ERROR_OF(Error, nn::MSELoss()(ones({1}))),
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
  EXPECT_EQ(ERROR_OF(ValueError, cross_entropy(zeros({3, 10}), tensor({0, 10, -1}))),
            "cross_entropy: label 1 is 10 but there are 10 classes; expected 0 to 9, or -100 to "
            "ignore it");
  EXPECT_EQ(ERROR_OF(ValueError, nll_loss(zeros({2, 3}), tensor({0, -1}), {.ignore_index = 1})),
            "nll_loss: label 1 is -1 but there are 3 classes; expected 0 to 2, or 1 to ignore it");
}

TEST(Loss, ShapesAndDTypesThatDoNotFit) {
  const Tensor logits = zeros({3, 4});
  const Tensor labels = tensor({0, 1, 2});
  EXPECT_EQ(ERROR_OF(ShapeError, cross_entropy(logits, tensor({0, 1}))),
            "cross_entropy: labels of shape (2,) for scores of shape (3, 4); expected (3,)");
  EXPECT_EQ(ERROR_OF(ShapeError, cross_entropy(logits, zeros({3}))),
            "cross_entropy: probabilities of shape (3,) for logits of shape (3, 4); expected equal "
            "shapes, or labels of int64");
  EXPECT_EQ(ERROR_OF(DTypeError, nll_loss(logits, zeros({3}))),
            "nll_loss: labels of shape (3,) are float32; expected int64, as from to(int64)");
  EXPECT_EQ(ERROR_OF(DTypeError, cross_entropy(tensor({{1, 2}}), tensor({0}))),
            "cross_entropy: logits of shape (1, 2) is int64; expected float32 or float64, as from "
            "to(float32)");
  EXPECT_EQ(ERROR_OF(ShapeError, cross_entropy(logits, labels, {.weight = ones({3})})),
            "cross_entropy: weight of shape (3,) for scores of shape (3, 4); expected one for each "
            "class: (4,)");
  EXPECT_EQ(ERROR_OF(ShapeError, cross_entropy(zeros({}), tensor(0))),
            "cross_entropy: a 0-d tensor of scores; expected (N, classes) or (classes,)");
  EXPECT_EQ(ERROR_OF(ShapeError, mse_loss(zeros({3, 2}), zeros({3}))),
            "mse_loss: shapes (3, 2) and (3,) do not broadcast: 2 vs 3 at axis -1; expected equal "
            "extents, or 1");
  EXPECT_EQ(mse_loss(ones({3, 1}), zeros({2}), {.reduction = Reduction::none}).shape(),
            (Shape{3, 2}));
}

TEST(Loss, InputsAndTargetsThatDoNotFitEachOther) {
  const Tensor x = full({2, 3}, 0.5);
  const Tensor other = zeros({2});
  const Tensor integers = zeros({2, 3}, i64);
  EXPECT_EQ(nn::mse_loss(integers, x).item<double>(), 0.25);
  EXPECT_EQ(ERROR_OF(DTypeError, nn::huber_loss(integers, integers)),
            "huber_loss: input is int64 and target int64; expected a float input, as from "
            "to(float32)");

  EXPECT_EQ(ERROR_OF(ShapeError, nn::binary_cross_entropy(x, other)),
            "binary_cross_entropy: input has shape (2, 3) but target has (2,); expected the same");
  EXPECT_EQ(
      ERROR_OF(ShapeError, nn::binary_cross_entropy_with_logits(x, other)),
      "binary_cross_entropy_with_logits: input has shape (2, 3) but target has (2,); expected "
      "the same");
  EXPECT_EQ(ERROR_OF(DTypeError, nn::binary_cross_entropy(integers, x)),
            "binary_cross_entropy: input of shape (2, 3) is int64; expected float32 or float64, "
            "as from to(float32)");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::kl_div(x, other)),
            "kl_div: shapes (2, 3) and (2,) do not broadcast: 3 vs 2 at axis -1; expected equal "
            "extents, or 1");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::binary_cross_entropy(x, x, {.weight = ones({4, 2, 3})})),
            "binary_cross_entropy: weight of shape (4, 2, 3) for input of shape (2, 3); expected a "
            "shape that broadcasts to it");
}

TEST(Loss, ValuesOutOfRange) {
  EXPECT_EQ(ERROR_OF(ValueError, nn::binary_cross_entropy(tensor({0.5, 1.25}), tensor({0., 1.}))),
            "binary_cross_entropy: input 1 is 1.25; expected a probability from 0 to 1, as from "
            "sigmoid");
  EXPECT_THROW(nn::binary_cross_entropy(tensor({std::nan("")}), tensor({0.})), ValueError);
  EXPECT_EQ(ERROR_OF(ValueError, nn::hinge_embedding_loss(tensor({0.5, 1.25}), tensor({1, 0}))),
            "hinge_embedding_loss: target 1 is 0; expected 1 or -1");
  EXPECT_EQ(
      ERROR_OF(ValueError, mse_loss(ones({2}), ones({2}), {.reduction = Reduction::batchmean})),
      "mse_loss: reduction is batchmean, which kl_div alone has; expected none, mean or sum");
}

TEST(Loss, AreSafeAtTheEndsOfTheirDomains) {
  const Tensor far = tensor({-inf, inf}, {.requires_grad = true});
  sum(nn::huber_loss(far, zeros({2}, f64), {.reduction = Reduction::none})).backward();
  expect_values(far.grad(), {-1, 1});

  const Tensor logits = tensor({1e4F, -1e4F, 1e4F, -1e4F}, {.requires_grad = true});
  const Tensor loss = nn::binary_cross_entropy_with_logits(logits, tensor({1.F, 0.F, 0.F, 1.F}),
                                                           {.reduction = Reduction::none});
  expect_values(loss, {0, 0, 1e4, 1e4});
  sum(loss).backward();
  expect_values(logits.grad(), {0, 0, 1, -1});
}

TEST(Loss, OfNumbersIsTwiceDifferentiableAtZero) {
  const Tensor x = tensor({0., 0.25, 3.}, {.requires_grad = true});
  const Tensor zero = zeros({3}, f64);
  const Tensor first = grad({nn::huber_loss(x, zero, {.reduction = Reduction::sum})}, {x},
                            {.create_graph = true})[0];
  expect_values(grad({sum(first)}, {x})[0], {1, 1, 0});
}

TEST(Loss, ModulesPrintTheirOptionsAndKeepTheirWeights) {
  EXPECT_EQ(nn::HuberLoss({.delta = 2}).extra_repr(), "delta=2");
  EXPECT_EQ(nn::SmoothL1Loss().extra_repr(), "beta=1");
  EXPECT_EQ(nn::HingeEmbeddingLoss({.margin = 0.5}).extra_repr(), "margin=0.5");
  nn::BCEWithLogitsLoss criterion({.weight = ones({2}), .pos_weight = ones({2})});
  EXPECT_EQ(criterion.named_buffers().size(), 2U);
  criterion.to(float64);
  EXPECT_EQ(criterion(zeros({2}, f64), ones({2}, f64)).dtype(), float64);
}

TEST(Loss, OptionsOutOfRange) {
  EXPECT_EQ(ERROR_OF(ValueError, nn::huber_loss(ones({1}), ones({1}), {.delta = 0})),
            "huber_loss: delta is 0; expected more than 0");
  EXPECT_EQ(ERROR_OF(ValueError, nn::smooth_l1_loss(ones({1}), ones({1}), {.beta = -1})),
            "smooth_l1_loss: beta is -1; expected 0 or more");
  EXPECT_THROW(nn::HuberLoss({.delta = -1}), ValueError);
  EXPECT_THROW(nn::SmoothL1Loss({.beta = -1}), ValueError);

  EXPECT_EQ(
      ERROR_OF(ValueError, cross_entropy(zeros({1, 2}), tensor({0}), {.label_smoothing = 1.5})),
      "cross_entropy: label_smoothing is 1.5; expected a fraction from 0 to 1");
  EXPECT_THROW(nn::CrossEntropyLoss({.label_smoothing = -0.1}), ValueError);
  EXPECT_EQ(ERROR_OF(ValueError, cross_entropy(zeros({1, 2}), ones({1, 2}), {.ignore_index = 0})),
            "cross_entropy: ignore_index is 0 but the target holds probabilities, not labels");
}

}  // namespace
}  // namespace xgrad::test
