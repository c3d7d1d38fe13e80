// Runs the program examples/optimizer_comparison as a user does, on small files of its own.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"

namespace xgrad::test {
namespace {

class OptimizerComparison : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(data_.path()); }

  TemporaryDirectory data_;
  Program program_{XGRAD_OPTIMIZER_COMPARISON_PROGRAM,
                   {"--data", data_.path(), "--hidden", "20", "--batch-size", "10"}};
};

/// A row of the table without its last column, the time: name, rate, then loss, accuracy and "%"
/// three times.
std::vector<std::string> results(const std::string& out, const std::string& optimizer) {
  std::vector<std::string> words = row(out, optimizer);
  EXPECT_EQ(words.size(), 13U) << optimizer << " in\n" << out;
  words.resize(11);
  return words;
}

TEST_F(OptimizerComparison, EveryOptimizerLearns) {
  // 150 steps are few for the usual rates.
  const std::string out = program_.output(
      {"--epochs", "15", "--quiet", "--lr", "rmsprop=0.01,adam=0.01,adagrad=0.1,nadam=0.01"});
  for (const char* optimizer :
       {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adagrad", "nadam"}) {
    const std::vector<std::string> words = results(out, optimizer);
    for (const std::size_t part : {2U, 5U, 8U}) {
      EXPECT_LT(std::stod(words[part]), 1) << optimizer;
      EXPECT_GE(std::stod(words[part + 1]), 90) << optimizer;
    }
  }
}

TEST_F(OptimizerComparison, AllBeginWithTheSameWeightsAndSeeTheSameBatches) {
  const Arguments few{"--epochs", "2", "--quiet", "--optimizers"};
  const auto with = [&](const std::string& optimizers, const std::string& seed) {
    Arguments arguments = few;
    arguments.insert(arguments.end(), {optimizers, "--seed", seed});
    return program_.output(arguments);
  };
  // The order of the optimizers does not change a result; another seed does.
  const std::string first = with("adam,sgd,asgd", "1");
  EXPECT_EQ(results(first, "sgd"), results(with("sgd", "1"), "sgd"));
  EXPECT_NE(results(first, "sgd"), results(with("sgd", "2"), "sgd"));
}

TEST_F(OptimizerComparison, TakesRatesByName) {
  const Arguments both{"--epochs", "1", "--optimizers", "sgd,adam", "--lr", "adam=0.02"};
  const std::string out = program_.output(both);
  expect_contains(out, {"adam, learning rate 0.02\n"});
  EXPECT_EQ(row(out.substr(out.find("optimizer")), "adam").at(1), "0.02");
  EXPECT_EQ(row(out.substr(out.find("optimizer")), "sgd").at(1), "0.2");
}

TEST_F(OptimizerComparison, LimitAndSplitChooseTheImages) {
  const std::string out = program_.output(
      {"--epochs", "1", "--optimizers", "sgd", "--limit", "80", "--validation-split", "0.25"});
  EXPECT_EQ(out.find("60 training, 20 validation and 100 test images, batches of 10\n"), 0U) << out;
}

TEST_F(OptimizerComparison, DrawsTheCurves) {
  program_.expect_figure({"--epochs", "2", "--optimizers", "sgd,nadam"},
                         {"Training loss", "Validation loss", "Training accuracy (%)",
                          "Validation accuracy (%)", "sgd, 0.2", "nadam, 0.001", "epoch"});
}

TEST_F(OptimizerComparison, RefusesBadInput) {
  program_.expect_refused({"--optimizers", "magic"}, {"--optimizers"});
  program_.expect_refused({"--lr", "0.1"},
                          {"--lr 0.1: expected the name of an optimizer, = and a positive number"});
  program_.expect_refused({"--lr", "magic=1"}, {"--lr magic=1"});
  program_.expect_refused({"--lr", "adam=-1"}, {"--lr adam=-1"});
  program_.expect_refused({"--lr", "adam=0.1x"}, {"--lr adam=0.1x"});
  program_.expect_refused({"--epochs", "0"}, {"--epochs"});
  program_.expect_refused({"--batch-size", "0"}, {"--batch-size"});
  program_.expect_refused({"--validation-split", "1"}, {"--validation-split"});
  program_.expect_refused({"--plot", "a.jpg"}, {"expected a name that ends in .svg or .png"});
  program_.expect_refused({"--optimizers", "sgd", "--lr", "sgd=1e30"}, {"training diverged"});
  std::filesystem::remove_all(data_.path());
  program_.expect_refused({}, {data_.path() + " is not a directory"});
}

TEST_F(OptimizerComparison, HelpNamesEveryOption) {
  program_.expect_help({"--data", "--hidden", "--optimizers", "--lr", "--batch-size", "--epochs",
                        "--validation-split", "--limit", "--seed", "--plot", "--quiet"});
}

}  // namespace
}  // namespace xgrad::test
