#include "optim/least_squares.hpp"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>

#include "autograd/anomaly.hpp"
#include "autograd/engine.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/test.hpp"

/// @file
/// least_squares and curve_fit compared with SciPy's, by tests/golden/least_squares.json, which
/// least_squares.py wrote. With XGRAD_TABLE=1 in the environment the evaluations are printed.

namespace xgrad::test {
namespace {

using optim::CurveFit;
using optim::CurveFitOptions;
using optim::least_squares;
using optim::LeastSquaresOptions;
using optim::LeastSquaresResult;
using optim::Loss;
using Residuals = std::function<Tensor(const Tensor&)>;
using Bounds = std::vector<std::pair<double, double>>;

constexpr double infinity = std::numeric_limits<double>::infinity();

const json& golden() {
  static const json file = read_golden("least_squares.json");
  return file;
}

Tensor column(const char* name) {
  const auto values = golden()[name].get<Doubles>();
  return tensor(values, {values.size()});
}

Tensor at(const Tensor& x, std::int64_t i) { return select(x, 0, i); }

Tensor rosenbrock(const Tensor& x) {
  return stack({10 * (at(x, 1) - square(at(x, 0))), 1 - at(x, 0)});
}

Tensor powell(const Tensor& x) {
  return stack({at(x, 0) + 10 * at(x, 1), std::sqrt(5.0) * (at(x, 2) - at(x, 3)),
                square(at(x, 1) - 2 * at(x, 2)), std::sqrt(10.0) * square(at(x, 0) - at(x, 3))});
}

Tensor misra(const Tensor& x, const Tensor& p) { return at(p, 0) * (1 - exp(-at(p, 1) * x)); }

Tensor decay(const Tensor& x) {
  return at(x, 0) * exp(-at(x, 1) * column("t")) + at(x, 2) - column("decay");
}

Residuals problem(const std::string& name) {
  const std::map<std::string, Residuals> problems{
      {"rosenbrock", rosenbrock},
      {"powell", powell},
      {"misra", [](const Tensor& p) { return misra(column("misra_x"), p) - column("misra_y"); }},
      {"decay", decay}};
  return problems.at(name);
}

Bounds read_bounds(const json& pairs) {
  Bounds bounds;
  if (!pairs.is_null())
    for (const json& pair : pairs)
      bounds.emplace_back(golden_number(pair[0]), golden_number(pair[1]));
  return bounds;
}

Loss read_loss(const std::string& name) {
  const std::map<std::string, Loss> losses{{"linear", Loss::linear},
                                           {"soft_l1", Loss::soft_l1},
                                           {"huber", Loss::huber},
                                           {"cauchy", Loss::cauchy},
                                           {"arctan", Loss::arctan}};
  return losses.at(name);
}

TEST(LeastSquares, EndsWhereSciPysDoes) {
  for (const json& c : golden()["cases"]) {
    SCOPED_TRACE(c["problem"].dump() + c["bounds"].dump() + c["loss"].dump());
    const auto start = c["start"].get<Doubles>();
    LeastSquaresOptions options{
        .bounds = read_bounds(c["bounds"]), .loss = read_loss(c["loss"]), .f_scale = 0.1};
    const Tensor x0 = tensor(start, {start.size()});
    const LeastSquaresResult usual = least_squares(problem(c["problem"]), x0, options);
    if (std::getenv("XGRAD_TABLE"))
      std::cout << c["problem"] << ' ' << c["bounds"] << ' ' << c["loss"] << ": nfev " << usual.nfev
                << ", SciPy " << c["nfev"] << "; " << usual << '\n';
    EXPECT_TRUE(usual.success);
    EXPECT_LE(usual.nfev, 2 * c["nfev"].get<std::int64_t>());

    options.ftol = options.xtol = options.gtol = 1e-13;
    const LeastSquaresResult found = least_squares(problem(c["problem"]), x0, options);
    const auto x = found.x.to_vector<double>();
    // At Powell's minimum the Jacobian is singular: the last digits of x come by chance.
    const double tolerance = c["problem"] == "powell" ? 1e-3 : 1e-6;
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(x[i], c["x"][i].get<double>(), tolerance * std::max(std::abs(x[i]), 0.1));
    EXPECT_NEAR(found.cost, c["cost"].get<double>(), 1e-9 * found.cost + 1e-12);
    EXPECT_EQ(found.active_mask.to_vector<std::int64_t>(),
              c["active_mask"].get<std::vector<std::int64_t>>());
  }
}

TEST(LeastSquares, ReportsWhatItFound) {
  Tensors path;
  const LeastSquaresResult result = least_squares(
      rosenbrock, tensor({-1.2, 1.0}), {.callback = [&](const Tensor& x) { path.push_back(x); }});
  EXPECT_EQ(result.message, "the gradient is at most gtol = 1e-08");
  expect_close(result.x, tensor({1.0, 1.0}));
  EXPECT_LE(result.optimality, 1e-8);
  EXPECT_EQ(result.jac.shape(), (Shape{2, 2}));
  expect_close(result.jac, tensor({{-20.0, 10.0}, {-1.0, 0.0}}), 1e-6);
  expect_close(result.grad, matmul(result.fun, result.jac));
  EXPECT_EQ(static_cast<std::int64_t>(path.size()) + 1, result.njev);
  EXPECT_EQ(path.back().to_vector<double>(), result.x.to_vector<double>());
  std::ostringstream text;
  text << result;
  expect_contains(text.str(), {"minimum: the gradient is at most gtol = 1e-08\n  x: tensor("});
}

TEST(LeastSquares, TakesAnyShapeAndFloat32) {
  const Tensor a = tensor({{33.0, 24.0}, {48.0, 57.0}});
  const auto root = [&](const Tensor& x) { return matmul(x, x) - a.to(x.dtype()); };
  const LeastSquaresResult result = least_squares(root, tensor({{5.F, 1.F}, {1.F, 5.F}}));
  EXPECT_TRUE(result.success) << result;
  EXPECT_EQ(result.x.dtype(), float32);
  expect_close(result.x.to(float64), tensor({{5.0, 2.0}, {4.0, 7.0}}), 1e-5);
  EXPECT_EQ(result.fun.shape(), Shape{4});
}

TEST(LeastSquares, FewerResidualsThanUnknowns) {
  const LeastSquaresResult result =
      least_squares([](const Tensor& x) { return sum(x) - 3; }, zeros({3}, {.dtype = float64}));
  EXPECT_TRUE(result.success);
  expect_close(result.x, tensor({1.0, 1.0, 1.0}));  // the shortest step
}

TEST(LeastSquares, AvoidsPointsWithoutFiniteResiduals) {
  // Newton's first step from 10 leads to -13, where the logarithm is NaN.
  const LeastSquaresResult result = least_squares([](const Tensor& x) { return log(x); },
                                                  tensor({10.0}), {.bounds = {{-100, 100}}});
  EXPECT_TRUE(result.success);
  EXPECT_NEAR(result.x.item<double>(), 1, 1e-7);
}

TEST(LeastSquares, ResidualsMayDifferentiateAndUseParameters) {
  // y' = -y, y(0) = 1 by collocation of y = 1 + a t + b t²; w stays as it is.
  const Tensor w = tensor(2.0, {.requires_grad = true});
  const auto residual = [&](const Tensor& p) {
    const Tensor time = linspace(0, 1, 5, {.dtype = float64, .requires_grad = true});
    const Tensor y = 1 + at(p, 0) * time + at(p, 1) * square(time);
    return w * (grad({sum(y)}, {time}, {.create_graph = true}).front() + y);
  };
  const NoGrad guard;
  const LeastSquaresResult result = least_squares(residual, zeros({2}, {.dtype = float64}));
  EXPECT_TRUE(result.success);
  EXPECT_FALSE(result.fun.requires_grad());
  EXPECT_FALSE(w.has_grad());
  EXPECT_NEAR(result.x.to_vector<double>()[0], -0.93, 0.05);
}

TEST(LeastSquares, EvaluatesWithinTheBounds) {
  const auto within = [](const Tensor& x) {
    EXPECT_LE(max(x).item<double>(), 0.5);
    EXPECT_GE(min(x).item<double>(), -2);
    return rosenbrock(x);
  };
  const AnomalyMode infinite_bounds_are_no_anomaly;
  const LeastSquaresResult result =
      least_squares(within, tensor({-1.2, 0.25}), {.bounds = {{-2, 0.5}}});
  EXPECT_TRUE(result.success);
  expect_contains(result.message, {"projected gradient"});
  EXPECT_EQ(result.active_mask.to_vector<std::int64_t>()[0], 1);
}

TEST(LeastSquares, SaysWhyItGaveUp) {
  const LeastSquaresResult few = least_squares(rosenbrock, tensor({-1.2, 1.0}), {.max_nfev = 3});
  EXPECT_FALSE(few.success);
  EXPECT_EQ(few.nfev, 3);
  EXPECT_EQ(few.message, "max_nfev = 3 evaluations did not reach the tolerance");
  const LeastSquaresResult infinite =
      least_squares([](const Tensor& x) { return sqrt(x); }, tensor({0.0}));
  EXPECT_FALSE(infinite.success);
  EXPECT_EQ(infinite.message, "the Jacobian of the residuals is not finite");
}

TEST(LeastSquares, RefusesBadInput) {
  const Tensor x0 = tensor({1.0, 2.0});
  const auto refused = [&](const LeastSquaresOptions& options) {
    return ERROR_OF(ValueError, least_squares(rosenbrock, x0, options));
  };
  expect_contains(refused({.f_scale = 0}), {"least_squares: f_scale is 0"});
  expect_contains(refused({.ftol = -1}), {"least_squares: ftol is -1"});
  expect_contains(refused({.xtol = NAN}), {"least_squares: xtol is nan"});
  expect_contains(refused({.gtol = infinity}), {"least_squares: gtol is inf"});
  expect_contains(refused({.max_nfev = 0}), {"least_squares: max_nfev is 0"});
  expect_contains(refused({.bounds = {{0, 1}, {0, 1}, {0, 1}}}), {"expected 1 or 2"});
  expect_contains(refused({.bounds = {{0, 1.5}}}), {"is outside the bounds"});
  expect_contains(refused({.bounds = {{3, 1}}}), {"expected lower <= upper"});
  expect_contains(ERROR_OF(ValueError, least_squares({}, x0)), {"f is empty"});
  expect_contains(ERROR_OF(ValueError, least_squares(rosenbrock, Tensor())), {"undefined"});
  expect_contains(ERROR_OF(ValueError, least_squares(rosenbrock, tensor({std::nan(""), 1.0}))),
                  {"expected a finite start"});
  expect_contains(ERROR_OF(DTypeError, least_squares(rosenbrock, tensor({1, 2}))), {"int64"});
  expect_contains(
      ERROR_OF(ValueError, least_squares([](const Tensor& x) { return log(x - 1); }, x0)),
      {"are not finite"});
  expect_contains(
      ERROR_OF(DTypeError, least_squares([](const Tensor& x) { return x.to(int64); }, x0)),
      {"the tensor of residuals"});
  std::size_t calls = 0;
  expect_contains(
      ERROR_OF(ShapeError,
               least_squares(
                   [&](const Tensor& x) { return ++calls > 2 ? sum(square(x)) : square(x); }, x0)),
      {"the residuals have shape ()"});
}

TEST(CurveFit, FollowsSciPys) {
  const Tensor x = column("misra_x"), y = column("misra_y"), p0 = tensor({500.0, 1e-4});
  for (const json& c : golden()["curve_fit"]) {
    CurveFitOptions options;
    if (c.contains("sigma")) {
      const json& sigma = c["sigma"];
      Doubles values;
      if (sigma[0].is_array())
        for (const json& row : sigma)
          for (const json& value : row) values.push_back(value);
      else
        values = sigma.get<Doubles>();
      options.sigma = sigma[0].is_array() ? tensor(values, {y.numel(), y.numel()})
                                          : tensor(values, {y.numel()});
    }
    options.absolute_sigma = c.contains("absolute_sigma");
    if (c.contains("bounds")) options.bounds = read_bounds(c["bounds"]);
    const auto [parameters, covariance] = optim::curve_fit(misra, x, y, p0, options);
    for (std::size_t i = 0; i < 2; ++i) {
      const double p = c["parameters"][i];
      EXPECT_NEAR(parameters.to_vector<double>()[i], p, 1e-6 * p) << c;
      for (std::size_t k = 0; k < 2; ++k) {
        const double v = c["covariance"][i][k];
        EXPECT_NEAR(covariance.to_vector<double>()[2 * i + k], v, 1e-4 * std::abs(v)) << c;
      }
    }
  }
  // NIST's certified values.
  const CurveFit fit = optim::curve_fit(misra, x, y, p0);
  EXPECT_NEAR(at(fit.parameters, 0).item<double>(), 2.3894212918E+02, 1e-4);
  EXPECT_NEAR(at(fit.parameters, 1).item<double>(), 5.5015643181E-04, 1e-9);
  EXPECT_NEAR(std::sqrt(fit.covariance.to_vector<double>()[0]), 2.7070075241E+00, 1e-4);
}

TEST(CurveFit, CovarianceThatDoesNotExistIsInfinite) {
  const auto line = [](const Tensor& x, const Tensor& p) { return at(p, 0) * x + at(p, 1); };
  const auto twice = [](const Tensor& x, const Tensor& p) { return (at(p, 0) + at(p, 1)) * x; };
  const Tensor p0 = tensor({0.0, 0.0});
  const CurveFit exact = optim::curve_fit(line, tensor({1.0, 2.0}), tensor({3.0, 5.0}), p0);
  expect_close(exact.parameters, tensor({2.0, 1.0}));
  EXPECT_TRUE(all(isinf(exact.covariance)).item<bool>());
  const CurveFit singular =
      optim::curve_fit(twice, tensor({1.0, 2.0, 3.0}), tensor({1.0, 2.0, 3.5}), p0);
  EXPECT_TRUE(all(isinf(singular.covariance)).item<bool>());
}

TEST(CurveFit, RefusesBadInput) {
  const Tensor x = column("misra_x"), y = column("misra_y"), p0 = tensor({500.0, 1e-4});
  const auto f = misra;
  expect_contains(ERROR_OF(ValueError, optim::curve_fit({}, x, y, p0)), {"curve_fit: f is empty"});
  expect_contains(ERROR_OF(ValueError, optim::curve_fit(f, x, y * infinity, p0)),
                  {"curve_fit: y is not finite"});
  expect_contains(ERROR_OF(ShapeError, optim::curve_fit(f, x, y, p0, {.sigma = ones({3})})),
                  {"curve_fit: "});
  expect_contains(ERROR_OF(ValueError, optim::curve_fit(f, x, y, p0, {.sigma = 0 * y})),
                  {"expected numbers > 0"});
  expect_contains(ERROR_OF(ShapeError, optim::curve_fit(f, slice(x, 0, 0, 5), y, p0)),
                  {"curve_fit: f(x, p)"});
  expect_contains(ERROR_OF(ValueError, optim::curve_fit(f, x, y, p0, {.max_nfev = 1})),
                  {"curve_fit: no fit was found: max_nfev = 1"});
  expect_contains(ERROR_OF(ValueError, optim::curve_fit(f, x, y, p0, {.bounds = {{0, 1}}})),
                  {"curve_fit: x0"});
}

}  // namespace
}  // namespace xgrad::test
