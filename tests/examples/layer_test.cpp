// Runs the program examples/layer as a user does; docs/nn.md shows its class.

#include "tests/examples/program.hpp"

namespace xgrad::test {
namespace {

TEST(LayerExample, PrintsChecksAndTrains) {
  expect_contains(Program(XGRAD_LAYER_PROGRAM).output(),
                  {"1: RMSNorm(eps=0.001000), 8 parameters\n    weight: (8,) float32",
                   "gradcheck: ok: 66 derivatives agree"});
}

}  // namespace
}  // namespace xgrad::test
