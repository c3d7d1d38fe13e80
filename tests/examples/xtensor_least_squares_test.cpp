// Runs the program examples/xtensor_least_squares as a user does.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/examples/program.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad::test {
namespace {

/// Rates, amplitudes, the sum of squares, evaluations.
std::vector<double> numbers(const std::string& out, const std::string& first) {
  std::vector<double> all;
  const std::vector<std::string> words = row(out, first);
  for (std::size_t i = first == "by" ? 3 : 1; i < words.size(); ++i)
    all.push_back(std::stod(words[i]));
  return all;
}

TEST(XtensorLeastSquares, FindsTheRates) {
  const Outcome outcome = run(XGRAD_XTENSOR_LEAST_SQUARES_PROGRAM, {"--noise", "0.01"});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  expect_contains(outcome.err, {"xgrad: residual has no backward"});
  const std::vector<double> found = numbers(outcome.out, "by"),
                            measured = numbers(outcome.out, "measured");
  ASSERT_EQ(found.size(), 6U) << outcome.out;
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[i], measured[i], 0.05 * measured[i]);
  EXPECT_LT(found[4], measured[4]);
  const std::string differences = outcome.out.substr(outcome.out.find("by finite"));
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(numbers(differences, "by")[i], found[i], 1e-4 * found[i]);
}

TEST(XtensorLeastSquares, DrawsAFigure) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string svg = directory / "fit.svg";
  ASSERT_EQ(run(XGRAD_XTENSOR_LEAST_SQUARES_PROGRAM, {"--plot", svg}).status, 0);
  expect_contains(read_file(svg),
                  {"Measurements and fit", "slow part", "Residual", "at the minimum", "</svg>"});
}

TEST(XtensorLeastSquares, ExplainsAndRefuses) {
  const Outcome help = run(XGRAD_XTENSOR_LEAST_SQUARES_PROGRAM, {"--help"});
  EXPECT_EQ(help.status, 0);
  expect_contains(help.out, {"--points", "--noise", "--seed", "--plot"});
  EXPECT_EQ(run(XGRAD_XTENSOR_LEAST_SQUARES_PROGRAM, {"--points", "1"}).status, 1);
}

}  // namespace
}  // namespace xgrad::test
