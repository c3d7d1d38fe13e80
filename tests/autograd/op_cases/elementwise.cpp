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
      with(unary("erf", erf, "torch.erf(a)"),
           kinks("torch.erf(a)", [](X x) { return erf(x[0]); },
                 {{exactly({6}, {-7, -6, -5, 0x1p-100, 3, 0x1p100})}}, 2)),
      with(unary("erfinv", erfinv, "torch.erfinv(a)", {{-0.9, 1}}),
           kinks("torch.erfinv(a)", [](X x) { return erfinv(x[0]); },
                 {{exactly({6}, {-1, -0.9990234375, -0.85, 0x1p-100, 0.984375, 1})}}, 2)),

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
