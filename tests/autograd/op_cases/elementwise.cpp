#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

constexpr Range within_one{-1, 1};  // the inverse functions' domain, its ends left out

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> elementwise_cases() {
  return {
      unary("neg", neg, "-a"),
      unary("abs", abs, "torch.abs(a)"),
      unary("sign", sign, "torch.sign(a)"),
      unary("square", square, "torch.square(a)"),
      unary("floor", floor, "torch.floor(a)"),
      unary("ceil", ceil, "torch.ceil(a)"),
      with(unary("round", round, "torch.round(a)"),
           kinks("torch.round(a)", [](X x) { return round(x[0]); },
                 {{exactly({9}, {-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 8388607.5, 1e30})}})),

      unary("exp", exp, "torch.exp(a)"),
      with(unary("expm1", expm1, "torch.expm1(a)"),
           kinks("torch.expm1(a)", [](X x) { return expm1(x[0]); },
                 {{exactly({6}, {-0x1p-40, 0x1p-100, 0x1p-16, 40, -50, 80})}}, 2)),
      unary("log", log, "torch.log(a)", {positive}),
      unary("log2", log2, "torch.log2(a)", {positive}),
      unary("log10", log10, "torch.log10(a)", {positive}),
      with(unary("log1p", log1p, "torch.log1p(a)", {{-0.75, 3}}),
           kinks("torch.log1p(a)", [](X x) { return log1p(x[0]); },
                 {{exactly({6}, {-0x1p-40, 0x1p-100, 0x1p-16, 0x1p100, -0.9990234375, 3})}}, 2)),
      unary("sqrt", sqrt, "torch.sqrt(a)", {positive}),
      unary("rsqrt", rsqrt, "torch.rsqrt(a)", {positive}),
      unary("reciprocal", reciprocal, "torch.reciprocal(a)", {positive}),

      with(unary("sin", sin, "torch.sin(a)"),
           kinks("torch.sin(a)", [](X x) { return sin(x[0]); },
                 {{exactly({3}, {62, 63, -1e6})}}, 2)),
      with(unary("cos", cos, "torch.cos(a)"),
           kinks("torch.cos(a)", [](X x) { return cos(x[0]); },
                 {{exactly({3}, {62, 63, -1e6})}}, 2)),
      with(unary("tan", tan, "torch.tan(a)", {{-1.25, 1.25}}),
           kinks("torch.tan(a)", [](X x) { return tan(x[0]); },
                 {{exactly({4}, {1.5, 62, 63, -1e6})}}, 2)),
      unary("asin", asin, "torch.asin(a)", {within_one}),
      unary("acos", acos, "torch.acos(a)", {within_one}),
      unary("atan", atan, "torch.atan(within(a * 1., 1e30))"),
      unary("sinh", sinh, "torch.sinh(a)"),
      unary("cosh", cosh, "torch.cosh(a)"),
      unary("tanh", tanh, "torch.tanh(a)"),
      unary("asinh", asinh, "torch.asinh(a)"),
      // PyTorch has gradients where the value is NaN for x < 0.
      unary("acosh", acosh, "torch.acosh(a) + 0 * torch.rsqrt(a)", {{1.25, 4}}),
      unary("atanh", atanh, "torch.atanh(a)", {{-0.75, 1}}),
      with(unary("erf", erf, "torch.erf(a)"),
           kinks("torch.erf(a)", [](X x) { return erf(x[0]); },
                 {{exactly({6}, {-7, -6, -5, 0x1p-100, 3, 0x1p100})}}, 2)),
      with(unary("erfc", erfc, "torch.erfc(a)"),
           kinks("torch.erfc(a)", [](X x) { return erfc(x[0]); },
                 {{exactly({6}, {-7, -5, 0x1p-100, 3, 5, 0x1p100})}}, 2)),
      with(unary("erfinv", erfinv, "torch.erfinv(a)", {{-0.9, 1}}),
           kinks("torch.erfinv(a)", [](X x) { return erfinv(x[0]); },
                 {{exactly({6}, {-1, -0.9990234375, -0.85, 0x1p-100, 0.984375, 1})}}, 2)),

      // PyTorch's trigamma has twelve digits from 16 on only.
      with(unary("lgamma", lgamma, "torch.lgamma(a)", {{16, 20}}),
           kinks("torch.lgamma(a)", [](X x) { return lgamma(x[0]); },
                 {{reals({33}, {-4, 3})}, {exactly({4}, {-1e5, -1, 1, 2})}, {as(float32, reals({5}, {0.25, 3}))}})),
      op("digamma",
         each("torch.digamma(a)", [](X x) { return digamma(x[0]); },
              {{reals({33}, {16, 20})}, {reals({2, 3}, {16, 20})}, {reals({0})}, {integers({3}, 1, 9)},
               {as(float32, reals({5}, {16, 20}))}}),
         {BAD(ValueError, digamma(undefined), "undefined tensor")}),
      op("polygamma",
         each("torch.polygamma(2, a)", [](X x) { return polygamma(2, x[0]); },
              {{reals({33}, {0.5, 3})}, {reals({2, 3}, {0.5, 3})}, {reals({0})},
               {as(float32, reals({5}, {0.5, 3}))}}) +
             each("torch.polygamma(1, a)", [](X x) { return polygamma(1, x[0]); },
                  {{reals({33}, {16, 20})}, {integers({3}, 16, 20)}}) +
             each("torch.polygamma(0, a)", [](X x) { return polygamma(0, x[0]); },
                  {{reals({3}, {16, 20})}}),
         {BAD(ValueError, polygamma(-1, zeros({2})), "order -1", "0 (digamma) or more"),
          BAD(ValueError, polygamma(1, undefined), "undefined tensor")}),
      op("nan_to_num",
         each("torch.nan_to_num(a)", [](X x) { return nan_to_num(x[0]); },
              {{reals({})}, {reals({33})}, {reals({0, 3})}, {integers({3}, -2, 3)}, {mask({3})},
               {as(float32, reals({5}))}}) +
             kinks("torch.nan_to_num(a)", [](X x) { return nan_to_num(x[0]); },
                   {{exactly({3}, {-1, 2, nan})},
                    {exactly({5}, {-inf, -1, 2, inf, nan}, float32)}}) +
             kinks("torch.nan_to_num(a, 7, 1.5)",
                   [](X x) { return nan_to_num(x[0], 7, 1.5); },
                   {{exactly({5}, {-inf, -1, 2, inf, nan}, float32)}}, 2) +
             kinks("torch.nan_to_num(a, neginf=-1, nan=float('nan'))",
                   [](X x) { return nan_to_num(x[0], nan, {}, -1); },
                   {{exactly({5}, {-inf, -1, 2, inf, nan}, float32)}}, 2),
         {BAD(ValueError, nan_to_num(undefined), "undefined tensor"),
          BAD(ValueError, nan_to_num(zeros({2}), 0, 1e300), "1e+300", "float32")}),

      // PyTorch has most of these for floating-point numbers only.
      unary("sigmoid", sigmoid, "torch.sigmoid(a)"),
      unary("relu", relu, "torch.relu(a)"),
      unary("gelu", gelu, "torch.where(a > 40, a * 1., F.gelu(within(a * 1., 40)))"),
      unary("silu", silu, "torch.where(a > 800, a * 1., F.silu(within(a * 1., 800)))"),
      with(unary("softplus", softplus, "F.softplus(a * 1.)"),
           kinks("F.softplus(a)", [](X x) { return softplus(x[0]); },
                 {{exactly({5}, {-700, -40, 0, 12, 700})}}, 2)),
      with(unary("leaky_relu", [](const Tensor& x) { return leaky_relu(x); },
                 "F.leaky_relu(a * 1.)"),
           each("F.leaky_relu(a, 0.25)", [](X x) { return leaky_relu(x[0], 0.25); },
                {{reals({2, 3})}, {as(float32, reals({5}))}}) +
           kinks("F.leaky_relu(a, 0.25)", [](X x) { return leaky_relu(x[0], 0.25); },
                 {{exactly({7}, {-inf, -2, -0., 0, 3, inf, nan})}}, 2)),
      with(unary("elu", [](const Tensor& x) { return elu(x); }, "F.elu(a * 1.)"),
           each("F.elu(a, 1.5)", [](X x) { return elu(x[0], 1.5); },
                {{reals({2, 3})}, {as(float32, reals({5}))}}) +
           kinks("F.elu(a, 1.5)", [](X x) { return elu(x[0], 1.5); },
                 {{exactly({7}, {-inf, -1e4, -0x1p-40, -0., 0, 1e4, inf})}}, 2)),
  };
}
// clang-format on

}  // namespace xgrad::test
