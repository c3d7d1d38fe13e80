// Runs the program examples/newton_roots as a user does.

#include "tests/examples/program.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_NEWTON_ROOTS_PROGRAM);

TEST(NewtonRoots, AgreesWithTheLecture) {
  const std::string out = program.output();
  expect_contains(out,
                  {" 0.6972243622680052           0  all digits", " -8           0  all digits",
                   "13.17890834580027", "1.82109165419972", "4.30277563773199", "minimize, bfgs, ",
                   "minimize, gradient_descent, ", "22 of 22 results agree with the documents"});
  EXPECT_FALSE(contains(out, "DIFFERS"));
}

TEST(NewtonRoots, PrintsTheIterations) {
  // By hand: f(9) = 13 · 15 · 7 · (-3) - 25 · 81 and f'(9) = 258.
  expect_contains(program.output(),
                  {"25x^2, find_root from 9\nstep ", "\n   0                      9",
                   "-6.12e+03\n   1     -14.72093023255814"});
}

TEST(NewtonRoots, DrawsAFigure) {
  program.expect_figure(
      {}, {"Newton's method from 9", "roots", "value above the minimum", "from (-0.5, 1)"});
}

TEST(NewtonRoots, ExplainsAndRefuses) {
  program.expect_help({"--plot"});
  program.expect_refused({"--frobnicate"}, {});
}

}  // namespace
}  // namespace xgrad::test
