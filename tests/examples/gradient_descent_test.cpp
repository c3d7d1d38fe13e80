// Runs the program examples/gradient_descent as a user does.

#include "tests/examples/program.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_GRADIENT_DESCENT_PROGRAM);

TEST(GradientDescent, AgreesWithTheChapter) {
  // The numbers in our column.
  expect_contains(program.output(), {" 2.999999999256501           0  all digits",
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
                                     " 0.2500001983207767           0  all digits",
                                     "within 1e-04",
                                     "14 of 14 results agree with the documents"});
}

TEST(GradientDescent, AgreesWithGradientsByAutogradToo) {
  expect_contains(program.output({"--gradient", "autograd", "--only", "cubic,adagrad,adam,sgd"}),
                  {"4 of 4 results agree with the documents"});
}

TEST(GradientDescent, DrawsAFigure) {
  program.expect_figure({"--only", "adam,sgd"},
                        {"Gradient descent and its variants", "adam", "sgd", "minimum"});
}

TEST(GradientDescent, ExplainsAndRefuses) {
  program.expect_help({"--only", "--gradient", "--plot", "rmsprop-long"});
  program.expect_refused({"--only", "rmsprop,nadam"}, {"--only", "nadam"});
}

}  // namespace
}  // namespace xgrad::test
