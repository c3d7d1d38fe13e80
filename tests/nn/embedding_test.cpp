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

TEST(Embedding, ShortensRowsThatAreLookedUp) {
  const Tensor start = reshape(arange(12).to(float64) / 4 - 1, {4, 3});
  nn::Embedding layer(4, 3, {.max_norm = 1.5});
  layer.to(float64);
  layer.load_state_dict({{"weight", start}});
  const Tensor last = tensor({0.7150969146614681, 0.8581162975937616, 1.0011356805260552});
  const Tensor found = layer(tensor({0, 2, 2, 3}));
  expect_close(found, stack({start[0], start[2], start[2], last}));
  expect_close(layer.weight.detach(), stack({start[0], start[1], start[2], last}));
  sum(found).backward();
  expect_close(layer.weight.grad(),
               tensor({{1., 1., 1.}, {0., 0., 0.}, {2., 2., 2.}, {1., 1., 1.}}));
  nn::Embedding taxicab(4, 3, {.max_norm = 1.5, .norm_type = 1});
  taxicab.to(float64);
  taxicab.load_state_dict({{"weight", start}});
  expect_close(taxicab(tensor({3}))[0],
               tensor({0.4166666574074076, 0.4999999888888891, 0.5833333203703707}));
  EXPECT_EQ(layer.extra_repr(), "4, 3, max_norm=1.5");
  expect_contains(ERROR_OF(ValueError, nn::Embedding(4, 3, {.max_norm = 0})), {"max_norm", "0"});
  expect_contains(ERROR_OF(ValueError, nn::Embedding(4, 3, {.norm_type = -1})),
                  {"norm_type", "-1"});
  expect_contains(ERROR_OF(ValueError, layer(tensor({4}))), {"index", "4"});
}

}  // namespace
}  // namespace xgrad::test
