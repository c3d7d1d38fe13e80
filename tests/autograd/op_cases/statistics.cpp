#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

namespace {

Tensor population_var(const Tensor& x, const Axes& axes, bool keepdims) {
  return var(x, axes, keepdims, 0);
}
Tensor population_std(const Tensor& x, const Axes& axes, bool keepdims) {
  return xgrad::std(x, axes, keepdims, 0);
}
Tensor third(const Tensor& x, const Axes& axes, bool keepdims) {
  return quantile(x, 0.3, axes, keepdims);
}
Tensor euclidean(const Tensor& x, const Axes& axes, bool keepdims) {
  return norm(x, 2, axes, keepdims);
}

// norm(a, p), along the last axis and over everything.
std::vector<Sample> norms(double p, const std::string& torch_p,
                          const std::vector<std::vector<Input>>& inputs) {
  return each(
             "torch.norm(a, " + torch_p + ", -1)", [p](X x) { return norm(x[0], p, -1); }, inputs) +
         each("torch.norm(a, " + torch_p + ")", [p](X x) { return norm(x[0], p); },
              {{reals({3, 7})}});
}
std::vector<Sample> norm_kinks(double p, const std::string& torch_p,
                               const std::vector<std::vector<Input>>& inputs) {
  return kinks(
      "torch.norm(a, " + torch_p + ", 1)", [p](X x) { return norm(x[0], p, 1); }, inputs);
}

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> statistics_cases() {
  const Input constant = exactly({2, 3}, {2, 2, 2, 1, 2, 4});  // the first row does not vary
  const Input special = exactly({3, 3}, {1, nan, 3, 0, -inf, inf, 2, inf, 1});
  const Input shifted = exactly({4}, {1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 6});
  const auto along = [](const std::string& name) {
    return "(lambda a, dim, keepdim: torch." + name + "(a, dim, correction=0, keepdim=keepdim))";
  };
  const Input zero_rows = exactly({3, 3}, {0, 0, 0, 3, -4, 0, -1, 1, 1});
  const Input infinite_rows = exactly({3, 3}, {1, nan, 3, -inf, inf, 0, inf, 1, 2});
  return {
      op("centered",
         each("a - a.mean(1, keepdim=True)", [](X x) { return centered(x[0], 1); },
              {{reals({2, 33})}, {reals({2, 3, 4})}, {reals({3, 1, 2})}, {reals({0, 3})}, {constant}}) +
             each("a - a.mean((0, 2), keepdim=True)", [](X x) { return centered(x[0], {0, 2}); }, {{reals({2, 3, 4})}}) +
             each("a - a.mean(0, keepdim=True)", [](X x) { return centered(x[0], 0); }, {{reals({33, 2})}}) +
             each("a - a.mean()", [](X x) { return centered(x[0]); }, {{reals({})}, {reals({17})}, {reals({3, 5})}}) +
             kinks("a - a.mean(0, keepdim=True)", [](X x) { return centered(x[0], 0); }, {{special}, {shifted}}),
         {BAD(DTypeError, centered(zeros({3}, i64)), "int64", "float"),
          BAD(ShapeError, centered(zeros({2, 3}), 2), "axis 2", "2 dimensions"),
          BAD(ValueError, centered(undefined), "undefined tensor")}),
      reduction("var", population_var, along("var"), reals,
                each("a.var(1)", [](X x) { return var(x[0], 1); }, {{reals({2, 33})}, {constant}, {reals({0, 3})}}) +
                    each("a.var((0, 2), correction=2, keepdim=True)", [](X x) { return var(x[0], {0, 2}, true, 2); }, {{reals({2, 3, 4})}}) +
                    each("a.var(0, correction=-1)", [](X x) { return var(x[0], 0, false, -1); }, {{reals({33, 2})}}) +
                    each("a.var()", [](X x) { return var(x[0]); }, {{reals({17})}}) +
                    kinks("a.var(0)", [](X x) { return var(x[0], 0); }, {{reals({1, 3})}, {reals({0, 3})}, {special}, {shifted}}) +
                    kinks("a.var(0, correction=3)", [](X x) { return var(x[0], 0, false, 3); }, {{reals({3, 2})}, {reals({2, 2})}}),
                {BAD(DTypeError, var(zeros({3}, i64)), "int64", "float")}),
      reduction("std", population_std, along("std"), reals,
                each("a.std(1)", [](X x) { return xgrad::std(x[0], 1); }, {{reals({2, 33})}, {reals({0, 3})}}) +
                    each("a.std((0, 2), correction=2, keepdim=True)", [](X x) { return xgrad::std(x[0], {0, 2}, true, 2); }, {{reals({2, 3, 4})}}) +
                    each("a.std()", [](X x) { return xgrad::std(x[0]); }, {{reals({17})}}) +
                    kinks("a.std(1)", [](X x) { return xgrad::std(x[0], 1); }, {{constant}}, 2) +
                    kinks("a.std(0)", [](X x) { return xgrad::std(x[0], 0); }, {{reals({})}, {reals({1, 3})}, {reals({0, 3})}, {special}, {shifted}}) +
                    kinks("a.std(0, correction=3)", [](X x) { return xgrad::std(x[0], 0, false, 3); }, {{reals({3, 2})}, {reals({2, 2})}}),
                {BAD(DTypeError, xgrad::std(zeros({3}, i64)), "int64", "float")}),
      with_matrix_norms(reduction("norm", euclidean, "(lambda a, dim, keepdim: torch.norm(a, 2, dim, keepdim))", reals,
                each("torch.norm(a)", [](X x) { return norm(x[0]); }, {{reals({2, 33})}}) +
                    norms(1, "1", {{reals({2, 3})}}) + norms(3, "3", {{reals({2, 3})}, {reals({3, 17})}}) +
                    norms(1.5, "1.5", {{reals({2, 3})}}) + norms(0.5, "0.5", {{reals({2, 3})}}) + norms(-2, "-2", {{reals({2, 3})}}) +
                    each("torch.norm(a, float('inf'), (0, 2))", [](X x) { return norm(x[0], inf, {0, 2}); }, {{distinct({2, 3, 4})}}) +
                    each("torch.norm(a, -float('inf'), (0, 2), True)", [](X x) { return norm(x[0], -inf, {0, 2}, true); }, {{distinct({2, 3, 4})}}) +
                    each("torch.norm(a, 4, (0, 2))", [](X x) { return norm(x[0], 4, {0, 2}); }, {{reals({2, 3, 4})}}) +
                    kinks("torch.norm(a, 3)", [](X x) { return norm(x[0], 3); }, {{reals({})}, {reals({0, 2})}}) +
                    norm_kinks(0, "0", {{zero_rows}, {infinite_rows}}) + norm_kinks(1, "1", {{zero_rows}, {infinite_rows}}) +
                    norm_kinks(2, "2", {{zero_rows}, {infinite_rows}}) + norm_kinks(3, "3", {{zero_rows}, {infinite_rows}}) +
                    norm_kinks(1.5, "1.5", {{zero_rows}, {infinite_rows}}) + norm_kinks(0.5, "0.5", {{zero_rows}}) +
                    norm_kinks(-2, "-2", {{zero_rows}, {infinite_rows}}) +
                    norm_kinks(inf, "float('inf')", {{zero_rows}, {infinite_rows}}) +
                    norm_kinks(-inf, "-float('inf')", {{zero_rows}, {infinite_rows}}),
                {BAD(DTypeError, norm(zeros({3}, i64)), "int64", "float")})),
      reduction("median", median, "by_rows(lambda a: torch.median(a, -1).values)", distinct,
                each("torch.median(a)", [](X x) { return median(x[0]); },
                     {{distinct({2, 3})}, {integers({5, 7}, -9, 9)}, {as(uint8, integers({6}, 0, 256))}, {as(float32, distinct({5}))}}) +
                    kinks("torch.median(a)", [](X x) { return median(x[0]); },
                          {{exactly({6}, {2, 1, 2, 3, 2, 0})}, {exactly({4}, {1, nan, 2, nan})}, {exactly({3}, {inf, -inf, inf})}}),
                {BAD(ShapeError, median(zeros({0})), "(0,)"), BAD(ShapeError, median(zeros({2, 0}), 1), "(2, 0)")}),
      reduction("quantile", third, "by_rows(lambda a: torch.quantile(a, 0.3, -1) if a.numel() else a.sum(-1))", distinct,
                each("torch.quantile(a, 0.5)", [](X x) { return quantile(x[0], 0.5); }, {{distinct({2, 3})}, {distinct({17})}, {as(float32, distinct({6}))}}) +
                    each("torch.quantile(a, 1., 0)", [](X x) { return quantile(x[0], 1, 0); }, {{distinct({4, 2})}}) +
                    each("torch.quantile(a, 0., -1, keepdim=True)", [](X x) { return quantile(x[0], 0, -1, true); }, {{distinct({4, 2})}}) +
                    each("torch.quantile(a, torch.tensor([0.25, 0.75, 0.1], dtype=a.dtype), 1)", [](X x) { return quantile(x[0], tensor({0.25, 0.75, 0.1}), 1); }, {{distinct({2, 6, 3})}}) +
                    // of q too
                    each("torch.quantile(a, b, -1)", [](X x) { return quantile(x[0], x[1], -1); }, {{distinct({2, 5}), reals({3}, {0.1, 0.9})}, {distinct({6}), reals({}, {0.1, 0.9})}}) +
                    each("torch.quantile(a, b)", [](X x) { return quantile(x[0], x[1]); }, {{distinct({2, 5}), reals({1}, {0.1, 0.9})}}) +
                    kinks("torch.quantile(a, 0.4, 1)", [](X x) { return quantile(x[0], 0.4, 1); }, {{exactly({3, 4}, {2, 2, 2, 1, 1, nan, 2, nan, inf, -inf, 1, 0})}}),
                {BAD(ShapeError, quantile(zeros({0}), 0.5), "(0,)"),
                 BAD(ShapeError, quantile(zeros({3}), zeros({1, 1})), "q has shape (1, 1)", "vector"),
                 BAD(ValueError, quantile(zeros({3}), 1.5), "q is 1.5", "0 to 1"),
                 BAD(ValueError, quantile(zeros({3}), tensor({0.5, -0.1})), "q is -0.1"),
                 BAD(ValueError, quantile(zeros({3}), nan), "q is nan"),
                 BAD(ValueError, quantile(zeros({3}), undefined), "undefined tensor"),
                 BAD(DTypeError, quantile(zeros({3}, i64), 0.5), "int64", "float")}),
  };
}
// clang-format on

}  // namespace xgrad::test
