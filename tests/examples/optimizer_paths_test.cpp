// Runs the program examples/optimizer_paths as a user does.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/examples/program.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

const std::vector<std::string> line_searches = {"gradient_descent", "cg",        "bfgs",  "l_bfgs",
                                                "l_bfgs_b",         "newton_cg", "newton"};

const Program program(XGRAD_OPTIMIZER_PATHS_PROGRAM);

/// A row of the table: where a method ended.
struct End {
  double x, y, value, steps, evaluations, distance;
};

End end_of(const std::string& out, const std::string& method) {
  const std::vector<std::string> words = row(out, method);
  if (words.size() != 7) {
    ADD_FAILURE() << method << ": no row of seven columns in\n" << out;
    return {};
  }
  const auto number = [&](std::size_t i) { return std::stod(words[i]); };
  return {number(1), number(2), number(3), number(4), number(5), number(6)};
}

/// The part of the output with the table of this start.
std::string table(const std::string& out, const std::string& start) {
  const std::size_t begin = out.find(" from " + start + "\n");
  if (begin == std::string::npos) ADD_FAILURE() << "no table for " << start << " in\n" << out;
  return out.substr(begin, out.find("\n\n", begin) - begin);
}

TEST(OptimizerPaths, EveryMethodFindsTheMinimumOfTheQuadratic) {
  const std::string out = program.output({"--function", "quadratic"});
  const std::string rows = table(out, "(-4, 4)");
  for (const char* method :
       {"sgd", "sgd_decay", "sgd_clip", "momentum", "nesterov", "asgd", "rprop", "adagrad",
        "adadelta", "rmsprop", "adam", "adamw", "adamax", "nadam", "radam", "lbfgs"}) {
    const End end = end_of(rows, method);
    EXPECT_LT(end.distance, 0.01) << method;
    EXPECT_NEAR(end.value, end.x * end.x + end.y * end.y / 2, 1e-6 * end.value) << method;
    EXPECT_GE(end.evaluations, end.steps) << method;
  }
  for (const std::string& method : line_searches) {
    const End end = end_of(rows, method);
    EXPECT_LT(end.distance, 1e-7) << method;
    EXPECT_LE(end.steps, 30) << method;
    EXPECT_GT(end.evaluations, end.steps) << method;
  }
}

TEST(OptimizerPaths, GradientDescentEndsWhereTheTextSays) {
  // The chapter's results for x²/16 + 9 y² after 1,000 steps.
  const std::string out = program.output({"--function", "ellipse", "--methods", "sgd"});
  const End end = end_of(table(out, "(-2.4, 0.2)"), "sgd");
  EXPECT_NEAR(end.x, -8.26638332e-06, 1e-13);
  EXPECT_NEAR(end.y, 2.46046384e-98, 1e-105);
  EXPECT_EQ(end.steps, 1000);
}

TEST(OptimizerPaths, LineSearchesEndAtMinimaOfTheCamel) {
  Arguments arguments{"--function", "camel", "--methods"};
  std::string methods;
  for (const std::string& method : line_searches) methods += (methods.empty() ? "" : ",") + method;
  arguments.push_back(methods);
  const std::string out = program.output(arguments);
  for (const char* start : {"(-1, -0.5)", "(1.5, 0.75)", "(-0.8, 0.25)"})
    for (const std::string& method : line_searches) {
      const End end = end_of(table(out, start), method);
      EXPECT_LT(end.distance, 1e-5) << start << ' ' << method;
      const double x2 = end.x * end.x, y2 = end.y * end.y;
      EXPECT_NEAR(end.value, (4 - 2.1 * x2 + x2 * x2 / 3) * x2 + end.x * end.y + (-4 + 4 * y2) * y2,
                  1e-6);
    }
  // From two of the starts it is the lowest, in the valley they lie in.
  EXPECT_NEAR(end_of(table(out, "(-1, -0.5)"), "bfgs").value, -1.031628, 1e-6);
  EXPECT_NEAR(end_of(table(out, "(-0.8, 0.25)"), "bfgs").value, -1.031628, 1e-6);
}

TEST(OptimizerPaths, ClippedGradientsBearALargerRate) {
  const std::string clipped = program.output({"--function", "beale", "--methods", "sgd_clip"});
  EXPECT_LT(end_of(table(clipped, "(3, 4)"), "sgd_clip").distance, 1e-6);
  const std::string whole =
      program.output({"--function", "beale", "--methods", "sgd", "--lr", "0.02"});
  expect_contains(table(whole, "(3, 4)"), {"sgd               diverged after "});
}

TEST(OptimizerPaths, DecayingRatesBearALargerOneToBeginWith) {
  // Steps above 2/18 overshoot in y, by more each time.
  const std::string out =
      program.output({"--function", "ellipse", "--methods", "sgd,sgd_decay", "--lr", "0.115"});
  EXPECT_LT(end_of(out, "sgd_decay").distance, 0.1);
  EXPECT_GT(std::abs(end_of(out, "sgd").y), 1);
}

TEST(OptimizerPaths, StepsLimitEveryMethod) {
  const std::string out = program.output({"--function", "beale", "--steps", "3"});
  EXPECT_EQ(end_of(table(out, "(3, 4)"), "adam").steps, 3);
  EXPECT_EQ(end_of(table(out, "(3, 4)"), "newton").steps, 3);
  EXPECT_EQ(end_of(table(out, "(1, 1.5)"), "lbfgs").steps, 3);
}

TEST(OptimizerPaths, DrawsAPanelForEachFamily) {
  program.expect_figure(
      {"--function", "quadratic", "--methods", "sgd,adam,bfgs,sgd_clip", "--steps", "30"},
      {"Paths of optimizers", "from (-4, 4): gradient steps", "adaptive rates", "line search",
       "sgd_clip", "adam", "bfgs", "start", "end", "minimum"});
  if (!has_gnuplot()) return;
  const TemporaryDirectory directory;
  const std::string png = directory / "diverged.png";
  program.output({"--function", "beale", "--methods", "sgd", "--lr", "1", "--plot", png});
  EXPECT_EQ(read_file(png).substr(1, 3), "PNG");
}

TEST(OptimizerPaths, RefusesBadArguments) {
  const auto refused = [](const Arguments& arguments, const std::string& expected) {
    program.expect_refused(arguments, {expected});
    EXPECT_EQ(program.run(arguments).out, "");
  };
  refused({"--function", "rosenbrock"}, "--function");
  refused({"--methods", "sgd,magic"}, "--methods");
  refused({"--steps", "0"}, "--steps");
  refused({"--lr", "-1"}, "--lr");
  refused({"--plot", "paths.jpg"}, "--plot paths.jpg: expected a name that ends in .svg or .png");
}

TEST(OptimizerPaths, HelpNamesEveryOption) {
  program.expect_help({"--function", "--methods", "--steps", "--lr", "--plot"});
}

}  // namespace
}  // namespace xgrad::test
