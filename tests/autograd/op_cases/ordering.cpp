#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> ordering_cases() {
  const Input ties = exactly({2, 5}, {2, 1, 2, 1, 0, -1, -1, 3, 3, -1});
  const Input special = exactly({2, 6}, {1, nan, 3, nan, inf, 1, -inf, 0, -0.0, nan, -1, -inf});
  const Input unlike = exactly({6}, {1, nan, 3, inf, -inf, 0});
  const std::vector<std::vector<Input>> indexed = {{distinct({})},          {distinct({33})}, {distinct({2, 3, 4})},
                                                   {distinct({3, 0})},      {ties},           {special},
                                                   {integers({3, 17}, 0, 9)}, {as(uint8, integers({40}, 0, 9))}};
  return {
      op("sort",
         each("torch.sort(a, stable=True).values", [](X x) { return sort(x[0]).values; },
              {{distinct({})}, {distinct({33})}, {distinct({2, 3, 4})}, {distinct({3, 0})}, {distinct({3, 1})}, {integers({3, 17}, -9, 9)}}) +
             each("torch.sort(a, dim=0, stable=True).values", [](X x) { return sort(x[0], 0).values; },
                  {{distinct({17, 2})}, {distinct({0, 3})}, {as(uint8, integers({40, 2}, 0, 256))}}) +
             each("torch.sort(a, dim=1, descending=True, stable=True).values", [](X x) { return sort(x[0], 1, true).values; },
                  {{distinct({2, 5, 3})}, {integers({3, 17}, 0, 4)}}) +
             kinks("torch.sort(a, stable=True).values", [](X x) { return sort(x[0]).values; }, {{ties}, {special}}) +
             kinks("torch.sort(a, dim=-1, descending=True, stable=True).values", [](X x) { return sort(x[0], -1, true).values; }, {{ties}, {special}}) +
             kinks("torch.sort(a, stable=True).indices", [](X x) { return sort(x[0]).indices; }, indexed, 0) +
             kinks("torch.sort(a, dim=-1, descending=True, stable=True).indices", [](X x) { return sort(x[0], -1, true).indices; }, indexed, 0),
         {BAD(ShapeError, sort(zeros({2, 3}), 2), "axis 2", "2 dimensions", "-2 to 1"),
          BAD(ShapeError, sort(zeros({}), 1), "axis 1"),
          BAD(ValueError, sort(undefined), "undefined tensor")}),
      op("topk",
         each("torch.topk(a, 1).values", [](X x) { return topk(x[0], 1).values; }, {{distinct({})}, {distinct({33})}, {distinct({2, 3, 4})}}) +
             each("torch.topk(a, 5).values", [](X x) { return topk(x[0], 5).values; }, {{distinct({33})}, {distinct({2, 5})}, {integers({3, 17}, -9, 9)}}) +
             each("torch.topk(a, 0).values", [](X x) { return topk(x[0], 0).values; }, {{distinct({2, 3})}, {distinct({})}, {distinct({3, 0})}}) +
             each("torch.topk(a, 2, 0, False).values", [](X x) { return topk(x[0], 2, 0, false).values; }, {{distinct({17, 2})}, {distinct({3, 2, 2})}}) +
             each("torch.topk(a, 2, -2, True).values", [](X x) { return topk(x[0], 2, -2).values; }, {{distinct({2, 5, 3})}}) +
             kinks("torch.topk(a, 3).values", [](X x) { return topk(x[0], 3).values; }, {{unlike}}) +
             kinks("torch.topk(a, 3, 0, False).values", [](X x) { return topk(x[0], 3, 0, false).values; }, {{unlike}}) +
             kinks("torch.topk(a, 3).indices", [](X x) { return topk(x[0], 3).indices; }, {{distinct({33})}, {distinct({2, 3, 4})}}, 0) +
             kinks("torch.topk(a, 2, 0, False).indices", [](X x) { return topk(x[0], 2, 0, false).indices; }, {{distinct({17, 2})}}, 0) +
             kinks("torch.topk(a, 1).indices", [](X x) { return topk(x[0], 1).indices; }, {{distinct({})}}, 0),
         {BAD(ShapeError, topk(zeros({2, 3}), 4), "k is 4", "axis 1", "(2, 3)", "0 to 3"),
          BAD(ShapeError, topk(zeros({2, 3}), -1, 0), "k is -1", "axis 0", "(2, 3)", "0 to 2"),
          BAD(ShapeError, topk(zeros({}), 2), "k is 2", "()", "0 to 1"),
          BAD(ShapeError, topk(zeros({2, 3}), 1, -3), "axis -3", "2 dimensions"),
          BAD(ValueError, topk(undefined, 1), "undefined tensor")}),
      op("argsort",
         kinks("torch.sort(a, stable=True).indices", [](X x) { return argsort(x[0]); }, indexed, 0) +
             kinks("torch.sort(a, dim=0, stable=True).indices", [](X x) { return argsort(x[0], 0); }, {{distinct({17, 2})}, {distinct({0, 3})}}, 0) +
             kinks("torch.sort(a, dim=-1, descending=True, stable=True).indices", [](X x) { return argsort(x[0], -1, true); }, indexed, 0),
         {BAD(ShapeError, argsort(zeros({2, 3}), 2), "axis 2", "2 dimensions", "-2 to 1"),
          BAD(ValueError, argsort(undefined), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
