#include <algorithm>

#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {
namespace {

// The parts in reverse order, joined again.
Tensor joined(std::vector<Tensor> parts, int axis = 0) {
  std::reverse(parts.begin(), parts.end());
  return concatenate(parts, axis);
}

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> slicing_cases() {
  return {
      op("slice",
         each("a[:, 1:3]", [](X x) { return slice(x[0], 1, 1, 3); },
              {{reals({2, 4})}, {reals({2, 3, 4})}, {integers({2, 4}, 0, 9)}, {mask({2, 4})}}) +
             each("a[..., 1:100:2]", [](X x) { return slice(x[0], -1, 1, 100, 2); },
                  {{reals({6})}, {reals({2, 5})}, {reals({33})}}) +
             each("a[-3:-1]", [](X x) { return slice(x[0], 0, -3, -1); },
                  {{reals({5})}, {reals({2, 2})}, {reals({17, 3})}}) +
             each("a[3:1]", [](X x) { return slice(x[0], 0, 3, 1); },
                  {{reals({5})}, {reals({4, 2})}}) +
             each("a[0:2]", [](X x) { return slice(x[0], 0, 0, 2); },
                  {{reals({0, 3})}, {reals({2, 3})}}),
         {BAD(ShapeError, slice(zeros({2, 3}), 2, 0, 1), "axis 2", "2 dimensions"),
          BAD(ShapeError, slice(zeros({}), 0, 0, 1), "0-d"),
          BAD(ValueError, slice(zeros({3}), 0, 0, 2, 0), "step", "0"),
          BAD(ValueError, slice(zeros({3}), 0, 2, 0, -1), "step", "-1"),
          BAD(ValueError, slice(undefined, 0, 0, 1), "undefined tensor")}),
      op("select",
         each("a.select(0, 1)", [](X x) { return select(x[0], 0, 1); },
              {{reals({3})}, {reals({2, 3})}, {reals({2, 0})}, {integers({2, 2}, 0, 9)}}) +
             each("a.select(1, -1)", [](X x) { return select(x[0], 1, -1); },
                  {{reals({2, 3})}, {reals({2, 3, 4})}}) +
             each("a.select(-1, 2)", [](X x) { return select(x[0], -1, 2); }, {{reals({2, 2, 3})}}),
         {BAD(ShapeError, select(zeros({2, 3}), 1, 3), "index 3", "3"),
          BAD(ShapeError, select(zeros({2, 3}), 1, -4), "index -4", "3"),
          BAD(ShapeError, select(zeros({2, 3}), 2, 0), "axis 2"),
          BAD(ValueError, select(undefined, 0, 0), "undefined tensor")}),
      op("diff",
         each("torch.diff(a)", [](X x) { return diff(x[0]); },
              {{reals({5})}, {reals({2, 3})}, {reals({17})}, {reals({1})}, {reals({0})}, {reals({2, 0})},
               {as(float32, reals({3}))}, {integers({5}, -9, 9)}}) +
             each("torch.diff(a.long())", [](X x) { return diff(x[0]); },
                  {{as(uint8, integers({5}, 0, 256))}, {mask({5})}, {mask({0})}}) +
             each("torch.diff(a, 2, 0)", [](X x) { return diff(x[0], 2, 0); }, {{reals({4, 3})}, {reals({2})}, {reals({1})}}) +
             each("torch.diff(a, 5, 1)", [](X x) { return diff(x[0], 5, 1); }, {{reals({2, 7})}, {reals({2, 3})}}) +
             each("torch.diff(a, 0)", [](X x) { return diff(x[0], 0); }, {{reals({3})}}) +
             kinks("torch.diff(a)", [](X x) { return diff(x[0]); }, {{exactly({4}, {1, inf, inf, nan})}}),
         {BAD(ShapeError, diff(zeros({2, 3}), 1, 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, diff(zeros({})), "0-d"),
          BAD(ValueError, diff(zeros({3}), -1), "n is -1", "0 or greater"),
          BAD(ValueError, diff(undefined), "undefined tensor")}),
      op("diagonal",
         each("torch.diagonal(a)", [](X x) { return diagonal(x[0]); },
              {{reals({3, 3})}, {reals({2, 3})}, {reals({5, 4})}, {reals({2, 3, 4})}, {reals({0, 3})},
               {integers({3, 3}, 0, 9)}, {mask({3, 3})}}) +
             each("torch.diagonal(a, 1, -2, -1)", [](X x) { return diagonal(x[0], 1, -2, -1); },
                  {{reals({2, 3, 4})}, {reals({2, 1, 2, 3})}, {reals({2, 0, 3})}}) +
             each("torch.diagonal(a, -1, 2, 0)", [](X x) { return diagonal(x[0], -1, 2, 0); }, {{reals({2, 3, 4})}}) +
             // One beyond the matrix, which PyTorch refuses only for matrices of no elements.
             each("torch.diagonal(a, 3)", [](X x) { return diagonal(x[0], 3); }, {{reals({2, 3})}, {reals({2, 3, 2})}}),
         {BAD(ShapeError, diagonal(zeros({3})), "(3,)", "2 dimensions"),
          BAD(ShapeError, diagonal(zeros({3, 3}), 0, 0, 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, diagonal(zeros({3, 3}), 0, 1, -1), "twice", "(3, 3)"),
          BAD(ValueError, diagonal(undefined), "undefined tensor")}),
      op("split",
         each("torch.cat(torch.split(a, 2)[::-1])", [](X x) { return joined(split(x[0], 2)); },
              {{reals({5})}, {reals({4, 3})}, {reals({2, 2})}, {reals({1})}, {reals({0, 3})},
               {reals({33})}, {as(float32, reals({3}))}, {integers({5}, 0, 9)}, {mask({3, 2})}}) +
             each("torch.cat(torch.split(a, 2, 1)[::-1], 1)",
                  [](X x) { return joined(split(x[0], 2, 1), 1); },
                  {{reals({2, 3})}, {reals({2, 5, 2})}, {reals({3, 1})}}) +
             each("torch.cat(torch.split(a, 4, -1)[::-1], -1)",
                  [](X x) { return joined(split(x[0], 4u, -1), -1); }, {{reals({2, 17})}}) +
             each("torch.split(a, 2)[1]", [](X x) { return split(x[0], 2)[1]; },
                  {{reals({3, 2})}, {reals({6})}}) +
             each("torch.split(a, 0)[0]", [](X x) { return split(x[0], 0)[0]; },
                  {{reals({0, 2})}}) +
             each("torch.cat(torch.split(a, [1, 0, 2])[::-1])",
                  [](X x) { return joined(split(x[0], {1, 0, 2})); },
                  {{reals({3})}, {reals({3, 2})}, {integers({3}, 0, 9)}}) +
             each("torch.cat(torch.split(a, [3, 1], -2)[::-1], -2)",
                  [](X x) { return joined(split(x[0], {3, 1}, -2), -2); }, {{reals({2, 4, 3})}}) +
             each("torch.split(a, [3])[0]", [](X x) { return split(x[0], {3})[0]; },
                  {{reals({3})}}),
         {BAD(ShapeError, split(zeros({2, 3}), 1, 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, split(zeros({}), 1), "0-d"),
          BAD(ShapeError, split(zeros({}), {1}), "0-d"),
          BAD(ValueError, split(zeros({2, 3}), 0), "size is 0", "axis 0 of shape (2, 3)"),
          BAD(ValueError, split(zeros({0}), -1), "size is -1"),
          BAD(ValueError, split(zeros({2, 3}), {1, 1}, 1),
              "{1, 1}", "axis 1 of shape (2, 3)", "sum is 3"),
          BAD(ValueError, split(zeros({4}), {3}), "{3}", "sum is 4"),
          BAD(ValueError, split(zeros({3}), {2, -1, 2}), "{2, -1, 2}", "0 or greater"),
          BAD(ValueError, split(undefined, 1), "undefined tensor"),
          BAD(ValueError, split(undefined, {1}), "undefined tensor")}),
      op("chunk",
         each("torch.cat(torch.chunk(a, 3)[::-1])", [](X x) { return joined(chunk(x[0], 3)); },
              {{reals({3})}, {reals({7})}, {reals({4, 3})}, {reals({1})}, {reals({2, 2})},
               {reals({0, 3})}, {reals({33})}, {as(float32, reals({5}))}, {integers({5}, 0, 9)}}) +
             each("torch.cat(torch.chunk(a, 2, 1)[::-1], 1)",
                  [](X x) { return joined(chunk(x[0], 2, 1), 1); },
                  {{reals({2, 4})}, {reals({2, 3, 2})}}) +
             each("torch.cat(torch.chunk(a, 5, -1)[::-1], -1)",
                  [](X x) { return joined(chunk(x[0], 5, -1), -1); }, {{reals({2, 17})}}) +
             each("torch.chunk(a, 4)[2]", [](X x) { return chunk(x[0], 4)[2]; }, {{reals({6})}}),
         {BAD(ShapeError, chunk(zeros({2, 3}), 1, -3), "axis -3", "2 dimensions"),
          BAD(ShapeError, chunk(zeros({}), 1), "0-d"),
          BAD(ValueError, chunk(zeros({2, 3}), 0), "0 chunks", "1 or more"),
          BAD(ValueError, chunk(undefined, 1), "undefined tensor")}),
      op("pad",
         each("F.pad(a, (1, 2))", [](X x) { return pad(x[0], {{1, 2}}); },
              {{reals({3})}, {reals({0})}, {reals({33})}, {as(float32, reals({3}))},
               {integers({3}, 0, 9)}, {mask({3})}}) +
             kinks("F.pad(a, (1, 2))", [](X x) { return pad(x[0], {{1, 2}}); },
                   {{exactly({2}, {nan, inf})}}) +
             each("F.pad(a, (3, 0, 1, 2))", [](X x) { return pad(x[0], {{1, 2}, {3, 0}}); },
                  {{reals({2, 3})}, {reals({1, 1})}, {reals({0, 2})}, {reals({2, 0})},
                   {reals({2, 17})}}) +
             // PyTorch counts from the last axis.
             each("F.pad(a, (0, 0, 2, 1, 0, 1), value=1.5)",
                  [](X x) { return pad(x[0], {{0, 1}, {2, 1}, {0, 0}}, 1.5); },
                  {{reals({2, 1, 3})}, {as(float32, reals({2, 2, 2}))}}) +
             each("F.pad(a, (1, 1), value=7)", [](X x) { return pad(x[0], {{1, 1}}, 7); },
                  {{integers({4}, 0, 5)}, {mask({2})}}) +
             kinks("F.pad(a, (1, 0, 1, 0), value=-float('inf'))",
                   [](X x) { return pad(x[0], {{1, 0}}, -inf); }, {{reals({2, 3})}}) +
             each("F.pad(a, (0, 0))", [](X x) { return pad(x[0], {{0, 0}}); }, {{reals({3})}}) +
             each("a * 1", [](X x) { return pad(x[0], {}); }, {{reals({})}}),
         {BAD(ShapeError, pad(zeros({2, 3, 4}), {{1, 1}, {1, 1}}), "2 pairs", "(2, 3, 4)", "3"),
          BAD(ShapeError, pad(zeros({2}), {}), "0 pairs", "(2,)"),
          BAD(ValueError, pad(zeros({2, 3}), {{0, 1}, {2, -1}}), "(2, -1)", "axis 1"),
          BAD(ShapeError, pad(zeros({4}), {{INT64_MAX, INT64_MAX}}),
              "(9223372036854775807, 9223372036854775807)", "axis 0", "(4,)"),
          BAD(ShapeError, pad(zeros({4}), {{INT64_MAX, 0}}), "2^63"),
          BAD(ValueError, pad(undefined, {{1, 1}}), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
