// Layers of images and signals: what the tables of gradients and of PyTorch's values do not show.

#include "nn/nn.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Convolution, ParametersHavePyTorchsNamesShapesAndRange) {
  manual_seed(0);
  nn::Conv2d plain(6, 40, {5, 3}, {.groups = 2});
  EXPECT_EQ(plain.weight.shape(), (Shape{40, 3, 5, 3}));
  EXPECT_EQ(plain.bias.shape(), Shape{40});
  nn::ConvTranspose2d transposed(6, 40, {5, 3}, {.groups = 2});
  EXPECT_EQ(transposed.weight.shape(), (Shape{6, 20, 5, 3}));
  EXPECT_EQ(transposed.bias.shape(), Shape{40});
  EXPECT_EQ(nn::Conv1d(2, 4, 3).weight.shape(), (Shape{4, 2, 3}));
  EXPECT_EQ(nn::ConvTranspose1d(2, 4, 3).weight.shape(), (Shape{2, 4, 3}));
  EXPECT_EQ(plain.named_parameters()[0].first, "weight");
  EXPECT_EQ(plain.named_parameters()[1].first, "bias");
  EXPECT_EQ(nn::Conv2d(1, 2, 3, {.bias = false}).parameters().size(), 1U);
  const auto largest = [](const Tensor& t) { return max(abs(t)).item<double>(); };
  EXPECT_LE(largest(plain.weight), 1 / std::sqrt(45.0));
  EXPECT_GT(largest(plain.weight), 0.98 / std::sqrt(45.0));
  EXPECT_LE(largest(plain.bias), 1 / std::sqrt(45.0));
  EXPECT_LE(largest(transposed.weight), 1 / std::sqrt(300.0));
  EXPECT_GT(largest(transposed.weight), 0.98 / std::sqrt(300.0));
}

TEST(Convolution, ConvertsItsInput) {
  nn::Conv2d layer(1, 2, 3);
  EXPECT_EQ(layer(zeros({1, 1, 4, 4}, {.dtype = uint8})).dtype(), float32);
  layer.to(float64);
  EXPECT_EQ(layer(zeros({1, 1, 4, 4})).dtype(), float64);
}

TEST(Convolution, IsPrintedWithItsSizes) {
  EXPECT_EQ(nn::Conv2d(1, 6, 5).extra_repr(), "1, 6, kernel_size=(5, 5)");
  EXPECT_EQ(nn::Conv1d(1, 6, 5).extra_repr(), "1, 6, kernel_size=5");
  EXPECT_EQ(nn::MaxPool2d({2, 3}).extra_repr(), "kernel_size=(2, 3)");
  EXPECT_EQ(nn::AvgPool1d(2).extra_repr(), "kernel_size=2");
  EXPECT_EQ(nn::Upsample({.scale_factor = 2}).extra_repr(), "scale_factor=(2, 2)");
  EXPECT_EQ(nn::Dropout2d(0.25).extra_repr(), "p=0.25");
  EXPECT_EQ(nn::GroupNorm(2, 4).extra_repr(), "2, 4, eps=1e-05, affine=True");
}

TEST(Convolution, RefusesWhatIsNoLayer) {
  expect_contains(ERROR_OF(ValueError, nn::Conv2d(-1, 2, 3)), {"Conv2d: -1 input"});
  expect_contains(ERROR_OF(ValueError, nn::Conv2d(4, 6, 3, {.groups = 4})),
                  {"6 output", "4 groups"});
  expect_contains(ERROR_OF(ValueError, nn::Conv2d(4, 6, 3, {.groups = 0})), {"0 groups"});
  expect_contains(ERROR_OF(ValueError, nn::Conv1d(4, 6, 0)), {"Conv1d: kernel_size is 0"});
  expect_contains(ERROR_OF(ValueError, nn::ConvTranspose2d(4, 6, {3, -1})), {"kernel_size is -1"});
  expect_contains(ERROR_OF(ShapeError, nn::Conv2d(3, 6, 3)(zeros({2, 4, 5, 5}))),
                  {"conv2d: ", "(2, 4, 5, 5)", "(6, 3, 3, 3)"});
}

TEST(Images, NormalisationRefusesOtherShapes) {
  expect_contains(ERROR_OF(ShapeError, nn::BatchNorm2d(3)(zeros({2, 3, 4}))),
                  {"(2, 3, 4)", "(N, 3, H, W)"});
  expect_contains(ERROR_OF(ShapeError, nn::InstanceNorm2d(3)(zeros({2, 4, 4, 4}))),
                  {"(2, 4, 4, 4)"});
  expect_contains(ERROR_OF(ShapeError, nn::GroupNorm(2, 4)(zeros({2, 6, 4}))), {"(2, 6, 4)"});
  expect_contains(ERROR_OF(ValueError, nn::GroupNorm(3, 4)), {"4 channels in 3 groups"});
  expect_contains(ERROR_OF(ValueError, nn::group_norm(zeros({2, 4}), 0)), {"0 groups"});
  expect_contains(ERROR_OF(ValueError, nn::InstanceNorm2d(3)(zeros({2, 3, 1, 1}))), {"1 value"});
  expect_contains(ERROR_OF(ShapeError, nn::instance_norm(zeros({2, 3}))), {"(2, 3)"});
  expect_contains(ERROR_OF(ShapeError, nn::group_norm(zeros({2, 4}), 2, ones({3}))),
                  {"weight", "(3,)"});
  for (const auto& call : std::vector<std::function<void()>>{
           [] { nn::BatchNorm2d(-1); }, [] { nn::GroupNorm(1, -1); },
           [] { nn::InstanceNorm2d(-1); }, [] { nn::GroupNorm(1, 1, {.eps = -1}); },
           [] { nn::InstanceNorm2d(1, {.eps = nan}); }})
    EXPECT_THROW(call(), ValueError);
}

TEST(Images, Dropout2dDropsWholeChannels) {
  manual_seed(0);
  const Tensor x = ones({100, 50, 2, 3}, {.requires_grad = true}), y = nn::Dropout2d(0.2)(x);
  const Tensor sums = sum(y, {2, 3});
  double dropped = 0;
  for (const double s : sums.to_vector<double>()) {
    EXPECT_TRUE(s == 0 || s == 7.5) << s;
    dropped += s == 0;
  }
  EXPECT_NEAR(dropped / 5000, 0.2, 5 * std::sqrt(0.2 * 0.8 / 5000));
  sum(y).backward();
  EXPECT_TRUE(array_equal(x.grad(), y.detach()));
  nn::Dropout2d off(0.5);
  off.eval();
  EXPECT_TRUE(off(x).is(x));
  EXPECT_EQ(nn::Dropout2d()(ones({3, 2, 2})).shape(), (Shape{3, 2, 2}));
  EXPECT_THROW(nn::Dropout2d()(ones({3, 2})), ShapeError);
  EXPECT_THROW(nn::Dropout2d(2), ValueError);
}

TEST(Images, UnflattenIsTheInverseOfFlatten) {
  const Tensor x = arange(24.).reshape({2, 12});
  EXPECT_EQ(nn::Unflatten(1, {3, -1})(x).shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(nn::Unflatten(-1, {3, 2, 2})(x).shape(), (Shape{2, 3, 2, 2}));
  EXPECT_TRUE(array_equal(nn::Flatten()(nn::Unflatten(1, {3, 4})(x)), x));
  EXPECT_THROW(nn::Unflatten(2, {3, 4})(x), ShapeError);
  EXPECT_THROW(nn::Unflatten(1, {5, 2})(x), ShapeError);
}

// The products of all operations' steps ask the system for nothing once they have run.
TEST(Images, ATrainingStepInSteadyStateAsksForNoMemory) {
  if (address_sanitizer) GTEST_SKIP() << "blocks are not reused under AddressSanitizer";
  manual_seed(0);
  nn::Sequential net{nn::Conv2d(1, 4, 3, {.padding = 1}),
                     nn::ReLU(),
                     nn::MaxPool2d(2),
                     nn::Conv2d(4, 8, 3),
                     nn::Flatten(),
                     nn::Linear(32, 3)};
  const Tensor x = randn({6, 1, 8, 8}), labels = randint(0, 3, {6});
  const auto step = [&] {
    net.zero_grad();
    nn::cross_entropy(net(x), labels).backward();
  };
  for (int i = 0; i < 3; ++i) step();
  const std::size_t before = memory::statistics().system_allocations;
  for (int i = 0; i < 3; ++i) step();
  EXPECT_EQ(memory::statistics().system_allocations, before);
}

}  // namespace
}  // namespace xgrad::test
