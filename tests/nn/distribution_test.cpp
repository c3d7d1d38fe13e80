// Normal distributions against torch.distributions (tests/golden/distributions.py), by hand and at
// limits.

#include "nn/distribution.hpp"

#include <numbers>

#include "nn/loss.hpp"
#include "tests/nn/nn_golden.hpp"

namespace xgrad::test {
namespace {

using nn::kl_normal;
using nn::normal_log_prob;

/// One of the two functions, of tensors, and of numbers from the third argument on.
Tensor call(const std::string& function, const std::vector<TensorOrScalar>& a) {
  const TensorOrScalar zero = 0, one = 1;
  if (function == "normal_log_prob")
    return normal_log_prob(*a[0].tensor(), a.size() > 1 ? a[1] : zero, a.size() > 2 ? a[2] : one);
  return kl_normal(*a[0].tensor(), *a[1].tensor(), a.size() > 2 ? a[2] : zero,
                   a.size() > 3 ? a[3] : one);
}

TEST(DistributionGolden, EqualsPyTorch) {
  const json golden = read_golden("distributions.json");
  ASSERT_EQ(golden["cases"].size(), 20U);
  for (const json& test : golden["cases"])
    for (const DType dtype : {float32, float64}) {
      SCOPED_TRACE(test["function"].dump() + test["arguments"].dump());
      Tensors leaves;
      leaves.reserve(test["arguments"].size());
      std::vector<TensorOrScalar> arguments;
      for (const json& argument : test["arguments"])
        if (argument.is_number()) {
          arguments.emplace_back(argument.get<double>());
        } else {
          leaves.push_back(golden_tensor(argument, {.dtype = dtype, .requires_grad = true}));
          arguments.emplace_back(leaves.back());
        }
      const Tensor value = call(test["function"], arguments);
      expect_golden(value, test["value"]);
      value.backward(golden_seed(value));
      for (std::size_t i = 0; i < leaves.size(); ++i)
        expect_golden(leaves[i].grad(), test["gradients"][i]);
    }
}

TEST(Distribution, DensityAddsUpToOne) {
  const Tensor x = linspace(-40, 40, 80001, f64);
  EXPECT_NEAR((sum(exp(normal_log_prob(x, 1.5, 3))) * 1e-3).item<double>(), 1, 1e-12);
}

TEST(Distribution, DivergenceIsTheMeanDifferenceOfLogarithms) {
  const Tensor x = linspace(-30, 30, 60001, f64);
  const Tensor mean = tensor(0.5), std = tensor(1.25);
  const Tensor log_p = normal_log_prob(x, mean, std);
  const Tensor integral = sum(exp(log_p) * (log_p - normal_log_prob(x, -1, 2))) * 1e-3;
  expect_close(kl_normal(mean, std, -1, 2), integral);
}

TEST(Distribution, DivergenceOfADistributionFromItselfIsZero) {
  const Tensor mean = tensor({-3., 0., 1e200}), std = tensor({1e-200, 1., 1e200});
  expect_values(kl_normal(mean, std, mean, std), {0, 0, 0});
  expect_values(kl_normal(zeros({2}), ones({2})), {0, 0});
}

TEST(DistributionLimits, ValuesAndSlopes) {
  for (const DType dtype : {float32, float64}) {
    const Tensor x =
        tensor(Doubles{inf, -inf, nan, 0}, {4}, {.dtype = dtype, .requires_grad = true});
    const Tensor log_p = normal_log_prob(x, 0, 2);
    EXPECT_TRUE(array_equal(log_p < -1e300, tensor({true, true, false, false})));
    expect_close(log_p[-1], tensor(-0.5 * std::log(8 * std::numbers::pi)).to(dtype), 1e-6);
    EXPECT_TRUE(
        array_equal(grad(sum(log_p), x), tensor(Doubles{-inf, inf, nan, 0}).to(dtype), true));

    // A variance that vanishes costs without end, as does a mean that moves away.
    const Tensor std = tensor(Doubles{1e-30, 1, 1}, {3}, {.dtype = dtype, .requires_grad = true});
    const Tensor mean = tensor(Doubles{0, inf, nan}, {3}, {.dtype = dtype, .requires_grad = true});
    const Tensor kl = kl_normal(mean, std);
    EXPECT_NEAR(kl[0].item<double>(), 30 * std::log(10) - 0.5, 1e-4);
    EXPECT_EQ(kl[1].item<double>(), inf);
    EXPECT_TRUE(std::isnan(kl[2].item<double>()));
    const Tensors slopes = grad({sum(kl)}, {mean, std});
    EXPECT_TRUE(array_equal(slopes[0], tensor(Doubles{0, inf, nan}).to(dtype), true));
    EXPECT_NEAR(slopes[1][0].item<double>() / -1e30, 1, 1e-6);
  }
}

TEST(Distribution, ArgumentsThatDoNotFit) {
  const Tensor x = zeros({2, 3}), integers = zeros({2, 3}, i64);
  EXPECT_EQ(ERROR_OF(ValueError, normal_log_prob(x, 0, 0)),
            "normal_log_prob: std is 0; expected more than 0");
  EXPECT_EQ(ERROR_OF(ValueError, normal_log_prob(x, 0, tensor({1.F, -0.5F, 1.F}))),
            "normal_log_prob: std is -0.5; expected more than 0");
  EXPECT_EQ(ERROR_OF(ValueError, kl_normal(x, zeros({3}))),
            "kl_normal: std_p is 0; expected more than 0");
  EXPECT_EQ(ERROR_OF(ValueError, kl_normal(x, ones({3}), 0, -1)),
            "kl_normal: std_q is -1; expected more than 0");
  for (const double wrong : {nan, inf}) {
    EXPECT_THROW(normal_log_prob(x, 0, wrong), ValueError);
    EXPECT_THROW(kl_normal(x, full({3}, wrong)), ValueError);
  }
  EXPECT_EQ(ERROR_OF(DTypeError, normal_log_prob(integers)),
            "normal_log_prob: x of shape (2, 3) is int64; expected float32 or float64, as from "
            "to(float32)");
  EXPECT_EQ(ERROR_OF(DTypeError, kl_normal(x, integers + 1)),
            "kl_normal: std_p of shape (2, 3) is int64; expected float32 or float64, as from "
            "to(float32)");
  EXPECT_THROW(kl_normal(integers, ones({3})), DTypeError);
  EXPECT_THROW(normal_log_prob(x, zeros({3}, f64)), DTypeError);
  EXPECT_THROW(normal_log_prob(x, zeros({4})), ShapeError);
  EXPECT_THROW(kl_normal(x, ones({4})), ShapeError);
  const Tensor undefined;
  const auto names = [](const std::string& message, const char* part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  names(ERROR_OF(ValueError, normal_log_prob(undefined)), "normal_log_prob: x");
  names(ERROR_OF(ValueError, normal_log_prob(x, undefined)), "normal_log_prob: mean");
  names(ERROR_OF(ValueError, normal_log_prob(x, 0, undefined)), "normal_log_prob: std");
  names(ERROR_OF(ValueError, kl_normal(undefined, x)), "kl_normal: mean_p");
  names(ERROR_OF(ValueError, kl_normal(x, undefined)), "kl_normal: std_p");
  names(ERROR_OF(ValueError, kl_normal(x, ones({3}), undefined)), "kl_normal: mean_q");
  names(ERROR_OF(ValueError, kl_normal(x, ones({3}), 0, undefined)), "kl_normal: std_q");
}

// What the header says of the Bernoulli distribution.
TEST(Distribution, BernoulliIsTheNegatedCrossEntropyOfLogits) {
  const Tensor logits = tensor({-2., 0., 3.}), p = sigmoid(logits);
  const auto log_prob = [&](const Tensor& x) {
    return -nn::binary_cross_entropy_with_logits(logits, x, {.reduction = nn::Reduction::none});
  };
  expect_close(log_prob(ones({3})), log(p));
  expect_close(log_prob(zeros({3})), log(1 - p));
}

}  // namespace
}  // namespace xgrad::test
