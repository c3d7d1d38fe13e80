#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> reduction_cases() {
  const Input ties = exactly({2, 4}, {1, 3, 3, 0, 2, 2, 2, -1});
  const Input with_nan = exactly({2, 3}, {1, nan, 3, 0, -inf, inf});
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
                    kinks("a.mean(0)", [](X x) { return mean(x[0], 0); }, {{reals({0, 3})}}),
                {bad<DTypeError>([] { mean(zeros({3}, i64)); }, {"int64", "float"})}),
      reduction("max", max, "torch.amax", distinct,
                each("torch.amax(a, dim=(1,))", [](X x) { return max(x[0], 1); },
                     {{integers({2, 33}, -9, 9)}, {as(uint8, integers({2, 33}, 0, 256))}}) +
                    kinks("torch.amax(a, dim=(1,))", [](X x) { return max(x[0], 1); },
                          {{ties}, {with_nan}}) +
                    kinks("torch.amax(a, dim=(0, 1))", [](X x) { return max(x[0]); }, {{ties}}),
                {bad<ShapeError>([] { max(zeros({0})); }, {"(0,)"}),
                 bad<ShapeError>([] { max(zeros({2, 0}), 1); }, {"(2, 0)"})}),
      reduction("min", min, "torch.amin", distinct,
                each("torch.amin(a, dim=(1,))", [](X x) { return min(x[0], 1); },
                     {{integers({2, 33}, -9, 9)}, {as(uint8, integers({2, 33}, 0, 256))}}) +
                    kinks("torch.amin(a, dim=(1,))", [](X x) { return min(x[0], 1); },
                          {{ties}, {with_nan}}) +
                    kinks("torch.amin(a, dim=(0, 1))", [](X x) { return min(x[0]); }, {{ties}}),
                {bad<ShapeError>([] { min(zeros({0})); }, {"(0,)"}),
                 bad<ShapeError>([] { min(zeros({2, 0}), 1); }, {"(2, 0)"})}),
      arg_reduction("argmax", argmax, argmax, "torch.argmax"),
      arg_reduction("argmin", argmin, argmin, "torch.argmin"),
      along_axis("softmax", softmax, "torch.softmax"),
      along_axis("log_softmax", log_softmax, "torch.log_softmax"),
  };
}
// clang-format on

}  // namespace xgrad::test
