#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// Divisors of anywhere whose multiples no sample comes near.
constexpr Range below_one{0.75, 1};

namespace {

std::vector<Input> whole_quotients() {
  return {exactly({9}, {7, -7, 7, -7, 6, -6, 6, 0, -5}, int64),
          exactly({9}, {2, 2, -2, -2, 3, 3, -3, -4, -1}, int64)};
}

std::vector<BadCall> zero_divisors(BinaryFunction f) {
  return {BAD(ValueError, f(tensor({5, 7}), tensor({2, 0})), "7 by 0", "other divisors"),
          BAD(ValueError, f(1, zeros({2}, u8)), "1 by 0", "other divisors")};
}

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> arithmetic_cases() {
  return {
      binary("add", add, "a + b"),
      binary("sub", sub, "a - b"),
      binary("mul", mul, "a * b"),
      binary("div", div, "a / b", {.right = positive}),
      // PyTorch has no gradients of floor_divide.
      with(binary("floor_divide", floor_divide, "torch.floor_divide(a, b).detach()", {.right = below_one}),
           each("torch.floor_divide(a, b)", [](X x) { return floor_divide(x[0], x[1]); },
                {whole_quotients()}),
           zero_divisors(floor_divide)),
      with(binary("remainder", remainder, "torch.remainder(a, b)", {.right = below_one}),
           each("torch.remainder(a, b)", [](X x) { return remainder(x[0], x[1]); },
                {whole_quotients()}),
           zero_divisors(remainder)),
      with(binary("fmod", fmod, "torch.fmod(a, b)", {.right = below_one, .infinities = false}),
           each("torch.fmod(a, b)", [](X x) { return fmod(x[0], x[1]); }, {whole_quotients()}),
           zero_divisors(fmod)),
      // PyTorch would take the logarithm of an integer base in float32.
      with(binary("pow", pow, "torch.pow(a.to(torch.result_type(a, b)), b)", {.left = positive, .infinities = false}),
           kinks("torch.pow(a, b)", [](X x) { return pow(x[0], x[1]); },
                 {{exactly({5}, {-2, -2, -2, -1, -0.5}), exactly({5}, {3, 2, -1, 0, 1})}}, 2) +
           kinks("torch.pow(a, 3)", [](X x) { return pow(x[0], 3); },
                 {{exactly({3}, {-2, 0, 2})}}, 2) +
           kinks("torch.pow(a, 2)", [](X x) { return pow(x[0], 2); },
                 {{exactly({3}, {-2, 0, 2})}}, 2) +
           kinks("torch.pow(a, 1)", [](X x) { return pow(x[0], 1); },
                 {{exactly({3}, {-2, 0, 2})}}, 2) +
           kinks("torch.pow(a, 0)", [](X x) { return pow(x[0], 0); },
                 {{exactly({3}, {-2, 0, 2})}}, 2)),
      binary("maximum", maximum, "torch.maximum(a, b)"),
      binary("minimum", minimum, "torch.minimum(a, b)"),
      // PyTorch, too, computes integers as float32, but not those of different types.
      with(binary("atan2", atan2, "torch.atan2(a * 1., b * 1.)", {.right = positive, .infinities = false}),
           each("torch.atan2(a, b)", [](X x) { return atan2(x[0], x[1]); },
                {{reals({2, 3}), reals({2, 3}, {-3, -0.25})}}) +
           kinks("torch.atan2(a, b)", [](X x) { return atan2(x[0], x[1]); },
                 {{exactly({8}, {0, -0., 0, -0., 1, -1, 1, -1}),
                   exactly({8}, {1, 1, -1, -1, 0, -0., -0., 0})}}, 2)),
      // PyTorch has no hypot of integers.
      with(binary("hypot", hypot, "torch.hypot(a * 1., b * 1.)", {.infinities = false}),
           kinks("torch.hypot(a, b)", [](X x) { return hypot(x[0], x[1]); },
                 {{exactly({4}, {3, -3, 0, 1}), exactly({4}, {4, -4, -2, 0})}}, 2)),
      op("where",
         each("torch.where(a.bool(), b, c)", [](X x) { return where(x[0], x[1], x[2]); },
              {{mask({}), reals({}), reals({})},
               {mask({2, 3}), reals({2, 3}), reals({2, 3})},
               {mask({3}), reals({2, 1}), reals({})},
               {mask({2, 1}), reals({3}), reals({2, 3})},
               {mask({2, 1, 1}), reals({3, 1}), reals({4})},
               {mask({0, 3}), reals({1, 3}), reals({3})},
               {mask({33}), reals({33}), reals({33})},
               {mask({2, 33}), reals({33}), reals({2, 1})},
               {mask({33}), reals({}), reals({33})}}) +
             each("torch.where(a.bool(), b, torch.tensor(0.5))",
                  [](X x) { return where(x[0], x[1], 0.5); },
                  {{mask({2, 3}), reals({3})}, {mask({3}), as(float32, reals({3}))}}) +
             each("torch.where(a.bool(), torch.tensor(2), b)",
                  [](X x) { return where(x[0], 2, x[1]); }, {{mask({3}), reals({2, 3})}}) +
             each("torch.where(a.bool(), b, c)", [](X x) { return where(x[0], x[1], x[2]); },
                  {{mask({3}), integers({3}, -9, 9), integers({2, 3}, -9, 9)},
                   {mask({3}), mask({3}), mask({3})},
                   {mask({3}), integers({3}, -9, 9), mask({3})}}) +
             // What is not chosen does not reach the result, nor a gradient.
             kinks("torch.where(a.bool(), b, c)", [](X x) { return where(x[0], x[1], x[2]); },
                   {{exactly({4}, {1, 0, 1, 0}, uint8), exactly({4}, {1, nan, inf, -inf}),
                     exactly({4}, {nan, 2, nan, inf})}},
                   2),
         {BAD(ShapeError, where(zeros({2}, {.dtype = uint8}), zeros({3}), 1), "(2,)", "(3,)"),
          BAD(DTypeError, where(zeros({2}), zeros({2}), 1), "float32", "boolean"),
          BAD(DTypeError, where(zeros({2}, {.dtype = uint8}), zeros({2}), zeros({2}, f64)),
              "float32", "float64"),
          BAD(ValueError, where(undefined, zeros({2}), 1), "undefined tensor")}),
      op("clip",
         each("torch.clip(a, -0.5, 0.75)", [](X x) { return clip(x[0], -0.5, 0.75); },
              {{reals({33})}}),
         {BAD(ValueError, clip(zeros({2}), 0, nan), "nan", "numbers")}),
      op("clamp",
         each("torch.clamp(a, -0.5, 0.75)", [](X x) { return clamp(x[0], -0.5, 0.75); },
              {{reals({})}, {reals({3})}, {reals({2, 3})}, {reals({0, 3})}, {reals({33})},
               {as(float32, reals({5}))}}) +
             each("torch.clamp(a, -1, 2)", [](X x) { return clamp(x[0], -1, 2); },
                  {{integers({7}, -4, 5)}}) +
             each("torch.clamp(a.long(), -1, 300)", [](X x) { return clamp(x[0], -1, 300); },
                  {{as(uint8, integers({7}, 0, 256))}}) +
             each("torch.clamp(a, 1.5, 3)", [](X x) { return clamp(x[0], 1.5, 3); },
                  {{integers({7}, -4, 5)}}) +
             each("torch.clamp(a, min=0.5)", [](X x) { return clamp(x[0], 0.5); },
                  {{reals({2, 3})}}) +
             each("torch.clamp(a, max=0.5)", [](X x) { return clamp(x[0], std::nullopt, 0.5); },
                  {{reals({2, 3})}, {integers({5}, -2, 3)}}) +
             each("torch.clamp(a, max=1)", [](X x) { return clamp(x[0], {}, 1); },
                  {{integers({5}, -2, 3)}}) +
             // The bounds themselves pass the gradient.
             kinks("torch.clamp(a, -0.5, 0.75)", [](X x) { return clamp(x[0], -0.5, 0.75); },
                   {{exactly({8}, {-inf, -1, -0.5, 0, 0.75, 1, inf, nan})}}, 2) +
             kinks("torch.clamp(a, 1, -1)", [](X x) { return clamp(x[0], 1, -1); },
                   {{exactly({5}, {-2, -1, 0, 1, 2})}}),
         {BAD(ValueError, clamp(zeros({2}, i64), nan, 3), "nan", "3", "numbers"),
          BAD(ValueError, clamp(zeros({2}), -1, nan), "-1", "nan", "numbers"),
          BAD(ValueError, clamp(zeros({2}), {}, {}), "no bounds", "one or both"),
          BAD(ValueError, clamp(undefined, 0, 1), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
