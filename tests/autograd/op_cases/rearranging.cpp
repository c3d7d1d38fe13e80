#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> rearranging_cases() {
  return {
      op("flip",
         each("torch.flip(a, [0])", [](X x) { return flip(x[0], 0); },
              {{reals({})}, {reals({5})}, {reals({33})}, {reals({3, 2})}, {reals({1, 3})},
               {reals({0, 3})}, {reals({3, 0})}, {reals({2, 3, 4})}, {as(float32, reals({5}))},
               {integers({5}, 0, 9)}, {mask({17})}}) +
             kinks("torch.flip(a, [0])", [](X x) { return flip(x[0], 0); },
                   {{exactly({3}, {nan, inf, -0.})}}) +
             each("torch.flip(a, [-1])", [](X x) { return flip(x[0], -1); },
                  {{reals({2, 3})}, {reals({2, 17})}}) +
             each("torch.flip(a, [1])", [](X x) { return flip(x[0], 1); }, {{reals({2, 3, 2})}}) +
             each("torch.flip(a, [0, -1])", [](X x) { return flip(x[0], {0, -1}); },
                  {{reals({2, 3})}, {reals({2, 3, 2})}}) +
             each("torch.flip(a, list(range(a.dim())))", [](X x) { return flip(x[0]); },
                  {{reals({})}, {reals({3})}, {reals({2, 3, 4})}}),
         {BAD(ShapeError, flip(zeros({2, 3}), 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, flip(zeros({2, 3}), {1, -1}), "axis 1", "twice", "(2, 3)"),
          BAD(ShapeError, flip(zeros({}), 1), "axis 1"),
          BAD(ValueError, flip(undefined, 0), "undefined tensor")}),
      op("tile",
         each("torch.tile(a, (2,))", [](X x) { return tile(x[0], {2}); },
              {{reals({})}, {reals({3})}, {reals({0})}, {reals({1})}, {reals({17})},
               {reals({2, 3})}, {reals({3, 1})}, {as(float32, reals({3}))}, {integers({3}, 0, 9)},
               {mask({3})}}) +
             each("torch.tile(a, (2, 3))", [](X x) { return tile(x[0], {2, 3}); },
                  {{reals({})}, {reals({2})}, {reals({2, 3})}, {reals({2, 1, 2})},
                   {reals({0, 2})}}) +
             each("torch.tile(a, (2, 1, 3))", [](X x) { return tile(x[0], {2, 1, 3}); },
                  {{reals({2})}, {reals({2, 2, 1})}}) +
             each("torch.tile(a, (3, 1))", [](X x) { return tile(x[0], {3, 1}); },
                  {{reals({2, 3})}}) +
             each("torch.tile(a, (0, 2))", [](X x) { return tile(x[0], {0, 2}); },
                  {{reals({2, 3})}}) +
             each("torch.tile(a, (1, 1))", [](X x) { return tile(x[0], {1, 1}); },
                  {{reals({2})}, {reals({2, 3})}}) +
             each("torch.tile(a, (2, 1, 2, 1, 2))", [](X x) { return tile(x[0], {2, 1, 2, 1, 2}); },
                  {{reals({1, 2, 1, 2, 1})}}),
         {BAD(ValueError, tile(zeros({2, 3}), {2, -1}), "-1", "0 or more"),
          BAD(ShapeError, tile(zeros({4}), {1LL << 62}),
              "axis 0", "(4,)", "4611686018427387904", "2^63"),
          BAD(ValueError, tile(undefined, {2}), "undefined tensor")}),
      op("repeat",
         each("torch.repeat_interleave(a, 2, 0)", [](X x) { return repeat(x[0], 2, 0); },
              {{reals({3})}, {reals({0})}, {reals({17})}, {reals({2, 3})}, {reals({2, 0})},
               {as(float32, reals({3}))}, {integers({3}, 0, 9)}, {mask({2, 2})}}) +
             each("torch.repeat_interleave(a, 3, 1)", [](X x) { return repeat(x[0], 3, 1); },
                  {{reals({2, 3})}, {reals({2, 2, 2})}, {reals({2, 1})}}) +
             each("torch.repeat_interleave(a, 2, -1)", [](X x) { return repeat(x[0], 2, -1); },
                  {{reals({2, 3})}, {reals({3, 5})}}) +
             each("torch.repeat_interleave(a, 0, 1)", [](X x) { return repeat(x[0], 0, 1); },
                  {{reals({2, 3})}}) +
             each("torch.repeat_interleave(a, 2)", [](X x) { return repeat(x[0], 2); },
                  {{reals({})}, {reals({3})}, {reals({2, 3})}, {reals({0, 2})}}) +
             // Lists repeat the whole.
             each("a.repeat(2)", [](X x) { return repeat(x[0], {2}); },
                  {{reals({})}, {reals({3})}}) +
             each("a.repeat(2, 3)", [](X x) { return repeat(x[0], {2, 3}); },
                  {{reals({3})}, {reals({2, 2})}, {integers({2, 1}, 0, 9)}}) +
             each("a.repeat(1, 2, 1)", [](X x) { return repeat(x[0], {1, 2, 1}); },
                  {{reals({2, 2, 2})}}),
         {BAD(ShapeError, repeat(zeros({2, 3}), 2, 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, repeat(zeros({}), 2, 0), "0-d"),
          BAD(ShapeError, repeat(zeros({2, 3}), {2}), "1", "(2, 3)", "at least 2"),
          BAD(ShapeError, repeat(zeros({4}), 1LL << 62, 0), "axis 0", "(4,)", "2^63"),
          BAD(ShapeError, repeat(zeros({4}), 1LL << 62), "axis 0", "(4,)", "2^63"),
          BAD(ValueError, repeat(zeros({2, 3}), -1, 0), "-1", "0 or more"),
          BAD(ValueError, repeat(zeros({2, 3}), -2), "-2", "0 or more"),
          BAD(ValueError, repeat(zeros({3}), {2, -3}), "-3", "0 or more"),
          BAD(ValueError, repeat(undefined, 2, 0), "undefined tensor"),
          BAD(ValueError, repeat(undefined, 2), "undefined tensor"),
          BAD(ValueError, repeat(undefined, {2}), "undefined tensor")}),
      op("roll",
         each("torch.roll(a, 1, 0)", [](X x) { return roll(x[0], 1, 0); },
              {{reals({3})}, {reals({1})}, {reals({33})}, {reals({3, 2})}, {reals({0, 3})},
               {reals({3, 0})}, {reals({2, 3, 2})}, {as(float32, reals({3}))},
               {integers({5}, 0, 9)}, {mask({5})}}) +
             each("torch.roll(a, -2, 1)", [](X x) { return roll(x[0], -2, 1); },
                  {{reals({2, 3})}, {reals({2, 4, 2})}, {reals({3, 1})}}) +
             each("torch.roll(a, 100, -1)", [](X x) { return roll(x[0], 100, -1); },
                  {{reals({2, 17})}}) +
             each("torch.roll(a, -100, -1)", [](X x) { return roll(x[0], -100, -1); },
                  {{reals({7})}}) +
             each("torch.roll(a, 0, 0)", [](X x) { return roll(x[0], 0, 0); }, {{reals({3})}}) +
             each("torch.roll(a, 2)", [](X x) { return roll(x[0], 2); },
                  {{reals({})}, {reals({3})}, {reals({2, 3})}, {reals({0, 3})}}) +
             each("torch.roll(a, (1, -1), (0, 1))", [](X x) { return roll(x[0], {1, -1}, {0, 1}); },
                  {{reals({2, 3})}, {reals({3, 2, 2})}}) +
             each("torch.roll(a, (1, 1), (0, 0))", [](X x) { return roll(x[0], {1, 1}, {0, 0}); },
                  {{reals({3})}}),
         {BAD(ShapeError, roll(zeros({2, 3}), 1, 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, roll(zeros({}), 1, 0), "0-d"),
          BAD(ShapeError, roll(zeros({2, 3}), {1, 1}, {0, 2}), "axis 2"),
          BAD(ValueError, roll(zeros({2, 3}), {1, 2}, 0), "2 shifts", "1 axes"),
          BAD(ValueError, roll(zeros({2, 3}), std::vector<std::int64_t>{}, Axes{}),
              "0 shifts", "0 axes"),
          BAD(ValueError, roll(undefined, 1, 0), "undefined tensor"),
          BAD(ValueError, roll(undefined, 1), "undefined tensor"),
          BAD(ValueError, roll(undefined, {1, 1}, {0, 1}), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
