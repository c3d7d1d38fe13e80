#include "nn/activation.hpp"

#include "nn/sequential.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Activation, AreTheFunctionsOfTheSameName) {
  const Tensor x = tensor({-2., -0.5, 0., 0.5, 2.});
  expect_values(nn::ReLU()(x), {0, 0, 0, 0.5, 2});
  EXPECT_EQ(nn::Tanh()(x).to_vector<double>(), tanh(x).to_vector<double>());
  EXPECT_EQ(nn::Sigmoid()(x).to_vector<double>(), sigmoid(x).to_vector<double>());
  EXPECT_TRUE(nn::Identity()(x).is(x));
}

TEST(Activation, PrintTheirOptions) {
  EXPECT_EQ(nn::LeakyReLU().extra_repr(), "negative_slope=0.01");
  EXPECT_EQ(nn::ELU(0.5).extra_repr(), "alpha=0.5");
  EXPECT_EQ(nn::Softplus(2).extra_repr(), "beta=2");
  EXPECT_EQ(nn::Softmax(1).extra_repr(), "dim=1");
  EXPECT_EQ(nn::LogSoftmax().extra_repr(), "dim=-1");
}

TEST(Activation, Errors) {
  EXPECT_EQ(ERROR_OF(ValueError, nn::Softplus(0)), "Softplus: beta is 0; expected more than 0");
  EXPECT_THROW(nn::Softmax(2)(ones({2, 3})), ShapeError);
}

TEST(Activation, HaveNoParameters) {
  EXPECT_TRUE(
      nn::Sequential(nn::ReLU(), nn::Tanh(), nn::Sigmoid(), nn::Identity()).state_dict().empty());
}

}  // namespace
}  // namespace xgrad::test
