// Runs the program examples/vae as a user does, on small files of its own.

#include "data/image.hpp"
#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"

namespace xgrad::test {
namespace {

class Vae : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(files_.path(), 400, 100, 16); }

  TemporaryDirectory files_;
  Program program_{XGRAD_VAE_PROGRAM,
                   {"--data", files_.path(), "--hidden", "64,32", "--batch-size", "20"}};
};

TEST_F(Vae, LearnsTheBarsOfTheImages) {
  for (const char* pixels : {"dynamic", "fixed", "grey"}) {
    const Arguments all{"--pixels", pixels, "--lr", "0.01", "--importance", "20"};
    Arguments untrained = all;
    untrained.insert(untrained.end(), {"--epochs", "0"});
    const double before = number_after(program_.output(untrained), "test ELBO: ");
    Arguments trained = all;
    trained.insert(trained.end(), {"--epochs", "30"});
    const std::string out = program_.output(trained);
    expect_contains(out, {"encoder 256-64-32-4, decoder 2-32-64-256", "380 training, 20 validation",
                          "\nepoch 30/30  reconstruction ", "  KL ", "  validation ELBO "});
    const double bound = number_after(out, "test ELBO: ");
    // Without knowing where the bar is, a pixel costs 0.48 nats, which are 124 in all.
    EXPECT_LT(before, -170) << pixels;
    EXPECT_GT(bound, -120) << pixels << out;
    EXPECT_GE(number_after(out, "test log p(x): "), bound - 0.1) << pixels << out;
  }
}

TEST_F(Vae, GoesOnBitForBitAfterACheckpoint) {
  program_.expect_goes_on_bit_for_bit({"--epochs", "3"});
}

TEST_F(Vae, EvaluatesWhatWasSaved) {
  program_.output({"--epochs", "2", "--save", files_ / "net"});
  const Arguments load{"--epochs", "0", "--load", files_ / "net"};
  EXPECT_EQ(program_.output(load), program_.output(load));
  program_.expect_refused({"--load", files_ / "net", "--latent", "3"}, {"net"});
}

TEST_F(Vae, DrawsSamplesAndThePlane) {
  for (const char* latent : {"2", "3"}) {
    program_.output({"--latent", latent, "--epochs", "1", "--samples", files_ / "samples.png",
                     "--walk", files_ / "walk.png"});
    // Pictures of 32 pixels, 2 pixels apart.
    EXPECT_EQ(data::load_png(files_ / "samples.png").shape(), (Shape{3, 342, 342})) << latent;
    EXPECT_EQ(data::load_png(files_ / "walk.png").shape(), (Shape{3, 512, 512})) << latent;
  }
  program_.expect_refused({"--samples", files_ / "missing/s.png"}, {"--samples", "missing"});
}

TEST_F(Vae, DrawsItsLossAndCodes) {
  program_.expect_figure({"--epochs", "2"}, {"Parts of the loss", "reconstruction", "KL divergence",
                                             "Codes of test images", "first number of the code"});
}

TEST_F(Vae, ExplainsAndRefuses) {
  program_.expect_help({"--data", "--pixels", "--latent", "--hidden", "--importance", "--seed",
                        "--threads", "--save", "--load", "--checkpoint", "--samples", "--walk",
                        "--plot"});
  program_.expect_refused({"--pixels", "black"}, {"--pixels"});
  program_.expect_refused({"--latent", "0"}, {"--latent"});
  program_.expect_refused({"--hidden", "8,0"}, {"--hidden"});
  program_.expect_refused({"--lr", "1000"}, {"training diverged", "--lr"});
  const Program nothing(XGRAD_VAE_PROGRAM, {"--data", files_ / "missing"});
  nothing.expect_refused({}, {"missing"});
}

}  // namespace
}  // namespace xgrad::test
