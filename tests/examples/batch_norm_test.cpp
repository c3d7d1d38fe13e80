// Runs the program examples/batch_norm as a user does, on small files of its own.

#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

class BatchNorm : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(data_.path(), 500); }

  TemporaryDirectory data_;
  Program program_{
      XGRAD_BATCH_NORM_PROGRAM,
      {"--data", data_.path(), "--limit", "500", "--width", "20", "--batch-size", "20"}};
};

TEST_F(BatchNorm, TrainsWhateverTheScale) {
  for (const char* scale : {"0.2", "4"}) {
    const std::string out =
        program_.output({"--scales", scale, "--rates", "0.1", "--epochs", "30", "--depth", "12"});
    std::vector<std::string> words = row(out, scale);
    std::erase(words, "%");
    ASSERT_GE(words.size(), 5U) << out;
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
  const std::string out = program_.output(
      {"--scales", "0.5,1", "--rates", "0.01,0.1,0.5", "--epochs", "1", "--depth", "2"});
  expect_contains(out,
                  {"2 hidden layers of 20; 400 training and 100 validation images, 1 epochs",
                   "\n     0.5      0.01  ", "\n     0.5       0.1  ", "\n     0.5       0.5  ",
                   "\n       1      0.01  ", "\n       1       0.1  ", "\n       1       0.5  "});
}

TEST_F(BatchNorm, DrawsAFigureOfRunsThatDivergeToo) {
  program_.expect_figure({"--scales", "1,100", "--rates", "0.1", "--epochs", "2", "--depth", "12"},
                         {"12 hidden layers", "Without batch normalisation, scale 1",
                          "With batch normalisation, scale 100", "learning rate 0.1",
                          "learning rate 0.1: diverged", "training loss", "epoch"});
}

TEST_F(BatchNorm, ExplainsAndRefuses) {
  program_.expect_help({"--data", "--limit", "--validation-split", "--depth", "--width", "--scales",
                        "--rates", "--epochs", "--batch-size", "--seed", "--plot"});
  for (const char* option : {"--scales", "--rates", "--depth", "--epochs"})
    program_.expect_refused({option, "0"}, {option});
}

}  // namespace
}  // namespace xgrad::test
