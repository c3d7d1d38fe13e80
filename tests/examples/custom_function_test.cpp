// Runs the program examples/custom_function as a user does.

#include "tests/examples/program.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_CUSTOM_FUNCTION_PROGRAM);

TEST(CustomFunctionExample, ChecksItsOperations) {
  expect_contains(program.output(),
                  {"distances, first order:  gradcheck: ok: 540 derivatives agree",
                   "distances, second order: gradgradcheck: ok: ",
                   "soft_abs, first order:   gradcheck: ok: 144 derivatives agree",
                   "soft_abs, second order:  gradgradcheck: ok: ",
                   "check_graph: ok: 4 of 4 operations checked", "gradient of y: tensor([[",
                   "check_graph: FAILED: 1 of 4 operations have a wrong gradient\n"
                   "  wrong: 'slip', operation 2, (4, 5) -> (4, 5): element ("});
}

TEST(CustomFunctionExample, DrawsAnOperationAndItsDerivative) {
  program.expect_figure({}, {"numerical derivative", "with the slip"});
  program.expect_refused({"--plot", "it.jpg"}, {"custom_function: --plot it.jpg: "});
}

}  // namespace
}  // namespace xgrad::test
