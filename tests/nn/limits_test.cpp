// Losses and dropout at infinities and NaN: what has no weight contributes nothing.

#include "nn/activation.hpp"
#include "nn/dropout.hpp"
#include "nn/loss.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using nn::Reduction;

/// NaN and infinities equal, the others to 4 units in the last place.
void expect_limits(const Tensor& found, const Doubles& expected, const std::string& what) {
  const double eps = found.dtype() == float32 ? 1.2e-7 : 2.3e-16;
  const Doubles values = found.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size()) << what;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(values[i])) << what << " " << i << " is " << values[i];
    else if (std::isinf(expected[i]))
      EXPECT_EQ(values[i], expected[i]) << what << " " << i;
    else
      EXPECT_NEAR(values[i], expected[i], 4 * eps * std::abs(expected[i])) << what << " " << i;
  }
}

/// A loss, element by element, of input and target, with its derivatives by the input.
struct Row {
  std::string name;
  std::function<Tensor(const Tensor&, const Tensor&)> loss;
  Doubles input, target, value, slope;
};

template <class Options>
auto each(Tensor (*f)(const Tensor&, const Tensor&, const Options&), Options options = {}) {
  options.reduction = Reduction::none;
  return [=](const Tensor& x, const Tensor& t) { return f(x, t, options); };
}

std::vector<Row> rows() {
  const double e50 = std::exp(-50), l2 = std::log(2);
  const auto bce = each(nn::binary_cross_entropy_with_logits);
  const auto bce_with = [](double pos_weight) {
    return [pos_weight](const Tensor& x, const Tensor& t) {
      return each(nn::binary_cross_entropy_with_logits,
                  {.pos_weight = full({1}, pos_weight, {.dtype = x.dtype()})})(x, t);
    };
  };
  return {
      {"binary_cross_entropy_with_logits",
       bce,
       {-inf, inf, -inf, inf, -inf, inf},
       {0, 1, 0.5, 0.25, 1, 0},
       {0, 0, inf, inf, inf, inf},
       {0, 0, -0.5, 0.75, -1, 1}},
      {"binary_cross_entropy_with_logits in the tails",
       bce,
       {-50, 50, 50, -50, 0},
       {0, 1, 0, 1, 0.5},
       {e50, e50, 50, 50, l2},
       {e50, -e50, 1, -1, 0}},
      {"binary_cross_entropy_with_logits, pos_weight 3",
       bce_with(3),
       {-inf, inf, -inf, 50},
       {0, 1, 1, 1},
       {0, 0, inf, 3 * e50},
       {0, 0, -3, -3 * e50}},
      {"binary_cross_entropy_with_logits, pos_weight 0",
       bce_with(0),
       {-inf, inf, -inf, 2},
       {1, 1, 0.5, 1},
       {0, 0, 0, 0},
       {0, 0, 0, 0}},
      {"kl_div",
       each(nn::kl_div),
       {-inf, -1, -inf, -1},
       {0, 0, 0.5, 1},
       {0, 0, inf, 1},
       {0, 0, -0.5, -1}},
      {"kl_div of logarithms",
       each(nn::kl_div, {.log_target = true}),
       {-inf, -1, -inf, -1},
       {-inf, -inf, 0, 0},
       {0, 0, inf, 1},
       {0, 0, -1, -1}},
      {"mse_loss",
       each(nn::mse_loss),
       {inf, -inf, inf, 1},
       {0, 0, inf, inf},
       {inf, inf, nan, inf},
       {inf, -inf, nan, -inf}},
      {"l1_loss",
       each(nn::l1_loss),
       {inf, -inf, 1, 2},
       {0, 0, inf, 2},
       {inf, inf, inf, 0},
       {1, -1, -1, 0}},
      {"huber_loss",
       each(nn::huber_loss, {.delta = 2}),
       {inf, -inf, 1e38, 1e-15},
       {0, 0, 0, 0},
       {inf, inf, 2e38, 0.5e-30},
       {2, -2, 2, 1e-15}},
      {"smooth_l1_loss",
       each(nn::smooth_l1_loss, {.beta = 1e-30}),
       {inf, -inf, 1e38, 0x1p-100},
       {0, 0, 0, 0},
       {inf, inf, 1e38, 0x1p-201 / 1e-30},
       {1, -1, 1, 0x1p-100 / 1e-30}},
      {"hinge_embedding_loss",
       each(nn::hinge_embedding_loss),
       {inf, -inf, inf, -inf},
       {1, 1, -1, -1},
       {inf, -inf, 0, inf},
       {1, 1, 0, -1}},
      {"binary_cross_entropy",
       each(nn::binary_cross_entropy),
       {0, 1, 0, 1},
       {0, 1, 1, 0},
       {0, 0, 100, 100},
       {0, 0, -1e12, 1e12}},
  };
}

TEST(LossLimits, OfEveryElementwiseLoss) {
  for (const DType dtype : {float32, float64})
    for (const Row& row : rows()) {
      SCOPED_TRACE(row.name);
      if (row.name == "binary_cross_entropy" && dtype == float64) continue;  // 1e-12 is a float
      const Shape shape{row.input.size()};
      const Tensor x = tensor(row.input, shape, {.dtype = dtype, .requires_grad = true});
      const Tensor t = tensor(row.target, shape, {.dtype = dtype});
      const Tensor loss = row.loss(x, t);
      expect_limits(loss, row.value, "value");
      expect_limits(grad(sum(loss), x, {.retain_graph = true}), row.slope, "slope");
      expect_limits(grad(sum(loss), x, {.create_graph = true}), row.slope, "recorded slope");
    }
}

/// Expects a first and a second derivative of the loss of (logits) that are 0 in the `dropped`
/// rows.
void expect_nothing_of_rows(const std::function<Tensor(const Tensor&)>& loss, const Doubles& values,
                            const std::vector<bool>& dropped) {
  const Shape shape{dropped.size(), values.size() / dropped.size()};
  for (const DType dtype : {float32, float64}) {
    Doubles harmless = values;
    for (double& v : harmless)
      if (!std::isfinite(v)) v = 0.5;
    const auto derivatives = [&](const Doubles& numbers) {
      const Tensor x = tensor(numbers, shape, {.dtype = dtype, .requires_grad = true});
      const Tensor y = loss(x);
      const Tensor first = grad(y, x, {.create_graph = true});
      const Tensor second =  // nll_loss is linear
          first.requires_grad() ? grad(sum(square(first)), x) : zeros_like(x);
      return Tensors{y, first, second};
    };
    const Tensors found = derivatives(values), expected = derivatives(harmless);
    for (std::size_t k = 0; k < 3; ++k) {
      expect_limits(found[k], expected[k].to_vector<double>(), "derivative of order");
      if (k == 0) continue;
      for (std::size_t r = 0; r < dropped.size(); ++r)
        if (dropped[r]) {
          EXPECT_EQ(select(found[k], 0, static_cast<std::int64_t>(r)).to_vector<double>(),
                    Doubles(shape[1], 0.0));
        }
    }
  }
}

TEST(LossLimits, IgnoredRowsOfAnythingCountNothing) {
  const Doubles logits = {-inf, -inf, nan, 1, inf, inf, 2, -1};
  const std::vector<bool> dropped = {true, true, true, false};
  const Tensor labels = tensor({-100, -100, -100, 1});
  for (const Reduction reduction : {Reduction::mean, Reduction::sum})
    for (const double smoothing : {0.0, 0.1, 1.0}) {
      expect_nothing_of_rows(
          [&](const Tensor& x) {
            return nn::cross_entropy(x, labels,
                                     {.label_smoothing = smoothing, .reduction = reduction});
          },
          logits, dropped);
      expect_nothing_of_rows(
          [&](const Tensor& x) { return nn::nll_loss(x, labels, {.reduction = reduction}); },
          logits, dropped);
    }
}

TEST(LossLimits, RowsOfWeightZeroCountNothing) {
  const Tensor labels = tensor({0, 0, 0, 1});
  const auto weight = [](const Tensor& x) { return tensor({0., 2.}, {.dtype = x.dtype()}); };
  const Doubles logits = {-inf, -inf, nan, 1, inf, inf, 2, -1};
  const std::vector<bool> dropped = {true, true, true, false};
  expect_nothing_of_rows(
      [&](const Tensor& x) { return nn::cross_entropy(x, labels, {.weight = weight(x)}); }, logits,
      dropped);
  expect_nothing_of_rows(
      [&](const Tensor& x) { return nn::nll_loss(x, labels, {.weight = weight(x)}); }, logits,
      dropped);
  const auto element_weight = [](const Tensor& x) {
    return tensor(Doubles{0, 0, 0, 0, 0, 0, 2, 2}, x.shape(), {.dtype = x.dtype()});
  };
  expect_nothing_of_rows(
      [&](const Tensor& x) {
        return nn::binary_cross_entropy_with_logits(x, full(x.shape(), 0.25, {.dtype = x.dtype()}),
                                                    {.weight = element_weight(x)});
      },
      logits, dropped);
  const Doubles probabilities = {nan, inf, -inf, 1, nan, nan, 0.25, 0.75};
  expect_nothing_of_rows(
      [&](const Tensor& x) {
        return nn::binary_cross_entropy(x, full(x.shape(), 0.25, {.dtype = x.dtype()}),
                                        {.weight = element_weight(x)});
      },
      probabilities, dropped);
}

TEST(LossLimits, ClassesWithoutAShareMayHaveNoProbability) {
  const Tensor logits = tensor({{-inf, 0., 0.}, {0., inf, -inf}}, {.requires_grad = true});
  const Tensor q = tensor({{0., 0.5, 0.5}, {0., 1., 0.}});
  const Tensor loss = nn::cross_entropy(logits, q, {.reduction = Reduction::none});
  expect_limits(loss, {std::log(2), 0}, "value");
  expect_limits(grad(sum(loss), logits), {0, 0, 0, 0, 0, 0}, "slope");
}

TEST(LossLimits, CrossEntropyAtInfiniteLogits) {
  const Tensor logits =
      tensor({{inf, 0.}, {inf, 0.}, {-inf, 0.}, {-inf, 0.}, {-inf, -inf}}, {.requires_grad = true});
  const Tensor loss =
      nn::cross_entropy(logits, tensor({0, 1, 0, 1, 0}), {.reduction = Reduction::none});
  expect_limits(loss, {0, inf, inf, 0, nan}, "value");
  expect_limits(grad(sum(loss), logits), {0, 0, 1, -1, -1, 1, 0, 0, nan, nan}, "slope");
  EXPECT_EQ(
      nn::cross_entropy(tensor({{-inf, 0.}}), tensor({1}), {.label_smoothing = 0.1}).item<double>(),
      inf);
}

TEST(LossLimits, ClassesOfWeightZeroMayHaveNoProbability) {
  const Tensor logits = tensor({{-inf, 0., 0.}}, {.requires_grad = true});
  const Tensor loss = nn::cross_entropy(logits, tensor({1}),
                                        {.weight = tensor({0., 1., 1.}), .label_smoothing = 0.3});
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  EXPECT_TRUE(all(isfinite(grad(loss, logits))).item<bool>());
}

TEST(DropoutLimits, WhatIsDroppedIsZeroWhateverItIs) {
  manual_seed(0);
  for (const double p : {0.5, 1.0})
    for (const double v : {inf, -inf, nan}) {
      const Tensor x = full({100}, v, f64_grad);
      const Tensor y = nn::dropout(x, p);
      const Doubles values = y.to_vector<double>();
      const Doubles slopes = grad(sum(y), x, {.retain_graph = true}).to_vector<double>();
      const Doubles infinite = grad(sum(y * inf), x).to_vector<double>();
      for (std::size_t i = 0; i < values.size(); ++i)
        if (slopes[i] == 0) {
          EXPECT_EQ(values[i], 0);
          EXPECT_EQ(infinite[i], 0);
        } else {
          EXPECT_EQ(p, 0.5);
          EXPECT_EQ(slopes[i], 2);
        }
    }
}

TEST(ActivationLimits, OfModules) {
  const Tensor x = tensor({-inf, inf}, f64_grad);
  const auto check = [&](nn::Module& f, const Doubles& value, const Doubles& slope) {
    const Tensor y = f.forward(x);
    expect_limits(y, value, "value");
    expect_limits(grad(sum(y), x), slope, "slope");
  };
  nn::GELU gelu;
  nn::SiLU silu;
  nn::Softplus softplus(2);
  nn::LeakyReLU flat(0);
  nn::ELU elu(0.5);
  check(gelu, {0, inf}, {0, 1});
  check(silu, {0, inf}, {0, 1});
  check(softplus, {0, inf}, {0, 1});
  check(flat, {0, inf}, {0, 1});
  check(elu, {-0.5, inf}, {0, 1});
}

}  // namespace
}  // namespace xgrad::test
