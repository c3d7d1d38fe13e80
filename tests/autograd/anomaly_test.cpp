#include "autograd/anomaly.hpp"

#include <thread>

#include "autograd/custom_function.hpp"
#include "autograd/functional.hpp"
#include "autograd/kernels/reduce.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

template <class F>
std::string anomaly_of(F&& f) {
  const AnomalyMode guard;
  return error_of<GradError>(std::forward<F>(f));
}

// ---- the kernel

template <class T>
void find_everywhere() {
  const std::vector<T> anomalies = {static_cast<T>(nan), static_cast<T>(inf), static_cast<T>(-inf)};
  for (const std::size_t n : {1U, 7U, 17U, 1023U, 1030U, 2100U}) {
    std::vector<T> x(n, std::numeric_limits<T>::max());
    EXPECT_EQ(kernels::first_non_finite(x.data(), n), n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = anomalies[i % 3];
      EXPECT_EQ(kernels::first_non_finite(x.data(), n), i);
      x[i] = T(-1);
    }
    x[n - 1] = x[n / 2] = static_cast<T>(-inf);
    EXPECT_EQ(kernels::first_non_finite(x.data(), n), n / 2);
  }
  EXPECT_EQ(kernels::first_non_finite<T>(nullptr, 0), 0U);
}

TEST(FirstNonFinite, IsFoundWhereverItStands) {
  find_everywhere<float>();
  find_everywhere<double>();
}

// ---- forward

TEST(AnomalyMode, NamesTheOperationThatMadeAnInfinity) {
  const Tensor x = tensor({{1., 2., 3.}, {4., 5., 0.}});
  expect_contains(anomaly_of([&] { log(x + 0); }),
                  {"log: ", "AnomalyMode", "forward made -inf at (1, 2)", "shape (2, 3)",
                   "input shapes (2, 3)", "all inputs are finite"});
}

TEST(AnomalyMode, NamesAllShapesOfABroadcast) {
  const Tensor a = tensor({{1., 0.}, {2., 3.}}), b = tensor({1., 0.});
  expect_contains(anomaly_of([&] { div(a, b); }),
                  {"div: ", "nan at (0, 1)", "input shapes (2, 2), (2,)"});
}

TEST(AnomalyMode, TellsWhichInputHeldIt) {
  const Tensor a = tensor({1., 2.}), b = tensor({3., nan});
  expect_contains(anomaly_of([&] { a* b; }),
                  {"mul: ", "nan at (1,)", "input 1 already held nan at (1,)"});
}

TEST(AnomalyMode, WorksOnFloat32AndUnrecorded) {
  const Tensor x = tensor({100.f, 1.f});
  expect_contains(anomaly_of([&] { exp(x); }), {"exp: ", "inf at (0,)"});
  const Tensor w = tensor({100.f}).requires_grad_();
  expect_contains(anomaly_of([&] { exp(w); }), {"exp: ", "inf at (0,)"});
  expect_contains(anomaly_of([&] {
                    const NoGrad guard;
                    exp(w);
                  }),
                  {"exp: ", "inf at (0,)"});
}

TEST(AnomalyMode, NamesAStructuralOperationRatherThanItsInsides) {
  const Tensor x = tensor({1e308, 1e308, -1.});
  expect_contains(anomaly_of([&] { var(x); }), {"var: ", "inf at ()", "input shapes (3,)"});
  expect_contains(anomaly_of([&] { matmul(x, x); }), {"matmul: ", "inf"});
}

TEST(AnomalyMode, NamesACustomFunctionAndItsMissingInput) {
  const auto inverse = custom_function(
      "inverse_of", [](const Tensors& in) { return 1 / in[0]; },
      [](const Tensor& g, const Tensors& in) {
        return Tensors{-g / square(in[0]), Tensor()};
      });
  expect_contains(anomaly_of([&] {
                    inverse({tensor({1., 0.}), Tensor()});
                  }),
                  {"inverse_of: ", "forward made inf at (1,)", "input shapes (2,), none"});
}

TEST(AnomalyMode, LetsIntegersAndComparisonsBe) {
  const AnomalyMode guard;
  const Tensor x = tensor({nan, inf, 1.});
  EXPECT_EQ((x == x).to_vector<int>(), (std::vector<int>{0, 1, 1}));
  EXPECT_EQ(argmax(x, 0).item<int>(), 0);
  EXPECT_EQ(sum(tensor({1, 2})).item<int>(), 3);
}

// ---- backward

TEST(AnomalyMode, NamesTheOperationWhoseGradientIsInfinite) {
  const Tensor x = tensor({4., 0., 1.}).requires_grad_();
  const AnomalyMode guard;
  const Tensor y = sum(sqrt(x));
  expect_contains(ERROR_OF(GradError, y.backward()),
                  {"sqrt: ", "AnomalyMode", "backward made inf at (1,)", "gradient for input 0",
                   "shape (3,)", "input shapes (3,)"});
  EXPECT_FALSE(x.has_grad());
}

TEST(AnomalyMode, LooksAtGradientsAloneIfTheGraphIsOlder) {
  const Tensor x = tensor({0., 1.}).requires_grad_(), z = tensor({2., nan}).requires_grad_();
  const Tensor y = sum(pow(x, 0.25)), product = sum(x * z);
  expect_contains(anomaly_of([&] { y.backward(); }), {"pow: ", "backward made inf at (0,)"});
  expect_contains(anomaly_of([&] { grad(product, x); }),
                  {"mul: ", "backward made nan at (1,)", "input 1 already held nan at (1,)"});
}

TEST(AnomalyMode, NamesTheInputsOfABroadcastAndOfAnOptionalBias) {
  const Tensor x = ones({3, 2}), w = ones({2, 2}).requires_grad_();
  const Tensor y = linear(x, w);
  const Tensor seed = full({3, 2}, 1e38);
  expect_contains(anomaly_of([&] { y.backward(seed * 3); }),
                  {"linear: ", "backward made inf at (0, 0)",
                   "gradient for input 1 of shape (2, 2)", "input shapes (3, 2), (2, 2), none"});
  const Tensor a = tensor({0., 0.}).requires_grad_(), b = ones({3, 2}, f64);
  const Tensor quotient = sum(b / (a + 1) + sqrt(a));
  expect_contains(anomaly_of([&] { quotient.backward(); }), {"sqrt: ", "inf at (0,)"});
}

TEST(AnomalyMode, NamesTheOperationInAPassThatIsRecorded) {
  const Tensor x = tensor({0., 1.}).requires_grad_();
  const Tensor y = sum(sqrt(x));
  expect_contains(anomaly_of([&] { grad(y, x, {.create_graph = true}); }),
                  {"sqrt: ", "backward made inf at (0,)"});
  // Finite at first order, 0.75 x^-0.5 / 2 at second.
  const Tensor z = sum(pow(x, 1.5));
  const AnomalyMode guard;
  const Tensor first = grad(z, x, {.create_graph = true});
  expect_contains(ERROR_OF(GradError, grad(sum(first), x)), {"backward made inf at (0,)"});
}

TEST(AnomalyMode, NamesTheOperationWhoseTangentIsInfinite) {
  const Tensor x = tensor({4., 0.}), v = tensor({1., 1.});
  expect_contains(anomaly_of([&] { jvp([](const Tensor& t) { return sqrt(t); }, x, v); }),
                  {"sqrt: ", "forward mode made inf at (1,)", "tangent of shape (2,)"});
}

// ---- what it leaves behind

TEST(AnomalyMode, LeavesTheGraphUsable) {
  const Tensor x = tensor({0., 4.}).requires_grad_();
  const Tensor root = sqrt(x);
  const Tensor y = sum(root) + sum(x * x);
  anomaly_of([&] { y.backward({.retain_graph = true}); });
  EXPECT_TRUE(is_grad_enabled());
  EXPECT_FALSE(detail::mode.sweeping);
  EXPECT_EQ(detail::mode.observer, nullptr);
  expect_values(grad(y, x), {inf, 8.25});
}

TEST(AnomalyMode, NestsAndEndsWithItsScope) {
  const Tensor x = tensor({0.});
  {
    const AnomalyMode outer;
    {
      const AnomalyMode inner;
      EXPECT_THROW(log(x), GradError);
    }
    EXPECT_THROW(log(x), GradError);
  }
  EXPECT_EQ(log(x).item<double>(), -inf);
}

TEST(AnomalyMode, BelongsToItsThread) {
  const AnomalyMode guard;
  double seen = 0;
  std::thread([&] { seen = log(tensor(0.)).item<double>(); }).join();
  EXPECT_EQ(seen, -inf);
}

TEST(AnomalyMode, LetsSoundTrainingBe) {
  const AnomalyMode guard;
  const Tensor w = ones({2, 3}, f64).requires_grad_();
  const Tensor x = tensor({{1., 2., 3.}, {-1e4, 1e4, 0.}});
  const Tensor loss = -sum(log_softmax(matmul(x, t(w)), 1));
  const Tensor g = grad(loss, w, {.create_graph = true});
  sum(square(g)).backward();
  EXPECT_TRUE(w.has_grad());
}

}  // namespace
}  // namespace xgrad::test
