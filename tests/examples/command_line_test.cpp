#include <regex>

#include "tests/examples/program.hpp"

/// @file
/// What all programs do with their command lines.

namespace xgrad::test {
namespace {

const std::vector<std::string> programs = {
    XGRAD_BATCH_NORM_PROGRAM,           XGRAD_GRADIENT_CHECK_PROGRAM,
    XGRAD_GRADIENT_DESCENT_PROGRAM,     XGRAD_LINEAR_REGRESSION_PROGRAM,
    XGRAD_LOGISTIC_REGRESSION_PROGRAM,  XGRAD_MNIST_PROGRAM,
    XGRAD_NEWTON_ROOTS_PROGRAM,         XGRAD_OPTIMIZER_COMPARISON_PROGRAM,
    XGRAD_OPTIMIZER_PATHS_PROGRAM,      XGRAD_REGULARIZATION_PROGRAM,
    XGRAD_SOFTMAX_SPIRAL_PROGRAM,       XGRAD_THREE_WAYS_PROGRAM,
    XGRAD_XTENSOR_LEAST_SQUARES_PROGRAM};

TEST(CommandLine, NoUnsignedOptionTakesASign) {
  std::size_t options = 0;
  for (const std::string& path : programs) {
    const std::string help = Program(path).output({"--help"});
    const std::regex unsigned_option("(--[a-z-]+) (UINT|PIXELS)");
    for (std::sregex_iterator it(help.begin(), help.end(), unsigned_option), end; it != end; ++it) {
      SCOPED_TRACE(path);
      Program(path).expect_refused({(*it)[1], "-1"}, {(*it)[1].str() + ": '-1' is not a"});
      ++options;
    }
  }
  EXPECT_GE(options, 30U);
}

TEST(CommandLine, OptionsWithoutEffectAreRefused) {
  const Program mnist(XGRAD_MNIST_PROGRAM, {"--model", "softmax"});
  mnist.expect_refused({"--hidden", "10"}, {"--hidden: has no effect with --model softmax"});
  mnist.expect_refused({"--dropout", "0.5"}, {"--dropout: has no effect with --model softmax"});
  Program(XGRAD_OPTIMIZER_COMPARISON_PROGRAM)
      .expect_refused({"--optimizers", "sgd", "--lr", "adam=0.1"},
                      {"adam is not among --optimizers"});
  Program(XGRAD_OPTIMIZER_PATHS_PROGRAM)
      .expect_refused({"--methods", "cg,newton", "--lr", "0.1"}, {"--lr has no effect"});
}

}  // namespace
}  // namespace xgrad::test
