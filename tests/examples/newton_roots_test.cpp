// Runs the program examples/newton_roots as a user does.

#include <gtest/gtest.h>

#include <string>

#include "tests/examples/program.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad::test {
namespace {

TEST(NewtonRoots, AgreesWithTheLecture) {
  const Outcome outcome = run(XGRAD_NEWTON_ROOTS_PROGRAM, {});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  EXPECT_EQ(outcome.err, "");
  expect_contains(outcome.out,
                  {" 0.6972243622680052           0  all digits", " -8           0  all digits",
                   "13.17890834580027", "1.82109165419972", "4.30277563773199", "minimize, bfgs, ",
                   "minimize, gradient_descent, ", "22 of 22 results agree with the documents"});
  EXPECT_FALSE(contains(outcome.out, "DIFFERS"));
}

TEST(NewtonRoots, PrintsTheIterations) {
  const Outcome outcome = run(XGRAD_NEWTON_ROOTS_PROGRAM, {});
  // By hand: f(9) = 13 · 15 · 7 · (-3) - 25 · 81 and f'(9) = 258.
  expect_contains(outcome.out, {"25x^2, find_root from 9\nstep ", "\n   0                      9",
                                "-6.12e+03\n   1     -14.72093023255814"});
}

TEST(NewtonRoots, DrawsAFigure) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string svg = directory / "roots.svg";
  ASSERT_EQ(run(XGRAD_NEWTON_ROOTS_PROGRAM, {"--plot", svg}).status, 0);
  expect_contains(read_file(svg), {"Newton's method from 9", "roots", "value above the minimum",
                                   "from (-0.5, 1)", "</svg>"});
}

TEST(NewtonRoots, ExplainsAndRefuses) {
  const Outcome help = run(XGRAD_NEWTON_ROOTS_PROGRAM, {"--help"});
  EXPECT_EQ(help.status, 0);
  expect_contains(help.out, {"--plot"});
  EXPECT_EQ(run(XGRAD_NEWTON_ROOTS_PROGRAM, {"--frobnicate"}).status, 1);
}

}  // namespace
}  // namespace xgrad::test
