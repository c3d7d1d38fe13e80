// Runs the program examples/three_ways as a user does.

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/examples/program.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad::test {
namespace {

TEST(ThreeWays, AgreesWithTheDocuments) {
  for (const char* seed : {"0", "7"}) {
    const Outcome outcome = run(XGRAD_THREE_WAYS_PROGRAM, {"--seed", seed});
    EXPECT_EQ(outcome.status, 0) << outcome.out;
    EXPECT_EQ(outcome.err, "");
    EXPECT_FALSE(contains(outcome.out, "WRONG")) << outcome.out;
    // The numbers themselves, in our column.
    expect_contains(
        outcome.out,
        {"3.8890872965260", " 4.440892098500626           0  all digits",
         " 0.0716093850883226           0  all digits",
         " -1.5987211554602254           0  all digits",
         " 0.2500001983207767           0  all digits", " 54.00000020472362           0",
         " 54.00000001287708     2.9e-09", " 25625.25           0  exactly",
         "12 of 12 results agree with the documents"});
  }
}

TEST(ThreeWays, PrintsHowErrorsGrowAgain) {
  const Outcome outcome = run(XGRAD_THREE_WAYS_PROGRAM, {});
  std::istringstream lines(outcome.out.substr(outcome.out.find("error of the difference quot")));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  std::vector<double> forward, central;
  double eps = 0, f = 0, c = 0;
  while (lines >> eps >> f >> c) {
    forward.push_back(f);
    central.push_back(c);
  }
  ASSERT_EQ(forward.size(), 15U) << outcome.out;  // 1e-1 to 1e-15
  EXPECT_TRUE(contains(outcome.out, "1e-16   x + eps is x   x + eps is x"));
  for (std::size_t i = 0; i + 1 < 4; ++i) {
    EXPECT_NEAR(forward[i] / forward[i + 1], 10, 1);    // O(eps)
    EXPECT_NEAR(central[i] / central[i + 1], 100, 10);  // O(eps^2)
  }
  EXPECT_LT(central[4], 1e-10);
  for (const double last : {forward.back(), central.back()}) EXPECT_GT(last, 0.1);
}

TEST(ThreeWays, DrawsAFigure) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string svg = directory / "errors.svg";
  ASSERT_EQ(run(XGRAD_THREE_WAYS_PROGRAM, {"--plot", svg}).status, 0);
  expect_contains(read_file(svg), {"forward difference", "central difference", "step eps",
                                   "best step, in theory 2.2e-05", "</svg>"});
}

TEST(ThreeWays, ExplainsAndRefuses) {
  const Outcome help = run(XGRAD_THREE_WAYS_PROGRAM, {"--help"});
  EXPECT_EQ(help.status, 0);
  expect_contains(help.out, {"--seed", "--plot"});
  const Outcome refused = run(XGRAD_THREE_WAYS_PROGRAM, {"--plot", "errors.jpg"});
  EXPECT_EQ(refused.status, 1);
  expect_contains(refused.err, {"three_ways: --plot errors.jpg: expected a name that ends in"});
}

}  // namespace
}  // namespace xgrad::test
