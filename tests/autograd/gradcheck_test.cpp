#include "autograd/gradcheck.hpp"

#include <sstream>

#include "autograd/operation.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

// Its value is x; its gradient is wrong by the factor.
constexpr auto planted_op = formula::elementwise<2>(
    "planted", [](const auto& x, const auto&) { return x; },
    [](const auto& g, const auto&, const auto& factor, const auto&) { return g * factor; });
Tensor planted(const Tensor& x, const TensorOrScalar& factor) {
  return apply(planted_op, x, factor);
}

// x³ by an operation whose gradient 3 g x² is right, but in turn has a gradient wrong by the
// factor.
struct Factor {
  Tensor factor;
};
constexpr auto cube_op = operation<Factor>(
    "cube", [](Inputs in, const Factor&) { return in[0] * in[0] * in[0]; },
    gradient(reads::input(0), [](const Tensor& g, const auto& c) {
      return g * 3 * planted(square(c.input(0)), c.attributes.factor);
    }));
Tensor cube(const Tensor& x, const Tensor& factor) { return cube_op(x, Factor{factor}); }

Tensor variable(const Shape& shape, double low = -2, double high = 2) {
  return (rand(shape, f64) * (high - low) + low).requires_grad_();
}

// 1 everywhere, but `factor` at one element.
Tensor one_wrong(const Shape& shape, std::size_t element, double factor) {
  Tensor factors = ones(shape, f64);
  factors.data<double>()[element] = factor;
  return factors;
}

class Gradcheck : public ::testing::Test {
 protected:
  void SetUp() override { manual_seed(7); }
};
using Gradgradcheck = Gradcheck;

struct Smooth {
  const char* name;
  std::function<Tensor(const Tensor&)> f;
  double low, high;
};

const std::vector<Smooth>& smooth_functions() {
  static const std::vector<Smooth> functions = {
      {"exp", exp, -3, 3},
      {"large exp", exp, 10, 12},
      {"log", log, 0.01, 5},
      {"sqrt", sqrt, 0.01, 5},
      {"reciprocal", reciprocal, 0.05, 2},
      {"tanh", tanh, -4, 4},
      {"saturated tanh", tanh, 8, 12},
      {"sigmoid", sigmoid, -8, 8},
      {"square", square, -100, 100},
      {"cube of hundreds", [](const Tensor& x) { return x * x * x; }, 100, 900},
      {"tiny", [](const Tensor& x) { return tanh(x) * 1e-6; }, -2, 2},
      {"near 1000", [](const Tensor& x) { return square(x - mean(x)); }, 999, 1001},
      {"softmax", [](const Tensor& x) { return softmax(x, 1); }, -5, 5},
      {"log_softmax", [](const Tensor& x) { return log_softmax(x, 1); }, -5, 5},
      {"confident log_softmax", [](const Tensor& x) { return log_softmax(x * 40, 1); }, -5, 5},
      {"matmul", [](const Tensor& x) { return matmul(x, t(x)); }, -2, 2},
      {"cancelling sum", [](const Tensor& x) { return sum(sigmoid(x)) - 6; }, -2, 2},
      {"deep",
       [](const Tensor& x) {
         Tensor y = x;
         for (int i = 0; i < 50; ++i) y = tanh(y * 1.1) + x * 0.1;
         return mean(y);
       },
       -2, 2},
  };
  return functions;
}

TEST_F(Gradcheck, PassesSmoothFunctions) {
  for (const Smooth& smooth : smooth_functions()) {
    for (int sample = 0; sample < 20; ++sample) {
      const Tensor x = variable({3, 4}, smooth.low, smooth.high);
      const GradcheckReport report = gradcheck(smooth.f, {x});
      EXPECT_TRUE(report) << smooth.name << ", sample " << sample << '\n' << report;
      EXPECT_TRUE(gradcheck(smooth.f, {x}, {.fast = true})) << smooth.name << ", fast";
    }
  }
}

TEST_F(Gradgradcheck, PassesSmoothFunctions) {
  for (const Smooth& smooth : smooth_functions()) {
    for (int sample = 0; sample < 5; ++sample) {
      const Tensor x = variable({3, 4}, smooth.low, smooth.high);
      const GradcheckReport report = gradgradcheck(smooth.f, {x});
      EXPECT_TRUE(report) << smooth.name << ", sample " << sample << '\n' << report;
      EXPECT_TRUE(gradgradcheck(smooth.f, {x}, {.fast = true})) << smooth.name << ", fast";
    }
  }
}

TEST_F(Gradcheck, RejectsATenthOfAPercentInAllElements) {
  const Tensor x = variable({3, 4});
  for (const double factor : {1.001, 0.999}) {
    for (const double scale : {1e-4, 1e-2, 1., 1e3}) {
      const auto wrong = [&](const Tensor& a) { return planted(tanh(a) * scale, factor); };
      EXPECT_FALSE(gradcheck(wrong, {x})) << factor << ' ' << scale;
      EXPECT_EQ(gradcheck(wrong, {x}).wrong, 12U);  // of 144: the others are zero
      EXPECT_FALSE(gradcheck(wrong, {x}, {.fast = true})) << factor << ' ' << scale;
      // In a mean over a thousand elements, as in a loss, gradients are as small as 1e-4.
      EXPECT_FALSE(gradcheck([&](const Tensor& a) { return sum(wrong(a)) / 1000; }, {x}));
    }
  }
}

TEST_F(Gradcheck, RejectsATenthOfAPercentInOneElement) {
  const Tensor x = variable({3, 4});
  for (std::size_t element = 0; element < x.numel(); ++element) {
    const Tensor factor = one_wrong(x.shape(), element, 1.001);
    const GradcheckReport report =
        gradcheck([&](const Tensor& a) { return sum(exp(planted(a, factor))); }, {x});
    EXPECT_FALSE(report);
    EXPECT_EQ(report.wrong, 1U);
    EXPECT_EQ(report.compared, 12U);
    EXPECT_EQ(report.index, (std::vector<std::size_t>{element / 4, element % 4}));
    const double exact = std::exp(x.to_vector<double>()[element]);
    EXPECT_NEAR(report.analytic, 1.001 * exact, 1e-9);
    EXPECT_NEAR(report.numerical, exact, 1e-7);
    EXPECT_NEAR(report.error, 0.001 * exact, 1e-7);
  }
}

TEST_F(Gradcheck, RejectsATenthOfAPercentInOneInput) {
  const Tensors inputs = {variable({2, 3}), variable({3, 2}), variable({2})};
  for (std::size_t wrong = 0; wrong < inputs.size(); ++wrong) {
    const auto f = [&](const Tensors& in) {
      Tensors x = in;
      x[wrong] = planted(x[wrong], 1.001);
      return tanh(matmul(x[0], x[1]) + x[2]);
    };
    for (const bool fast : {false, true}) {
      const GradcheckReport report = gradcheck(f, inputs, {.fast = fast});
      EXPECT_FALSE(report) << wrong;
      EXPECT_EQ(report.input, wrong);
    }
  }
}

TEST_F(Gradgradcheck, RejectsATenthOfAPercentInAllElements) {
  const Tensor x = variable({3, 4});
  for (const double factor : {1.001, 0.999}) {
    const Tensor factors = full({3, 4}, factor, f64);
    for (const double scale : {1e-4, 1., 1e3}) {
      const auto f = [&](const Tensor& a) { return cube(a, factors) * scale; };
      EXPECT_TRUE(gradcheck(f, {x})) << "the first order is right";
      EXPECT_FALSE(gradgradcheck(f, {x})) << factor << ' ' << scale;
      EXPECT_FALSE(gradgradcheck(f, {x}, {.fast = true})) << factor << ' ' << scale;
    }
    EXPECT_TRUE(gradgradcheck([&](const Tensor& a) { return cube(a, ones_like(a)); }, {x}));
  }
}

TEST_F(Gradgradcheck, RejectsATenthOfAPercentInOneElement) {
  const Tensor x = variable({2, 3}, 0.5, 2);
  for (std::size_t element = 0; element < x.numel(); ++element) {
    const Tensor factors = one_wrong(x.shape(), element, 1.001);
    const GradcheckReport report =
        gradgradcheck([&](const Tensor& a) { return sum(cube(a, factors)); }, {x});
    EXPECT_FALSE(report);
    EXPECT_EQ(report.wrong, 1U);
    EXPECT_EQ(report.input, 0U);
    EXPECT_EQ(report.index, (std::vector<std::size_t>{element / 3, element % 3}));
    EXPECT_EQ(report.output_index, report.index);
  }
}

TEST_F(Gradgradcheck, RejectsATenthOfAPercentInOneInput) {
  const Tensors inputs = {variable({3}, 0.5, 2), variable({3}, 0.5, 2)};
  for (std::size_t wrong = 0; wrong < 2; ++wrong) {
    const auto f = [&](const Tensors& x) {
      return cube(x[wrong], full({3}, 1.001, f64)) * exp(x[1 - wrong]);
    };
    EXPECT_TRUE(gradcheck(f, inputs));
    const GradcheckReport report = gradgradcheck(f, inputs);
    EXPECT_FALSE(report);
    EXPECT_EQ(report.input, wrong);
  }
}

TEST_F(Gradgradcheck, RejectsAGradientThatDependsWronglyOnItsSeed) {
  // The gradient is v in value, yet recorded as a constant.
  static constexpr auto lost = operation(
      "lost", [](Inputs in, const NoAttributes&) { return in[0] * 2; },
      gradient(reads::nothing, [](const Tensor& g, const auto&) { return g.detach() * 2; }));
  const Tensor x = variable({2});
  const auto f = [](const Tensor& a) { return square(a) + lost(a); };
  EXPECT_TRUE(gradcheck(f, {x}));
  const GradcheckReport report = gradgradcheck(f, {x});
  EXPECT_FALSE(report);
  EXPECT_EQ(report.input, 1U);
  EXPECT_NE(report.message.find("grad_output 0, element (0,)"), std::string::npos) << report;
}

TEST_F(Gradcheck, RejectsADetachedFactor) {
  const Tensor x = variable({3});
  EXPECT_FALSE(gradcheck([](const Tensor& a) { return a * a.detach(); }, {x}));
  // A result that is not recorded at all has gradient zero, which is compared like any other.
  const auto f = [](const Tensor& a) { return Tensors{square(a), exp(a.detach())}; };
  EXPECT_EQ(gradcheck(f, {x}).output, 1U);
}

TEST_F(Gradcheck, RtolSetsWhatErrorIsAccepted) {
  const Tensor x = variable({3});
  const auto wrong = [](const Tensor& a) { return planted(exp(a), 1.001); };
  EXPECT_TRUE(gradcheck(wrong, {x}, {.rtol = 1e-2}));
  EXPECT_FALSE(gradcheck(wrong, {x}, {.rtol = 1e-4}));
  const auto barely = [](const Tensor& a) { return planted(exp(a), 1.00001); };
  EXPECT_TRUE(gradcheck(barely, {x}));
  EXPECT_FALSE(gradcheck(barely, {x}, {.rtol = 1e-6}));
}

TEST_F(Gradcheck, NeedsAGradientThatIsNotZero) {
  const Tensor x = variable({2, 2});
  const auto f = [](const Tensor& a) { return a * 0 + 1; };
  EXPECT_FALSE(gradcheck(f, {x}));
  EXPECT_FALSE(gradcheck(f, {x}, {.fast = true}));
  EXPECT_FALSE(gradgradcheck(f, {x}));
  EXPECT_EQ(gradcheck(f, {x}).wrong, 0U);
  expect_contains(gradcheck(f, {x}).message, {"every gradient is zero"});
  EXPECT_TRUE(gradcheck(f, {x}, {.allow_zero = true}));
  EXPECT_TRUE(gradgradcheck(f, {x}, {.allow_zero = true}));
  // A second derivative of zero is no such case: the first one still passes through.
  EXPECT_TRUE(gradgradcheck([](const Tensor& a) { return sum(a); }, {x}));
  // One input of two may be unused.
  EXPECT_TRUE(gradcheck([](const Tensors& in) { return exp(in[0]); }, {x, variable({2})}));
  // No elements, no gradient.
  EXPECT_FALSE(gradcheck([](const Tensor& a) { return exp(a); }, {variable({0, 2})}));
}

TEST_F(Gradcheck, FailsOnNanAndInfinity) {
  const auto at = [](double v) { return tensor({1., v}, {.requires_grad = true}); };
  for (const bool fast : {false, true}) {
    EXPECT_FALSE(gradcheck(sqrt, {at(0)}, {.fast = fast}));  // analytic inf, numerical NaN
    EXPECT_FALSE(gradcheck(square, {at(nan)}, {.fast = fast}));
    EXPECT_FALSE(gradcheck(square, {at(inf)}, {.fast = fast}));
    EXPECT_FALSE(gradcheck(exp, {at(800)}, {.fast = fast}));  // inf - inf on both sides
  }
  EXPECT_EQ(gradcheck(square, {at(nan)}).output_index, (std::vector<std::size_t>{1}));
}

TEST_F(Gradcheck, FailsAtAKink) {
  const Tensor x = tensor({-1., 0., 1.}, {.requires_grad = true});
  const GradcheckReport report = gradcheck(relu, {x});
  EXPECT_FALSE(report);
  EXPECT_EQ(report.wrong, 1U);
  EXPECT_EQ(report.index, (std::vector<std::size_t>{1}));
  EXPECT_TRUE(gradcheck(relu, {tensor({-1., 1e-5, 1.}, {.requires_grad = true})}));
}

TEST_F(Gradcheck, FailsForAFunctionWithAStateOfItsOwn) {
  const Tensor x = variable({4});
  const auto dropout = [](const Tensor& a) { return a * rand_like(a); };
  const GradcheckReport report = gradcheck(dropout, {x});
  EXPECT_FALSE(report);
  expect_contains(report.message, {"different values for the same inputs"});
}

TEST_F(Gradcheck, TakesGenericFunctions) {
  const Tensor x = variable({3}), y = variable({3});
  EXPECT_TRUE(gradcheck([](auto t) { return t * 2; }, x).ok);
  EXPECT_TRUE(gradgradcheck([](const auto& t) { return t * t; }, x).ok);
  EXPECT_TRUE(gradcheck([](const auto& list) { return list[0] * list[1]; }, {x, y}).ok);
}

TEST_F(Gradcheck, TakesFunctionsOfOneTensorOfSeveralAndOfNone) {
  const Tensor x = variable({2}), y = variable({2});
  EXPECT_TRUE(gradcheck([](const Tensor& a) { return exp(a); }, x));
  EXPECT_TRUE(gradcheck([](const Tensor& a) { return Tensors{exp(a), tanh(a)}; }, {x}));
  EXPECT_TRUE(gradcheck([](const Tensors& in) { return in[0] * in[1]; }, {x, y}));
  EXPECT_TRUE(gradcheck([](const Tensors& in) { return exp(in[0]); }, {x}));
  EXPECT_TRUE(gradcheck([&] { return sum(x * exp(y)); }, {x, y}));
  EXPECT_TRUE(gradgradcheck([&] { return sum(x * exp(y)); }, {x, y}));
  EXPECT_FALSE(gradcheck([&] { return sum(planted(x, 1.001) * exp(y)); }, {x, y}));
}

TEST_F(Gradcheck, NamesInputAndOutput) {
  const Tensor x = variable({2, 3}), y = variable({3});
  const auto f = [](const Tensors& in) {
    return Tensors{sum(in[0]) * in[1], square(planted(in[1], one_wrong({3}, 2, 1.01)))};
  };
  const GradcheckReport report = gradcheck(f, {x, y});
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.input, 1U);
  EXPECT_EQ(report.index, (std::vector<std::size_t>{2}));
  EXPECT_EQ(report.output, 1U);
  EXPECT_EQ(report.output_index, (std::vector<std::size_t>{2}));
  EXPECT_EQ(report.compared, 54U);
}

TEST_F(Gradcheck, ExplainsItself) {
  const Tensor x = tensor({{1., 2.}, {3., 4.}}, {.requires_grad = true});
  const auto f = [](const Tensor& a) {
    return sum(square(planted(a, one_wrong({2, 2}, 3, 1.25))));
  };
  std::ostringstream wrong;
  wrong << gradcheck(f, {x});
  EXPECT_EQ(wrong.str().substr(0, wrong.str().find("numerical")),
            "gradcheck: FAILED: 1 of 4 derivatives wrong\n"
            "  worst: d (result 0, element ()) / d (input 0, element (1, 1))\n"
            "  analytic  10\n  ");
  expect_contains(wrong.str(), {"error     2, allowed 0.004; 25 % of the numerical value"});
  std::ostringstream right;
  right << gradcheck(square, {x});
  EXPECT_EQ(right.str().find("gradcheck: ok: 16 derivatives agree\n  worst: d ("), 0U)
      << right.str();
}

TEST_F(Gradcheck, LeavesInputsGradientsAndTheGeneratorAlone) {
  const Tensor x = tensor({-0.0, 1. / 3, 5e-324}, {.requires_grad = true});
  for (const bool fast : {false, true}) {
    manual_seed(3);
    const double next = random::uniform();
    manual_seed(3);
    gradcheck([](const Tensor& a) { return exp(a); }, {x}, {.fast = fast});
    gradgradcheck([](const Tensor& a) { return exp(a); }, {x}, {.fast = fast});
    EXPECT_EQ(random::uniform(), next);
    EXPECT_FALSE(x.has_grad());
    const Doubles values = x.to_vector<double>();
    EXPECT_TRUE(values[0] == 0 && std::signbit(values[0]));
    EXPECT_EQ(values[1], 1. / 3);
    EXPECT_EQ(values[2], 5e-324);
  }
}

TEST_F(Gradcheck, TakesAFunctionThatTakesGradients) {
  const auto slope_of_cube = [](const Tensor& x) {
    return grad(sum(x * x * x), x, {.create_graph = true});
  };
  EXPECT_TRUE(gradcheck(slope_of_cube, {variable({3})}));
  EXPECT_TRUE(gradgradcheck(slope_of_cube, {variable({3})}));
}

TEST_F(Gradcheck, WorksInsideNoGrad) {
  const Tensor x = variable({3});
  const NoGrad guard;
  EXPECT_TRUE(gradcheck(tanh, {x}));
  EXPECT_TRUE(gradgradcheck(tanh, {x}));
  EXPECT_FALSE(is_grad_enabled());
}

TEST_F(Gradcheck, LeavesOutInputsWithoutGradientsAndResultsOfIntegers) {
  const Tensor x = variable({3, 2});
  const Tensor constant = tensor({1., 2.});
  const Tensor rows = tensor({2, 0, 2});
  const auto f = [](const Tensors& in) {
    return Tensors{argmax(in[0]), take(in[0] * in[1], in[2], 0)};
  };
  const GradcheckReport report = gradcheck(f, {x, constant, rows});
  EXPECT_TRUE(report) << report;
  EXPECT_EQ(report.compared, 36U);
  EXPECT_TRUE(gradgradcheck(f, {x, constant, rows}));
}

TEST_F(Gradcheck, RefusesWhatCannotBeChecked) {
  const Tensor x = variable({2});
  EXPECT_EQ(ERROR_OF(GradError, gradcheck(exp, {tensor({1.})})),
            "gradcheck: none of the 1 inputs requires gradients; call requires_grad_() on those to "
            "check");
  EXPECT_EQ(ERROR_OF(DTypeError, gradcheck(exp, {ones({2}, {.requires_grad = true})})),
            "gradcheck: input 0 of shape (2,) is float32; expected float64, as from "
            "to(float64)");
  EXPECT_EQ(ERROR_OF(DTypeError, gradcheck([](const Tensor& a) { return a.to(float32); }, {x})),
            "gradcheck: result 0 of shape (2,) is float32; expected float64, as from "
            "to(float64)");
  EXPECT_EQ(ERROR_OF(ValueError, gradcheck([](const Tensor& a) { return argmax(a); }, {x})),
            "gradcheck: f returns no tensor of floats");
  EXPECT_EQ(ERROR_OF(ValueError, gradcheck(exp, Tensors{x, x})),
            "gradcheck: f takes one tensor, but there are 2 inputs; let it take a "
            "const std::vector<Tensor>&");
  EXPECT_EQ(ERROR_OF(ValueError, gradcheck(exp, {x}, {.eps = -1})),
            "gradcheck: eps -1, atol 1e-05, rtol 0.001; eps must be greater than 0, the others at "
            "least 0");
  EXPECT_EQ(ERROR_OF(ValueError, gradcheck(exp, {Tensor()})),
            "gradcheck: input 0 is an undefined tensor; assign it a value first");
  EXPECT_EQ(
      ERROR_OF(GradError, gradgradcheck([](const Tensor& a) { return exp(a.detach()); }, {x})),
      "gradgradcheck: no result of f requires gradients: its graph is lost");
}

}  // namespace
}  // namespace xgrad::test
