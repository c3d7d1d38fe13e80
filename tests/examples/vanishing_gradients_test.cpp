// Runs the program examples/vanishing_gradients as a user does, on small networks.

#include <string>

#include "tests/examples/program.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_VANISHING_GRADIENTS_PROGRAM, {"--hidden", "32", "--sequences", "8"});

/// What a step multiplies the norm by: the last number of the line that begins with `title`.
double rate(const std::string& out, const std::string& title) {
  const std::size_t begin = out.find("\n" + title + "  ") + 1;
  const std::string line = out.substr(begin, out.find('\n', begin) - begin);
  return number_after(line, line.substr(0, line.rfind(' ')));
}

TEST(VanishingGradients, MeasuresWhatAStepDoesToTheNorm) {
  const std::string out = program.output({"--factor", "4", "--steps", "0"});
  expect_contains(out, {"steps between them", "1        10        50       100  per step"});
  for (const char* layer : {"RNN", "LSTM", "GRU"}) {
    EXPECT_GT(rate(out, layer), 0.3) << layer;
    EXPECT_LT(rate(out, layer), 0.8) << layer;
  }
  EXPECT_GT(rate(out, "RNN, weights x 4"), 1.05);
  EXPECT_NEAR(rate(out, "LSTM, forget bias 3"), 1, 0.05);
  // The norm itself tells the same.
  const auto numbers = row(out, "GRU");
  ASSERT_EQ(numbers.size(), 6U);
  EXPECT_NEAR(std::pow(std::stod(numbers[4]) / std::stod(numbers[2]), 1 / 90.0), rate(out, "GRU"),
              0.002);
}

TEST(VanishingGradients, ClippingKeepsATrainingFromDiverging) {
  const std::string out =
      program.output({"--distance", "20", "--steps", "300", "--lr", "0.1", "--clip", "0.5"});
  expect_contains(out, {"norm of gradient", "above 1000 after "});
  const std::size_t last = out.rfind("with clipping");
  const std::string line = out.substr(last, out.find('\n', last) - last);
  EXPECT_LT(std::stod(line.substr(line.rfind(' '))), 0.3) << line;
}

TEST(VanishingGradients, PrintsTheSameForTheSameSeed) {
  // A line about a training says how fast it went, so there is none here.
  const std::string first = program.output({"--steps", "0"});
  EXPECT_EQ(first, program.output({"--steps", "0"}));
  EXPECT_NE(first, program.output({"--steps", "0", "--seed", "5"}));
}

TEST(VanishingGradients, DrawsTheNorms) {
  program.expect_figure({"--distance", "20", "--steps", "20"},
                        {"Gradients through time", "steps between them", "LSTM, forget bias 3",
                         "without clipping", "with clipping", "largest after clipping"});
}

TEST(VanishingGradients, ExplainsAndRefuses) {
  program.expect_help({"--hidden", "--distance", "--factor", "--forget-bias", "--steps", "--clip",
                       "--lr", "--seed", "--threads", "--plot"});
  program.expect_refused({"--distance", "5"}, {"--distance", "20"});
  program.expect_refused({"--clip", "0"}, {"--clip", "above 0"});
  program.expect_refused({"--plot", "figure.jpg"}, {"--plot", ".svg"});
}

}  // namespace
}  // namespace xgrad::test
