#include "nn/flatten.hpp"

#include <gtest/gtest.h>

#include "autograd/creation.hpp"

namespace xgrad::test {
namespace {

TEST(Flatten, KeepsTheBatchAxis) {
  const Tensor x = arange(0, 24).to(float32);
  const Tensor images = tensor(x.to_vector<float>(), {2, 3, 4});
  const Tensor y = nn::Flatten()(images);
  EXPECT_EQ(y.shape(), (Shape{2, 12}));
  EXPECT_EQ(y.to_vector<float>(), x.to_vector<float>());
  EXPECT_EQ(nn::Flatten(0)(images).shape(), (Shape{24}));
  EXPECT_EQ(nn::Flatten(2)(images).shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(nn::Flatten()(zeros({0, 3, 4})).shape(), (Shape{0, 12}));
  EXPECT_EQ(nn::Flatten(0, 1)(images).shape(), (Shape{6, 4}));
  EXPECT_EQ(nn::Flatten(0, 1).extra_repr(), "start_dim=0, end_dim=1");
  EXPECT_THROW(nn::Flatten(3)(images), ShapeError);
}

}  // namespace
}  // namespace xgrad::test
