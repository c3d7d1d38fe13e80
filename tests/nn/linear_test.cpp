#include "nn/linear.hpp"

#include "autograd/gradcheck.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Linear, ComputesXTimesTransposedWeightPlusBias) {
  nn::Linear layer(2, 3);
  layer.load_state_dict(
      {{"weight", tensor({{1., 2.}, {3., 4.}, {5., 6.}})}, {"bias", tensor({10., 20., 30.})}});
  const Tensor y = layer(tensor({{1.F, -1.F}, {2.F, 0.F}}));
  EXPECT_EQ(y.shape(), (Shape{2, 3}));
  expect_values(y, {9, 19, 29, 12, 26, 40});
  EXPECT_EQ(layer(ones({4, 5, 2})).shape(), (Shape{4, 5, 3}));
}

TEST(Linear, WithoutBias) {
  nn::Linear layer(2, 3, {.bias = false});
  EXPECT_FALSE(layer.bias.defined());
  EXPECT_EQ(layer.parameters().size(), 1U);
  expect_values(layer(zeros({1, 2})), {0, 0, 0});
}

TEST(Linear, StartsUniformWithinOneOverRootOfInputs) {
  manual_seed(0);
  const nn::Linear layer(400, 300);
  EXPECT_EQ(layer.weight.shape(), (Shape{300, 400}));
  EXPECT_EQ(layer.bias.shape(), (Shape{300}));
  EXPECT_EQ(layer.weight.dtype(), float32);
  for (const Tensor& parameter : layer.parameters()) {
    const Doubles values = parameter.to_vector<double>();
    double square = 0;
    double largest = 0;
    for (const double v : values) {
      square += v * v / static_cast<double>(values.size());
      largest = std::max(largest, std::abs(v));
    }
    EXPECT_LE(largest, 0.05);
    EXPECT_GT(largest, 0.049);
    EXPECT_NEAR(std::sqrt(square), 0.05 / std::sqrt(3.0), values.size() > 1000 ? 1e-4 : 2e-3);
  }
}

TEST(Linear, SeedDecidesTheStart) {
  manual_seed(7);
  const nn::Linear a(5, 4);
  const nn::Linear b(5, 4);
  manual_seed(7);
  const nn::Linear c(5, 4);
  EXPECT_EQ(a.weight.to_vector<float>(), c.weight.to_vector<float>());
  EXPECT_EQ(a.bias.to_vector<float>(), c.bias.to_vector<float>());
  EXPECT_NE(a.weight.to_vector<float>(), b.weight.to_vector<float>());
}

TEST(Linear, GradientsAgreeWithDifferences) {
  manual_seed(1);
  nn::Linear layer(3, 2);
  layer.to(float64);
  const Tensor x = randn({4, 3}, f64_grad);
  const auto f = [&] { return layer(x); };
  EXPECT_TRUE(gradcheck(f, {x, layer.weight, layer.bias}));
  EXPECT_TRUE(gradgradcheck(f, {x, layer.weight, layer.bias}));
}

TEST(Linear, NoFeatures) {
  nn::Linear layer(0, 3);
  expect_values(layer(zeros({2, 0})), Doubles(6, 0));
  EXPECT_EQ(ERROR_OF(ValueError, nn::Linear(-1, 3)),
            "Linear: -1 input and 3 output features; expected 0 or more of each");
}

TEST(Linear, RefusesOtherInputs) {
  nn::Linear layer(3, 2);
  expect_contains(ERROR_OF(ShapeError, layer(ones({1, 4}))), {"linear: "});
}

TEST(Bilinear, EqualsPyTorch) {
  nn::Bilinear layer(2, 3, 2);
  layer.to(float64);
  layer.load_state_dict(
      {{"weight", reshape(arange(12) / 4.0 - 1, {2, 2, 3})}, {"bias", tensor({0.5, -1.})}});
  const Tensor x1 = tensor({{1., 2.}, {0., 0.}, {-1., 0.5}});
  const Tensor x2 = tensor({{2., -1., 1.}, {1., 1., 1.}, {-2., 1., 4.}});
  expect_close(layer.forward(x1, x2), tensor({{-1.75, 5.75}, {0.5, -1.}, {2., -1.75}}));
  EXPECT_EQ(layer.forward(ones({4, 5, 2}), ones({4, 5, 3})).shape(), (Shape{4, 5, 2}));
  EXPECT_FALSE(nn::Bilinear(2, 3, 2, {.bias = false}).bias.defined());
  expect_contains(ERROR_OF(ShapeError, layer.forward(x2, x1)), {"(3, 3)", "(3, 2)", "(…, 2)"});
  expect_contains(ERROR_OF(ValueError, nn::Bilinear(2, 0, 2)), {"2 and 0 input", "at least 1"});
}

}  // namespace
}  // namespace xgrad::test
