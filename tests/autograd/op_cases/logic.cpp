#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> logic_cases() {
  return {
      binary("eq", eq, "a == b", {.order = 0}), binary("ne", ne, "a != b", {.order = 0}),
      binary("lt", lt, "a < b", {.order = 0}),  binary("le", le, "a <= b", {.order = 0}),
      binary("gt", gt, "a > b", {.order = 0}),  binary("ge", ge, "a >= b", {.order = 0}),
  };
}
// clang-format on

}  // namespace xgrad::test
