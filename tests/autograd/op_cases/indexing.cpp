#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> indexing_cases() {
  const Input rows = exactly({4}, {2, 0, -1, 0}, int64);  // of three
  return {
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
