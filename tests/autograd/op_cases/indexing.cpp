#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> indexing_cases() {
  const Input rows = exactly({4}, {2, 0, -1, 0}, int64);  // of three
  return {
      op("index",
         each("a[0]", [](X x) { return x[0][0]; },
              {{reals({3})}, {reals({3, 33})}, {integers({3, 2}, 0, 9)},
               {as(uint8, integers({2, 17}, 0, 9))}, {as(float32, reals({2, 2, 3}))}}) +
             each("a[-1, ..., 1]", [](X x) { return x[0][{-1, ellipsis, 1}]; },
                  {{reals({2, 3})}, {reals({2, 3, 4})}}) +
             each("a[...]", [](X x) { return x[0][ellipsis]; }, {{reals({})}, {reals({2, 0})}}) +
             each("a[1:, None, 3::2]",
                  [](X x) { return x[0][{Slice(1), newaxis, Slice(3, none, 2)}]; },
                  {{reals({3, 33})}, {reals({3, 2})}}) +
             each("torch.flip(a, [0, 1])[::2, ::3]",
                  [](X x) { return x[0][{Slice(none, none, -2), Slice(none, none, -3)}]; },
                  {{reals({3, 33})}, {reals({2, 2, 2})}}) +
             each("a[b]", [](X x) { return x[0][x[1]]; },
                  {{reals({3}), rows}, {reals({3, 33}), rows}, {reals({3, 2}), integers({0}, 0, 1)},
                   {reals({3, 2}), exactly({2, 2}, {0, 2, 2, -3}, int64)},
                   {reals({3, 2}), exactly({}, {1}, int64)}, {integers({3, 2}, 0, 9), rows}}) +
             each("a[b, c]", [](X x) { return x[0][{x[1], x[2]}]; },
                  {{reals({3, 2}), exactly({2, 1}, {2, 0}, int64), exactly({3}, {1, 0, 1}, int64)},
                   {reals({3, 2, 2}), rows, exactly({1}, {1}, int64)}}) +
             each("a[1:, b, :, c]", [](X x) { return x[0][{Slice(1), x[1], Slice(), x[2]}]; },
                  {{reals({2, 3, 2, 2}), rows, exactly({4}, {1, 0, 1, 0}, int64)}}) +
             each("a[:, 1, b]", [](X x) { return x[0][{Slice(), 1, x[1]}]; },
                  {{reals({2, 2, 3}), rows}, {reals({2, 2, 3, 2}), rows}}) +
             each("a[b.bool()]", [](X x) { return x[0][x[1]]; },
                  {{reals({7}), mask({7})}, {reals({3, 33}), mask({3})},
                   {reals({2, 3, 4}), mask({2, 3})}, {reals({2, 3}), mask({2, 3})},
                   {reals({3}), exactly({3}, {0, 0, 0}, uint8)},
                   {integers({3, 2}, 0, 9), mask({3})}}) +
             each("a[..., b.bool()]", [](X x) { return x[0][{ellipsis, x[1]}]; },
                  {{reals({2, 33}), mask({33})}, {reals({2, 2, 3}), mask({2, 3})}}) +
             kinks("a[b]", [](X x) { return x[0][x[1]]; },
                   {{exactly({4}, {nan, inf, -inf, 1}), exactly({3}, {0, 1, -2}, int64)}}),
         {BAD(ShapeError, zeros({2, 3})[3], "index 3", "axis 0", "(2, 3)", "-2 to 1"),
          BAD(ShapeError, (zeros({2, 3})[{0, tensor({3})}]), "index 3", "axis 1", "-3 to 2"),
          BAD(ShapeError, (zeros({2, 3})[{0, 0, 0}]), "3 entries", "(2, 3)"),
          BAD(ShapeError, zeros({2, 3})[zeros({3}) == 0], "mask", "(3,)", "(2,)"),
          BAD(ValueError, zeros({2})[Slice(0, 2, 0)], "step", "0"),
          BAD(DTypeError, zeros({2})[tensor({0.})], "float64", "int64"),
          BAD(ValueError, undefined[0], "undefined tensor"),
          BAD(ValueError, zeros({2})[undefined], "undefined tensor")}),
      op("index_put",
         each("torch.index_put(a, (b,), c)",
              [](X x) { return index_put(x[0], {x[1]}, x[2]); },
              {{reals({3}), exactly({2}, {2, 0}, int64), reals({2})},
               {reals({3}), exactly({2}, {2, -3}, int64), reals({})},
               {reals({3, 33}), exactly({2}, {2, 0}, int64), reals({33})},
               {reals({3, 2}), exactly({2, 1}, {2, 0}, int64), reals({2, 1, 1})},
               {reals({3, 2}), integers({0}, 0, 1), reals({0, 2})},
               {integers({3}, 0, 9), exactly({2}, {2, 0}, int64), integers({2}, 0, 9)}}) +
             each("torch.index_put(a, (b, c), d)",
                  [](X x) { return index_put(x[0], {x[1], x[2]}, x[3]); },
                  {{reals({3, 2}), exactly({2, 1}, {2, 0}, int64), exactly({2}, {1, 0}, int64),
                    reals({2, 2})}}) +
             each("torch.index_put(a, (b.bool(),), c)",
                  [](X x) { return index_put(x[0], {x[1]}, x[2]); },
                  {{reals({17}), mask({17}), reals({})}, {reals({4, 3}), mask({4, 3}), reals({})},
                   {reals({4, 3}), mask({4}), reals({3})}}) +
             each("torch.index_put(a, (b,), c, accumulate=True)",
                  [](X x) { return index_put(x[0], {x[1]}, x[2], true); },
                  {{reals({3}), rows, reals({4})}, {reals({3, 33}), rows, reals({33})},
                   {integers({3}, 0, 9), rows, integers({4}, 0, 9)}}) +
             each("torch.slice_scatter(a, b, 1, 0, 3, 2)",
                  [](X x) { return index_put(x[0], {Slice(), Slice(0, 3, 2)}, x[1]); },
                  {{reals({2, 5}), reals({2, 2})}, {reals({3, 17}), reals({3, 2})}}) +
             each("a + F.pad(b, (1, 0, 2, 0))",
                  [](X x) { return index_put(x[0], {Slice(2), Slice(1)}, x[1], true); },
                  {{reals({3, 17}), reals({1, 16})}, {integers({3, 2}, 0, 9), integers({1, 1}, 0, 9)}}) +
             kinks("torch.index_put(a, (b,), c)",
                   [](X x) { return index_put(x[0], {x[1]}, x[2]); },
                   {{exactly({3}, {nan, inf, 1}), exactly({2}, {0, 2}, int64),
                     exactly({2}, {-inf, nan})}}),
         {BAD(ShapeError, index_put(zeros({2, 3}), {3}, 1), "index 3", "axis 0", "(2, 3)"),
          BAD(ShapeError, index_put(zeros({2, 3}), {0}, zeros({2})), "(2,)", "(3,)"),
          BAD(DTypeError, index_put(zeros({2}), {0}, tensor(1.)), "float32", "float64"),
          BAD(DTypeError, index_put(zeros({2}), {tensor({0.})}, 1), "float64", "int64"),
          BAD(ValueError, index_put(zeros({2}, i64), {0}, 0.5), "0.5", "int64"),
          BAD(ValueError, index_put(undefined, {0}, 1), "undefined tensor"),
          BAD(ValueError, index_put(zeros({2}), {0}, undefined), "undefined tensor")}),
      op("take",
         each("a[b]", [](X x) { return take(x[0], x[1], 0); },
              {{reals({3}), rows},
               {reals({3, 2}), rows},
               {reals({3, 2}), exactly({2, 2}, {0, 2, 2, -3}, int64)},
               {reals({3, 2}), exactly({}, {1}, int64)},
               {reals({3, 2}), integers({0}, 0, 1)},
               {reals({3, 2}), exactly({3}, {2, 0, 2}, int64)},
               {reals({3, 33}), rows}}) +
             // In PyTorch a uint8 index is a mask.
             each("a[b.long()]", [](X x) { return take(x[0], x[1], 0); },
                  {{reals({3, 2}), exactly({2}, {2, 1}, uint8)}}) +
             each("a[:, b]", [](X x) { return take(x[0], x[1], 1); },
                  {{reals({2, 3}), rows},
                   {reals({2, 3, 2}), exactly({2, 2}, {0, 2, 2, 1}, int64)},
                   {integers({2, 3}, 0, 9), rows}}) +
             each("a[..., b]", [](X x) { return take(x[0], x[1], -1); },
                  {{reals({2, 3}), exactly({2}, {1, -3}, int64)}}),
         {BAD(ShapeError, take(zeros({2, 3}), tensor({0, 3}), 1),
              "index 3 at position 1", "axis 1 of extent 3", "-3 to 2"),
          BAD(ShapeError, take(zeros({2, 3}), tensor({-3}), 0), "index -3", "-2 to 1"),
          BAD(ShapeError, take(zeros({2, 3}), tensor({0}), 2), "axis 2"),
          BAD(ShapeError, take(zeros({1, 1, 1, 1, 1, 1, 1, 1}), zeros({1, 1}, i64), 0),
              "9 dimensions", "at most 8"),
          BAD(DTypeError, take(zeros({2, 3}), tensor({0.}), 0), "float64", "int64"),
          BAD(ValueError, take(undefined, tensor({0}), 0), "undefined tensor"),
          BAD(ValueError, take(zeros({2}), undefined, 0), "undefined tensor")}),
      op("gather",
         each("torch.gather(a, 0, b)", [](X x) { return gather(x[0], 0, x[1]); },
              {{reals({}), exactly({}, {0}, int64)},
               {reals({3}), exactly({4}, {2, 0, 0, 1}, int64)},
               {reals({3, 2}), exactly({2, 2}, {2, 0, 0, 0}, int64)},
               {reals({3, 2}), integers({0, 2}, 0, 1)}}) +
             each("torch.gather(a, 1, b)", [](X x) { return gather(x[0], 1, x[1]); },
                  {{reals({2, 3}), exactly({2, 4}, {2, 0, 1, 2, 0, 0, 0, 1}, int64)},
                   {reals({2, 3}), exactly({2, 1}, {2, 1}, int64)},
                   {reals({3, 2, 2}), exactly({1, 3, 2}, {0, 1, 1, 1, 0, 0}, int64)},
                   {integers({2, 3}, 0, 9), exactly({1, 2}, {2, 2}, int64)}}) +
             each("torch.gather(a, -1, b)", [](X x) { return gather(x[0], -1, x[1]); },
                  {{reals({2, 3}), exactly({2, 2}, {1, 1, 2, 0}, int64)},
                   {reals({2, 33}), integers({2, 17}, 0, 33)}}),
         {BAD(ShapeError, gather(zeros({2, 3}), 1, zeros({2}, i64)), "(2, 3)", "(2,)"),
          BAD(ShapeError, gather(zeros({2, 3}), 1, zeros({3, 1}, i64)), "(2, 3)", "(3, 1)"),
          BAD(ShapeError, gather(zeros({2, 3}), 1, full({2, 1}, 3, i64)),
              "index 3", "axis 1 of extent 3"),
          BAD(ShapeError, gather(zeros({2, 3}), 2, zeros({2, 1}, i64)), "axis 2"),
          BAD(ShapeError, gather(zeros({}), 0, full({}, 1, i64)), "index 1", "axis 0"),
          BAD(DTypeError, gather(zeros({2, 3}), 1, zeros({2, 1})), "float32", "int64"),
          BAD(ValueError, gather(undefined, 0, zeros({1}, i64)), "undefined tensor")}),
      op("scatter_add",
         each("torch.scatter_add(a, 0, b, c)", [](X x) { return scatter_add(x[0], 0, x[1], x[2]); },
              {{reals({}), exactly({}, {0}, int64), reals({})},
               {reals({3}), exactly({4}, {2, 0, 0, 1}, int64), reals({4})},
               {reals({3, 2}), exactly({2, 2}, {2, 0, 2, 0}, int64), reals({2, 2})},
               {reals({3, 2}), integers({0, 2}, 0, 1), reals({0, 2})}}) +
             each("torch.scatter_add(a, 1, b, c)",
                  [](X x) { return scatter_add(x[0], 1, x[1], x[2]); },
                  {{reals({2, 3}), exactly({2, 4}, {2, 0, 2, 2, 0, 0, 0, 1}, int64), reals({2, 4})},
                   {reals({3, 2, 2}), exactly({1, 3, 2}, {0, 1, 1, 1, 0, 0}, int64),
                    reals({1, 3, 2})}}) +
             each("torch.scatter_add(a, -1, b, c)",
                  [](X x) { return scatter_add(x[0], -1, x[1], x[2]); },
                  {{reals({2, 33}), integers({2, 17}, 0, 33), reals({2, 17})}}),
         {BAD(ShapeError, scatter_add(zeros({2, 3}), 1, zeros({2}, i64), zeros({2})),
              "(2, 3)", "(2,)"),
          BAD(ShapeError, scatter_add(zeros({2, 3}), 1, zeros({2, 1}, i64), zeros({2, 2})),
              "(2, 1)", "(2, 2)"),
          BAD(ShapeError, scatter_add(zeros({3}), 0, full({1}, 3, i64), zeros({1})),
              "index 3", "axis 0 of extent 3"),
          BAD(DTypeError, scatter_add(zeros({2, 3}), 1, zeros({2, 1}), zeros({2, 1})),
              "float32", "int64"),
          BAD(DTypeError, scatter_add(zeros({3}), 0, zeros({1}, i64), zeros({1}, f64)),
              "float32", "float64"),
          BAD(ValueError, scatter_add(undefined, 0, zeros({1}, i64), zeros({1})),
              "undefined tensor")}),
      op("masked_select",
         each("torch.masked_select(a, b.bool())", [](X x) { return masked_select(x[0], x[1]); },
              {{reals({7}), mask({7})}, {reals({33}), mask({33})},
               {reals({2, 3, 4}), mask({2, 3, 4})}, {reals({}), mask({3})},
               {reals({3}), exactly({}, {1}, uint8)}, {reals({3}), exactly({}, {0}, uint8)},
               {reals({2, 3}), mask({3})}, {reals({3}), mask({2, 3})}, {reals({2, 1}), mask({3})},
               {reals({1, 17}), mask({2, 1})}, {reals({0, 3}), mask({3})},
               {reals({3}), exactly({3}, {0, 0, 0}, uint8)},
               // Whatever is not 0 is true.
               {reals({4}), exactly({4}, {1, 0, 2, 255}, uint8)},
               {as(float32, reals({5})), mask({5})}, {integers({2, 3}, 0, 9), mask({2, 3})},
               {as(uint8, integers({17}, 0, 9)), mask({17})}}) +
             kinks("torch.masked_select(a, b.bool())",
                   [](X x) { return masked_select(x[0], x[1]); },
                   {{exactly({4}, {nan, inf, -inf, 1}), exactly({4}, {1, 0, 1, 0}, uint8)}}),
         {BAD(ShapeError, masked_select(zeros({2, 3}), zeros({2}, {.dtype = uint8})),
              "(2, 3)", "(2,)"),
          BAD(DTypeError, masked_select(zeros({3}), zeros({3}, i64)), "int64", "boolean"),
          BAD(ValueError, masked_select(undefined, zeros({1}, {.dtype = uint8})),
              "undefined tensor"),
          BAD(ValueError, masked_select(zeros({1}), undefined), "undefined tensor")}),
      op("masked_fill",
         each("a.masked_fill(b.bool(), 1.5)", [](X x) { return masked_fill(x[0], x[1], 1.5); },
              {{reals({33}), mask({33})}, {reals({2, 3}), mask({3})}, {reals({2, 1}), mask({3})},
               {reals({}), exactly({}, {1}, uint8)}, {reals({}), mask({3})},
               {reals({0, 3}), mask({3})}, {as(float32, reals({5})), mask({5})}}) +
             each("a.masked_fill(b.bool(), 7)", [](X x) { return masked_fill(x[0], x[1], 7); },
                  {{integers({17}, 0, 9), mask({17})}, {as(uint8, integers({17}, 0, 9)), mask({17})}}) +
             each("a.masked_fill(b, True)", [](X x) { return masked_fill(x[0], x[1], true); },
                  {{mask({17}), mask({17})}}) +
             each("a.masked_fill(b.bool(), c)",
                  [](X x) { return masked_fill(x[0], x[1], x[2]); },
                  {{reals({2, 3}), mask({2, 3}), reals({})}, {reals({2, 1}), mask({3}), reals({})},
                   {integers({5}, 0, 9), mask({5}), exactly({}, {7}, int64)}}) +
             kinks("a.masked_fill(b.bool(), -math.inf)",
                   [](X x) { return masked_fill(x[0], x[1], -inf); },
                   {{exactly({6}, {nan, inf, -inf, nan, 0, 1}),
                     exactly({6}, {1, 1, 1, 0, 0, 1}, uint8)}}),
         {BAD(ShapeError, masked_fill(zeros({2, 3}), zeros({2}) != 0, 1), "(2, 3)", "(2,)"),
          BAD(ShapeError, masked_fill(zeros({3}), zeros({3}) != 0, zeros({1})), "(1,)", "0-d"),
          BAD(DTypeError, masked_fill(zeros({3}), zeros({3}, i64), 1), "int64"),
          BAD(DTypeError, masked_fill(zeros({3}), zeros({3}) != 0, zeros({}, f64)),
              "float64", "float32"),
          BAD(ValueError, masked_fill(zeros({3}, i64), zeros({3}) != 0, 1.5), "1.5", "int64"),
          BAD(ValueError, masked_fill(undefined, zeros({3}) != 0, 1), "undefined tensor"),
          BAD(ValueError, masked_fill(zeros({3}), undefined, 1), "undefined tensor"),
          BAD(ValueError, masked_fill(zeros({3}), zeros({3}) != 0, undefined),
              "undefined tensor")}),
      op("nonzero",
         kinks("torch.nonzero(a)", [](X x) { return nonzero(x[0]); },
               {{exactly({2, 4}, {0, 1, nan, 0, -0.0, inf, 1e-30, 0})}, {reals({})},
                {exactly({}, {0})}, {reals({0, 3})}, {exactly({3}, {0, 0, 0})}, {mask({33})},
                {integers({2, 3, 4}, 0, 3)}}, 0),
         {BAD(ValueError, nonzero(undefined), "undefined tensor")}),
      op("one_hot",
         each("F.one_hot(a, 5).float()", [](X x) { return one_hot(x[0], 5); },
              {{integers({}, 0, 5)}, {integers({7}, 0, 5)}, {integers({2, 3}, 0, 5)},
               {integers({0}, 0, 5)}}) +
             each("F.one_hot(a.long(), 3).double()",
                  [](X x) { return one_hot(x[0], 3, {.dtype = float64}); }, {{mask({4})}}),
         {BAD(ValueError, one_hot(tensor({0, 3}), 3), "3", "0", "2"),
          BAD(ValueError, one_hot(tensor({-1}), 3), "-1"),
          BAD(DTypeError, one_hot(tensor({0.f}), 3), "float32", "int64"),
          BAD(ShapeError, one_hot(zeros({1, 1, 1, 1, 1, 1, 1, 1}, i64), 3),
              "9 dimensions", "at most 8"),
          BAD(ValueError, one_hot(undefined, 3), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
