// Runs the program examples/linear_regression as a user does.

#include <sstream>

#include "tests/examples/program.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_LINEAR_REGRESSION_PROGRAM);

/// The three numbers of the row of this name in the last table.
Doubles last_row(const std::string& out, const std::string& name) {
  std::istringstream numbers(out.substr(out.rfind("\n" + name + " ") + 1 + name.size()));
  Doubles values(3);
  for (double& value : values) numbers >> value;
  return values;
}

TEST(LinearRegression, BothGradientsAgree) {
  const std::string out = program.output();
  expect_contains(out, {"Sales: 18 rows, 3 features", "\n     0  ", "\n   100  ",
                        "agree with those of autograd"});
  EXPECT_LT(number_after(out, "relative difference "), 1e-6);
  const Doubles loss = last_row(out, "loss");
  EXPECT_NEAR(loss[0], loss[1], 1e-6);
  EXPECT_LT(loss[1], 10);
}

TEST(LinearRegression, TrainingApproachesTheExactSolution) {
  const std::string out = program.output({"--epochs", "1500", "--lr", "0.3"});
  for (const char* name : {"TV", "Radio", "Newspaper", "(constant)", "loss", "mean |error|"}) {
    const Doubles values = last_row(out, name);
    EXPECT_NEAR(values[0], values[2], 1e-4) << name;
    EXPECT_NEAR(values[1], values[2], 1e-6) << name;
  }
}

TEST(LinearRegression, NormalisedFeaturesNeedFewerSteps) {
  const std::string out = program.output({"--epochs", "1"});
  // The rows of all three features: normalisation, condition, rate, steps, at most.
  const std::string heading = "at most  features\n";
  std::istringstream table(out.substr(out.find(heading) + heading.size()));
  Doubles steps, conditions;
  for (std::string line; std::getline(table, line) && !line.empty();) {
    std::erase(line, '>');
    std::istringstream words(line);
    std::string name;
    double condition = 0, rate = 0, count = 0, most = 0;
    words >> name >> condition >> rate >> count >> most;
    EXPECT_GE(condition, 1 - 1e-9) << line;
    EXPECT_LE(count, most) << line;
    if (contains(line, "TV, Radio, Newspaper")) {
      conditions.push_back(condition);
      steps.push_back(count);
    } else if (name == "columns") {
      // One column of mean 0 and deviation 1 beside ones: the Hessian is twice the identity.
      EXPECT_NEAR(condition, 1, 1e-6) << line;
      EXPECT_EQ(rate, 0.5) << line;
      EXPECT_EQ(count, 1) << line;
    }
  }
  ASSERT_EQ(steps.size(), 3U) << out;
  EXPECT_GT(conditions[0], 100 * conditions[1]);
  EXPECT_GT(conditions[1], 10 * conditions[2]);
  EXPECT_EQ(steps[0], 20000);
  EXPECT_LT(steps[1], 500);
  EXPECT_LT(steps[2], 20);
}

TEST(LinearRegression, TakesOneFeature) {
  const std::string out = program.output(
      {"--features", "TV", "--normalize", "columns", "--lr", "0.25", "--epochs", "60"});
  expect_contains(out, {"Sales: 18 rows, 1 features"});
  EXPECT_FALSE(contains(out, "Radio"));
  const Doubles slope = last_row(out, "TV"), constant = last_row(out, "(constant)");
  EXPECT_NEAR(slope[1], slope[2], 1e-9);
  EXPECT_NEAR(constant[1], constant[2], 1e-9);
}

TEST(LinearRegression, FindsWhatAFileWasMadeOf) {
  // y = 3 a - 2 b + 5.
  const TemporaryDirectory directory;
  write_file(directory / "plane.csv", "a,b,y\n0,0,5\n1,0,8\n0,1,3\n1,1,6\n2,-1,13\n");
  const std::string out =
      program.output({"--data", directory / "plane.csv", "--epochs", "300", "--lr", "0.2"});
  expect_contains(out, {"y: 5 rows, 2 features"});
  for (const double loss : last_row(out, "loss")) EXPECT_NEAR(loss, 0, 1e-10);
}

TEST(LinearRegression, DrawsAFigure) {
  program.expect_figure({"--epochs", "20"}, {"mean square error", "chain rule, numerical Jacobians",
                                             "exact solution", "Sales"});
}

TEST(LinearRegression, RefusesBadInput) {
  const TemporaryDirectory directory;
  program.expect_refused({"--data", directory / "none.csv"},
                         {(directory / "none.csv") + ": cannot be opened"});
  write_file(directory / "one.csv", "y\n1\n2\n");
  program.expect_refused({"--data", directory / "one.csv"},
                         {"one column; expected features and a target"});
  write_file(directory / "text.csv", "x,y\n1,2\n1,two\n");
  program.expect_refused({"--data", directory / "text.csv"},
                         {"line 3, column 2: 'two' is not a number"});
  program.expect_refused({"--lr", "100", "--epochs", "1000"},
                         {"training diverged: the loss of epoch "});
  program.expect_refused({"--lr", "0"}, {"--lr"});
  program.expect_refused({"--epochs", "0"}, {"--epochs"});
  program.expect_refused({"--normalize", "twice"}, {"--normalize"});
  program.expect_refused({"--features", "Sales"},
                         {"--features Sales: expected some of TV, Radio, Newspaper"});
}

TEST(LinearRegression, ExplainsItsOptions) {
  program.expect_help(
      {"--data", "--features", "--normalize", "--lr", "--epochs", "--seed", "--plot"});
}

}  // namespace
}  // namespace xgrad::test
