// Runs the program examples/xtensor_least_squares as a user does.

#include "tests/examples/program.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_XTENSOR_LEAST_SQUARES_PROGRAM);

/// Rates, amplitudes, the sum of squares, evaluations.
Doubles numbers(const std::string& out, const std::string& first) {
  Doubles all;
  const std::vector<std::string> words = row(out, first);
  for (std::size_t i = first == "by" ? 3 : 1; i < words.size(); ++i)
    all.push_back(std::stod(words[i]));
  return all;
}

TEST(XtensorLeastSquares, FindsTheRates) {
  const Outcome outcome = program.run({"--noise", "0.01"});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  expect_contains(outcome.err, {"xgrad: residual has no backward"});
  const Doubles found = numbers(outcome.out, "by"), truth = numbers(outcome.out, "true");
  ASSERT_EQ(found.size(), 6U) << outcome.out;
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[i], truth[i], 0.05 * truth[i]);
  EXPECT_LT(found[4], truth[4]);
  const std::string differences = outcome.out.substr(outcome.out.find("by finite"));
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(numbers(differences, "by")[i], found[i], 1e-4 * found[i]);
}

TEST(XtensorLeastSquares, DrawsAFigure) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string svg = directory / "fit.svg";
  ASSERT_EQ(program.run({"--plot", svg}).status, 0);
  expect_contains(read_file(svg),
                  {"Measurements and fit", "slow part", "Residual", "at the minimum", "</svg>"});
}

TEST(XtensorLeastSquares, ExplainsAndRefuses) {
  program.expect_help({"--points", "--noise", "--seed", "--plot"});
  program.expect_refused({"--points", "1"}, {});
}

}  // namespace
}  // namespace xgrad::test
