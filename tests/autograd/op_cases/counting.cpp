#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> counting_cases() {
  const Input edges = exactly({5}, {-1.5, -0.5, -0.5, 0.5, 1}), whole = exactly({5}, {-2, 0, 0, 1, 3}, int64);
  const Input table = exactly({2, 4}, {-1, 0, 0.5, 1, -2, -2, 1, 1.5});
  const Input on_edges = exactly({9}, {-2, -1.5, -1, -0.5, 0, 0.5, 0.75, 1, 1.5});
  const Input label = exactly({6}, {0, 4, 1, 1, 0, 2}, int64);
  const std::vector<std::vector<Input>> any = {
      {exactly({2, 5}, {2, 1, 2, 1, -0.0, -1, -1, 3, 0, -1})}, {reals({})}, {reals({33})}, {reals({0, 3})},
      {exactly({5}, {inf, -inf, 0, inf, -inf})}, {integers({2, 3, 4}, 0, 5)}, {mask({17})}};
  return {
      op("unique",
         kinks("torch.unique(a)", [](X x) { return unique(x[0]).values; }, any, 0) +
             kinks("torch.unique(a, return_inverse=True)[1]", [](X x) { return unique(x[0]).inverse; }, any, 0) +
             kinks("torch.unique(a, return_counts=True)[1]", [](X x) { return unique(x[0]).counts; }, any, 0),
         {BAD(ValueError, unique(undefined), "undefined tensor")}),
      op("bincount",
         each("torch.bincount(a)", [](X x) { return bincount(x[0]); },
              {{label}, {integers({33}, 0, 9)}, {integers({0}, 0, 1)}, {as(uint8, integers({17}, 0, 9))}}) +
             each("torch.bincount(a.long())", [](X x) { return bincount(x[0]); }, {{mask({17})}}) +
             each("torch.bincount(a, minlength=12)", [](X x) { return bincount(x[0], {}, 12); },
                  {{label}, {integers({40}, 7, 20)}, {integers({0}, 0, 1)}}) +
             each("torch.bincount(a, b, 7)", [](X x) { return bincount(x[0], x[1], 7); },
                  {{label, integers({6}, -9, 9)}, {label, as(uint8, mask({6}))}}) +
             each("torch.zeros(7, dtype=b.dtype).index_add(0, a, b)", [](X x) { return bincount(x[0], x[1], 7); },
                  {{label, reals({6})}, {integers({33}, 0, 7), reals({33})}, {integers({0}, 0, 1), reals({0})}}),
         {BAD(DTypeError, bincount(zeros({3})), "float32", "int64"),
          BAD(ShapeError, bincount(zeros({2, 3}, i64)), "(2, 3)", "1 dimension"),
          BAD(ShapeError, bincount(zeros({}, i64)), "()", "1 dimension"),
          BAD(ShapeError, bincount(zeros({3}, i64), zeros({2})), "(2,)", "(3,)"),
          BAD(ValueError, bincount(tensor({0, -1})), "-1", "0 to"),
          BAD(ValueError, bincount(tensor({INT64_MAX})), "9223372036854775807", "0 to"),
          BAD(ValueError, bincount(tensor({0}), {}, -1), "minlength is -1"),
          BAD(ValueError, bincount(undefined), "undefined tensor")}),
      op("searchsorted",
         kinks("torch.searchsorted(a, b)", [](X x) { return searchsorted(x[0], x[1]); },
               {{edges, reals({})}, {edges, on_edges}, {edges, reals({2, 33})}, {edges, reals({0, 3})},
                {reals({0}), reals({3})}, {table, reals({2, 3})}, {table, reals({2, 0})}, {table, reals({2, 33})},
                {edges, exactly({2}, {inf, -inf})}, {exactly({3}, {-inf, 0, inf}), exactly({3}, {inf, -inf, 1})},
                {whole, integers({33}, -3, 5)}}, 0) +
             kinks("torch.searchsorted(a, b, right=True)", [](X x) { return searchsorted(x[0], x[1], true); },
                   {{edges, on_edges}, {table, reals({2, 3})}, {whole, integers({33}, -3, 5)}}, 0) +
             kinks("torch.searchsorted(a.double(), b.double())", [](X x) { return searchsorted(x[0], x[1]); },
                   {{whole, on_edges}, {edges, integers({7}, -3, 3)}}, 0) +
             kinks("torch.searchsorted(a, -0.5, right=True)", [](X x) { return searchsorted(x[0], -0.5, true); },
                   {{edges}}, 0) +
             kinks("torch.searchsorted(a.double(), 0.5)", [](X x) { return searchsorted(x[0], 0.5); }, {{whole}}, 0),
         {BAD(ShapeError, searchsorted(zeros({}), zeros({3})), "()", "(3,)"),
          BAD(ShapeError, searchsorted(zeros({2, 3}), zeros({3})), "(2, 3)", "(3,)"),
          BAD(ShapeError, searchsorted(zeros({2, 3}), zeros({3, 3})), "(2, 3)", "(3, 3)"),
          BAD(ShapeError, searchsorted(zeros({2, 3}), 1), "(2, 3)", "()"),
          BAD(DTypeError, searchsorted(zeros({3}), zeros({3}, f64)), "float32", "float64"),
          BAD(ValueError, searchsorted(undefined, 1), "undefined tensor"),
          BAD(ValueError, searchsorted(zeros({3}), undefined), "undefined tensor")}),
      op("histogram",
         kinks("torch.histogram(a, 5).hist.long()", [](X x) { return histogram(x[0], 5).counts; },
               {{reals({33})}, {reals({2, 3})}, {reals({})}, {exactly({3}, {1, 1, 1})}}, 0) +
             kinks("torch.histogram(a, 5).bin_edges", [](X x) { return histogram(x[0], 5).edges; },
                   {{reals({33})}, {reals({})}, {exactly({3}, {1, 1, 1})}}, 0) +
             kinks("torch.histogram(a, 4, range=(-1.0, 1.0)).hist.long()",
                   [](X x) { return histogram(x[0], 4, {.range = {{-1, 1}}}).counts; },
                   {{reals({33})}, {on_edges}, {reals({0})}, {exactly({3}, {inf, -inf, 0})}}, 0) +
             kinks("torch.histogram(a, 4, range=(-1.0, 1.0), weight=b, density=True).hist",
                   [](X x) { return histogram(x[0], 4, {.range = {{-1, 1}}, .weights = x[1], .density = true}).counts; },
                   {{reals({33}), reals({33}, positive)}}, 0) +
             kinks("torch.histogram(a, 3, density=True).hist", [](X x) { return histogram(x[0], 3, {.density = true}).counts; },
                   {{reals({2, 17})}}, 0) +
             kinks("torch.histogram(a.double(), 3).hist.long()", [](X x) { return histogram(x[0], 3).counts; },
                   {{integers({33}, 0, 9)}, {mask({17})}}, 0) +
             kinks("torch.histogram(a, b).hist.long()", [](X x) { return histogram(x[0], x[1]).counts; },
                   {{on_edges, exactly({4}, {-1.5, -0.5, 0.5, 1})}, {reals({33}), exactly({2}, {-1, 1})}}, 0) +
             kinks("torch.histogram(a, b, weight=c).hist", [](X x) { return histogram(x[0], x[1], {.weights = x[2]}).counts; },
                   {{on_edges, exactly({4}, {-1.5, -0.5, 0.5, 1}), reals({9})}}, 0),
         {BAD(ValueError, histogram(zeros({3}), 0), "0 bins", "1 or more"),
          BAD(ValueError, histogram(tensor({1.f, std::numeric_limits<float>::quiet_NaN()})), "nan", "finite"),
          BAD(ValueError, histogram(zeros({3}), 3, {.range = {{1, 0}}}), "from 1 to 0"),
          BAD(ValueError, histogram(zeros({3}), 3, {.range = {{0, inf}}}), "from 0 to inf"),
          BAD(ShapeError, histogram(zeros({3}), 3, {.weights = zeros({2})}), "(2,)", "(3,)"),
          BAD(ShapeError, histogram(zeros({3}), zeros({2, 2})), "(2, 2)", "1 dimension"),
          BAD(DTypeError, histogram(zeros({3}), zeros({3}, f64)), "float64", "float32"),
          BAD(ValueError, histogram(zeros({3}), zeros({1})), "two or more"),
          BAD(ValueError, histogram(zeros({3}), tensor({0.f, 2.f, 1.f})), "ascend"),
          BAD(ValueError, histogram(zeros({3}), tensor({0.f, 1.f}), {.range = {{0, 1}}}), "range and edges"),
          BAD(ValueError, histogram(undefined), "undefined tensor"),
          BAD(ValueError, histogram(zeros({3}), undefined), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
