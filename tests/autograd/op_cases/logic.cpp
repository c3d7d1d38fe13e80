#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> logic_cases() {
  const std::vector<double> list = {0, 1, 1.125, -1, -1.25, 1e10, inf, -inf, nan};
  std::vector<double> rows, columns;
  for (double v : list) {
    rows.insert(rows.end(), list.size(), v);
    columns.insert(columns.end(), list.begin(), list.end());
  }
  const std::vector<Input> extremes = {exactly({9, 9}, rows), exactly({9, 9}, columns)};
  const std::vector<std::vector<Input>> alike = {
      extremes, {reals({}), reals({})}, {reals({2, 3}), reals({3})}, {reals({2, 1}), reals({33})},
      {reals({0, 3}), reals({3})}, {integers({33}, 0, 9), integers({33}, 0, 9)}, {as(uint8, mask({4})), as(uint8, mask({4}))}};
  const Input three = exactly({3}, {1, 2, 3}), near = exactly({3}, {1, 2, 3.0000001}), far = exactly({3}, {1, 2, 3.5});
  const Input whole = exactly({3}, {1, 2, 3}, int64), hole = exactly({2}, {1, nan}), wide = reals({33});
  const auto close = [](const auto&... args) { return tensor(allclose(args...)); };
  const auto equal = [](const auto&... args) { return tensor(array_equal(args...)); };
  return {
      op("isclose",
         kinks("torch.isclose(a, b)", [](X x) { return isclose(x[0], x[1]); }, alike, 0) +
             kinks("torch.isclose(a, b, 0.125, 0.125)", [](X x) { return isclose(x[0], x[1], 0.125, 0.125); }, alike, 0) +
             kinks("torch.isclose(a, b, 0.0, 1.0, True)", [](X x) { return isclose(x[0], x[1], 0, 1, true); }, {extremes}, 0) +
             kinks("torch.isclose(a, torch.tensor(1.0).double(), 0.0, 0.125)", [](X x) { return isclose(x[0], 1, 0, 0.125); }, {{extremes[0]}}, 0) +
             kinks("torch.isclose(torch.tensor(1.0).double(), a, 0.125, 0.0)", [](X x) { return isclose(1., x[0], 0.125, 0); }, {{extremes[0]}}, 0) +
             kinks("torch.isclose(a.long(), b.long())", [](X x) { return isclose(x[0], x[1]); }, {{mask({4}), mask({4})}}, 0) +
             kinks("torch.isclose(a.double(), b, 0.0, 0.125)", [](X x) { return isclose(x[0], x[1], 0, 0.125); },
                   {{integers({33}, -2, 3), reals({33})}}, 0),
         {BAD(ShapeError, isclose(zeros({2, 3}), zeros({4})), "(2, 3)", "(4,)"),
          BAD(DTypeError, isclose(zeros({3}), zeros({3}, f64)), "float32", "float64"),
          BAD(ValueError, isclose(zeros({3}), zeros({3}), -1), "rtol is -1", "0 or more"),
          BAD(ValueError, isclose(zeros({3}), zeros({3}), 0, nan), "atol nan", "0 or more"),
          BAD(ValueError, isclose(undefined, 1), "undefined tensor")}),
      op("allclose",
         kinks("torch.tensor(torch.allclose(a, b))", [=](X x) { return close(x[0], x[1]); },
               {{three, three}, {three, near}, {three, far}, {three, exactly({}, {1})}, {hole, hole}, {whole, whole},
                {reals({0}), reals({3, 1})}, {wide, wide}}, 0) +
             kinks("torch.tensor(torch.allclose(a, b, 0.0, 0.5, True))", [=](X x) { return close(x[0], x[1], 0, 0.5, true); },
                   {{three, far}, {hole, hole}, {three, exactly({}, {1})}}, 0),
         {BAD(ShapeError, allclose(zeros({2, 3}), zeros({4})), "(2, 3)", "(4,)"),
          BAD(DTypeError, allclose(zeros({3}), zeros({3}, f64)), "float32", "float64"),
          BAD(ValueError, allclose(zeros({3}), 1, 0, -1), "atol -1", "0 or more"),
          BAD(ValueError, allclose(zeros({3}), undefined), "undefined tensor")}),
      op("array_equal",
         kinks("torch.tensor(torch.equal(a, b))", [=](X x) { return equal(x[0], x[1]); },
               {{three, three}, {three, far}, {three, exactly({}, {1})}, {hole, hole}, {whole, whole},
                {reals({0}), reals({0})}, {reals({0, 3}), reals({0})}, {wide, wide}, {mask({17}), mask({17})}}, 0) +
             kinks("torch.tensor(torch.equal(a.nan_to_num(7), b.nan_to_num(7)))", [=](X x) { return equal(x[0], x[1], true); },
                   {{hole, hole}, {hole, three}}, 0),
         {BAD(DTypeError, array_equal(zeros({3}), zeros({3}, f64)), "float32", "float64"),
          BAD(ValueError, array_equal(undefined, zeros({3})), "undefined tensor")}),
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
