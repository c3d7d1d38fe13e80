#include "nn/dropout.hpp"

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Dropout, DropsAndScalesInTraining) {
  manual_seed(0);
  for (const DType dtype : {float32, float64}) {
    const Tensor x = ones({100, 1000}, {.dtype = dtype, .requires_grad = true});
    const Tensor y = nn::Dropout(0.2)(x);
    EXPECT_EQ(y.dtype(), dtype);
    double dropped = 0;
    for (const float v : y.to_vector<float>()) {
      EXPECT_TRUE(v == 0 || v == 1.25F) << v;
      dropped += v == 0;
    }
    EXPECT_NEAR(dropped / 1e5, 0.2, 5 * std::sqrt(0.2 * 0.8 / 1e5));
    sum(y).backward();
    EXPECT_EQ(x.grad().to_vector<float>(), y.to_vector<float>()) << "the same mask";
  }
}

TEST(Dropout, IsTheIdentityInEvaluation) {
  nn::Dropout dropout(0.9);
  dropout.eval();
  const Tensor x = ones({10});
  EXPECT_TRUE(dropout(x).is(x));
}

TEST(Dropout, DrawsAnewAtEachCallAndTheSameFromTheSameSeed) {
  nn::Dropout dropout;
  const Tensor x = ones({64});
  manual_seed(3);
  const std::vector<float> first = dropout(x).to_vector<float>();
  EXPECT_NE(dropout(x).to_vector<float>(), first);
  manual_seed(3);
  EXPECT_EQ(dropout(x).to_vector<float>(), first);
}

TEST(Dropout, ExtremeProbabilities) {
  const Tensor x = full({5}, 3, {.requires_grad = true});
  expect_values(nn::Dropout(0)(x), Doubles(5, 3));
  const Tensor none = nn::Dropout(1)(x);
  expect_values(none, Doubles(5, 0));
  sum(none).backward();
  expect_values(x.grad(), Doubles(5, 0));
}

TEST(Dropout, RefusesWhatIsNoProbability) {
  EXPECT_EQ(ERROR_OF(ValueError, nn::Dropout(1.5)),
            "Dropout: p is 1.5; a probability from 0 to 1 is expected");
  EXPECT_THROW(nn::Dropout(-0.1), ValueError);
  EXPECT_THROW(nn::Dropout{nan}, ValueError);
  EXPECT_EQ(ERROR_OF(DTypeError, nn::Dropout()(zeros({2}, i64))),
            "dropout: x of shape (2,) is int64; expected float32 or float64, as from to(float32)");
}

}  // namespace
}  // namespace xgrad::test
