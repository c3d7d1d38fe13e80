#include "nn/init.hpp"

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using namespace nn::init;

struct Moments {
  double mean = 0;
  double std = 0;
  double minimum = inf;
  double maximum = -inf;
};

Moments moments_of(const Tensor& t) {
  Moments m;
  const Doubles values = t.to_vector<double>();
  const auto n = static_cast<double>(values.size());
  for (const double v : values) {
    m.mean += v / n;
    m.minimum = std::min(m.minimum, v);
    m.maximum = std::max(m.maximum, v);
  }
  for (const double v : values) m.std += (v - m.mean) * (v - m.mean) / n;
  m.std = std::sqrt(m.std);
  return m;
}

/// Both moments within five standard errors.
void expect_normal(const Tensor& t, double mean, double std) {
  const Moments m = moments_of(t);
  const double root_n = std::sqrt(static_cast<double>(t.numel()));
  EXPECT_NEAR(m.mean, mean, 5 * std / root_n);
  EXPECT_NEAR(m.std, std, 5 * std / (std::sqrt(2.0) * root_n));
  EXPECT_GT(m.maximum, mean + 3.5 * std);
  EXPECT_LT(m.minimum, mean - 3.5 * std);
}

/// Within the bounds, near to both of them, and with the moments of the uniform distribution.
void expect_uniform(const Tensor& t, double low, double high) {
  const Moments m = moments_of(t);
  const double std = (high - low) / std::sqrt(12.0);
  const double root_n = std::sqrt(static_cast<double>(t.numel()));
  EXPECT_NEAR(m.mean, (low + high) / 2, 5 * std / root_n);
  EXPECT_NEAR(m.std, std, 5 * std / root_n);
  EXPECT_GE(m.minimum, low - 1e-6);
  EXPECT_LT(m.minimum, low + 1e-3 * (high - low));
  EXPECT_LE(m.maximum, high + 1e-6);
  EXPECT_GT(m.maximum, high - 1e-3 * (high - low));
}

Tensor parameter(const Shape& shape) { return zeros(shape, {.requires_grad = true}); }

TEST(Init, Constants) {
  Tensor t = parameter({2, 3});
  const std::uint32_t version = t.version();
  EXPECT_TRUE(constant_(t, 2.5).is(t)) << "returns the tensor itself";
  expect_values(t, Doubles(6, 2.5));
  EXPECT_GT(t.version(), version);
  EXPECT_TRUE(t.is_leaf());
  EXPECT_TRUE(t.requires_grad());
  expect_values(ones_(t), Doubles(6, 1));
  expect_values(zeros_(t), Doubles(6, 0));
  expect_values(ones_(zeros({2}, i64)), {1, 1});
}

TEST(Init, UniformAndNormal) {
  manual_seed(0);
  Tensor t = parameter({300, 100});
  expect_uniform(uniform_(t), 0, 1);
  expect_uniform(uniform_(t, -2, 5), -2, 5);
  expect_normal(normal_(t), 0, 1);
  expect_normal(normal_(t, 3, 0.5), 3, 0.5);
  expect_normal(normal_(zeros({30000}, f64), 3, 0.5), 3, 0.5);
  expect_values(normal_(t, 4, 0), Doubles(30000, 4));
  expect_values(uniform_(t, 4, 4), Doubles(30000, 4));
}

TEST(Init, Xavier) {
  manual_seed(1);
  Tensor t = parameter({100, 300});  // fan_in 300, fan_out 100
  expect_uniform(xavier_uniform_(t), -std::sqrt(6.0 / 400), std::sqrt(6.0 / 400));
  expect_uniform(xavier_uniform_(t, 2), -2 * std::sqrt(6.0 / 400), 2 * std::sqrt(6.0 / 400));
  expect_normal(xavier_normal_(t), 0, std::sqrt(2.0 / 400));
  expect_normal(xavier_normal_(t, 3), 0, 3 * std::sqrt(2.0 / 400));
  // The axes after the second count into both fans.
  expect_normal(xavier_normal_(parameter({20, 30, 10, 5})), 0, std::sqrt(2.0 / (1500 + 1000)));
}

TEST(Init, Kaiming) {
  manual_seed(2);
  Tensor t = parameter({100, 300});
  const double relu_bound = std::sqrt(6.0 / 300);  // leaky_relu with slope 0
  expect_uniform(kaiming_uniform_(t), -relu_bound, relu_bound);
  const double linear_layer = 1 / std::sqrt(300.0);  // what PyTorch's Linear starts with
  expect_uniform(kaiming_uniform_(t, std::sqrt(5.0)), -linear_layer, linear_layer);
  expect_normal(kaiming_normal_(t, 0, FanMode::fan_out), 0, std::sqrt(2.0 / 100));
  expect_normal(kaiming_normal_(t, 0, FanMode::fan_in, Nonlinearity::tanh), 0,
                5.0 / 3 / std::sqrt(300.0));
}

/// t t^T of the tensor as a matrix.
Tensor gram(const Tensor& t) {
  const Tensor rows = reshape(t.detach().to(float64), {t.size(0), -1});
  return t.size(0) <= rows.size(1) ? matmul(rows, xgrad::t(rows)) : matmul(xgrad::t(rows), rows);
}

TEST(Init, Orthogonal) {
  manual_seed(3);
  for (const Shape& shape : {Shape{4, 4}, {3, 7}, {7, 3}, {4, 3, 2}, {1, 5}, {200, 150}}) {
    SCOPED_TRACE(to_string(shape));
    const auto n = std::min(shape[0], shape.numel() / shape[0]);
    Tensor t = zeros(shape, f64_grad);
    expect_close(gram(orthogonal_(t)), eye(n, f64), 1e-13);
    expect_close(gram(orthogonal_(t, 3)), 9 * eye(n, f64), 1e-13);
    expect_close(gram(orthogonal_(parameter(shape))), eye(n, f64), 1e-6);
  }
  EXPECT_EQ(orthogonal_(parameter({0, 3})).numel(), 0U);
  EXPECT_EQ(orthogonal_(parameter({3, 0})).numel(), 0U);
}

TEST(Init, OrthogonalMatricesAreDrawnEvenly) {
  manual_seed(4);
  // Each element of a matrix in O(2) has mean 0 and variance 1/2, and half of them are reflections.
  // As Householder's method leaves Q, its first element would never be positive.
  constexpr int draws = 4000;
  double mean[4] = {}, square[4] = {}, reflections = 0;
  for (int i = 0; i < draws; ++i) {
    const auto q = orthogonal_(zeros({2, 2}, f64)).to_vector<double>();
    for (std::size_t k = 0; k < 4; ++k) {
      mean[k] += q[k] / draws;
      square[k] += q[k] * q[k] / draws;
    }
    reflections += q[0] * q[3] - q[1] * q[2] < 0;
  }
  const double root_n = std::sqrt(double{draws});
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(mean[k], 0, 5 * std::sqrt(0.5) / root_n);
    EXPECT_NEAR(square[k], 0.5, 5 * std::sqrt(0.125) / root_n);
  }
  EXPECT_NEAR(reflections / draws, 0.5, 5 * 0.5 / root_n);
}

TEST(Init, Gains) {
  EXPECT_EQ(calculate_gain(Nonlinearity::linear), 1);
  EXPECT_EQ(calculate_gain(Nonlinearity::sigmoid), 1);
  EXPECT_EQ(calculate_gain(Nonlinearity::tanh), 5.0 / 3);
  EXPECT_EQ(calculate_gain(Nonlinearity::relu), std::sqrt(2.0));
  EXPECT_EQ(calculate_gain(Nonlinearity::leaky_relu), std::sqrt(2 / 1.0001));
  EXPECT_EQ(calculate_gain(Nonlinearity::leaky_relu, 2), std::sqrt(2.0 / 5));
  EXPECT_EQ(calculate_gain(Nonlinearity::selu), 0.75);
}

TEST(Init, Errors) {
  EXPECT_EQ(ERROR_OF(ValueError, uniform_(zeros({2}), 1, 0)),
            "uniform_: from 1 to 0; expected low <= high");
  EXPECT_EQ(ERROR_OF(ValueError, normal_(zeros({2}), 0, -1)),
            "normal_: std is -1; expected 0 or more");
  EXPECT_EQ(ERROR_OF(DTypeError, normal_(zeros({2}, u8))),
            "normal_: tensor of shape (2,) is uint8; expected float32 or float64, as from "
            "to(float32)");
  EXPECT_EQ(ERROR_OF(ShapeError, xavier_normal_(zeros({2}))),
            "xavier_normal_: tensor of shape (2,) has no fan_in and fan_out; expected at least 2 "
            "dimensions");
  EXPECT_EQ(ERROR_OF(ShapeError, orthogonal_(zeros({2}))),
            "orthogonal_: tensor of shape (2,) is no matrix; expected at least 2 dimensions");
  EXPECT_EQ(ERROR_OF(DTypeError, orthogonal_(zeros({2, 2}, i64))),
            "orthogonal_: tensor of shape (2, 2) is int64; expected float32 or float64, as from "
            "to(float32)");
  EXPECT_THROW(kaiming_uniform_(zeros({})), ShapeError);
  EXPECT_THROW(uniform_(parameter({2}) + 1), GradError);
  EXPECT_THROW(zeros_(Tensor()), ValueError);
}

}  // namespace
}  // namespace xgrad::test
