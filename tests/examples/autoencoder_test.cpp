// Runs the program examples/autoencoder as a user does, on small files of its own.

#include "data/image.hpp"
#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"

namespace xgrad::test {
namespace {

class Autoencoder : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(files_.path(), 400, 100, 16); }

  std::string output(Arguments more, const char* epochs) const {
    more.insert(more.end(), {"--epochs", epochs});
    return program_.output(more);
  }

  TemporaryDirectory files_;
  Program program_{XGRAD_AUTOENCODER_PROGRAM, {"--data", files_.path(), "--batch-size", "20"}};
};

TEST_F(Autoencoder, LearnsTheBarsOfTheImages) {
  for (const char* model : {"dense", "conv"}) {
    const Arguments all{"--model", model, "--code", "4", "--lr", "0.005"};
    const std::string out = output(all, "15");
    expect_contains(out, {"380 training, 20 validation and 100 test images", "\nepoch 15/15  loss ",
                          "  MSE ", "  validation MSE "});
    const double error = number_after(out, "test error: ");
    EXPECT_LT(error, 0.3 * number_after(output(all, "0"), "test error: ")) << model << out;
  }
}

TEST_F(Autoencoder, CodesAreAsSparseAsTheyAreAskedToBe) {
  const auto number = [&](const char* label, const char* sparsity, const char* weight) {
    return number_after(output({"--sparsity", sparsity, "--sparsity-weight", weight, "--code", "20",
                                "--rho", "0.1", "--lr", "0.005"},
                               "20"),
                        label);
  };
  EXPECT_LT(number("active units: ", "l1", "0.01"), 0.7 * number("active units: ", "l1", "0"));
  EXPECT_GT(number("mean activation: ", "kl", "0"), 0.3);
  EXPECT_NEAR(number("mean activation: ", "kl", "0.5"), 0.1, 0.02);
}

TEST_F(Autoencoder, LeavesNoiseOut) {
  const std::string out = output({"--code", "4", "--noise", "0.3", "--lr", "0.005"}, "15");
  EXPECT_LT(number_after(out, "test error: "), 0.02) << out;
}

TEST_F(Autoencoder, GoesOnBitForBitAfterACheckpoint) {
  program_.expect_goes_on_bit_for_bit({"--epochs", "3"});
}

TEST_F(Autoencoder, EvaluatesWhatWasSaved) {
  program_.output({"--epochs", "2", "--save", files_ / "net"});
  const Arguments load{"--epochs", "0", "--load", files_ / "net"};
  EXPECT_EQ(program_.output(load), program_.output(load));
  program_.expect_refused({"--load", files_ / "net", "--model", "conv"}, {"net"});
}

TEST_F(Autoencoder, DrawsPictures) {
  const std::string png = files_ / "pictures.png";
  // Rows of ten pictures of 32 pixels, 2 pixels apart; one more row with noise.
  program_.output({"--epochs", "1", "--pictures", png});
  EXPECT_EQ(data::load_png(png).shape(), (Shape{3, 2 + 2 * 34, 342}));
  program_.output({"--epochs", "1", "--pictures", png, "--noise", "0.2"});
  EXPECT_EQ(data::load_png(png).shape(), (Shape{3, 2 + 3 * 34, 342}));
  program_.expect_refused({"--pictures", files_ / "missing/p.png"}, {"--pictures", "missing"});
}

TEST_F(Autoencoder, DrawsItsErrorAndCodes) {
  program_.expect_figure({"--epochs", "2"},
                         {"Error of the reconstruction", "training", "validation",
                          "Codes of test images", "first number of the code"});
}

TEST_F(Autoencoder, ExplainsAndRefuses) {
  program_.expect_help({"--data", "--model", "--code", "--sparsity", "--sparsity-weight", "--rho",
                        "--noise", "--seed", "--threads", "--save", "--load", "--checkpoint",
                        "--pictures", "--plot"});
  program_.expect_refused({"--sparsity", "l2"}, {"--sparsity"});
  program_.expect_refused({"--code", "0"}, {"--code"});
  const TemporaryDirectory odd;
  write_mnist(odd.path(), 40, 20, 6);
  const Program on_odd(XGRAD_AUTOENCODER_PROGRAM, {"--data", odd.path(), "--model", "conv"});
  on_odd.expect_refused({}, {"6 x 6", "multiples of 4"});
  const Program nothing(XGRAD_AUTOENCODER_PROGRAM, {"--data", files_ / "missing"});
  nothing.expect_refused({}, {"missing"});
}

}  // namespace
}  // namespace xgrad::test
