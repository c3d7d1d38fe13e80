#include "autograd/check_graph.hpp"

#include <sstream>

#include "autograd/custom_function.hpp"
#include "autograd/operation.hpp"
#include "op_cases.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Function = std::function<Tensor(const Tensor&)>;

Tensor variable(const Shape& shape, DType dtype = float64) {
  return randn(shape, {.dtype = dtype}).requires_grad_();
}

std::string text_of(const CheckGraphReport& report) {
  std::ostringstream text;
  text << report;
  return text.str();
}

// One wrong operation of each kind. It passes x on, and its gradient is `factor` times too large.
constexpr auto wrong_formula = formula::elementwise<2>(
    "wrong_formula", [](const auto& x, const auto&) { return x; },
    [](const auto& g, const auto&, const auto& factor, const auto&) { return g * factor; });
constexpr auto wrong_operation = operation<double>(
    "wrong_operation", [](Inputs in, const double&) { return in[0].clone(); },
    gradient(reads::nothing, [](const Tensor& g, const auto& c) { return g * c.attributes; }));
Tensor wrong_custom(const Tensor& x, double factor) {
  return custom_function(
      "wrong_custom", [](const Tensor& a) { return a; },
      [=](const Tensor& g, const Tensor&) { return g * factor; })(x);
}

struct Planted {
  const char* name;
  std::function<Tensor(const Tensor&, double)> apply;
};
const std::vector<Planted> planted = {
    {"wrong_formula", [](const Tensor& x, double f) { return apply(wrong_formula, x, f); }},
    {"wrong_operation", [](const Tensor& x, double f) { return wrong_operation(x, f); }},
    {"wrong_custom", wrong_custom},
};

// The loss of a network of many layers and kinds of operations; `extra` is put behind layer `at`.
constexpr int depth = 20;
Tensor deep_loss(DType dtype, int at = -1, const Function& extra = {}) {
  const std::size_t batch = 4, width = 6;
  Tensor x = randn({batch, width}, {.dtype = dtype});
  for (int layer = 0; layer < depth; ++layer) {
    const Tensor w = randn({width, width}, {.dtype = dtype}).requires_grad_();
    const Tensor b = randn({width}, {.dtype = dtype}).requires_grad_();
    const Tensor y = linear(x, w, b);
    switch (layer % 5) {
      case 0: x = relu(y); break;
      case 1: x = x + tanh(y); break;
      case 2: x = sigmoid(y) * exp(-square(x)); break;
      case 3: x = (y - mean(y, 0)) / sqrt(mean(square(y - mean(y, 0)), 0) + 0.1); break;
      default: x = concatenate({softmax(slice(y, 1, 0, 3)), maximum(slice(y, 1, 3, 6), 0.1)}, 1);
    }
    if (layer == at) x = extra(x);
  }
  const Tensor labels = randint(0, 6, {batch, 1});
  return -mean(gather(log_softmax(x), 1, labels));
}

TEST(CheckGraph, PassesADeepNetwork) {
  for (const DType dtype : {float32, float64}) {
    const CheckGraphReport report = check_graph(deep_loss(dtype));
    EXPECT_TRUE(report) << report;
    EXPECT_GT(report.operations, 100U);
    EXPECT_EQ(report.checked, report.operations);
    EXPECT_TRUE(report.skipped.empty());
  }
}

TEST(CheckGraph, NamesTheCulpritAndItAlone) {
  for (const DType dtype : {float32, float64})
    for (const Planted& wrong : planted)
      for (const int layer : {0, 9, 19})
        for (const double factor : {double(1.001F), double(0.999F), 3., -1., 0.}) {
          const CheckGraphReport report = check_graph(
              deep_loss(dtype, layer, [&](const Tensor& x) { return wrong.apply(x, factor); }));
          SCOPED_TRACE(text_of(report));
          EXPECT_FALSE(report);
          ASSERT_EQ(report.culprits.size(), 1U);
          const CheckedOperation& culprit = report.culprits[0];
          EXPECT_EQ(culprit.name, wrong.name);
          EXPECT_EQ(culprit.inputs.at(0), (Shape{4, 6}));
          EXPECT_EQ(culprit.result, (Shape{4, 6}));
          EXPECT_NEAR(culprit.gradcheck.analytic, factor, 1e-12);
          EXPECT_NEAR(culprit.gradcheck.numerical, 1, 1e-8);
          EXPECT_EQ(report.checked, report.operations);
        }
}

TEST(CheckGraph, AcceptsARightOperationOfOnesOwn) {
  for (const Planted& right : planted) {
    const CheckGraphReport report =
        check_graph(deep_loss(float32, 9, [&](const Tensor& x) { return right.apply(x, 1); }));
    EXPECT_TRUE(report) << report;
  }
}

TEST(CheckGraph, FindsOneWrongElement) {
  for (const Shape& shape : {Shape{3, 4}, Shape{64, 100}}) {
    Tensor factors = ones(shape, f64);
    factors.data<double>()[factors.numel() - 2] = 1.5;
    const Tensor x = variable(shape);
    const CheckGraphReport report = check_graph(exp(apply(wrong_formula, x, factors)));
    SCOPED_TRACE(text_of(report));
    ASSERT_EQ(report.culprits.size(), 1U);
    const GradcheckReport& found = report.culprits[0].gradcheck;
    EXPECT_EQ(found.input, 0U);
    EXPECT_EQ(found.index, (std::vector<std::size_t>{shape[0] - 1, shape[1] - 2}));
    EXPECT_EQ(found.output_index, found.index);
    EXPECT_EQ(found.analytic, 1.5);
    EXPECT_NEAR(found.numerical, 1, 1e-8);
  }
}

// Names the wrong input among several, also among large ones.
TEST(CheckGraph, NamesTheInput) {
  const auto product = custom_function(
      "product", [](const Tensor& a, const Tensor& b, const Tensor& c) { return matmul(a, b) + c; },
      [](const Tensor& g, const Tensor& a, const Tensor& b, const Tensor&) {
        return Tensors{matmul(g, t(b)), matmul(t(a), g) * 1.01, g};
      });
  for (const std::size_t n : {3U, 60U}) {
    const CheckGraphReport report =
        check_graph(mean(product(variable({n, n + 1}, float32), variable({n + 1, n + 2}, float32),
                                 variable({n, n + 2}, float32))));
    ASSERT_EQ(report.culprits.size(), 1U) << report;
    EXPECT_EQ(report.culprits[0].name, "product");
    EXPECT_EQ(report.culprits[0].gradcheck.input, 1U);
    EXPECT_EQ(report.culprits[0].gradcheck.index.size(), 2U);
    EXPECT_NEAR(
        report.culprits[0].gradcheck.error / std::abs(report.culprits[0].gradcheck.numerical), 0.01,
        1e-6);
  }
}

TEST(CheckGraph, FindsAllCulprits) {
  Tensor x = variable({3});
  for (const Planted& wrong : planted) x = tanh(wrong.apply(x, 2));
  const CheckGraphReport report = check_graph(x);
  ASSERT_EQ(report.culprits.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(report.culprits[k].name, planted[k].name);
    EXPECT_EQ(report.culprits[k].position, 2 * k);
  }
}

TEST(CheckGraph, TakesNoKinkForAnError) {
  const auto leaf = [](const Tensor& x) { return x.clone().requires_grad_(); };
  const Tensor zeros_and_more = leaf(tensor({0., -0., 1., 0., -2.}));
  const Tensor tied = leaf(tensor({{1., 1., 0.}, {0., 0., 0.}}));
  const std::vector<std::pair<const char*, Tensor>> kinks = {
      {"relu", relu(zeros_and_more)},
      {"relu", relu(leaf(zeros({64, 100})))},
      {"max", max(tied, 1)},
      {"max", max(leaf(zeros({30, 40})), {})},
      {"clamp", clamp(leaf(tensor({-1., 0.5, 1.})), -1, 1)},
      {"sqrt", sqrt(leaf(tensor({0., 1., 4.})))},
  };
  // The mean of the slopes of both sides, as the difference is.
  EXPECT_TRUE(check_graph(abs(zeros_and_more)));
  EXPECT_TRUE(check_graph(maximum(tied, leaf(flip(tied, 1).detach()))));
  for (const auto& [name, y] : kinks) {
    const CheckGraphReport report = check_graph(y);
    EXPECT_TRUE(report) << report;
    ASSERT_EQ(report.noted.size(), 1U) << name;
    EXPECT_EQ(report.noted[0].name, name);
    EXPECT_EQ(report.checked, 1U);
  }
}

TEST(CheckGraph, NotesGradientsForSymmetricMatrices) {
  const Tensor a = variable({3, 3});
  const CheckGraphReport report = check_graph(cholesky(matmul(a, t(a)) + eye(3, f64)));
  EXPECT_TRUE(report) << report;
  ASSERT_EQ(report.noted.size(), 1U);
  EXPECT_EQ(report.noted[0].name, "cholesky");
  expect_contains(report.noted[0].reason, {"symmetric"});
}

TEST(CheckGraph, FindsAnErrorBesideKinks) {
  const auto wrong_relu = custom_function(
      "wrong_relu", [](const Tensor& x) { return relu(x); },
      [](const Tensor& g, const Tensor& x) { return where(x < 0, 0, g * 1.01); });
  const CheckGraphReport report =
      check_graph(wrong_relu(tensor({0., 1., -1.}, {.requires_grad = true})));
  ASSERT_EQ(report.culprits.size(), 1U) << report;
  EXPECT_EQ(report.culprits[0].name, "wrong_relu");
}

TEST(CheckGraph, FindsGradientsThatAreNotFinite) {
  const auto unsafe = custom_function(
      "unsafe_square", [](const Tensor& x) { return square(x); },
      [](const Tensor& g, const Tensor& x, const Tensor& y) { return g * 2 * y / x; });
  // 0 / 0 at 0 only. There is no kink there, but it looks like one: the gradients beside it are
  // right.
  EXPECT_EQ(check_graph(unsafe(tensor({0., 1.}, {.requires_grad = true}))).noted.size(), 1U);
  const auto nowhere = custom_function(
      "nowhere", [](const Tensor& x) { return square(x); },
      [](const Tensor& g, const Tensor&) { return log(-abs(g)); });
  EXPECT_EQ(check_graph(nowhere(variable({3}))).culprits.size(), 1U);
}

TEST(CheckGraph, SkipsWhatHasNoDifferences) {
  const Tensor nan = tensor({std::nan(""), 1.}, {.requires_grad = true});
  const CheckGraphReport not_finite = check_graph(exp(nan));
  EXPECT_FALSE(not_finite);
  EXPECT_EQ(not_finite.skipped.size(), 1U);
  EXPECT_EQ(not_finite.checked, 0U);
  expect_contains(text_of(not_finite), {"none of the 1 operations could be checked", "'exp'"});

  const Tensor x = variable({3});
  const CheckGraphReport rounded = check_graph(exp(tanh(x).to(float32)));
  EXPECT_TRUE(rounded);
  ASSERT_EQ(rounded.skipped.size(), 1U);
  EXPECT_EQ(rounded.skipped[0].name, "to");
  expect_contains(rounded.skipped[0].reason, {"float32"});
  EXPECT_EQ(rounded.checked, 2U);
  EXPECT_EQ(check_graph(exp(variable({3}, float32).to(float64))).checked, 2U);

  const Tensor equal = eye(2, float64).requires_grad_();
  const CheckGraphReport no_gradient = check_graph(sum(linalg::eigh(equal).eigenvectors));
  ASSERT_EQ(no_gradient.skipped.size(), 1U);
  expect_contains(no_gradient.skipped[0].reason, {"it has no gradient here: ", "equal"});

  const auto noisy = custom_function(
      "noisy", [](const Tensor& a) { return a * rand_like(a); },
      [](const Tensor& g, const Tensor&) { return g; });
  const CheckGraphReport random = check_graph(tanh(noisy(x)));
  ASSERT_EQ(random.skipped.size(), 1U);
  expect_contains(random.skipped[0].reason, {"different values for the same inputs"});

  // It has captured a float32 tensor: neither it nor what follows it can be computed in float64.
  const Tensor weight = ones({3});
  const auto narrow = custom_function(
      "narrow", [=](const Tensor& a) { return a * weight; },
      [=](const Tensor& g, const Tensor&) { return g * weight; });
  const CheckGraphReport captured = check_graph(sum(square(narrow(exp(variable({3}, float32))))));
  EXPECT_TRUE(captured) << captured;
  ASSERT_EQ(captured.skipped.size(), 1U);
  expect_contains(captured.skipped[0].reason, {"float64", "mixed"});
  EXPECT_EQ(captured.checked, 3U);
}

TEST(CheckGraph, AccusesGradientsThatThrow) {
  const auto short_one = custom_function(
      "short_one", [](const Tensor& x) { return square(x); },
      [](const Tensor& g, const Tensor&) { return sum(g); });
  const CheckGraphReport report = check_graph(sum(short_one(variable({3}))));
  ASSERT_EQ(report.culprits.size(), 1U);
  EXPECT_EQ(report.culprits[0].name, "short_one");
  expect_contains(report.culprits[0].reason, {"backward returned a gradient of shape ()"});
}

TEST(CheckGraph, ChecksResultsOfAnyShapeAndWithoutElements) {
  EXPECT_EQ(check_graph(exp(variable({2, 3}))).checked, 1U);
  EXPECT_TRUE(check_graph(exp(variable({0, 3}))));
  EXPECT_TRUE(check_graph(tanh(broadcast_to(variable({1}), {300, 100}))));
  // An input that is left out, a constant, and one tensor as both inputs.
  const Tensor x = variable({3});
  EXPECT_TRUE(check_graph(linear(x, variable({2, 3}), Tensor()) * 3));
  EXPECT_TRUE(check_graph(x * x));
  // A gradient that is zero everywhere.
  EXPECT_TRUE(check_graph(floor(x)));
}

TEST(CheckGraph, LeavesEverythingAlone) {
  const Tensor x = variable({3}), unused = variable({3});
  const Tensor y = sum(exp(x) * tanh(x));
  int hooks = 0;
  x.register_hook([&](const Tensor&) { ++hooks; });
  const Doubles before = x.to_vector<double>();
  const double next = [] {
    manual_seed(3);
    const double first = random::uniform();
    manual_seed(3);
    return first;
  }();
  {
    const NoGrad guard;
    EXPECT_TRUE(check_graph(y));
    EXPECT_FALSE(is_grad_enabled());
  }
  EXPECT_EQ(random::uniform(), next);
  EXPECT_EQ(hooks, 0);
  EXPECT_FALSE(x.has_grad());
  EXPECT_EQ(x.to_vector<double>(), before);
  const Tensor expected = grad(y, x, {.retain_graph = true});
  EXPECT_TRUE(check_graph(y));
  y.backward({.retain_graph = true});
  EXPECT_TRUE(check_graph(y));
  EXPECT_EQ(x.grad().to_vector<double>(), expected.to_vector<double>());
}

TEST(CheckGraph, ChecksAConstantThatWasThawedSince) {
  Tensor factor = randn({3}, f64);
  const Tensor y = variable({3}) * factor;
  factor.requires_grad_();
  EXPECT_TRUE(check_graph(y));
  EXPECT_FALSE(factor.has_grad());
}

TEST(CheckGraph, RefusesWhatHasNoGraph) {
  Tensor x = variable({3});
  EXPECT_EQ(ERROR_OF(GradError, check_graph(x)),
            "check_graph: tensor of shape (3,) is not the result of a recorded operation; call "
            "requires_grad_() on what it is computed from, outside NoGrad");
  EXPECT_EQ(ERROR_OF(ValueError, check_graph(Tensor())),
            "check_graph: loss is an undefined tensor; assign it a value first");
  const Tensor y = sum(square(x));
  EXPECT_EQ(ERROR_OF(ValueError, check_graph(y, {.eps = 0})),
            "check_graph: eps 0, atol 1e-05, rtol 0.001; eps must be greater than 0, the others at "
            "least 0");
  {
    const NoGrad guard;
    x.mul_(2);
  }
  expect_contains(ERROR_OF(GradError, check_graph(y)),
                  {"square", "(3,)", "changed in place", "version 0"});
  const Tensor z = sum(square(x));
  z.backward();
  EXPECT_EQ(ERROR_OF(GradError, check_graph(z)),
            "check_graph: the saved values of this graph, among them those of 'square', were "
            "released by an earlier backward; call check_graph before it, or pass retain_graph = "
            "true to that backward");
}

TEST(CheckGraph, ExplainsItself) {
  const Tensor x = tensor({{1., 2.}, {3., 4.}}, {.requires_grad = true});
  EXPECT_EQ(text_of(check_graph(exp(x))), "check_graph: ok: 1 of 1 operations checked");
  const std::string text = text_of(check_graph(sum(tanh(wrong_custom(x, 2)))));
  expect_contains(text, {"check_graph: FAILED: 1 of 3 operations have a wrong gradient\n"
                         "  wrong: 'wrong_custom', operation 0, (2, 2) -> (2, 2): element (",
                         ") of input 0: analytic 2, numerical ", ", error 1, allowed 0.0005"});
}

// Every operation of the table is checked as it was recorded.
TEST(CheckGraph, PassesTheTableOfOperations) {
  for (const OpCase& op : op_cases())
    for (const Sample& sample : op.samples) {
      if (sample.order < 1) continue;
      SCOPED_TRACE(describe(sample));
      const Tensor y = sample.call(make_inputs(sample));
      if (y.is_leaf()) continue;
      const CheckGraphReport report = check_graph(y);
      EXPECT_TRUE(report.culprits.empty()) << report;
      EXPECT_EQ(report.checked + report.skipped.size(), report.operations);
      if (sample.numeric) {
        const bool symmetric = op.name == "cholesky" || op.name.starts_with("eig");
        EXPECT_TRUE(report.noted.empty() || symmetric) << report;
        EXPECT_TRUE(report.skipped.empty()) << report;
      }
    }
}

}  // namespace
}  // namespace xgrad::test
