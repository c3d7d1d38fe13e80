// Gradients of gradients, to third order, of compositions: against closed forms, against finite
// differences of the order below, and by all mixtures of the two modes.

#include "autograd/functional.hpp"
#include "autograd/gradcheck.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Function = std::function<Tensor(const Tensor&)>;

// f, f', f'', … at x, elementwise, by grad of grad.
std::vector<Doubles> derivatives(const Function& f, const Doubles& at, int order) {
  const Tensor x = tensor(at, {at.size()}, {.requires_grad = true});
  Tensor y = f(x);
  std::vector<Doubles> all = {y.to_vector<double>()};
  for (int k = 0; k < order; ++k) {
    y = grad(sum(y), x, {.create_graph = true});
    all.push_back(y.to_vector<double>());
  }
  return all;
}

// Expects the k-th derivative to be exact[k](x).
void expect_derivatives(const Function& f, const Doubles& at,
                        const std::vector<std::function<double(double)>>& exact) {
  const std::vector<Doubles> found = derivatives(f, at, static_cast<int>(exact.size()) - 1);
  for (std::size_t k = 0; k < exact.size(); ++k)
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double expected = exact[k](at[i]);
      EXPECT_NEAR(found[k][i], expected, 1e-11 * std::max(1.0, std::abs(expected)))
          << "order " << k << " at " << at[i];
    }
}

// ---- closed forms

TEST(HigherOrder, SineOfAProduct) {
  // u = e^x x², u' = e^x (x² + 2x), u'' = e^x (x² + 4x + 2), u''' = e^x (x² + 6x + 6);
  // (sin u)''' = cos u · u''' - 3 sin u · u' u'' - cos u · u'^3.
  const auto u = [](double x) { return std::exp(x) * x * x; };
  const auto u1 = [](double x) { return std::exp(x) * (x * x + 2 * x); };
  const auto u2 = [](double x) { return std::exp(x) * (x * x + 4 * x + 2); };
  const auto u3 = [](double x) { return std::exp(x) * (x * x + 6 * x + 6); };
  expect_derivatives(
      [](const Tensor& x) { return sin(exp(x) * square(x)); }, {-1.5, -0.25, 0, 0.5, 1},
      {[&](double x) { return std::sin(u(x)); }, [&](double x) { return std::cos(u(x)) * u1(x); },
       [&](double x) { return std::cos(u(x)) * u2(x) - std::sin(u(x)) * u1(x) * u1(x); },
       [&](double x) {
         return std::cos(u(x)) * u3(x) - 3 * std::sin(u(x)) * u1(x) * u2(x) -
                std::cos(u(x)) * std::pow(u1(x), 3);
       }});
}

TEST(HigherOrder, HyperbolicTangent) {
  // In y = tanh x: y' = 1 - y², y'' = -2 y y', y''' = y' (6 y² - 2).
  const auto s = [](double x) { return 1 - std::tanh(x) * std::tanh(x); };
  expect_derivatives(
      [](const Tensor& x) { return tanh(x); }, {-2, -0.5, 0, 0.5, 2},
      {[](double x) { return std::tanh(x); }, s, [&](double x) { return -2 * std::tanh(x) * s(x); },
       [&](double x) { return s(x) * (6 * std::tanh(x) * std::tanh(x) - 2); }});
}

TEST(HigherOrder, SoftplusIsTheIntegralOfSigmoid) {
  const auto p = [](double x) { return 1 / (1 + std::exp(-x)); };
  expect_derivatives([](const Tensor& x) { return softplus(x); }, {-3, 0, 0.5, 3},
                     {[](double x) { return std::log1p(std::exp(x)); }, p,
                      [&](double x) { return p(x) * (1 - p(x)); },
                      [&](double x) { return p(x) * (1 - p(x)) * (1 - 2 * p(x)); }});
}

TEST(HigherOrder, QuotientAndPower) {
  // x^2.5 / (1 + x) = q: by q (1 + x) = x^2.5, q_k (1 + x) + k q_{k-1} = (x^2.5)_k.
  const auto q = [](double x) { return std::pow(x, 2.5) / (1 + x); };
  const auto q1 = [&](double x) { return (2.5 * std::pow(x, 1.5) - q(x)) / (1 + x); };
  const auto q2 = [&](double x) { return (3.75 * std::pow(x, 0.5) - 2 * q1(x)) / (1 + x); };
  const auto q3 = [&](double x) { return (1.875 * std::pow(x, -0.5) - 3 * q2(x)) / (1 + x); };
  expect_derivatives([](const Tensor& x) { return pow(x, 2.5) / (1 + x); }, {0.25, 1, 3},
                     {q, q1, q2, q3});
}

TEST(HigherOrder, ATowerOfPowers) {
  // y = x^x: y' = y (l + 1), l = log x; y'' = y ((l + 1)² + 1/x);
  // y''' = y ((l + 1)³ + 3 (l + 1) / x - 1/x²).
  const auto y = [](double x) { return std::pow(x, x); };
  const auto l = [](double x) { return std::log(x) + 1; };
  expect_derivatives(
      [](const Tensor& x) { return pow(x, x); }, {0.5, 1.25, 2.25},
      {y, [&](double x) { return y(x) * l(x); },
       [&](double x) { return y(x) * (l(x) * l(x) + 1 / x); },
       [&](double x) { return y(x) * (std::pow(l(x), 3) + 3 * l(x) / x - 1 / (x * x)); }});
}

TEST(HigherOrder, ReciprocalRootAndLogarithm) {
  expect_derivatives(
      [](const Tensor& x) { return reciprocal(x); }, {-2, 0.5, 3},
      {[](double x) { return 1 / x; }, [](double x) { return -1 / (x * x); },
       [](double x) { return 2 / std::pow(x, 3); }, [](double x) { return -6 / std::pow(x, 4); }});
  expect_derivatives(
      [](const Tensor& x) { return sqrt(x); }, {0.25, 1, 3},
      {[](double x) { return std::sqrt(x); }, [](double x) { return 0.5 * std::pow(x, -0.5); },
       [](double x) { return -0.25 * std::pow(x, -1.5); },
       [](double x) { return 0.375 * std::pow(x, -2.5); }});
  expect_derivatives(
      [](const Tensor& x) { return log(1 + square(x)); }, {-1, 0, 2},
      {[](double x) { return std::log(1 + x * x); }, [](double x) { return 2 * x / (1 + x * x); },
       [](double x) { return 2 * (1 - x * x) / std::pow(1 + x * x, 2); },
       [](double x) { return 4 * x * (x * x - 3) / std::pow(1 + x * x, 3); }});
}

TEST(HigherOrder, OnEitherSideOfAKink) {
  expect_derivatives(
      [](const Tensor& x) { return relu(x) * x; }, {-1, 2},
      {[](double x) { return x > 0 ? x * x : 0; }, [](double x) { return x > 0 ? 2 * x : 0; },
       [](double x) { return x > 0 ? 2. : 0.; }});
}

// Cumulants: the k-th derivative of log sum exp(x) along v is the k-th cumulant of v under
// softmax(x).
TEST(HigherOrder, LogSumExpGeneratesCumulants) {
  const Tensor x = tensor({0.5, -1., 2., 0.25}), v = tensor({1., -2., 0.5, 3.});
  const Tensor p = softmax(x);
  const double mean = sum(p * v).item<double>();
  const Tensor centred = v - mean;
  const Tensor s = tensor(0., {.requires_grad = true});
  const Function f = [&](const Tensor& step) { return -select(log_softmax(x + step * v), 0, 0); };
  Tensor y = f(s);
  const double first = mean - v.to_vector<double>()[0];
  const Doubles expected = {first, sum(p * square(centred)).item<double>(),
                            sum(p * centred * centred * centred).item<double>()};
  for (const double e : expected) {
    y = grad(y, s, {.create_graph = true});
    EXPECT_NEAR(y.item<double>(), e, 1e-12);
  }
}

// ---- compositions

using ScalarFunction = std::function<Tensor(const Tensors&)>;

struct Composition {
  std::string name;
  std::vector<Shape> shapes;
  ScalarFunction f;
};

std::ostream& operator<<(std::ostream& out, const Composition& c) { return out << c.name; }

Tensor network(const Tensors& x) {
  const Tensor hidden = tanh(linear(x[0], x[1], x[2]));
  const Tensor score = log_softmax(matmul(hidden, transpose(x[3], 0, 1)), 1);
  return -mean(select(score, 1, 0));
}
Tensor attention(const Tensors& x) {
  const Tensor weights = softmax(matmul(x[0], transpose(x[1], 0, 1)) / std::sqrt(2.0), -1);
  return sum(square(matmul(weights, x[2])));
}
Tensor normalisation(const Tensors& x) {
  const Tensor centred = x[0] - mean(x[0], 1, true);
  const Tensor scale = sqrt(mean(square(centred), 1, true) + 0.1);
  return sum(tanh(centred / scale * x[1] + x[2]));
}
Tensor broadcasting(const Tensors& x) {
  return sum(sin(x[0] * x[1]) * exp(x[2] - x[1]) / (2 + cos(x[0])));
}
Tensor powers(const Tensors& x) {
  return sum(pow(1 + square(x[0]), x[1]) + log(1 + exp(x[0] * x[1])) * sqrt(2 + sin(x[1])));
}
Tensor pieces(const Tensors& x) {
  const Tensor joined = concatenate({x[0], x[1]}, 1);
  const Tensor a = slice(joined, 1, 0, 4, 2), b = permute(slice(joined, 1, 1, 3), {1, 0});
  return sum(exp(matmul(a, b)) * unsqueeze(select(x[0], 1, 2), 1));
}

std::vector<Composition> compositions() {
  return {{"Network", {{3, 2}, {4, 2}, {4}, {3, 4}}, network},
          {"Attention", {{3, 2}, {4, 2}, {4, 2}}, attention},
          {"Normalisation", {{2, 4}, {4}, {4}}, normalisation},
          {"Broadcasting", {{3, 1}, {1, 4}, {}}, broadcasting},
          {"Powers", {{4}, {4}}, powers},
          {"Pieces", {{2, 3}, {2, 2}}, pieces}};
}

// The derivatives of f along u, by either mode.
ScalarFunction forward(const ScalarFunction& f, const Tensors& u) {
  return [=](const Tensors& x) { return jvp(f, x, u).products.front(); };
}
ScalarFunction reverse(const ScalarFunction& f, const Tensors& u) {
  return [=](const Tensors& x) {
    const Tensors gradient = vjp(f, x, {ones({}, f64)}).products;
    Tensor total = zeros({}, f64);
    for (std::size_t i = 0; i < x.size(); ++i) total += sum(gradient[i] * u[i]);
    return total;
  };
}

class HigherOrderOf : public testing::TestWithParam<Composition> {
 protected:
  Tensors draw() const {
    Tensors tensors;
    for (const Shape& shape : GetParam().shapes) tensors.push_back(randn(shape, f64) * 0.5);
    return tensors;
  }
  const ScalarFunction& f_ = GetParam().f;
  const Tensors x_ = draw(), u_ = draw(), v_ = draw(), w_ = draw();
};

TEST_P(HigherOrderOf, PassesGradcheckToThirdOrder) {
  Tensors x = x_;
  for (Tensor& each : x) each.requires_grad_();
  for (const ScalarFunction& g : {f_, reverse(f_, u_), reverse(reverse(f_, u_), v_)}) {
    const GradcheckReport report = gradcheck(g, x);
    EXPECT_TRUE(report.ok) << report;
  }
}

TEST_P(HigherOrderOf, IsTheSameByAllModesToThirdOrder) {
  const double expected = reverse(reverse(reverse(f_, u_), v_), w_)(x_).item<double>();
  for (const auto& first : {forward, reverse})
    for (const auto& second : {forward, reverse})
      for (const auto& third : {forward, reverse})
        EXPECT_NEAR(third(second(first(f_, u_), v_), w_)(x_).item<double>(), expected,
                    1e-10 * std::max(1.0, std::abs(expected)));
}

INSTANTIATE_TEST_SUITE_P(All, HigherOrderOf, testing::ValuesIn(compositions()),
                         [](const auto& instance) { return instance.param.name; });

// ---- gradients of norms of gradients

// f = x^T A x / 2 has the gradient g = (A + A^T) x / 2. Of the penalty P = (|g| - 1)² with
// h = dP/dg = 2 (|g| - 1) g / |g|, the gradients are dP/dx = (A + A^T) h / 2 and
// dP/dA = (h x^T + x h^T) / 2 (Gulrajani et al. 2017).
TEST(GradientPenalty, OfAQuadraticForm) {
  const Tensor a = randn({3, 3}, f64).requires_grad_(), x = randn({3}, f64).requires_grad_();
  const Tensor value = sum(x * matmul(a, x)) / 2;
  const Tensor g = grad(value, x, {.create_graph = true});
  const Tensor length = sqrt(sum(square(g)));
  square(length - 1).backward();

  const NoGrad guard;
  const Tensor symmetric = (a + transpose(a, 0, 1)) / 2;
  const Tensor slope = matmul(symmetric, x), n = sqrt(sum(square(slope)));
  const Tensor h = 2 * (n - 1) * slope / n;
  const Tensor outer_product = unsqueeze(h, 1) * unsqueeze(x, 0);
  const Tensor of_a = (outer_product + transpose(outer_product, 0, 1)) / 2;
  const Tensor of_x = matmul(symmetric, h);
  for (std::size_t i = 0; i < 9; ++i)
    EXPECT_NEAR(a.grad().to_vector<double>()[i], of_a.to_vector<double>()[i], 1e-12);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(x.grad().to_vector<double>()[i], of_x.to_vector<double>()[i], 1e-12);
}

// The parameters' gradients of a penalty on each row's own gradient, as a critic is trained.
TEST(GradientPenalty, OfANetworkPassesGradcheck) {
  const Tensor x = randn({4, 3}, f64);
  Tensors parameters = {randn({5, 3}, f64), randn({5}, f64), randn({1, 5}, f64)};
  for (Tensor& p : parameters) p.requires_grad_();
  const auto penalty = [&](const Tensors& p) {
    const auto critic = [&](const Tensor& rows) {
      return sum(linear(tanh(linear(rows, p[0], p[1])), p[2]));
    };
    const Tensor g = vjp(critic, x, ones({}, f64)).products;
    return mean(square(sqrt(sum(square(g), 1)) - 1));
  };
  const GradcheckReport report = gradcheck(penalty, parameters);
  EXPECT_TRUE(report.ok) << report;
}

}  // namespace
}  // namespace xgrad::test
