// Runs the program examples/logistic_regression as a user does.

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "tests/examples/program.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad::test {
namespace {

/// The numbers of the row of the table with this name: w1, w2, b, loss, accuracy, new data.
std::vector<double> numbers(const std::string& out, const std::string& name) {
  const std::size_t at = out.rfind("\n" + name + "  ");
  EXPECT_NE(at, std::string::npos) << out;
  if (at == std::string::npos) return std::vector<double>(6, std::nan(""));
  std::string line = out.substr(at + 1 + name.size());
  line = line.substr(0, line.find('\n'));
  for (char& c : line) c = c == '%' ? ' ' : c;
  std::istringstream words(line);
  std::vector<double> values(6);
  for (double& value : values) words >> value;
  return values;
}

TEST(LogisticRegression, BothSearchesAgree) {
  const Outcome outcome = run(XGRAD_LOGISTIC_REGRESSION_PROGRAM, {});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_LT(number_after(outcome.out, "differ by "), 1e-7);
  EXPECT_EQ(numbers(outcome.out, "gradient descent"), numbers(outcome.out, "BFGS"));
  expect_contains(outcome.out, {"BFGS: ", "the gradient is at most 1e-09"});
}

TEST(LogisticRegression, ManySamplesGiveTheClosedForm) {
  const Outcome outcome =
      run(XGRAD_LOGISTIC_REGRESSION_PROGRAM, {"--samples", "100000", "--steps", "20"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  // By hand: S = [1 0.6; 0.6 1.5] and m1 - m0 = 2.5 d / |d| in the metric of S for d = (1, -0.4),
  // so S^-1 d = (1.74, -1) / 1.14, |d|^2 = 2.14 / 1.14; the middle of the means is (1, 0.5).
  const double scale = 2.5 / std::sqrt(2.14 / 1.14) / 1.14;
  const std::vector<double> exact{1.74 * scale, -scale, -1.74 * scale + 0.5 * scale};
  for (const char* name : {"BFGS", "closed form, estimated S, m", "closed form"}) {
    const std::vector<double> found = numbers(outcome.out, name);
    // The standard errors of 200,000 samples are some 0.01.
    const double tolerance = std::string(name) == "closed form" ? 1e-6 : 0.05;
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], exact[i], tolerance) << name;
    EXPECT_NEAR(found[4], 89.44, 0.3) << name;
    EXPECT_NEAR(found[5], 89.44, 0.2) << name;  // Phi(2.5 / 2)
  }
  expect_contains(outcome.out, {"no classifier does better than 89.44 %"});
}

TEST(LogisticRegression, OneSeedGivesTheSameResult) {
  const auto table = [](const std::string& seed) {
    return run(XGRAD_LOGISTIC_REGRESSION_PROGRAM, {"--seed", seed, "--steps", "10"}).out;
  };
  EXPECT_EQ(table("3"), table("3"));
  EXPECT_NE(table("3"), table("4"));
}

TEST(LogisticRegression, DrawsAFigure) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string svg = directory / "clouds.svg";
  ASSERT_EQ(run(XGRAD_LOGISTIC_REGRESSION_PROGRAM, {"--steps", "10", "--plot", svg}).status, 0);
  expect_contains(read_file(svg), {"class 0", "class 1", "boundary", "probability 0.1, 0.9",
                                   "closed form: boundary", "</svg>"});
}

TEST(LogisticRegression, ExplainsAndRefuses) {
  const Outcome help = run(XGRAD_LOGISTIC_REGRESSION_PROGRAM, {"--help"});
  EXPECT_EQ(help.status, 0);
  expect_contains(help.out, {"--samples", "--distance", "--steps", "--lr", "--seed", "--plot"});
  const auto refused = [](const Arguments& arguments, const std::string& expected) {
    const Outcome outcome = run(XGRAD_LOGISTIC_REGRESSION_PROGRAM, arguments);
    EXPECT_EQ(outcome.status, 1) << expected;
    expect_contains(outcome.err, {expected});
  };
  refused({"--samples", "1"}, "--samples");
  refused({"--lr", "0"}, "--lr");
  refused({"--lr", "1e308"}, "training diverged: the loss of step ");
}

}  // namespace
}  // namespace xgrad::test
