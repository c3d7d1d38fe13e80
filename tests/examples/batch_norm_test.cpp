// Runs the program examples/batch_norm as a user does, on small files of its own.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/examples/program.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/idx_file.hpp"

namespace xgrad::test {
namespace {

class BatchNorm : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(data_.path(), 500); }

  Outcome run(Arguments arguments) const {
    arguments.insert(arguments.begin(), {"--data", data_.path(), "--limit", "500", "--width", "20",
                                         "--batch-size", "20"});
    return test::run(XGRAD_BATCH_NORM_PROGRAM, arguments);
  }

  TemporaryDirectory data_;
};

TEST_F(BatchNorm, TrainsWhateverTheScale) {
  for (const char* scale : {"0.2", "4"}) {
    const Outcome outcome =
        run({"--scales", scale, "--rates", "0.1", "--epochs", "30", "--depth", "12"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    std::vector<std::string> words = row(outcome.out, scale);
    std::erase(words, "%");
    ASSERT_GE(words.size(), 5U) << outcome.out;
    EXPECT_EQ(words[1], "0.1");
    // Without, the activations vanish, and the loss remains that of chance, log 10, or they
    // explode.
    if (words[2] == "diverged")
      EXPECT_STREQ(scale, "4");
    else
      EXPECT_NEAR(std::stod(words[2]), 2.30, 0.05) << scale;
    EXPECT_LT(std::stod(words[words.size() - 2]), 1.0) << scale;
    EXPECT_GT(std::stod(words.back()), 70) << scale;
  }
}

TEST_F(BatchNorm, HasARowForEveryScaleAndRate) {
  const Outcome outcome =
      run({"--scales", "0.5,1", "--rates", "0.01,0.1,0.5", "--epochs", "1", "--depth", "2"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_contains(outcome.out,
                  {"2 hidden layers of 20; 400 training and 100 validation images, 1 epochs",
                   "\n     0.5      0.01  ", "\n     0.5       0.1  ", "\n     0.5       0.5  ",
                   "\n       1      0.01  ", "\n       1       0.1  ", "\n       1       0.5  "});
}

TEST_F(BatchNorm, DrawsAFigureOfRunsThatDivergeToo) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const std::string svg = data_ / "curves.svg";
  const Outcome outcome =
      run({"--scales", "1,100", "--rates", "0.1", "--epochs", "2", "--depth", "12", "--plot", svg});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_contains(read_file(svg),
                  {"12 hidden layers", "Without batch normalisation, scale 1",
                   "With batch normalisation, scale 100", "learning rate 0.1",
                   "learning rate 0.1 (diverged)", "training loss", "epoch", "</svg>"});
}

TEST_F(BatchNorm, ExplainsAndRefuses) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.status, 0);
  expect_contains(help.out,
                  {"--data", "--limit", "--validation-split", "--depth", "--width", "--scales",
                   "--rates", "--epochs", "--batch-size", "--seed", "--plot"});
  for (const char* option : {"--scales", "--rates", "--depth", "--epochs"}) {
    const Outcome outcome = run({option, "0"});
    EXPECT_EQ(outcome.status, 1) << option;
    expect_contains(outcome.err, {option});
  }
}

}  // namespace
}  // namespace xgrad::test
