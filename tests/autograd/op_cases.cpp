#include "op_cases.hpp"

#include <cmath>
#include <limits>

#include "op_samples.hpp"

namespace xgrad::test {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const Tensor undefined;
const TensorOptions f64 = {.dtype = float64};
const TensorOptions i64 = {.dtype = int64};

// Samples at kinks, infinities and NaN: no finite differences there.
std::vector<Sample> kinks(const std::string& torch, const std::function<Tensor(X)>& call,
                          const std::vector<std::vector<Input>>& inputs, int order = 1) {
  std::vector<Sample> samples = each(torch, call, inputs);
  for (Sample& sample : samples) sample.order = order, sample.numeric = false;
  return samples;
}

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> elementwise() {
  return {
      unary("neg", neg, "-a"),
      unary("abs", abs, "torch.abs(a)"),
      unary("sign", sign, "torch.sign(a)"),
      unary("square", square, "torch.square(a)"),
      unary("exp", exp, "torch.exp(a)"),
      unary("log", log, "torch.log(a)", {positive}),
      unary("sqrt", sqrt, "torch.sqrt(a)", {positive}),
      unary("reciprocal", reciprocal, "torch.reciprocal(a)", {positive}),
      unary("tanh", tanh, "torch.tanh(a)"),
      unary("sigmoid", sigmoid, "torch.sigmoid(a)"),
      unary("relu", relu, "torch.relu(a)"),
  };
}

std::vector<OpCase> arithmetic() {
  return {
      binary("add", add, "a + b"),
      binary("sub", sub, "a - b"),
      binary("mul", mul, "a * b"),
      binary("div", div, "a / b", {.right = positive}),
      // PyTorch would take the logarithm of an integer base in float32.
      binary("pow", pow, "torch.pow(a.to(torch.result_type(a, b)), b)", {.left = positive}),
      binary("maximum", maximum, "torch.maximum(a, b)"),
      binary("minimum", minimum, "torch.minimum(a, b)"),
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
         {bad<ShapeError>([] { where(zeros({2}, {.dtype = uint8}), zeros({3}), 1); },
                          {"(2,)", "(3,)"}),
          bad<DTypeError>([] { where(zeros({2}), zeros({2}), 1); }, {"float32", "uint8"}),
          bad<DTypeError>([] { where(zeros({2}, {.dtype = uint8}), zeros({2}), zeros({2}, f64)); },
                          {"float32", "float64"}),
          bad<ValueError>([] { where(undefined, zeros({2}), 1); }, {"undefined tensor"})}),
      op("clamp",
         each("torch.clamp(a, -0.5, 0.75)", [](X x) { return clamp(x[0], -0.5, 0.75); },
              {{reals({})}, {reals({3})}, {reals({2, 3})}, {reals({0, 3})}, {reals({33})},
               {as(float32, reals({5}))}}) +
             each("torch.clamp(a, -1, 2)", [](X x) { return clamp(x[0], -1, 2); },
                  {{integers({7}, -4, 5)}}) +
             // The bounds themselves pass the gradient.
             kinks("torch.clamp(a, -0.5, 0.75)", [](X x) { return clamp(x[0], -0.5, 0.75); },
                   {{exactly({8}, {-inf, -1, -0.5, 0, 0.75, 1, inf, nan})}}, 2) +
             kinks("torch.clamp(a, 1, -1)", [](X x) { return clamp(x[0], 1, -1); },
                   {{exactly({5}, {-2, -1, 0, 1, 2})}}),
         {bad<ValueError>([] { clamp(undefined, 0, 1); }, {"undefined tensor"})}),
  };
}

std::vector<OpCase> logic() {
  return {
      binary("eq", eq, "a == b", {.order = 0}), binary("ne", ne, "a != b", {.order = 0}),
      binary("lt", lt, "a < b", {.order = 0}),  binary("le", le, "a <= b", {.order = 0}),
      binary("gt", gt, "a > b", {.order = 0}),  binary("ge", ge, "a >= b", {.order = 0}),
  };
}

std::vector<OpCase> reductions() {
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

std::vector<OpCase> shaping() {
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
         {bad<ShapeError>([] { reshape(zeros({2, 3}), {4, 2}); }, {"(2, 3)", "(4, 2)", "6"}),
          bad<ShapeError>([] { reshape(zeros({2, 3}), {-1, 4}); }, {"(2, 3)", "-1", "4"}),
          bad<ShapeError>([] { reshape(zeros({2, 3}), {-1, -1}); }, {"-1"}),
          bad<ShapeError>([] { reshape(zeros({0}), {-1, 0}); }, {"-1", "0"}),
          bad<ShapeError>([] { reshape(zeros({2, 3}), {-2, 3}); }, {"-2"}),
          bad<ValueError>([] { reshape(undefined, {1}); }, {"undefined tensor"})}),
      op("flatten",
         each("torch.flatten(a)", [](X x) { return flatten(x[0]); },
              {{reals({})}, {reals({2, 3, 4})}, {reals({0, 3})}, {integers({2, 2}, 0, 9)}}) +
             each("torch.flatten(a, 1)", [](X x) { return flatten(x[0], 1); },
                  {{reals({2, 3, 4})}, {reals({2, 3})}}) +
             each("torch.flatten(a, -2)", [](X x) { return flatten(x[0], -2); },
                  {{reals({2, 3, 4})}}),
         {bad<ShapeError>([] { flatten(zeros({2, 3}), 2); }, {"axis 2", "2 dimensions"}),
          bad<ValueError>([] { flatten(undefined); }, {"undefined tensor"})}),
      op("squeeze",
         each("torch.squeeze(a)", [](X x) { return squeeze(x[0]); },
              {{reals({})}, {reals({1, 3, 1})}, {reals({2, 3})}, {reals({1, 1})}}) +
             each("torch.squeeze(a, 1)", [](X x) { return squeeze(x[0], 1); },
                  {{reals({1, 3, 1})}, {reals({2, 1, 3})}, {reals({0, 1})}}) +
             each("torch.squeeze(torch.squeeze(a, -1), 0)",
                  [](X x) { return squeeze(x[0], {0, -1}); }, {{reals({1, 3, 1})}}),
         {bad<ShapeError>([] { squeeze(zeros({2, 1}), 2); }, {"axis 2", "2 dimensions"}),
          bad<ValueError>([] { squeeze(undefined); }, {"undefined tensor"})}),
      op("unsqueeze",
         each("torch.unsqueeze(a, 0)", [](X x) { return unsqueeze(x[0], 0); },
              {{reals({})}, {reals({3})}, {reals({0, 3})}, {integers({2}, 0, 9)}}) +
             each("torch.unsqueeze(a, 2)", [](X x) { return unsqueeze(x[0], 2); },
                  {{reals({2, 3})}}) +
             each("torch.unsqueeze(a, -1)", [](X x) { return unsqueeze(x[0], -1); },
                  {{reals({})}, {reals({2, 3})}}) +
             each("torch.unsqueeze(a, -3)", [](X x) { return unsqueeze(x[0], -3); },
                  {{reals({2, 3})}}),
         {bad<ShapeError>([] { unsqueeze(zeros({2, 3}), 3); }, {"axis 3"}),
          bad<ShapeError>([] { unsqueeze(zeros({2, 3}), -4); }, {"axis -4"}),
          bad<ValueError>([] { unsqueeze(undefined, 0); }, {"undefined tensor"})}),
      op("transpose",
         each("torch.transpose(a, 0, 1)", [](X x) { return transpose(x[0], 0, 1); },
              {{reals({2, 3})}, {reals({2, 3, 4})}, {reals({0, 3})}, {reals({33, 17})},
               {integers({2, 3}, 0, 9)}, {mask({3, 2})}}) +
             each("torch.transpose(a, -1, 0)", [](X x) { return transpose(x[0], -1, 0); },
                  {{reals({3})}, {reals({2, 3, 4})}, {reals({1, 5})}}) +
             each("torch.transpose(a, -1, -2)", [](X x) { return transpose(x[0], -1, -2); },
                  {{reals({2, 3, 4})}, {reals({2, 1, 3, 4})}}),
         {bad<ShapeError>([] { transpose(zeros({2, 3}), 0, 2); }, {"axis 2", "2 dimensions"}),
          bad<ShapeError>([] { transpose(zeros({2, 3}), -3, 0); }, {"axis -3"}),
          bad<ValueError>([] { transpose(undefined, 0, 1); }, {"undefined tensor"})}),
      op("t", each("a.t()", [](X x) { return t(x[0]); },
                   {{reals({})}, {reals({3})}, {reals({2, 3})}}),
         {bad<ShapeError>([] { t(zeros({2, 3, 4})); }, {"(2, 3, 4)"}),
          bad<ValueError>([] { t(undefined); }, {"undefined tensor"})}),
      op("permute",
         each("a.permute(2, 0, 1)", [](X x) { return permute(x[0], {2, 0, 1}); },
              {{reals({2, 3, 4})}, {reals({5, 1, 17})}, {reals({0, 2, 3})},
               {integers({2, 2, 2}, 0, 9)}}) +
             each("a.permute(-1, 1, 0)", [](X x) { return permute(x[0], {-1, 1, 0}); },
                  {{reals({2, 3, 4})}}) +
             each("a.permute(0, 2, 1, 3)", [](X x) { return permute(x[0], {0, 2, 1, 3}); },
                  {{reals({2, 3, 2, 3})}}) +
             each("a.permute(())", [](X x) { return permute(x[0], {}); }, {{reals({})}}),
         {bad<ShapeError>([] { permute(zeros({2, 3}), {0}); }, {"1", "2", "(2, 3)"}),
          bad<ShapeError>([] { permute(zeros({2, 3}), {0, 2}); }, {"axis 2", "2 dimensions"}),
          bad<ShapeError>([] { permute(zeros({2, 3}), {1, -1}); }, {"twice"}),
          bad<ValueError>([] { permute(undefined, {0}); }, {"undefined tensor"})}),
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
         {bad<ShapeError>([] { broadcast_to(zeros({2, 3}), {2, 4}); }, {"(2, 3)", "(2, 4)"}),
          bad<ShapeError>([] { broadcast_to(zeros({2, 3}), {3}); }, {"(2, 3)", "(3,)"}),
          bad<ShapeError>([] { broadcast_to(zeros({2, 3}), {1, 3}); }, {"(2, 3)", "(1, 3)"}),
          bad<ShapeError>([] { broadcast_to(zeros({3}), {-1, 3}); }, {"-1"}),
          bad<ValueError>([] { broadcast_to(undefined, {1}); }, {"undefined tensor"})}),
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
         {bad<ValueError>([] { concatenate({}); }, {"no tensors"}),
          bad<ShapeError>([] { concatenate({zeros({2, 3}), zeros({2, 4})}); },
                          {"(2, 3)", "(2, 4)"}),
          bad<ShapeError>([] { concatenate({zeros({2, 3}), zeros({3})}); }, {"(2, 3)", "(3,)"}),
          bad<ShapeError>([] { concatenate({zeros({2}), zeros({3})}, 1); },
                          {"axis 1", "1 dimensions"}),
          bad<ShapeError>([] { concatenate({zeros({}), zeros({})}); }, {"0-d"}),
          bad<DTypeError>([] { concatenate({zeros({2}), zeros({2}, f64)}); },
                          {"float32", "float64"}),
          bad<ValueError>([] { concatenate({zeros({2}), undefined}); }, {"undefined tensor"})}),
      op("stack",
         each("torch.stack([a, b])", [](X x) { return stack(x); },
              {{reals({}), reals({})}, {reals({3}), reals({3})}, {reals({0, 3}), reals({0, 3})},
               {integers({2}, 0, 9), integers({2}, 0, 9)}}) +
             each("torch.stack([a, b, c], 1)", [](X x) { return stack(x, 1); },
                  {{reals({3}), reals({3}), reals({3})},
                   {reals({2, 3}), reals({2, 3}), reals({2, 3})}}) +
             each("torch.stack([a, b], -1)", [](X x) { return stack(x, -1); },
                  {{reals({2, 3}), reals({2, 3})}}),
         {bad<ValueError>([] { stack({}); }, {"no tensors"}),
          bad<ShapeError>([] { stack({zeros({2}), zeros({3})}); }, {"(2,)", "(3,)"}),
          bad<ShapeError>([] { stack({zeros({2}), zeros({2})}, 2); }, {"axis 2"}),
          bad<DTypeError>([] { stack({zeros({2}), zeros({2}, f64)}); }, {"float32", "float64"}),
          bad<ValueError>([] { stack({zeros({2}), undefined}); }, {"undefined tensor"})}),
  };
}

std::vector<OpCase> indexing() {
  const Input rows = exactly({4}, {2, 0, -1, 0}, int64);  // of three
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
         {bad<ShapeError>([] { slice(zeros({2, 3}), 2, 0, 1); }, {"axis 2", "2 dimensions"}),
          bad<ShapeError>([] { slice(zeros({}), 0, 0, 1); }, {"0-d"}),
          bad<ValueError>([] { slice(zeros({3}), 0, 0, 2, 0); }, {"step", "0"}),
          bad<ValueError>([] { slice(zeros({3}), 0, 2, 0, -1); }, {"step", "-1"}),
          bad<ValueError>([] { slice(undefined, 0, 0, 1); }, {"undefined tensor"})}),
      op("select",
         each("a.select(0, 1)", [](X x) { return select(x[0], 0, 1); },
              {{reals({3})}, {reals({2, 3})}, {reals({2, 0})}, {integers({2, 2}, 0, 9)}}) +
             each("a.select(1, -1)", [](X x) { return select(x[0], 1, -1); },
                  {{reals({2, 3})}, {reals({2, 3, 4})}}) +
             each("a.select(-1, 2)", [](X x) { return select(x[0], -1, 2); }, {{reals({2, 2, 3})}}),
         {bad<ShapeError>([] { select(zeros({2, 3}), 1, 3); }, {"index 3", "3"}),
          bad<ShapeError>([] { select(zeros({2, 3}), 1, -4); }, {"index -4", "3"}),
          bad<ShapeError>([] { select(zeros({2, 3}), 2, 0); }, {"axis 2"}),
          bad<ValueError>([] { select(undefined, 0, 0); }, {"undefined tensor"})}),
      op("take",
         each("a[b]", [](X x) { return take(x[0], x[1], 0); },
              {{reals({3}), rows},
               {reals({3, 2}), rows},
               {reals({3, 2}), exactly({2, 2}, {0, 2, 2, -3}, int64)},
               {reals({3, 2}), exactly({}, {1}, int64)},
               {reals({3, 2}), integers({0}, 0, 1)},
               {reals({3, 2}), exactly({3}, {2, 0, 2}, int64)},
               {reals({3, 33}), rows}}) +
             // In PyTorch a uint8 index is a mask.
             each("a[b.long()]", [](X x) { return take(x[0], x[1], 0); },
                  {{reals({3, 2}), exactly({2}, {2, 1}, uint8)}}) +
             each("a[:, b]", [](X x) { return take(x[0], x[1], 1); },
                  {{reals({2, 3}), rows},
                   {reals({2, 3, 2}), exactly({2, 2}, {0, 2, 2, 1}, int64)},
                   {integers({2, 3}, 0, 9), rows}}) +
             each("a[..., b]", [](X x) { return take(x[0], x[1], -1); },
                  {{reals({2, 3}), exactly({2}, {1, -3}, int64)}}),
         {bad<ShapeError>([] { take(zeros({2, 3}), tensor({0, 3}), 1); },
                          {"index 3 at position 1", "axis 1 of extent 3", "-3 to 2"}),
          bad<ShapeError>([] { take(zeros({2, 3}), tensor({-3}), 0); }, {"index -3", "-2 to 1"}),
          bad<ShapeError>([] { take(zeros({2, 3}), tensor({0}), 2); }, {"axis 2"}),
          bad<DTypeError>([] { take(zeros({2, 3}), tensor({0.}), 0); }, {"float64", "int64"}),
          bad<ValueError>([] { take(undefined, tensor({0}), 0); }, {"undefined tensor"}),
          bad<ValueError>([] { take(zeros({2}), undefined, 0); }, {"undefined tensor"})}),
      op("gather",
         each("torch.gather(a, 0, b)", [](X x) { return gather(x[0], 0, x[1]); },
              {{reals({3}), exactly({4}, {2, 0, 0, 1}, int64)},
               {reals({3, 2}), exactly({2, 2}, {2, 0, 0, 0}, int64)},
               {reals({3, 2}), integers({0, 2}, 0, 1)}}) +
             each("torch.gather(a, 1, b)", [](X x) { return gather(x[0], 1, x[1]); },
                  {{reals({2, 3}), exactly({2, 4}, {2, 0, 1, 2, 0, 0, 0, 1}, int64)},
                   {reals({2, 3}), exactly({2, 1}, {2, 1}, int64)},
                   {reals({3, 2, 2}), exactly({1, 3, 2}, {0, 1, 1, 1, 0, 0}, int64)},
                   {integers({2, 3}, 0, 9), exactly({1, 2}, {2, 2}, int64)}}) +
             each("torch.gather(a, -1, b)", [](X x) { return gather(x[0], -1, x[1]); },
                  {{reals({2, 3}), exactly({2, 2}, {1, 1, 2, 0}, int64)},
                   {reals({2, 33}), integers({2, 17}, 0, 33)}}),
         {bad<ShapeError>([] { gather(zeros({2, 3}), 1, zeros({2}, i64)); }, {"(2, 3)", "(2,)"}),
          bad<ShapeError>([] { gather(zeros({2, 3}), 1, zeros({3, 1}, i64)); },
                          {"(2, 3)", "(3, 1)"}),
          bad<ShapeError>([] { gather(zeros({2, 3}), 1, full({2, 1}, 3, i64)); },
                          {"index 3", "axis 1 of extent 3"}),
          bad<ShapeError>([] { gather(zeros({2, 3}), 2, zeros({2, 1}, i64)); }, {"axis 2"}),
          bad<DTypeError>([] { gather(zeros({2, 3}), 1, zeros({2, 1})); }, {"float32", "int64"}),
          bad<ValueError>([] { gather(undefined, 0, zeros({1}, i64)); }, {"undefined tensor"})}),
      op("scatter_add",
         each("torch.scatter_add(a, 0, b, c)", [](X x) { return scatter_add(x[0], 0, x[1], x[2]); },
              {{reals({3}), exactly({4}, {2, 0, 0, 1}, int64), reals({4})},
               {reals({3, 2}), exactly({2, 2}, {2, 0, 2, 0}, int64), reals({2, 2})},
               {reals({3, 2}), integers({0, 2}, 0, 1), reals({0, 2})}}) +
             each("torch.scatter_add(a, 1, b, c)",
                  [](X x) { return scatter_add(x[0], 1, x[1], x[2]); },
                  {{reals({2, 3}), exactly({2, 4}, {2, 0, 2, 2, 0, 0, 0, 1}, int64), reals({2, 4})},
                   {reals({3, 2, 2}), exactly({1, 3, 2}, {0, 1, 1, 1, 0, 0}, int64),
                    reals({1, 3, 2})}}) +
             each("torch.scatter_add(a, -1, b, c)",
                  [](X x) { return scatter_add(x[0], -1, x[1], x[2]); },
                  {{reals({2, 33}), integers({2, 17}, 0, 33), reals({2, 17})}}),
         {bad<ShapeError>([] { scatter_add(zeros({2, 3}), 1, zeros({2}, i64), zeros({2})); },
                          {"(2, 3)", "(2,)"}),
          bad<ShapeError>([] { scatter_add(zeros({2, 3}), 1, zeros({2, 1}, i64), zeros({2, 2})); },
                          {"(2, 1)", "(2, 2)"}),
          bad<ShapeError>([] { scatter_add(zeros({3}), 0, full({1}, 3, i64), zeros({1})); },
                          {"index 3", "axis 0 of extent 3"}),
          bad<DTypeError>([] { scatter_add(zeros({2, 3}), 1, zeros({2, 1}), zeros({2, 1})); },
                          {"float32", "int64"}),
          bad<DTypeError>([] { scatter_add(zeros({3}), 0, zeros({1}, i64), zeros({1}, f64)); },
                          {"float32", "float64"}),
          bad<ValueError>([] { scatter_add(undefined, 0, zeros({1}, i64), zeros({1})); },
                          {"undefined tensor"})}),
      op("one_hot",
         each("F.one_hot(a, 5).float()", [](X x) { return one_hot(x[0], 5); },
              {{integers({}, 0, 5)}, {integers({7}, 0, 5)}, {integers({2, 3}, 0, 5)},
               {integers({0}, 0, 5)}}) +
             each("F.one_hot(a.long(), 3).double()",
                  [](X x) { return one_hot(x[0], 3, {.dtype = float64}); }, {{mask({4})}}),
         {bad<ValueError>([] { one_hot(tensor({0, 3}), 3); }, {"3", "0", "2"}),
          bad<ValueError>([] { one_hot(tensor({-1}), 3); }, {"-1"}),
          bad<DTypeError>([] { one_hot(tensor({0.f}), 3); }, {"float32", "int64"}),
          bad<ValueError>([] { one_hot(undefined, 3); }, {"undefined tensor"})}),
  };
}

std::vector<OpCase> linear_algebra() {
  const auto product = [](X x) { return matmul(x[0], x[1]); };
  const auto biased = [](X x) { return linear(x[0], x[1], x[2]); };
  return {
      op("matmul",
         each("torch.matmul(a, b)", product,
              {{reals({3}), reals({3})},
               {reals({2, 3}), reals({3})},
               {reals({3}), reals({3, 4})},
               {reals({2, 3}), reals({3, 4})},
               {reals({1, 3}), reals({3, 1})},
               {reals({3, 1}), reals({1, 2})},
               {reals({2, 2, 3}), reals({3, 4})},
               {reals({2, 3}), reals({2, 3, 2})},
               {reals({2, 2, 3}), reals({3})},
               {reals({3}), reals({2, 3, 2})},
               {reals({2, 2, 3}), reals({2, 3, 2})},
               {reals({2, 1, 2, 3}), reals({3, 3, 2})},
               {reals({1, 2, 3}), reals({2, 3, 2})},
               {reals({0, 3}), reals({3, 2})},
               {reals({2, 0}), reals({0, 3})},
               {reals({0}), reals({0})},
               {reals({0, 2, 3}), reals({3, 2})},
               {reals({1, 33}), reals({33, 1})},
               {reals({9, 17}), reals({17, 15})}}) +  // beyond the sizes of a plain loop
             each("torch.matmul(a, a)", [](X x) { return matmul(x[0], x[0]); }, {{reals({3, 3})}}),
         {bad<ShapeError>([] { matmul(zeros({32, 784}), zeros({512, 10})); },
                          {"inner dimensions differ: (32, 784) x (512, 10): 784 vs 512"}),
          bad<ShapeError>([] { matmul(zeros({3}), zeros({2})); }, {"(3,)", "(2,)", "3 vs 2"}),
          bad<ShapeError>([] { matmul(zeros({}), zeros({3})); }, {"()", "(3,)"}),
          bad<ShapeError>([] { matmul(zeros({2, 2, 3}), zeros({3, 3, 2})); },
                          {"(2, 2, 3)", "(3, 3, 2)", "2 vs 3"}),
          bad<DTypeError>([] { matmul(zeros({2, 2}), zeros({2, 2}, f64)); },
                          {"float32", "float64"}),
          bad<DTypeError>([] { matmul(zeros({2, 2}, i64), zeros({2, 2}, i64)); },
                          {"int64", "float"}),
          bad<ValueError>([] { matmul(undefined, zeros({2, 2})); }, {"undefined tensor"}),
          bad<ValueError>([] { matmul(zeros({2, 2}), undefined); }, {"undefined tensor"})}),
      op("linear",
         each("F.linear(a, b, c)", biased,
              {{reals({2, 3}), reals({4, 3}), reals({4})},
               {reals({3}), reals({4, 3}), reals({4})},
               {reals({2, 2, 3}), reals({1, 3}), reals({1})},
               {reals({0, 3}), reals({4, 3}), reals({4})},
               {reals({2, 0}), reals({4, 0}), reals({4})},
               {reals({9, 17}), reals({15, 17}), reals({15})}}) +
             each("F.linear(a, b)", [](X x) { return linear(x[0], x[1]); },
                  {{reals({2, 3}), reals({4, 3})},
                   {reals({3}), reals({4, 3})},
                   {reals({2, 2, 3}), reals({4, 3})},
                   {reals({9, 17}), reals({15, 17})}}),
         {bad<ShapeError>([] { linear(zeros({32, 784}), zeros({10, 512})); },
                          {"(32, 784)", "(10, 512)"}),
          bad<ShapeError>([] { linear(zeros({2, 3}), zeros({4, 3}), zeros({3})); },
                          {"(4, 3)", "(3,)"}),
          bad<ShapeError>([] { linear(zeros({2, 3}), zeros({3})); }, {"(3,)"}),
          bad<ShapeError>([] { linear(zeros({}), zeros({4, 3})); }, {"()"}),
          bad<DTypeError>([] { linear(zeros({2, 3}), zeros({4, 3}, f64)); },
                          {"float32", "float64"}),
          bad<DTypeError>([] { linear(zeros({2, 3}), zeros({4, 3}), zeros({4}, f64)); },
                          {"float32", "float64"}),
          bad<DTypeError>([] { linear(zeros({2, 3}, i64), zeros({4, 3}, i64)); },
                          {"int64", "float"}),
          bad<ValueError>([] { linear(undefined, zeros({4, 3})); }, {"undefined tensor"}),
          bad<ValueError>([] { linear(zeros({2, 3}), undefined); }, {"undefined tensor"})}),
  };
}

// clang-format on

}  // namespace

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    for (auto family :
         {elementwise, arithmetic, logic, reductions, shaping, indexing, linear_algebra})
      for (OpCase& row : family()) all.push_back(std::move(row));
    return all;
  }();
  return cases;
}

}  // namespace xgrad::test
