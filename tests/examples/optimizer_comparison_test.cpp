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

  Outcome run(Arguments arguments) const {
    arguments.insert(arguments.begin(),
                     {"--data", data_.path(), "--hidden", "20", "--batch-size", "10"});
    return test::run(XGRAD_OPTIMIZER_COMPARISON_PROGRAM, arguments);
  }

  void expect_refused(const Arguments& arguments, const std::string& expected) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 1) << expected;
    EXPECT_TRUE(contains(outcome.err, expected)) << outcome.err << "lacks " << expected;
  }

  TemporaryDirectory data_;
  TemporaryDirectory outputs_;
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
  const Outcome outcome =
      run({"--epochs", "15", "--quiet", "--lr", "rmsprop=0.01,adam=0.01,adagrad=0.1,nadam=0.01"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  for (const char* optimizer :
       {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adagrad", "nadam"}) {
    const std::vector<std::string> words = results(outcome.out, optimizer);
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
    return run(arguments).out;
  };
  // Neither its place nor what ran before changes a result; another seed does.
  const std::string first = with("adam,sgd,asgd", "1");
  EXPECT_EQ(results(first, "sgd"), results(with("sgd", "1"), "sgd"));
  EXPECT_NE(results(first, "sgd"), results(with("sgd", "2"), "sgd"));
}

TEST_F(OptimizerComparison, TakesRatesByName) {
  const Arguments both{"--epochs", "1", "--optimizers", "sgd,adam", "--lr", "adam=0.02"};
  const std::string out = run(both).out;
  EXPECT_TRUE(contains(out, "adam, learning rate 0.02\n")) << out;
  EXPECT_EQ(row(out.substr(out.find("optimizer")), "adam").at(1), "0.02");
  EXPECT_EQ(row(out.substr(out.find("optimizer")), "sgd").at(1), "0.2");
}

TEST_F(OptimizerComparison, LimitAndSplitChooseTheImages) {
  const std::string out =
      run({"--epochs", "1", "--optimizers", "sgd", "--limit", "80", "--validation-split", "0.25"})
          .out;
  EXPECT_EQ(out.find("60 training, 20 validation and 100 test images, batches of 10\n"), 0U) << out;
}

TEST_F(OptimizerComparison, DrawsTheCurves) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const std::string svg = outputs_ / "curves.svg";
  const Outcome outcome = run({"--epochs", "2", "--optimizers", "sgd,nadam", "--plot", svg});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string picture = read_file(svg);
  for (const char* text : {"Training loss", "Validation loss", "Training accuracy (%)",
                           "Validation accuracy (%)", "sgd, 0.2", "nadam, 0.001", "epoch"})
    EXPECT_TRUE(contains(picture, text)) << text;
}

TEST_F(OptimizerComparison, RefusesBadInput) {
  expect_refused({"--optimizers", "magic"}, "--optimizers");
  expect_refused({"--lr", "0.1"},
                 "--lr 0.1: expected the name of an optimizer, = and a positive number");
  expect_refused({"--lr", "magic=1"}, "--lr magic=1");
  expect_refused({"--lr", "adam=-1"}, "--lr adam=-1");
  expect_refused({"--lr", "adam=0.1x"}, "--lr adam=0.1x");
  expect_refused({"--epochs", "0"}, "--epochs");
  expect_refused({"--batch-size", "0"}, "--batch-size");
  expect_refused({"--validation-split", "1"}, "--validation-split");
  expect_refused({"--plot", outputs_ / "a.jpg"}, "expected a name that ends in .svg or .png");
  expect_refused({"--optimizers", "sgd", "--lr", "sgd=1e30"}, "training diverged");
  std::filesystem::remove_all(data_.path());
  expect_refused({}, data_.path() + " is not a directory");
}

TEST_F(OptimizerComparison, HelpNamesEveryOption) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.status, 0);
  for (const char* option :
       {"--data", "--hidden", "--optimizers", "--lr", "--batch-size", "--epochs",
        "--validation-split", "--limit", "--seed", "--plot", "--quiet"})
    EXPECT_TRUE(contains(outcome.out, option)) << option;
}

}  // namespace
}  // namespace xgrad::test
