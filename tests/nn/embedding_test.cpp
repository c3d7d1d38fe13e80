#include "nn/embedding.hpp"

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Embedding, LooksRowsUp) {
  const Tensor table = tensor({{1.F, 2.F}, {3.F, 4.F}, {5.F, 6.F}});
  const Tensor found = nn::embedding(tensor({{2, 0}, {2, 2}}), table);
  EXPECT_EQ(found.shape(), (Shape{2, 2, 2}));
  expect_values(found, {5, 6, 1, 2, 5, 6, 5, 6});
  expect_values(nn::embedding(tensor({1, 0}, u8), table), {3, 4, 1, 2});
  EXPECT_EQ(nn::embedding(zeros({0}, i64), table).shape(), (Shape{0, 2}));
}

TEST(Embedding, StartsFromTheNormalDistributionWithZerosForPadding) {
  manual_seed(0);
  const nn::Embedding layer(1000, 30, {.padding_idx = -1});
  const auto values = layer.weight.to_vector<double>();
  double square = 0;
  for (const double v : values) square += v * v;
  EXPECT_EQ(Doubles(values.end() - 30, values.end()), Doubles(30, 0));
  EXPECT_NEAR(square / (999 * 30), 1, 5 * std::sqrt(2.0 / (999 * 30)));  // five standard errors
  EXPECT_EQ(layer.extra_repr(), "1000, 30, padding_idx=999");
  EXPECT_EQ(nn::Embedding(5, 3).extra_repr(), "5, 3");
}

TEST(Embedding, PaddingGetsNoGradient) {
  nn::Embedding layer(3, 2, {.padding_idx = 1});
  const Tensor found = layer(tensor({0, 1, 1, 2, 0}));
  sum(found).backward();
  expect_values(layer.weight.grad(), {2, 2, 0, 0, 1, 1});
}

TEST(Embedding, BadInput) {
  nn::Embedding layer(3, 2);
  EXPECT_EQ(ERROR_OF(ValueError, layer(tensor({0, 3}))),
            "embedding: index 1 is 3 but there are 3 rows; expected 0 to 2");
  EXPECT_EQ(ERROR_OF(ValueError, layer(tensor(-1))),
            "embedding: index 0 is -1 but there are 3 rows; expected 0 to 2");
  EXPECT_EQ(ERROR_OF(DTypeError, layer(zeros({2}))),
            "embedding: indices of shape (2,) are float32; expected int64, as from to(int64)");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::embedding(tensor(0), zeros({2}))),
            "embedding: weight of shape (2,); expected (n, d)");
  EXPECT_EQ(ERROR_OF(ValueError, nn::Embedding(3, 2, {.padding_idx = 3})),
            "Embedding: padding_idx is 3 but there are 3 rows; expected -3 to 2");
  EXPECT_EQ(ERROR_OF(ValueError, nn::Embedding(3, -2)),
            "Embedding: 3 rows of -2 elements; expected 0 or more of each");
}

}  // namespace
}  // namespace xgrad::test
