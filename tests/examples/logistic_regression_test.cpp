// Runs the program examples/logistic_regression as a user does.

#include <sstream>

#include "tests/examples/program.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_LOGISTIC_REGRESSION_PROGRAM);

/// The numbers of the row of the table with this name: w1, w2, b, loss, accuracy, new data.
Doubles numbers(const std::string& out, const std::string& name) {
  const std::size_t at = out.rfind("\n" + name + "  ");
  EXPECT_NE(at, std::string::npos) << out;
  if (at == std::string::npos) return Doubles(6, std::nan(""));
  std::string line = out.substr(at + 1 + name.size());
  line = line.substr(0, line.find('\n'));
  for (char& c : line) c = c == '%' ? ' ' : c;
  std::istringstream words(line);
  Doubles values(6);
  for (double& value : values) words >> value;
  return values;
}

TEST(LogisticRegression, BothSearchesAgree) {
  const std::string out = program.output();
  EXPECT_LT(number_after(out, "differ by "), 1e-7);
  EXPECT_EQ(numbers(out, "gradient descent"), numbers(out, "BFGS"));
  expect_contains(out, {"BFGS: ", "the gradient is at most 1e-09"});
}

TEST(LogisticRegression, ManySamplesGiveTheClosedForm) {
  const std::string out = program.output({"--samples", "100000", "--steps", "20"});
  // By hand: S = [1 0.6; 0.6 1.5] and m1 - m0 = 2.5 d / |d| in the metric of S for d = (1, -0.4),
  // so S^-1 d = (1.74, -1) / 1.14, |d|^2 = 2.14 / 1.14; the middle of the means is (1, 0.5).
  const double scale = 2.5 / std::sqrt(2.14 / 1.14) / 1.14;
  const Doubles exact{1.74 * scale, -scale, -1.74 * scale + 0.5 * scale};
  for (const char* name : {"BFGS", "closed form, estimated S, m", "closed form"}) {
    const Doubles found = numbers(out, name);
    // The standard errors of 200,000 samples are about 0.01.
    const double tolerance = std::string(name) == "closed form" ? 1e-6 : 0.05;
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], exact[i], tolerance) << name;
    EXPECT_NEAR(found[4], 89.44, 0.3) << name;
    EXPECT_NEAR(found[5], 89.44, 0.2) << name;  // Phi(2.5 / 2)
  }
  expect_contains(out, {"no classifier does better than 89.44 %"});
}

TEST(LogisticRegression, OneSeedGivesTheSameResult) {
  const auto table = [](const std::string& seed) {
    return program.output({"--seed", seed, "--steps", "10"});
  };
  EXPECT_EQ(table("3"), table("3"));
  EXPECT_NE(table("3"), table("4"));
}

TEST(LogisticRegression, DrawsAFigure) {
  program.expect_figure({"--steps", "10"}, {"class 0", "class 1", "boundary",
                                            "probability 0.1, 0.9", "closed form: boundary"});
}

TEST(LogisticRegression, ExplainsAndRefuses) {
  program.expect_help({"--samples", "--distance", "--steps", "--lr", "--seed", "--plot"});
  program.expect_refused({"--samples", "1"}, {"--samples"});
  program.expect_refused({"--lr", "0"}, {"--lr"});
  program.expect_refused({"--lr", "1e308"}, {"training diverged: the loss of step "});
}

}  // namespace
}  // namespace xgrad::test
