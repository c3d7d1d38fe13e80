// Runs the program examples/softmax_spiral as a user does.

#include "tests/examples/program.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_SOFTMAX_SPIRAL_PROGRAM);

/// A classifier's row of the table: loss, accuracy, and accuracy on new data.
Doubles results(const std::string& out, const std::string& first, const std::string& second) {
  const std::string table = out.substr(out.rfind("new data"));
  const std::vector<std::string> words = row(table, first);
  EXPECT_EQ(words.size(), 7U) << out;
  if (words.size() != 7) return {};
  EXPECT_EQ(words[1], second);
  return {std::stod(words[2]), std::stod(words[3]), std::stod(words[5])};
}

TEST(SoftmaxSpiral, OnlyTheNetworkFollowsTheArms) {
  const std::string out = program.output({"--steps", "300", "--lr", "0.03"});
  expect_contains(out, {"3 arms of 100 points", "softmax regression, 9 parameters",
                        "two-layer network, 603 parameters"});
  const Doubles straight = results(out, "softmax", "regression");
  const Doubles bent = results(out, "two-layer", "network");
  ASSERT_EQ(straight.size() + bent.size(), 6U);
  for (const std::size_t part : {1U, 2U}) {
    EXPECT_GT(straight[part], 40);
    EXPECT_LT(straight[part], 60);
    EXPECT_GT(bent[part], 97);
  }
  EXPECT_LT(bent[0], 0.1);
  // The convex problem is solved: its loss is that of more steps.
  const std::string longer = program.output({"--steps", "900", "--lr", "0.03"});
  EXPECT_NEAR(results(longer, "softmax", "regression")[0], straight[0], 5e-4);
}

TEST(SoftmaxSpiral, WithoutNoiseNoPointIsMistaken) {
  const std::string out =
      program.output({"--steps", "500", "--lr", "0.03", "--noise", "0", "--seed", "1"});
  // All arms begin at the origin, where they have one point in common.
  EXPECT_GE(results(out, "two-layer", "network")[1], 99.3);
}

TEST(SoftmaxSpiral, DrawsAFigure) {
  program.expect_figure({"--steps", "20"},
                        {"Decision regions of a spiral", "softmax regression, accuracy ",
                         "two-layer network, accuracy ", "arm 1", "arm 2", "arm 3", "boundary"});
  program.expect_figure({"--steps", "0"}, {});  // one region may fill the picture
}

TEST(SoftmaxSpiral, ExplainsAndRefuses) {
  program.expect_help({"--points", "--noise", "--hidden", "--steps", "--lr", "--seed", "--plot"});
  for (const char* option : {"--points", "--hidden", "--lr"})
    program.expect_refused({option, "0"}, {option});
}

}  // namespace
}  // namespace xgrad::test
