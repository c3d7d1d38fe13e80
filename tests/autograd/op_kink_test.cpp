// Ties, kinks and limits, spelled out: what PyTorch does there, case by case.

#include "golden.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(OpKinks, ReluHasNoSlopeAtZero) {
  const Tensor x = leaf({-1, -0.0, 0, 1});
  expect_near(slope(relu(x), x), {0, 0, 0, 1});
  expect_near(relu(leaf({nan, -inf, inf})), {nan, 0, inf});
}

TEST(OpKinks, AbsHasNoSlopeAtZero) {
  const Tensor x = leaf({-2, -0.0, 0, 3});
  expect_near(slope(abs(x), x), {-1, 0, 0, 1});
}

TEST(OpKinks, MaximumAndMinimumHalveTiesOfTheGradient) {
  for (const auto f : {maximum, minimum}) {
    const Tensor a = leaf({1, 2, 3}), b = leaf({1, 3, 2});
    const Tensor y = f(a, b);
    const double of_maximum = f == maximum;
    const Tensors g = grad({sum(y)}, {a, b});
    expect_near(g[0], {0.5, 1 - of_maximum, of_maximum});
    expect_near(g[1], {0.5, of_maximum, 1 - of_maximum});
  }
}

TEST(OpKinks, MaximumAndMinimumPassNaN) {
  for (const auto f : {maximum, minimum}) {
    expect_near(f(leaf({nan, 1, nan}), leaf({1, nan, nan})), {nan, nan, nan});
    expect_near(f(leaf({nan, 1}), 0), {nan, f == maximum ? 1. : 0.});
    expect_near(f(nan, leaf({1})), {nan});
  }
}

TEST(OpKinks, MaxAndMinShareTiesEvenly) {
  const Tensor x = leaf({1, 3, 3, 1, 3, 2});
  expect_near(slope(max(x), x), {0, 1 / 3.0, 1 / 3.0, 0, 1 / 3.0, 0});
  expect_near(slope(min(x), x), {0.5, 0, 0, 0.5, 0, 0});
  const Tensor rows = tensor({{2., 2.}, {1., 0.}}, {.requires_grad = true});
  expect_near(slope(max(rows, 1), rows), {0.5, 0.5, 1, 0});
  expect_near(slope(max(rows, 0), rows), {1, 1, 0, 0});
}

TEST(OpKinks, MaxAndMinPassNaN) {
  Doubles values(40, 1);
  values[17] = nan;
  expect_near(max(leaf(values)), {nan});
  expect_near(min(leaf(values)), {nan});
  expect_near(max(tensor({{1., nan}, {2., 3.}}), 1), {nan, 3});
  expect_near(min(tensor({{1., nan}, {2., 3.}}), 0), {1, nan});
  expect_near(max(leaf({-inf, -inf})), {-inf});
}

TEST(OpKinks, ArgmaxTakesTheFirstTieAndTheFirstNaN) {
  EXPECT_EQ(argmax(leaf({1, 3, 3})).item<int>(), 1);
  EXPECT_EQ(argmin(leaf({1, 0, 0})).item<int>(), 1);
  EXPECT_EQ(argmax(leaf({1, nan, inf, nan})).item<int>(), 1);
  EXPECT_EQ(argmin(leaf({1, nan, -inf, nan})).item<int>(), 1);
}

TEST(OpKinks, ClampPassesTheGradientAtItsBounds) {
  const Tensor x = leaf({-2, -1, 0, 1, 2});
  expect_near(slope(clamp(x, -1, 1), x), {0, 1, 1, 1, 0});
  expect_near(clamp(leaf({nan, -inf, inf}), -1, 1), {nan, -1, 1});
}

TEST(OpKinks, NanToNumTakesTheLargestNumbersOfTheDtype) {
  const Tensor x = leaf({-inf, -1, 2, inf, nan});
  constexpr double most = std::numeric_limits<double>::max();
  expect_values(nan_to_num(x), {-most, -1, 2, most, 0});
  expect_near(slope(nan_to_num(x), x), {0, 1, 1, 0, 0});
}

TEST(OpKinks, WhereKeepsOutWhatIsNotChosen) {
  const Tensor x = leaf({0, 4});
  expect_near(slope(where(x > 0, 2 * x, 3 * x), x), {3, 2});
  expect_near(where(tensor({1, 0}, u8), leaf({1, nan}), leaf({nan, 2})), {1, 2});
}

TEST(OpKinks, SqrtAndLogHaveInfiniteSlopesAtZero) {
  const Tensor x = leaf({0, 4});
  expect_near(slope(sqrt(x), x), {inf, 0.25});
  expect_near(slope(log(x), x), {inf, 0.25});
  expect_near(sqrt(leaf({-1, inf})), {nan, inf});
  expect_near(log(leaf({-1, 0, inf})), {nan, -inf, inf});
}

TEST(OpKinks, PowOfZero) {
  const Tensor x = leaf({0});
  expect_near(pow(x, 0), {1});
  expect_near(slope(pow(x, 0), x), {0});
  expect_near(slope(pow(x, 1), x), {1});
  expect_near(slope(pow(x, 2), x), {0});
  expect_near(curvature(pow(x, 2), x), {2});
  expect_near(curvature(pow(x, 1), x), {0});
  expect_near(slope(pow(x, 0.5), x), {inf});
  expect_near(pow(x, -1), {inf});
}

TEST(OpKinks, PowOfZeroByTheExponent) {
  const Tensor y = leaf({0, 2, -1});
  const Tensor z = pow(0., y);
  expect_near(z, {1, 0, inf});
  expect_near(slope(z, y), {0, 0, -inf});
}

TEST(OpKinks, PowOfNegativeBases) {
  const Tensor x = leaf({-2, -2, -2}), y = leaf({3, -2, 0.5});
  const Tensor z = pow(x, y);
  expect_near(z, {-8, 0.25, nan});
  expect_near(slope(z, x), {12, 0.25, nan});
}

TEST(OpKinks, SigmoidAndTanhSaturate) {
  const Tensor x = leaf({-1e3, 1e3, -inf, inf});
  expect_near(sigmoid(x), {0, 1, 0, 1});
  expect_near(tanh(x), {-1, 1, -1, 1});
  expect_near(slope(sigmoid(x), x), {0, 0, 0, 0});
  expect_near(slope(tanh(x), x), {0, 0, 0, 0});
  const Tensor low = leaf({-30});
  EXPECT_NEAR(sigmoid(low).item<double>() / std::exp(-30), 1, 1e-12);
  EXPECT_NEAR(tanh(leaf({1e-9})).item<double>() / 1e-9, 1, 1e-12);
}

TEST(OpKinks, SoftmaxDoesNotOverflow) {
  const Tensor x = leaf({1e4, -1e4, 0});
  expect_near(softmax(x), {1, 0, 0});
  expect_near(log_softmax(x), {0, -2e4, -1e4});
  expect_near(grad(select(log_softmax(x), 0, 1), x), {-1, 1, 0});
  const Tensor f = tensor({1e4f, -1e4f, 0.f}, {.requires_grad = true});
  expect_near(softmax(f), {1, 0, 0});
  expect_near(log_softmax(f), {0, -2e4, -1e4});
  expect_near(softmax(leaf({-1e4, -1e4})), {0.5, 0.5});
}

TEST(OpKinks, ReductionsOfNothing) {
  const Tensor nothing = zeros({0, 3}, f64_grad);
  EXPECT_EQ(sum(nothing).item<double>(), 0);
  expect_near(sum(nothing, 0), {0, 0, 0});
  EXPECT_TRUE(std::isnan(mean(nothing).item<double>()));
  EXPECT_EQ(sum(nothing, 1).shape(), Shape{0});
  EXPECT_EQ(max(nothing, 1).shape(), Shape{0});
  EXPECT_THROW(max(nothing), ShapeError);
  EXPECT_THROW(min(nothing, 0), ShapeError);
  sum(nothing).backward();
  EXPECT_EQ(nothing.grad().shape(), nothing.shape());
}

// What lies beyond the last full SIMD register is computed as what lies within.
TEST(OpKinks, EveryLengthGivesTheSameElements) {
  manual_seed(0);
  const Tensor all = randn({70}, {.dtype = float32});
  for (const auto f : {exp, tanh, sigmoid, relu, square}) {
    const std::vector<float> expected = f(all).to_vector<float>();
    for (std::int64_t n = 0; n <= 70; ++n) {
      const std::vector<float> part = f(slice(all, 0, 0, n)).to_vector<float>();
      EXPECT_TRUE(std::equal(part.begin(), part.end(), expected.begin())) << n;
    }
  }
}

}  // namespace
}  // namespace xgrad::test
