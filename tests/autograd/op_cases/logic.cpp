#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> logic_cases() {
  return {
      binary("eq", eq, "a == b", {.order = 0}), binary("ne", ne, "a != b", {.order = 0}),
      binary("lt", lt, "a < b", {.order = 0}),  binary("le", le, "a <= b", {.order = 0}),
      binary("gt", gt, "a > b", {.order = 0}),  binary("ge", ge, "a >= b", {.order = 0}),
      binary("logical_and", logical_and, "torch.logical_and(a, b)", {.order = 0}),
      binary("logical_or", logical_or, "torch.logical_or(a, b)", {.order = 0}),
      binary("logical_xor", logical_xor, "torch.logical_xor(a, b)", {.order = 0}),
      unary("logical_not", logical_not, "torch.logical_not(a)", {.order = 0}),
      unary("isnan", isnan, "torch.isnan(a)", {.order = 0}),
      unary("isinf", isinf, "torch.isinf(a)", {.order = 0}),
      unary("isfinite", isfinite, "torch.isfinite(a)", {.order = 0}),
  };
}
// clang-format on

}  // namespace xgrad::test
