// Runs the program examples/gradient_descent as a user does.

#include <gtest/gtest.h>

#include <string>

#include "tests/examples/program.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad::test {
namespace {

TEST(GradientDescent, AgreesWithTheChapter) {
  const Outcome outcome = run(XGRAD_GRADIENT_DESCENT_PROGRAM, {});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  EXPECT_EQ(outcome.err, "");
  // The numbers themselves, in our column.
  for (const char* number : {" 2.999999999256501           0  all digits",
                             " 2.7073582",
                             " 0.41689171",
                             " 2.9632463",
                             " 0.49067782",
                             " -0.69240717",
                             " 1.76233766",
                             " 2.938600",
                             " 0.45044889",
                             " 2.7016256",
                             " 0.41500366",
                             " 2.65229502",
                             " 2.9082808",
                             " 0.47616156",
                             " -8.26638332",
                             " 2.46046384",
                             " -1.49829905",
                             " -4.74284398",
                             " 25625.25           0  exactly",
                             " 0.2500001983207767           0  all digits"})
    EXPECT_TRUE(contains(outcome.out, number)) << number << " is not in\n" << outcome.out;
  expect_contains(outcome.out, {"within 1e-04", "14 of 14 results agree with the documents"});
}

TEST(GradientDescent, AgreesWithGradientsByAutogradToo) {
  const Outcome outcome = run(XGRAD_GRADIENT_DESCENT_PROGRAM,
                              {"--gradient", "autograd", "--only", "cubic,adagrad,adam,sgd"});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  expect_contains(outcome.out, {"4 of 4 results agree with the documents"});
}

TEST(GradientDescent, DrawsAFigure) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string svg = directory / "paths.svg";
  ASSERT_EQ(run(XGRAD_GRADIENT_DESCENT_PROGRAM, {"--only", "adam,sgd", "--plot", svg}).status, 0);
  expect_contains(read_file(svg),
                  {"Gradient descent and its variants", "adam", "sgd", "minimum", "</svg>"});
}

TEST(GradientDescent, ExplainsAndRefuses) {
  const Outcome help = run(XGRAD_GRADIENT_DESCENT_PROGRAM, {"--help"});
  EXPECT_EQ(help.status, 0);
  expect_contains(help.out, {"--only", "--gradient", "--plot", "rmsprop-long"});
  const Outcome refused = run(XGRAD_GRADIENT_DESCENT_PROGRAM, {"--only", "rmsprop,nadam"});
  EXPECT_EQ(refused.status, 1);
  expect_contains(refused.err, {"--only", "nadam"});
}

}  // namespace
}  // namespace xgrad::test
