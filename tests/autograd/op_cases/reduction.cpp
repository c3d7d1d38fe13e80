#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> reduction_cases() {
  const Input ties = exactly({2, 4}, {1, 3, 3, 0, 2, 2, 2, -1});
  const Input with_nan = exactly({2, 3}, {1, nan, 3, 0, -inf, inf});
  // No zero, one, two and three of them, among an even and an odd number.
  const Input zeros_even = exactly({4, 4}, {2, -1, 3, 0.5, 2, 0, 3, 0.5, 0, -1, 3, 0, 2, 0, 0, 0});
  const Input zeros_odd = exactly({5, 2}, {2, 0, -1, 0.5, 3, 2, 0.5, 3, 4, 0});
  const Input infinite = exactly({5, 2}, {-inf, -inf, 2, 1, 1, -inf, nan, 1, 0, -inf});
  const Input extreme = exactly({3, 2}, {1e4, -1e4, 0, 1e4, -1e4, 0});
  return {
      reduction("sum", sum, "torch.sum", reals,
                each("a.sum()", [](X x) { return sum(x[0]); }, {{reals({0, 3})}}) +
                    each("a.sum(0)", [](X x) { return sum(x[0], 0); }, {{reals({0, 3})}}) +
                    each("a.sum()", [](X x) { return sum(x[0]); },
                         {{integers({2, 33}, -9, 9)}, {as(uint8, integers({2, 33}, 200, 256))}}) +
                    each("a.sum(1)", [](X x) { return sum(x[0], 1); },
                         {{integers({2, 3}, -9, 9)}, {mask({2, 33})}}) +
                    kinks("a.sum(1)", [](X x) { return sum(x[0], 1); }, {{with_nan}}),
                {}),
      reduction("mean", mean, "torch.mean", reals,
                kinks("a.mean()", [](X x) { return mean(x[0]); }, {{reals({0, 3})}, {with_nan}}) +
                    each("a.float().mean(1)", [](X x) { return mean(x[0], 1); }, {{mask({2, 33})}}) +
                    kinks("a.mean(0)", [](X x) { return mean(x[0], 0); }, {{reals({0, 3})}}),
                {BAD(DTypeError, mean(zeros({3}, i64)), "int64", "float")}),
      reduction("max", max, "torch.amax", distinct,
                each("torch.amax(a, dim=(1,))", [](X x) { return max(x[0], 1); },
                     {{integers({2, 33}, -9, 9)}, {as(uint8, integers({2, 33}, 0, 256))}, {mask({2, 3})}}) +
                    kinks("torch.amax(a, dim=(1,))", [](X x) { return max(x[0], 1); },
                          {{ties}, {with_nan}}) +
                    kinks("torch.amax(a, dim=(0, 1))", [](X x) { return max(x[0]); }, {{ties}}),
                {BAD(ShapeError, max(zeros({0})), "(0,)"),
                 BAD(ShapeError, max(zeros({2, 0}), 1), "(2, 0)")}),
      reduction("min", min, "torch.amin", distinct,
                each("torch.amin(a, dim=(1,))", [](X x) { return min(x[0], 1); },
                     {{integers({2, 33}, -9, 9)}, {as(uint8, integers({2, 33}, 0, 256))}, {mask({2, 3})}}) +
                    kinks("torch.amin(a, dim=(1,))", [](X x) { return min(x[0], 1); },
                          {{ties}, {with_nan}}) +
                    kinks("torch.amin(a, dim=(0, 1))", [](X x) { return min(x[0]); }, {{ties}}),
                {BAD(ShapeError, min(zeros({0})), "(0,)"),
                 BAD(ShapeError, min(zeros({2, 0}), 1), "(2, 0)")}),
      reduction("prod", prod, "over_axes(torch.prod)", reals,
                each("a.prod()", [](X x) { return prod(x[0]); },
                     {{reals({0, 3})}, {integers({2, 3}, -9, 9)}, {as(uint8, integers({5}, 1, 256))}}) +
                    each("a.prod(0)", [](X x) { return prod(x[0], 0); }, {{reals({0, 3})}, {reals({1, 3})}}) +
                    each("a.prod(1)", [](X x) { return prod(x[0], 1); },
                         {{zeros_even}, {zeros_odd}, {reals({2, 17}, positive)}, {integers({3, 4}, -9, 9)}}) +
                    each("a.prod(0)", [](X x) { return prod(x[0], 0); }, {{zeros_even}, {zeros_odd}}) +
                    kinks("a.prod()", [](X x) { return prod(x[0]); },
                          {{exactly({4}, {2, 0, 3, 4})}, {exactly({4}, {0, 0, 3, 4})}, {exactly({}, {0})}}),
                {}),
      reduction("all", all, "over_axes(torch.all)", mask,
                kinks("a.all()", [](X x) { return all(x[0]); },
                      {{reals({0, 3})}, {reals({33})}, {exactly({2}, {nan, inf})}, {integers({40}, 0, 3)}}, 0) +
                    kinks("a.all(0)", [](X x) { return all(x[0], 0); },
                          {{reals({0, 3})}, {exactly({2, 3}, {1, 0, nan, 0, -0.0, 2})}, {integers({17, 2}, 0, 9)}}, 0),
                {}),
      reduction("any", any, "over_axes(torch.any)", mask,
                kinks("a.any()", [](X x) { return any(x[0]); },
                      {{reals({0, 3})}, {exactly({33}, std::vector<double>(33, 0.0))}, {exactly({2}, {0, nan})}, {integers({40}, 0, 2)}}, 0) +
                    kinks("a.any(0)", [](X x) { return any(x[0], 0); },
                          {{reals({0, 3})}, {exactly({2, 3}, {1, 0, nan, 0, -0.0, 2})}, {integers({17, 2}, 0, 2)}}, 0),
                {}),
      reduction("logsumexp", logsumexp, "torch.logsumexp", reals,
                each("a.logsumexp(0)", [](X x) { return logsumexp(x[0], 0); }, {{reals({3, 17})}}) +
                    kinks("a.logsumexp(0)", [](X x) { return logsumexp(x[0], 0); }, {{reals({0, 3})}}, 2) +
                    each("a.logsumexp(1)", [](X x) { return logsumexp(x[0], 1); }, {{integers({2, 33}, -9, 9)}, {mask({2, 3})}}) +
                    kinks("a.logsumexp(1)", [](X x) { return logsumexp(x[0], 1); }, {{extreme}}, 2) +
                    kinks("a.logsumexp(1)", [](X x) { return logsumexp(x[0], 1); }, {{infinite}}),
                {}),
      op("cumsum",
         each("a.cumsum(0)", [](X x) { return cumsum(x[0], 0); },
              {{reals({})}, {reals({33})}, {reals({17, 3})}, {reals({0, 3})}, {reals({1, 3})},
               {integers({3, 4}, -9, 9)}, {as(uint8, integers({33}, 200, 256))}}) +
             each("a.cumsum(-1)", [](X x) { return cumsum(x[0], -1); },
                  {{reals({})}, {reals({2, 3, 4})}, {reals({3, 0})}, {reals({2, 33})}}) +
             each("a.cumsum(1)", [](X x) { return cumsum(x[0], 1); }, {{reals({2, 3, 4})}, {reals({3, 1, 2})}}) +
             kinks("a.cumsum(1)", [](X x) { return cumsum(x[0], 1); }, {{with_nan}}),
         {BAD(ShapeError, cumsum(zeros({2, 3}), 2), "axis 2", "2 dimensions", "-2 to 1"),
          BAD(ShapeError, cumsum(zeros({}), 1), "axis 1"),
          BAD(ValueError, cumsum(undefined, 0), "undefined tensor")}),
      op("cumprod",
         each("a.cumprod(0)", [](X x) { return cumprod(x[0], 0); },
              {{reals({})}, {reals({9})}, {reals({5, 3})}, {reals({0, 3})}, {reals({1, 3})}, {reals({17, 2}, positive)}, {as(float32, reals({4}))},
               {integers({3, 4}, -9, 9)}, {as(uint8, integers({5}, 0, 256))}, {zeros_even}, {zeros_odd}}) +
             each("a.cumprod(-1)", [](X x) { return cumprod(x[0], -1); }, {{reals({})}, {reals({2, 3, 4})}, {reals({3, 0})}, {zeros_even}, {zeros_odd}}) +
             each("a.cumprod(1)", [](X x) { return cumprod(x[0], 1); }, {{reals({2, 3, 4})}, {reals({3, 1, 2})}, {exactly({2, 3}, {0, 0, 0, 0, 1, 2})}}),
         {BAD(ShapeError, cumprod(zeros({2, 3}), 2), "axis 2", "2 dimensions", "-2 to 1"),
          BAD(ShapeError, cumprod(zeros({}), 1), "axis 1"),
          BAD(ValueError, cumprod(undefined, 0), "undefined tensor")}),
      op("logcumsumexp",
         each("a.logcumsumexp(0)", [](X x) { return logcumsumexp(x[0], 0); },
              {{reals({})}, {reals({17})}, {reals({5, 3})}, {reals({0, 3})}, {reals({1, 3})}, {as(float32, reals({4}))}}) +
             each("a.float().logcumsumexp(0)", [](X x) { return logcumsumexp(x[0], 0); }, {{integers({5, 2}, -9, 9)}, {mask({5})}}) +
             each("a.logcumsumexp(-1)", [](X x) { return logcumsumexp(x[0], -1); }, {{reals({})}, {reals({2, 3, 4})}, {reals({3, 0})}}) +
             kinks("a.logcumsumexp(1)", [](X x) { return logcumsumexp(x[0], 1); }, {{exactly({2, 4}, {9, 1, 2, 10, -9, -12, -30, -1})}}, 2) +
             kinks("a.logcumsumexp(1)", [](X x) { return logcumsumexp(x[0], 1); }, {{exactly({2, 4}, {1, 2, nan, 3, 1, -inf, 2, -inf})}}),
         {BAD(ShapeError, logcumsumexp(zeros({2, 3}), 2), "axis 2", "2 dimensions", "-2 to 1"),
          BAD(ShapeError, logcumsumexp(zeros({}), 1), "axis 1"),
          BAD(ValueError, logcumsumexp(undefined, 0), "undefined tensor")}),
      arg_reduction("argmax", argmax, argmax, "torch.argmax"),
      arg_reduction("argmin", argmin, argmin, "torch.argmin"),
      along_axis("softmax", softmax, "torch.softmax"),
      along_axis("log_softmax", log_softmax, "torch.log_softmax"),
  };
}
// clang-format on

}  // namespace xgrad::test
