#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> shaping_cases() {
  return {
      op("reshape",
         each("a.reshape(2, -1)", [](X x) { return reshape(x[0], {2, -1}); },
              {{reals({6})}, {reals({2, 3, 4})}, {reals({0, 2})}, {integers({4}, 0, 9)},
               {mask({4})}}) +
             each("a.reshape(())", [](X x) { return reshape(x[0], Shape{}); },
                  {{reals({1, 1})}, {reals({})}}) +
             each("a.reshape(0, 3)", [](X x) { return reshape(x[0], {0, 3}); }, {{reals({0})}}) +
             each("a.reshape(3, 1, 11)", [](X x) { return reshape(x[0], {3, 1, 11}); },
                  {{reals({33})}}),
         {BAD(ShapeError, reshape(zeros({2, 3}), {4, 2}), "(2, 3)", "(4, 2)", "6"),
          BAD(ShapeError, reshape(zeros({2, 3}), {-1, 4}), "(2, 3)", "-1", "4"),
          BAD(ShapeError, reshape(zeros({2, 3}), {-1, -1}), "-1"),
          // Products that are 0 and 4 modulo 2^64.
          BAD(ShapeError, reshape(zeros({0}), {1LL << 32, 1LL << 32}), "4294967296", "0"),
          BAD(ShapeError, reshape(zeros({4}), {20, 922337203685477581}), "20", "4"),
          BAD(ShapeError, reshape(zeros({0}), {-1, 0}), "-1", "0"),
          BAD(ShapeError, reshape(zeros({2, 3}), {-2, 3}), "-2"),
          BAD(ValueError, reshape(undefined, {1}), "undefined tensor")}),
      op("flatten",
         each("torch.flatten(a)", [](X x) { return flatten(x[0]); },
              {{reals({})}, {reals({2, 3, 4})}, {reals({0, 3})}, {integers({2, 2}, 0, 9)}}) +
             each("torch.flatten(a, 1)", [](X x) { return flatten(x[0], 1); },
                  {{reals({2, 3, 4})}, {reals({2, 3})}}) +
             each("torch.flatten(a, -2)", [](X x) { return flatten(x[0], -2); },
                  {{reals({2, 3, 4})}}) +
             each("torch.flatten(a, 0, 1)", [](X x) { return flatten(x[0], 0, 1); },
                  {{reals({2, 3, 4})}, {reals({0, 3, 2, 1})}, {reals({2, 3})}}) +
             each("torch.flatten(a, 1, -2)", [](X x) { return flatten(x[0], 1, -2); },
                  {{reals({2, 3, 4})}, {reals({2, 3, 2, 2})}}),
         {BAD(ShapeError, flatten(zeros({2, 3}), 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, flatten(zeros({2, 3}), 0, -3), "axis -3", "2 dimensions"),
          BAD(ShapeError, flatten(zeros({2, 3}), 1, 0), "axis 1 to axis 0", "(2, 3)"),
          BAD(ShapeError, flatten(zeros({}), 1), "axis 1"),
          BAD(ValueError, flatten(undefined), "undefined tensor")}),
      op("squeeze",
         each("torch.squeeze(a)", [](X x) { return squeeze(x[0]); },
              {{reals({})}, {reals({1, 3, 1})}, {reals({2, 3})}, {reals({1, 1})}}) +
             each("torch.squeeze(a, 1)", [](X x) { return squeeze(x[0], 1); },
                  {{reals({1, 3, 1})}, {reals({2, 1, 3})}, {reals({0, 1})}}) +
             each("torch.squeeze(torch.squeeze(a, -1), 0)",
                  [](X x) { return squeeze(x[0], {0, -1}); }, {{reals({1, 3, 1})}}),
         {BAD(ShapeError, squeeze(zeros({2, 1}), 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, squeeze(zeros({2, 1}), {1, -1}), "axis 1", "twice", "(2, 1)"),
          BAD(ValueError, squeeze(undefined), "undefined tensor")}),
      op("unsqueeze",
         each("torch.unsqueeze(a, 0)", [](X x) { return unsqueeze(x[0], 0); },
              {{reals({})}, {reals({3})}, {reals({0, 3})}, {integers({2}, 0, 9)}}) +
             each("torch.unsqueeze(a, 2)", [](X x) { return unsqueeze(x[0], 2); },
                  {{reals({2, 3})}}) +
             each("torch.unsqueeze(a, -1)", [](X x) { return unsqueeze(x[0], -1); },
                  {{reals({})}, {reals({2, 3})}}) +
             each("torch.unsqueeze(a, -3)", [](X x) { return unsqueeze(x[0], -3); },
                  {{reals({2, 3})}}),
         {BAD(ShapeError, unsqueeze(zeros({2, 3}), 3), "axis 3"),
          BAD(ShapeError, unsqueeze(zeros({2, 3}), -4), "axis -4"),
          BAD(ShapeError, unsqueeze(zeros({1, 1, 1, 1, 1, 1, 1, 1}), 0),
              "9 dimensions", "at most 8"),
          BAD(ValueError, unsqueeze(undefined, 0), "undefined tensor")}),
      op("expand_dims",
         each("torch.unsqueeze(a, 0)", [](X x) { return expand_dims(x[0], 0); },
              {{reals({})}, {reals({0, 3})}, {integers({2}, 0, 9)}, {mask({17})}}) +
             each("torch.unsqueeze(a, -2)", [](X x) { return expand_dims(x[0], -2); },
                  {{reals({2, 3})}}),
         {BAD(ShapeError, expand_dims(zeros({2, 3}), 3), "axis 3"),
          BAD(ShapeError, expand_dims(zeros({1, 1, 1, 1, 1, 1, 1, 1}), 0),
              "9 dimensions", "at most 8"),
          BAD(ValueError, expand_dims(undefined, 0), "undefined tensor")}),
      op("transpose",
         each("torch.transpose(a, 0, 1)", [](X x) { return transpose(x[0], 0, 1); },
              {{reals({2, 3})}, {reals({2, 3, 4})}, {reals({0, 3})}, {reals({33, 17})},
               {integers({2, 3}, 0, 9)}, {mask({3, 2})}}) +
             each("torch.transpose(a, -1, 0)", [](X x) { return transpose(x[0], -1, 0); },
                  {{reals({3})}, {reals({2, 3, 4})}, {reals({1, 5})}}) +
             each("torch.transpose(a, -1, -2)", [](X x) { return transpose(x[0], -1, -2); },
                  {{reals({2, 3, 4})}, {reals({2, 1, 3, 4})}}),
         {BAD(ShapeError, transpose(zeros({2, 3}), 0, 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, transpose(zeros({2, 3}), -3, 0), "axis -3"),
          BAD(ValueError, transpose(undefined, 0, 1), "undefined tensor")}),
      op("t", each("a.t()", [](X x) { return t(x[0]); },
                   {{reals({})}, {reals({3})}, {reals({2, 3})}}),
         {BAD(ShapeError, t(zeros({2, 3, 4})), "(2, 3, 4)"),
          BAD(ValueError, t(undefined), "undefined tensor")}),
      op("permute",
         each("a.permute(2, 0, 1)", [](X x) { return permute(x[0], {2, 0, 1}); },
              {{reals({2, 3, 4})}, {reals({5, 1, 17})}, {reals({0, 2, 3})},
               {integers({2, 2, 2}, 0, 9)}}) +
             each("a.permute(-1, 1, 0)", [](X x) { return permute(x[0], {-1, 1, 0}); },
                  {{reals({2, 3, 4})}}) +
             each("a.permute(0, 2, 1, 3)", [](X x) { return permute(x[0], {0, 2, 1, 3}); },
                  {{reals({2, 3, 2, 3})}}) +
             each("a.permute(1, 2, 0)", [](X x) { return permute(x[0], {1, 2, 0}); },
                  {{reals({2, 3, 4})}, {reals({1, 3, 5})}}) +
             each("a.permute(1, 0, 2, 3)", [](X x) { return permute(x[0], {1, 0, 2, 3}); },
                  {{reals({2, 3, 2, 2})}}) +
             each("a.permute(())", [](X x) { return permute(x[0], {}); }, {{reals({})}}),
         {BAD(ShapeError, permute(zeros({2, 3}), {0}), "1", "2", "(2, 3)"),
          BAD(ShapeError, permute(zeros({2, 3}), {0, 2}), "axis 2", "2 dimensions"),
          BAD(ShapeError, permute(zeros({2, 3}), {1, -1}), "twice"),
          BAD(ValueError, permute(undefined, {0}), "undefined tensor")}),
      op("moveaxis",
         each("torch.moveaxis(a, 0, 2)", [](X x) { return moveaxis(x[0], 0, 2); },
              {{reals({2, 3, 4})}, {reals({2, 0, 3})}, {integers({2, 3, 4}, 0, 9)},
               {mask({2, 3, 4})}}) +
             each("torch.moveaxis(a, -1, 0)", [](X x) { return moveaxis(x[0], -1, 0); },
                  {{reals({})}, {reals({3})}, {reals({2, 3, 4, 2})}}) +
             each("torch.moveaxis(a, (0, -1), (-2, 0))",
                  [](X x) { return moveaxis(x[0], {0, -1}, {-2, 0}); },
                  {{reals({2, 3, 4})}, {reals({2, 3, 2, 3})}}) +
             each("torch.moveaxis(a, (2, 0, 1), (0, 1, 2))",
                  [](X x) { return moveaxis(x[0], {2, 0, 1}, {0, 1, 2}); }, {{reals({2, 3, 4})}}) +
             each("torch.moveaxis(a, (), ())", [](X x) { return moveaxis(x[0], {}, {}); },
                  {{reals({2, 3})}}),
         {BAD(ShapeError, moveaxis(zeros({2, 3}), 2, 0), "axis 2", "2 dimensions"),
          BAD(ShapeError, moveaxis(zeros({2, 3}), 0, -3), "axis -3", "2 dimensions"),
          BAD(ShapeError, moveaxis(zeros({2, 3}), {0, -2}, {0, 1}), "axis 0", "twice", "(2, 3)"),
          BAD(ShapeError, moveaxis(zeros({2, 3}), {0, 1}, {1, 1}), "axis 1", "twice", "(2, 3)"),
          BAD(ShapeError, moveaxis(zeros({2, 3}), {0, 1}, 1), "2 axes to 1", "(2, 3)"),
          BAD(ValueError, moveaxis(undefined, 0, 0), "undefined tensor")}),
      op("broadcast_to",
         each("torch.broadcast_to(a, (2, 3))", [](X x) { return broadcast_to(x[0], {2, 3}); },
              {{reals({})}, {reals({3})}, {reals({1, 3})}, {reals({2, 1})}, {reals({2, 3})},
               {integers({3}, 0, 9)}}) +
             each("torch.broadcast_to(a, (2, -1, 3))",
                  [](X x) { return broadcast_to(x[0], {2, -1, 3}); }, {{reals({5, 1})}}) +
             each("torch.broadcast_to(a, (0, 3))", [](X x) { return broadcast_to(x[0], {0, 3}); },
                  {{reals({3})}}) +
             each("torch.broadcast_to(a, (3, 33))", [](X x) { return broadcast_to(x[0], {3, 33}); },
                  {{reals({33})}, {reals({3, 1})}}),
         {BAD(ShapeError, broadcast_to(zeros({2, 3}), {2, 4}), "(2, 3)", "(2, 4)"),
          BAD(ShapeError, broadcast_to(zeros({2, 3}), {3}), "(2, 3)", "(3,)"),
          BAD(ShapeError, broadcast_to(zeros({2, 3}), {1, 3}), "(2, 3)", "(1, 3)"),
          BAD(ShapeError, broadcast_to(zeros({3}), {-1, 3}), "-1"),
          BAD(ValueError, broadcast_to(undefined, {1}), "undefined tensor")}),
      op("concatenate",
         each("torch.cat([a, b])", [](X x) { return concatenate({x[0], x[1]}); },
              {{reals({2}), reals({3})}, {reals({2, 3}), reals({1, 3})},
               {reals({0, 3}), reals({2, 3})},
               {integers({2}, 0, 9), integers({1}, 0, 9)}, {mask({2}), mask({1})}}) +
             each("torch.cat([a, b, c], 1)", [](X x) { return concatenate(x, 1); },
                  {{reals({2, 3}), reals({2, 1}), reals({2, 2})},
                   {reals({2, 1, 2}), reals({2, 0, 2}), reals({2, 3, 2})}}) +
             each("torch.cat([a, b], -1)", [](X x) { return concatenate(x, -1); },
                  {{reals({3, 17}), reals({3, 16})}}) +
             each("torch.cat([a, a])", [](X x) { return concatenate({x[0], x[0]}); },
                  {{reals({3})}}) +
             each("torch.cat([a])", [](X x) { return concatenate(x); }, {{reals({3})}}),
         {BAD(ValueError, concatenate({}), "no tensors"),
          BAD(ShapeError, concatenate({zeros({2, 3}), zeros({2, 4})}), "(2, 3)", "(2, 4)"),
          BAD(ShapeError, concatenate({zeros({2, 3}), zeros({3})}), "(2, 3)", "(3,)"),
          BAD(ShapeError, concatenate({zeros({2}), zeros({3})}, 1), "axis 1", "1 dimensions"),
          BAD(ShapeError, concatenate({zeros({}), zeros({})}), "0-d"),
          BAD(DTypeError, concatenate({zeros({2}), zeros({2}, f64)}), "float32", "float64"),
          BAD(ValueError, concatenate({zeros({2}), undefined}), "undefined tensor")}),
      op("cat",
         each("torch.cat([a, b])", [](X x) { return cat({x[0], x[1]}); },
              {{reals({2, 3}), reals({1, 3})}, {integers({2}, 0, 9), integers({1}, 0, 9)},
               {mask({2}), mask({1})}}) +
             each("torch.cat([a, b], -1)", [](X x) { return cat(x, -1); },
                  {{reals({3, 17}), reals({3, 16})}}),
         {BAD(ValueError, cat({}), "no tensors"),
          BAD(ShapeError, cat({zeros({2, 3}), zeros({2, 4})}), "(2, 3)", "(2, 4)"),
          BAD(ShapeError, cat({zeros({}), zeros({})}), "0-d"),
          BAD(DTypeError, cat({zeros({2}), zeros({2}, f64)}), "float32", "float64"),
          BAD(ValueError, cat({zeros({2}), undefined}), "undefined tensor")}),
      op("stack",
         each("torch.stack([a, b])", [](X x) { return stack(x); },
              {{reals({}), reals({})}, {reals({3}), reals({3})}, {reals({0, 3}), reals({0, 3})},
               {integers({2}, 0, 9), integers({2}, 0, 9)}}) +
             each("torch.stack([a, b, c], 1)", [](X x) { return stack(x, 1); },
                  {{reals({3}), reals({3}), reals({3})},
                   {reals({2, 3}), reals({2, 3}), reals({2, 3})}}) +
             each("torch.stack([a, b], -1)", [](X x) { return stack(x, -1); },
                  {{reals({2, 3}), reals({2, 3})}}),
         {BAD(ValueError, stack({}), "no tensors"),
          BAD(ShapeError, stack({zeros({2}), zeros({3})}), "(2,)", "(3,)"),
          BAD(ShapeError, stack({zeros({2}), zeros({2})}, 2), "axis 2"),
          BAD(ShapeError, stack({zeros({1, 1, 1, 1, 1, 1, 1, 1})}), "9 dimensions", "at most 8"),
          BAD(DTypeError, stack({zeros({2}), zeros({2}, f64)}), "float32", "float64"),
          BAD(ValueError, stack({zeros({2}), undefined}), "undefined tensor")}),
      op("meshgrid",
         each("torch.stack(torch.meshgrid(a, b, indexing='ij'))", [](X x) { return stack(meshgrid(x)); },
              {{reals({2}), reals({3})}, {reals({}), reals({3})}, {reals({}), reals({})}, {reals({0}), reals({2})},
               {reals({17}), reals({2})}, {as(float32, reals({2})), as(float32, reals({3}))},
               {integers({2}, 0, 9), integers({3}, 0, 9)}, {mask({2}), mask({2})}}) +
             each("torch.stack(torch.meshgrid(a, b, c, indexing='xy'))", [](X x) { return stack(meshgrid(x, "xy")); },
                  {{reals({2}), reals({3}), reals({2})}}) +
             each("torch.stack(torch.meshgrid(a, b, indexing='xy'))", [](X x) { return stack(meshgrid(x, "xy")); },
                  {{reals({2}), reals({3})}, {reals({0}), reals({2})}}) +
             each("torch.meshgrid(a, indexing='xy')[0]", [](X x) { return meshgrid(x, "xy")[0]; }, {{reals({3})}}) +
             each("torch.meshgrid(a, a, indexing='ij')[1]", [](X x) { return meshgrid({x[0], x[0]})[1]; }, {{reals({3})}}),
         {BAD(ValueError, meshgrid({}), "no tensors"),
          BAD(ValueError, meshgrid({zeros({2})}, "yx"), "'yx'", "'ij' or 'xy'"),
          BAD(ShapeError, meshgrid({zeros({2}), zeros({2, 3})}), "tensor 1", "(2, 3)", "vectors"),
          BAD(ShapeError, meshgrid(std::vector<Tensor>(9, zeros({1}))), "9 dimensions", "at most 8"),
          BAD(DTypeError, meshgrid({zeros({2}), zeros({2}, f64)}), "float32", "float64"),
          BAD(ValueError, meshgrid({zeros({2}), undefined}), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
