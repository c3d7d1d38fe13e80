// Runs the program examples/gradient_check as a user does.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_GRADIENT_CHECK_PROGRAM);

TEST(GradientCheck, PrintsATableOfRightGradients) {
  for (const char* activation : {"relu", "tanh", "sigmoid"}) {
    const std::string out = program.output({"--activation", activation, "--seed", "3"});
    expect_contains(out, {activation + std::string(", batch of 5, 605 parameters"),
                          "every gradient agrees with central differences"});
    const std::vector<std::string> weight = row(out, "layers.1.weight");
    ASSERT_GE(weight.size(), 7U) << out;
    EXPECT_EQ(weight[1] + weight[2], "(12,16)");
    EXPECT_EQ(weight[3], "192");
    EXPECT_LT(std::stod(weight[4]), 1e-8);
    EXPECT_LT(std::stod(weight[5]), 1e-5);
    EXPECT_EQ(weight.back(), "ok");
  }
}

TEST(GradientCheck, CatchesABrokenGradient) {
  for (const char* parameter : {"layers.0.weight", "layers.1.bias", "layers.2.weight"}) {
    const Outcome outcome = program.run({"--break", parameter, "--activation", "tanh"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(row(outcome.out, parameter).back(), "WRONG") << outcome.out;
    EXPECT_EQ(row(outcome.out, "layers.0.bias").back(), "ok");
    expect_contains(outcome.out, {"1 of 6 parameters have a WRONG gradient"});
  }
}

TEST(GradientCheck, TellsKinksFromWrongGradients) {
  // With this seed one unit's input is within 1e-6 of 0 for one of the samples.
  const Arguments network = {"--seed", "179", "--batch-size", "32", "--layers", "30,40,30,10"};
  expect_contains(program.output(network),
                  {"elements were not compared: within 1e-06 of them relu has a kink"});
  Arguments broken = network;
  broken.insert(broken.end(), {"--break", "layers.1.weight"});
  const Outcome wrong = program.run(broken);
  EXPECT_EQ(wrong.status, 1);
  EXPECT_EQ(row(wrong.out, "layers.1.weight").back(), "WRONG") << wrong.out;
  EXPECT_EQ(row(wrong.out, "layers.1.bias").back(), "ok") << wrong.out;
}

TEST(GradientCheck, TakesRealImages) {
  const TemporaryDirectory data;
  write_mnist(data.path());
  expect_contains(
      program.output({"--data", data.path(), "--layers", "36,8,10", "--batch-size", "7"}),
      {"batch of 7, 386 parameters"});
}

TEST(GradientCheck, RefusesBadInput) {
  const TemporaryDirectory data;
  write_mnist(data.path());
  const auto refused = [](const Arguments& arguments, const std::string& expected) {
    program.expect_refused(arguments, {expected});
  };
  refused({"--break", "bias"}, "--break bias: there is no such parameter, but layers.0.weight ");
  refused({"--layers", "20"}, "--layers: at least two widths are needed");
  refused({"--layers", "20,0,5"}, "--layers");
  refused({"--activation", "gelu"}, "--activation");
  refused({"--tolerance", "0"}, "--tolerance");
  refused({"--data", data / "missing"}, "missing");
  refused({"--data", data.path()}, "need 36 inputs and 10 classes, not 784 and 10");
  refused({"--data", data.path(), "--layers", "36,10", "--batch-size", "1000"},
          "has 200 training images");
}

TEST(GradientCheck, ExplainsItsOptions) { program.expect_help({"--break", "--plot"}); }

TEST(GradientCheck, DrawsTheErrorByStep) {
  program.expect_figure({}, {"central difference", "forward difference", "the check takes 1e-06",
                             "layers.2.bias", "layers.0.bias"});
  program.expect_refused({"--plot", "errors.jpg"}, {"gradient_check: --plot errors.jpg: "});
}

}  // namespace
}  // namespace xgrad::test
