// Runs the program examples/layer as a user does; docs/nn.md shows its class.

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/process.hpp"

namespace xgrad::test {
namespace {

TEST(LayerExample, PrintsChecksAndTrains) {
  Process process(XGRAD_LAYER_PROGRAM, {});
  EXPECT_EQ(process.wait(), 0) << process.err();
  expect_contains(process.out(),
                  {"1: RMSNorm(eps=0.001000), 8 parameters\n    weight: (8,) float32",
                   "gradcheck: ok: 66 derivatives agree"});
}

}  // namespace
}  // namespace xgrad::test
