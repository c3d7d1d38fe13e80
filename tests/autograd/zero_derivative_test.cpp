// Derivatives that are identically 0: an input on the path to an output counts as used.

#include <cctype>

#include "autograd/custom_function.hpp"
#include "autograd/functional.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct PiecewiseLinear {
  const char* name;
  std::function<Tensor(const Tensor&)> f;  // of three elements
};

const PiecewiseLinear functions[] = {
    {"relu", [](const Tensor& x) { return relu(x); }},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.1); }},
    {"abs", [](const Tensor& x) { return abs(x); }},
    {"clamp", [](const Tensor& x) { return clamp(x, -1, 1); }},
    {"maximum", [](const Tensor& x) { return maximum(x, -x); }},
    {"minimum", [](const Tensor& x) { return minimum(x, 2 * x); }},
    {"where", [](const Tensor& x) { return where(x > 0, x, 3 * x); }},
    {"floor", [](const Tensor& x) { return floor(x); }},
    {"ceil", [](const Tensor& x) { return ceil(x); }},
    {"round", [](const Tensor& x) { return round(x); }},
    {"floor_divide", [](const Tensor& x) { return floor_divide(x, 2 * x + 1); }},
    {"remainder", [](const Tensor& x) { return remainder(x, 2 * x + 1); }},
    {"fmod", [](const Tensor& x) { return fmod(x, 2 * x + 1); }},
    {"nan_to_num", [](const Tensor& x) { return nan_to_num(x); }},
    {"sign", [](const Tensor& x) { return sign(x); }},
    {"max", [](const Tensor& x) { return max(x); }},
    {"min over an axis", [](const Tensor& x) { return min(x, 0); }},
    {"norm(1)", [](const Tensor& x) { return norm(x, 1); }},
    {"norm(inf)", [](const Tensor& x) { return norm(x, inf); }},
    {"sort", [](const Tensor& x) { return sort(x).values; }},
    {"topk", [](const Tensor& x) { return topk(x, 2).values; }},
    {"3 x", [](const Tensor& x) { return 3 * x; }},
    {"x", [](const Tensor& x) { return x; }},
    {"neg", [](const Tensor& x) { return -x; }},
    {"x - x", [](const Tensor& x) { return x - x; }},
    {"mean", [](const Tensor& x) { return mean(x); }},
    {"cumsum", [](const Tensor& x) { return cumsum(x, 0); }},
    {"matmul",
     [](const Tensor& x) {
       return matmul(x, tensor({1., 2., 3.}));
     }},
    {"reshape",
     [](const Tensor& x) {
       return reshape(x, {3, 1});
     }},
    {"slice", [](const Tensor& x) { return slice(x, 0, 1, 2); }},
    {"take",
     [](const Tensor& x) {
       return take(x, tensor({0, 2, 2}), 0);
     }},
    {"concatenate",
     [](const Tensor& x) {
       return concatenate({x, relu(x)});
     }},
    {"a custom function",
     [](const Tensor& x) {
       return custom_function(
           "twice", [](const Tensor& t) { return 2 * t; },
           [](const Tensor& g, const Tensor&) { return 2 * g; })(x);
     }},
    {"a custom function without a gradient",
     [](const Tensor& x) {
       return custom_function(
           "constant", [](const Tensor& t) { return ones_like(t); },
           [](const Tensor&, const Tensor&) { return Tensor(); })(x);
     }},
};

Tensor at() { return leaf({-2.25, 0.5, 1.5}); }

class ZeroDerivative : public testing::TestWithParam<PiecewiseLinear> {};

TEST_P(ZeroDerivative, OfEveryOrderBeyondTheFirstIsZeros) {
  const Tensor x = at();
  Tensor y = sum(GetParam().f(x));
  for (int order = 1; order <= 4; ++order) {
    const Tensor g = grad(y, x, {.create_graph = true});
    EXPECT_TRUE(g.requires_grad()) << "order " << order;
    EXPECT_EQ(g.shape(), x.shape());
    if (order > 1) expect_values(g, {0, 0, 0});
    y = sum(g * tensor({1., 2., 3.}));
  }
}

TEST_P(ZeroDerivative, ArrivesAtLeavesToo) {
  Tensor x = at();
  const Tensor g = grad(sum(GetParam().f(x)), x, {.create_graph = true});
  sum(g * g).backward();
  ASSERT_TRUE(x.has_grad());
  expect_values(x.grad(), {0, 0, 0});
}

TEST_P(ZeroDerivative, IsAHessianOfZeros) {
  const auto f = [](const Tensor& x) { return sum(GetParam().f(x)); };
  expect_values(hessian(f, at()), Doubles(9));
  expect_values(hvp(f, at(), tensor({1., 2., 3.})), {0, 0, 0});
}

TEST_P(ZeroDerivative, DoesNotHideTheOthers) {
  const Tensor x = at();
  const Tensor g = grad(sum(GetParam().f(x)) + sum(x * x * x), x, {.create_graph = true});
  expect_values(grad(sum(g), x), {6 * -2.25, 6 * 0.5, 6 * 1.5});
}

INSTANTIATE_TEST_SUITE_P(Functions, ZeroDerivative, testing::ValuesIn(functions),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::erase_if(name, [](char c) { return !std::isalnum(c); });
                           return name + std::to_string(test.index);
                         });

TEST(ZeroDerivatives, ReachEveryInputOnTheWay) {
  const Tensor x = leaf({1, -1}), w = leaf({2, 3}), b = leaf({0.5, 0.5}), unused = leaf({7, 7});
  const Tensor h = relu(x * w + b);
  const Tensor gx = grad(sum(h), x, {.create_graph = true});
  const Tensors second = grad(sum(gx), {x, w, b, h}, {.retain_graph = true});
  expect_values(second[0], {0, 0});
  expect_values(second[1], {1, 0});
  expect_values(second[2], {0, 0});
  expect_values(second[3], {0, 0});
  expect_contains(ERROR_OF(GradError, grad(sum(gx), unused)), {"input 0", "not used"});
}

TEST(ZeroDerivatives, OfSeveralOutputs) {
  const Tensor x = leaf({1, -1}), y = leaf({2, 3});
  const Tensors g = grad({sum(relu(x)), sum(abs(y)), sum(x)}, {x, y}, {.create_graph = true});
  for (const Tensor& each : g)
    for (const Tensor& input : {x, y})
      expect_values(grad(sum(each), input, {.retain_graph = true}), {0, 0});
}

TEST(ZeroDerivatives, OfIntermediateResults) {
  const Tensor x = leaf({1, -1});
  const Tensor h = 2 * x;
  const Tensor g = grad(sum(relu(h)), h, {.create_graph = true});
  expect_values(grad(sum(g), h, {.retain_graph = true}), {0, 0});
  expect_values(grad(sum(g), x), {0, 0});
}

TEST(ZeroDerivatives, CallTheHooksOfLeaves) {
  Tensor x = leaf({1, -1});
  int calls = 0;
  x.register_hook([&](const Tensor& g) {
    ++calls;
    return g + 5;
  });
  const Tensor g = grad(sum(3 * x), x, {.create_graph = true});
  calls = 0;
  sum(g).backward();
  EXPECT_EQ(calls, 1);
  expect_values(x.grad(), {5, 5});
}

TEST(ZeroDerivatives, OfConstantsRemainAnError) {
  const Tensor x = leaf({1, -1});
  const Tensor constant = grad(sum(3 * x), x);
  expect_contains(ERROR_OF(GradError, grad(sum(constant), x)),
                  {"was not computed from anything that requires a gradient"});
}

// A penalty on the slope of a network of relus: every parameter gets the gradient of differences.
TEST(ZeroDerivatives, LetGradientPenaltiesReachAllParameters) {
  manual_seed(4);
  const TensorOptions options = f64_grad;
  Tensors parameters = {randn({6, 3}, options), randn({6}, options), randn({1, 6}, options),
                        randn({1}, options)};
  const Tensor x = randn({5, 3}, options);
  const auto penalty = [&] {
    const Tensor hidden = relu(linear(x, parameters[0], parameters[1]));
    const Tensor y = linear(hidden, parameters[2], parameters[3]);
    const Tensor slope = grad(sum(y), x, {.create_graph = true});
    return mean(square(norm(slope, 2, 1) - 1));
  };
  penalty().backward();
  for (Tensor& parameter : parameters) {
    ASSERT_TRUE(parameter.has_grad());
    for (std::size_t i = 0; i < parameter.numel(); ++i) {
      double& element = parameter.data<double>()[i];
      const double before = element, step = 1e-6;
      element = before + step;
      const double above = penalty().item<double>();
      element = before - step;
      const double below = penalty().item<double>();
      element = before;
      EXPECT_NEAR(parameter.grad().data<double>()[i], (above - below) / (2 * step), 1e-7);
    }
  }
}

}  // namespace
}  // namespace xgrad::test
