// Runs the program examples/lenet as a user does, on small files of its own, and looks at the
// networks it shares with examples/mnist and examples/residual.

#include "data/image.hpp"
#include "examples/support/image_networks.hpp"
#include "nn/init.hpp"
#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

class LeNet : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(data_.path(), 200, 100, 28); }

  TemporaryDirectory data_;
  Program program_{XGRAD_LENET_PROGRAM, {"--data", data_.path()}};
  Program mnist_{XGRAD_MNIST_PROGRAM, {"--data", data_.path(), "--epochs", "2"}};
};

TEST_F(LeNet, TrainsAndReports) {
  const std::string out = program_.output({"--batch-size", "10", "--epochs", "6"});
  expect_contains(out, {"LeNet-5: 61706 parameters; 200 training, 0 validation and 100 test images",
                        "\nepoch  6/6  loss "});
  EXPECT_GE(number_after(out, "test accuracy: "), 95);
}

TEST_F(LeNet, DrawsFiltersAndFeatures) {
  const std::string png = data_ / "features.png";
  expect_contains(program_.output({"--features", png, "--epochs", "1"}),
                  {"features drawn to " + png});
  // Rows of eight pictures of 56 pixels, 4 pixels apart: one of filters, one of the image and the
  // first features, two of the second ones; each of the three grids has a border.
  EXPECT_EQ(data::load_png(png).shape(), (Shape{3 * 4 + 4 * 60, 8 * 60 + 4}));
  program_.expect_refused({"--features", data_ / "missing/f.png"}, {"--features", "missing"});
}

TEST_F(LeNet, TakesWidthsNormalisationAndAugmentation) {
  const std::string out =
      program_.output({"--channels", "4,8", "--batch-norm", "--dropout", "0.1", "--flip", "--shift",
                       "1", "--batch-size", "20", "--epochs", "2"});
  // 5 x 5 kernels, two numbers for each channel of a normalisation, three linear layers.
  expect_contains(out,
                  {str("LeNet-5: ", 4 * 26 + 8 * (100 + 1) + 2 * 12 + 201 * 120 + 121 * 84 + 850,
                       " parameters")});
  program_.expect_refused({"--channels", "4"}, {"--channels", "lenet takes 2, not 1"});
  program_.expect_refused({"--hidden", "4"}, {"--hidden"});
}

TEST_F(LeNet, IsOneOfMnistsModels) {
  for (const std::string model : {"lenet", "resnet"}) {
    const std::string out = mnist_.output({"--model", model, "--batch-size", "20"});
    expect_contains(out, {model == "lenet" ? "LeNet-5: 61706" : "ResNet-8: ", "test accuracy"});
  }
  mnist_.expect_refused({"--model", "mlp", "--batch-norm"}, {"--batch-norm", "no effect"});
  mnist_.expect_refused({"--model", "lenet", "--hidden", "5"}, {"--hidden", "no effect"});
  mnist_.expect_refused({"--model", "resnet", "--channels", "5,6"}, {"resnet takes 1, not 2"});
  const TemporaryDirectory small;
  write_mnist(small.path());
  const Program on_small(XGRAD_MNIST_PROGRAM, {"--data", small.path()});
  on_small.expect_refused({"--model", "lenet"}, {"36 pixels", "28 x 28"});
}

TEST_F(LeNet, Explains) {
  program_.expect_help({"--data", "--channels", "--batch-norm", "--dropout", "--flip", "--shift",
                        "--schedule", "--features", "--plot"});
}

TEST(ResNet, HasTheLayersOfThePaper) {
  const examples::ResNet net({.blocks = 3});
  EXPECT_EQ(2 * net.blocks.size() + 2, 20U);
  EXPECT_EQ(net.blocks[0].projection.size(), 0U);
  EXPECT_EQ(net.blocks[3].projection.size(), 1U);
  EXPECT_EQ(net.fc.weight.shape(), (Shape{10, 64}));
}

TEST(ResNet, AddsItsInputWhereItHasShortcuts) {
  NoGrad guard;
  const Tensor x = rand({2, 3, 6, 6});
  for (const bool shortcut : {true, false}) {
    examples::ResidualBlock block(3, 3, 1, shortcut);
    nn::init::zeros_(block.norm2.weight);  // then the two layers give 0
    const Tensor y = block(x);
    EXPECT_EQ(max(abs(y - (shortcut ? x : zeros_like(x)))).item<float>(), 0);
  }
}

}  // namespace
}  // namespace xgrad::test
