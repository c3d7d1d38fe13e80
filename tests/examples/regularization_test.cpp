// Runs the program examples/regularization as a user does, on small files of its own.

#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

class Regularization : public ::testing::Test {
 protected:
  /// The images tell the classes apart, but a fifth of the labels are wrong, so that there is
  /// something to overfit.
  void SetUp() override {
    write_mnist(data_.path(), 400, 100);
    std::vector<std::uint8_t> labels;
    for (std::uint32_t i = 0; i < 400; ++i)
      labels.push_back(static_cast<std::uint8_t>((i / 10 % 5 == 0 ? i + 3 : i) % 10));
    write_file(data_ / "train-labels-idx1-ubyte", idx_bytes(0x08, {400}, labels));
  }

  TemporaryDirectory data_;
  Program program_{XGRAD_REGULARIZATION_PROGRAM,
                   {"--data", data_.path(), "--limit", "400", "--hidden", "128,128",
                    "--validation-split", "0.5", "--lr", "0.01"}};
};

struct Row {
  double epochs, train_loss, train_accuracy, validation_loss, validation_accuracy, test_accuracy;
};

Row result(const std::string& out, const std::string& first) {
  std::vector<std::string> words = row(out, first);
  std::erase(words, "%");
  EXPECT_GE(words.size(), 8U) << first << " in\n" << out;
  if (words.size() < 8) return {};
  const auto from_end = [&](std::size_t i) { return std::stod(words[words.size() - i]); };
  return {from_end(7), from_end(6), from_end(5), from_end(4), from_end(3), from_end(1)};
}

TEST_F(Regularization, EachLimitsOverfitting) {
  const std::string out = program_.output({"--epochs", "60"});
  expect_contains(out, {"200 training, 200 validation and 100 test images"});
  const Row none = result(out, "none");
  EXPECT_EQ(none.epochs, 60);
  EXPECT_GT(none.train_accuracy, 99);
  EXPECT_LT(none.train_loss, 0.1);
  EXPECT_GT(none.validation_loss, 10 * none.train_loss);
  for (const char* method : {"L2", "dropout", "early", "all"}) {
    const Row regularized = result(out, method);
    EXPECT_LT(regularized.validation_loss, none.validation_loss) << method;
    EXPECT_GT(regularized.train_loss, none.train_loss) << method;
  }
  for (const char* method : {"dropout", "early", "all"})
    EXPECT_GT(result(out, method).test_accuracy, none.test_accuracy) << method;
  for (const char* method : {"early", "all"}) EXPECT_LT(result(out, method).epochs, 60);
}

TEST_F(Regularization, WhatDoesNothingGivesTheSameNetwork) {
  const std::string out =
      program_.output({"--epochs", "5", "--weight-decay", "0", "--dropout", "0"});
  const Row none = result(out, "none");
  for (const char* method : {"L2", "dropout"}) {
    EXPECT_EQ(result(out, method).train_loss, none.train_loss) << method;
    EXPECT_EQ(result(out, method).validation_loss, none.validation_loss) << method;
  }
}

TEST_F(Regularization, EarlyStoppingGoesBackToTheBestEpoch) {
  // The training of "none", epoch by epoch, is that of early stopping until it stops.
  const Row stopped = result(program_.output({"--epochs", "40", "--patience", "3"}), "early");
  ASSERT_GT(stopped.epochs, 3);
  ASSERT_LT(stopped.epochs, 40);
  const auto best = std::to_string(static_cast<int>(stopped.epochs) - 3);
  const Row none = result(program_.output({"--epochs", best}), "none");
  EXPECT_EQ(none.validation_loss, stopped.validation_loss);
  EXPECT_EQ(none.train_loss, stopped.train_loss);
}

TEST_F(Regularization, DrawsAFigure) {
  program_.expect_figure({"--epochs", "3"},
                         {"A network too large for 200 images", "Training loss", "Validation loss",
                          "Validation accuracy (%)", "none", "L2 penalty", "dropout",
                          "early stopping", "all three", "epoch"});
}

TEST_F(Regularization, ExplainsAndRefuses) {
  program_.expect_help({"--data", "--limit", "--validation-split", "--hidden", "--epochs",
                        "--batch-size", "--lr", "--weight-decay", "--dropout", "--patience",
                        "--seed", "--plot"});
  for (const char* option : {"--patience", "--epochs", "--validation-split"})
    program_.expect_refused({option, "0"}, {option});
}

}  // namespace
}  // namespace xgrad::test
