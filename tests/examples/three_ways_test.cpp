// Runs the program examples/three_ways as a user does.

#include <sstream>

#include "tests/examples/program.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_THREE_WAYS_PROGRAM);

TEST(ThreeWays, AgreesWithTheDocuments) {
  for (const char* seed : {"0", "7"}) {
    const std::string out = program.output({"--seed", seed});
    EXPECT_FALSE(contains(out, "WRONG")) << out;
    // The numbers in our column.
    expect_contains(
        out, {"3.8890872965260", " 4.440892098500626           0  all digits",
              " 0.0716093850883226           0  all digits",
              " -1.5987211554602254           0  all digits",
              " 0.2500001983207767           0  all digits", " 54.00000020472362           0",
              " 54.00000001287708     2.9e-09", " 25625.25           0  exactly",
              "12 of 12 results agree with the documents"});
  }
}

TEST(ThreeWays, PrintsHowErrorsGrowAgain) {
  const std::string out = program.output();
  std::istringstream lines(out.substr(out.find("error of the difference quot")));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  Doubles forward, central;
  double eps = 0, f = 0, c = 0;
  while (lines >> eps >> f >> c) {
    forward.push_back(f);
    central.push_back(c);
  }
  ASSERT_EQ(forward.size(), 15U) << out;  // 1e-1 to 1e-15
  expect_contains(out, {"1e-16   x + eps is x   x + eps is x"});
  for (std::size_t i = 0; i + 1 < 4; ++i) {
    EXPECT_NEAR(forward[i] / forward[i + 1], 10, 1);    // O(eps)
    EXPECT_NEAR(central[i] / central[i + 1], 100, 10);  // O(eps^2)
  }
  EXPECT_LT(central[4], 1e-10);
  for (const double last : {forward.back(), central.back()}) EXPECT_GT(last, 0.1);
}

TEST(ThreeWays, DrawsAFigure) {
  program.expect_figure(
      {}, {"forward difference", "central difference", "step eps", "best step, in theory 2.2e-05"});
}

TEST(ThreeWays, ExplainsAndRefuses) {
  program.expect_help({"--seed", "--plot"});
  program.expect_refused({"--plot", "errors.jpg"},
                         {"three_ways: --plot errors.jpg: expected a name that ends in"});
}

}  // namespace
}  // namespace xgrad::test
