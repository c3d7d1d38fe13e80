#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

namespace {

OpCase triangle(const std::string& name, Tensor (*f)(const Tensor&, std::int64_t)) {
  const auto at = [&](const std::string& torch_diagonal, std::int64_t diagonal,
                      const std::vector<std::vector<Input>>& inputs) {
    return each(
        "torch." + name + "(a, " + torch_diagonal + ")",
        [f, diagonal](X x) { return f(x[0], diagonal); }, inputs);
  };
  const auto lower = [f](X x) { return f(x[0], 0); };
  return op(name,
            each("torch." + name + "(a)", lower,
                 {{reals({3, 3})},
                  {reals({2, 4})},
                  {reals({4, 2})},
                  {reals({1, 1})},
                  {reals({0, 3})},
                  {reals({3, 0})},
                  {reals({2, 3, 3})},
                  {reals({2, 1, 2, 3})},
                  {reals({0, 2, 2})},
                  {as(float32, reals({3, 3}))},
                  {integers({3, 3}, 1, 9)},
                  {as(uint8, integers({5, 5}, 1, 9))}}) +
                kinks("torch." + name + "(a)", lower, {{exactly({2, 2}, {nan, inf, -inf, nan})}}) +
                at("1", 1, {{reals({3, 3})}, {reals({3, 17})}, {reals({3, 2})}}) +
                at("-1", -1, {{reals({3, 3})}, {reals({5, 4})}, {reals({2, 3})}}) +
                at("10", 10, {{reals({3, 2})}}) + at("-10", -10, {{reals({2, 3})}}) +
                at("100", i64_max, {{reals({2, 2})}}) + at("-100", i64_min, {{reals({2, 2})}}),
            {BAD(ShapeError, f(zeros({3}), 0), "(3,)", "at least 2 dimensions"),
             BAD(ShapeError, f(zeros({}), 0), "()", "at least 2 dimensions"),
             BAD(ValueError, f(undefined, 0), "undefined tensor")});
}

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> triangular_cases() {
  return {
      triangle("tril", tril),
      triangle("triu", triu),
      op("diag",
         each("torch.diag(a)", [](X x) { return diag(x[0]); },
              {{reals({3})}, {reals({1})}, {reals({0})}, {reals({5})}, {reals({3, 3})},
               {reals({2, 4})}, {reals({17, 2})}, {reals({0, 3})}, {as(float32, reals({2}))},
               {as(float32, reals({2, 2}))}, {integers({3}, 0, 9)}, {integers({3, 2}, 0, 9)},
               {mask({3})}}) +
             kinks("torch.diag(a)", [](X x) { return diag(x[0]); }, {{exactly({2}, {nan, inf})}}) +
             each("torch.diag(a, 1)", [](X x) { return diag(x[0], 1); },
                  {{reals({3})}, {reals({0})}, {reals({3, 3})}, {reals({2, 4})}, {reals({4, 2})}}) +
             each("torch.diag(a, -2)", [](X x) { return diag(x[0], -2); },
                  {{reals({3})}, {reals({3, 3})}, {reals({4, 2})}}) +
             // Beyond the matrix.
             each("torch.diag(a, 3)", [](X x) { return diag(x[0], 3); }, {{reals({2, 3})}}) +
             each("torch.diag(a, -2)", [](X x) { return diag(x[0], -9); }, {{reals({2, 3})}}),
         {BAD(ShapeError, diag(zeros({})), "()", "vector or matrix"),
          BAD(ShapeError, diag(zeros({2, 2, 2})), "(2, 2, 2)", "vector or matrix"),
          BAD(ShapeError, diag(zeros({2}), INT64_MIN), "-9223372036854775808", "(2,)"),
          BAD(ShapeError, diag(zeros({2}), INT64_MAX), "9223372036854775807", "(2,)"),
          BAD(ValueError, diag(undefined), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
