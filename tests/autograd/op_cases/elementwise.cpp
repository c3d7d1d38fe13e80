#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> elementwise_cases() {
  return {
      unary("neg", neg, "-a"),
      unary("abs", abs, "torch.abs(a)"),
      unary("sign", sign, "torch.sign(a)"),
      unary("square", square, "torch.square(a)"),
      unary("exp", exp, "torch.exp(a)"),
      unary("log", log, "torch.log(a)", {positive}),
      unary("sqrt", sqrt, "torch.sqrt(a)", {positive}),
      unary("reciprocal", reciprocal, "torch.reciprocal(a)", {positive}),
      unary("tanh", tanh, "torch.tanh(a)"),
      unary("sigmoid", sigmoid, "torch.sigmoid(a)"),
      unary("relu", relu, "torch.relu(a)"),
  };
}
// clang-format on

}  // namespace xgrad::test
