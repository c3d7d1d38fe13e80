#include "nn/activation.hpp"

#include <gtest/gtest.h>

#include "autograd/creation.hpp"
#include "autograd/gradcheck.hpp"
#include "autograd/ops/elementwise.hpp"
#include "nn/sequential.hpp"

namespace xgrad::test {
namespace {

TEST(Activation, AreTheFunctionsOfTheSameName) {
  const Tensor x = tensor({-2., -0.5, 0., 0.5, 2.});
  EXPECT_EQ(nn::ReLU()(x).to_vector<double>(), (std::vector<double>{0, 0, 0, 0.5, 2}));
  EXPECT_EQ(nn::Tanh()(x).to_vector<double>(), tanh(x).to_vector<double>());
  EXPECT_EQ(nn::Sigmoid()(x).to_vector<double>(), sigmoid(x).to_vector<double>());
  EXPECT_EQ(nn::Identity()(x).get(), x.get());
}

TEST(Activation, GradientsAgreeWithDifferences) {
  const Tensor x = tensor({-2., -0.5, 0.5, 2.}, {.requires_grad = true});
  for (nn::AnyModule f : {nn::AnyModule(nn::Tanh()), nn::AnyModule(nn::Sigmoid())}) {
    EXPECT_TRUE(gradcheck(f, x)) << f->class_name();
    EXPECT_TRUE(gradgradcheck(f, x)) << f->class_name();
  }
  EXPECT_TRUE(gradcheck(nn::ReLU(), x));
  EXPECT_TRUE(gradcheck(nn::Identity(), x));
}

TEST(Activation, HaveNoParameters) {
  EXPECT_TRUE(
      nn::Sequential(nn::ReLU(), nn::Tanh(), nn::Sigmoid(), nn::Identity()).state_dict().empty());
}

}  // namespace
}  // namespace xgrad::test
