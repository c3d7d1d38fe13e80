// Runs the program examples/iris as a user does.

#include "tests/examples/program.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_IRIS_PROGRAM);

TEST(Iris, TellsTheSpeciesApart) {
  const std::string out = program.output();
  expect_contains(out, {"150 flowers of 3 species, by sepal_length, sepal_width, petal_length, "
                        "petal_width\n"});
  EXPECT_GE(number_after(out, "flowers held out: "), 93);
  EXPECT_GE(number_after(out, "in 10 folds: "), 95);
  // One species stands apart.
  const std::vector<std::string> counts = row(out.substr(out.find("virginica")), "setosa");
  ASSERT_EQ(counts.size(), 4U) << out;
  EXPECT_EQ(counts[2], "0");
  EXPECT_EQ(counts[3], "0");
}

TEST(Iris, TakesOtherColumnsAndFiles) {
  expect_contains(program.output({"--features", "petal_width", "--folds", "3"}),
                  {"by petal_width\n", "in 3 folds: "});
  const TemporaryDirectory directory;
  write_file(directory / "fruit.csv",
             "kind,weight\napple,150\nplum,40\napple,180\nplum,45\napple,160\nplum,42\n");
  const std::string out =
      program.output({"--data", directory / "fruit.csv", "--label", "kind", "--folds", "2"});
  expect_contains(out, {"6 flowers of 2 species, by weight"});
  EXPECT_EQ(number_after(out, "in 2 folds: "), 100);
}

TEST(Iris, DrawsAFigure) {
  program.expect_figure(
      {"--steps", "100", "--folds", "2", "--features", "petal_length,petal_width"},
      {"Species of iris", "petal_length", "petal_width", "setosa", "versicolor", "virginica",
       "boundary"});
}

TEST(Iris, ExplainsAndRefuses) {
  program.expect_help({"--data", "--label", "--features", "--held-out", "--folds", "--steps",
                       "--lr", "--weight-decay", "--seed", "--plot"});
  program.expect_refused({"--label", "petal_width"}, {"--label petal_width", "expected texts"});
  program.expect_refused({"--features", "length"}, {"no column 'length'", "petal_length"});
  program.expect_refused({"--plot", "iris.svg"}, {"--plot", "4 features", "expected two"});
  program.expect_refused({"--folds", "1"}, {"--folds"});
  program.expect_refused({"--held-out", "1"}, {"--held-out"});
}

}  // namespace
}  // namespace xgrad::test
