// Runs the program examples/softmax_spiral as a user does.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/examples/program.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad::test {
namespace {

/// What the table says of a classifier: loss, accuracy and that on new data.
std::vector<double> results(const std::string& out, const std::string& first,
                            const std::string& second) {
  const std::string table = out.substr(out.rfind("new data"));
  const std::vector<std::string> words = row(table, first);
  EXPECT_EQ(words.size(), 7U) << out;
  if (words.size() != 7) return {};
  EXPECT_EQ(words[1], second);
  return {std::stod(words[2]), std::stod(words[3]), std::stod(words[5])};
}

TEST(SoftmaxSpiral, OnlyTheNetworkFollowsTheArms) {
  const Outcome outcome = run(XGRAD_SOFTMAX_SPIRAL_PROGRAM, {"--steps", "300", "--lr", "0.03"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  expect_contains(outcome.out, {"3 arms of 100 points", "softmax regression, 9 parameters",
                                "two-layer network, 603 parameters"});
  const std::vector<double> straight = results(outcome.out, "softmax", "regression");
  const std::vector<double> bent = results(outcome.out, "two-layer", "network");
  ASSERT_EQ(straight.size() + bent.size(), 6U);
  for (const std::size_t part : {1U, 2U}) {
    EXPECT_GT(straight[part], 40);
    EXPECT_LT(straight[part], 60);
    EXPECT_GT(bent[part], 97);
  }
  EXPECT_LT(bent[0], 0.1);
  // The convex problem is solved: its loss is that of more steps.
  const Outcome longer = run(XGRAD_SOFTMAX_SPIRAL_PROGRAM, {"--steps", "900", "--lr", "0.03"});
  EXPECT_NEAR(results(longer.out, "softmax", "regression")[0], straight[0], 5e-4);
}

TEST(SoftmaxSpiral, WithoutNoiseNoPointIsMistaken) {
  const Outcome outcome = run(XGRAD_SOFTMAX_SPIRAL_PROGRAM,
                              {"--steps", "500", "--lr", "0.03", "--noise", "0", "--seed", "1"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  // All arms begin at the origin, where they have one point in common.
  EXPECT_GE(results(outcome.out, "two-layer", "network")[1], 99.3);
}

TEST(SoftmaxSpiral, DrawsAFigure) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string svg = directory / "spiral.svg";
  ASSERT_EQ(run(XGRAD_SOFTMAX_SPIRAL_PROGRAM, {"--steps", "20", "--plot", svg}).status, 0);
  expect_contains(read_file(svg), {"Decision regions of a spiral", "softmax regression, accuracy ",
                                   "two-layer network, accuracy ", "arm 1", "arm 2", "arm 3",
                                   "boundary", "</svg>"});
  ASSERT_EQ(run(XGRAD_SOFTMAX_SPIRAL_PROGRAM, {"--steps", "0", "--plot", svg}).status, 0)
      << "one region may fill the picture";
}

TEST(SoftmaxSpiral, ExplainsAndRefuses) {
  const Outcome help = run(XGRAD_SOFTMAX_SPIRAL_PROGRAM, {"--help"});
  EXPECT_EQ(help.status, 0);
  expect_contains(help.out,
                  {"--points", "--noise", "--hidden", "--steps", "--lr", "--seed", "--plot"});
  for (const char* option : {"--points", "--hidden", "--lr"}) {
    const Outcome outcome = run(XGRAD_SOFTMAX_SPIRAL_PROGRAM, {option, "0"});
    EXPECT_EQ(outcome.status, 1);
    expect_contains(outcome.err, {option});
  }
}

}  // namespace
}  // namespace xgrad::test
