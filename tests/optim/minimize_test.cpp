#include "optim/minimize.hpp"

#include <sstream>
#include <tuple>
#include <utility>

#include "autograd/support/str.hpp"
#include "tests/optim/test_functions.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using optim::Method;
using optim::minimize;
using optim::MinimizeOptions;
using optim::MinimizeResult;

double max_abs(const Tensor& t) { return max(abs(t)).item<double>(); }

// ---- results

TEST(Minimize, EveryMethodFindsTheMinimumOfWellConditionedFunctions) {
  const std::tuple<Function, Tensor, double> problems[] = {
      {sphere, tensor({3.0, -2.0, 1.0}), 0},
      {ellipse, tensor({-4.0, 4.0}), 0},
      {booth, tensor({0.0, 0.0}), 0},
      {beale, tensor({1.0, 1.0}), 0},
      {himmelblau, tensor({0.0, 0.0}), 0},
      {six_hump_camel, tensor({-0.8, 0.25}), -1.0316284534898774},
      {rosenbrock, tensor({-1.2, 1.0}), 0}};
  for (const Method method : all_methods) {
    SCOPED_TRACE(name(method));
    for (const auto& [function, start, fun] : problems) {
      const MinimizeResult result = minimize(function, start, {.method = method});
      EXPECT_TRUE(result.success) << result.message;
      EXPECT_NEAR(result.fun, fun, 1e-8);
    }
  }
}

TEST(Minimize, TheResultIsConsistent) {
  for (const Method method : all_methods) {
    SCOPED_TRACE(name(method));
    std::int64_t calls = 0, callbacks = 0;
    Tensor last;
    const Tensor x0 = tensor({{-1.2, 1.0}, {0.5, 0.25}}, {.requires_grad = true});
    const auto f = [&](const Tensor& x) {
      ++calls;
      EXPECT_EQ(x.shape(), (Shape{2, 2}));
      return rosenbrock(flatten(x));
    };
    const NoGrad guard;
    const MinimizeResult result =
        minimize(f, x0, {.method = method, .callback = [&](const Tensor& x) {
                           ++callbacks;
                           last = x;
                         }});
    EXPECT_TRUE(result.success);
    EXPECT_EQ(result.x.shape(), x0.shape());
    EXPECT_EQ(result.grad.shape(), x0.shape());
    EXPECT_EQ(result.evaluations, calls);
    EXPECT_EQ(result.iterations, callbacks);
    ASSERT_EQ(result.path.size(), static_cast<std::size_t>(callbacks) + 1);
    EXPECT_EQ(result.path.front().to_vector<double>(), x0.to_vector<double>());
    EXPECT_EQ(result.path.back().to_vector<double>(), result.x.to_vector<double>());
    EXPECT_EQ(last.to_vector<double>(), result.x.to_vector<double>());
    EXPECT_EQ(result.fun, f(result.x).item<double>());
    EXPECT_FALSE(result.x.requires_grad());
    EXPECT_FALSE(x0.has_grad());
    const bool second_order = method == Method::newton || method == Method::newton_cg;
    EXPECT_EQ(result.hessian_products > 0, second_order);
  }
}

TEST(Minimize, TolSaysHowSmallTheGradientIs) {
  for (const Method method : all_methods) {
    const MinimizeResult rough =
        minimize(booth, tensor({10.0, -3.0}), {.method = method, .tol = 1e-2});
    const MinimizeResult fine =
        minimize(booth, tensor({10.0, -3.0}), {.method = method, .tol = 1e-9});
    EXPECT_TRUE(rough.success && fine.success) << name(method);
    EXPECT_LE(rough.evaluations, fine.evaluations) << name(method);
    EXPECT_LE(max_abs(fine.grad), 1e-7) << name(method);
  }
}

TEST(Minimize, MaxIterEndsTheSearchWithoutSuccess) {
  for (const Method method : all_methods) {
    const MinimizeResult result =
        minimize(rosenbrock, tensor({-1.2, 1.0}), {.method = method, .max_iter = 2});
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.iterations, 2);
    EXPECT_EQ(result.message, "max_iter = 2 iterations did not reach the tolerance");
  }
}

TEST(Minimize, StaysWhereTheGradientIsZero) {
  for (const Method method : all_methods) {
    const MinimizeResult result = minimize(sphere, tensor({0.0, 0.0}), {.method = method});
    EXPECT_TRUE(result.success);
    EXPECT_EQ(result.iterations, 0);
    EXPECT_EQ(result.evaluations, 1);
    EXPECT_EQ(result.path.size(), 1U);
  }
}

TEST(Minimize, TakesFloat32AndNumbers) {
  for (const Method method : all_methods) {
    const MinimizeResult result =
        minimize([](const Tensor& x) { return square(x - 3); }, tensor(1.F), {.method = method});
    EXPECT_TRUE(result.success) << name(method) << ": " << result.message;
    EXPECT_EQ(result.x.dtype(), float32);
    EXPECT_EQ(result.x.shape(), Shape{});
    EXPECT_NEAR(result.x.item<double>(), 3, 1e-5);
  }
}

TEST(Minimize, DescendsFromSaddlePointsNearby) {
  const auto saddle = [](const Tensor& x) {
    const Tensor a = element(x, 0), b = element(x, 1);
    return square(a) - square(b) + square(square(b)) / 4;
  };
  for (const Method method : all_methods) {
    const MinimizeResult result = minimize(saddle, tensor({1.0, 1e-3}), {.method = method});
    EXPECT_TRUE(result.success) << name(method);
    EXPECT_NEAR(result.fun, -1, 1e-8) << name(method);
  }
}

// ---- bounds

TEST(Minimize, NeverLeavesTheBounds) {
  const auto f = [](const Tensor& x) {
    const Doubles v = x.to_vector<double>();
    EXPECT_TRUE(-2 <= v[0] && v[0] <= 0.5 && -1 <= v[1] && v[1] <= 2) << v[0] << ", " << v[1];
    return rosenbrock(x);
  };
  for (const double start : {-5.0, -1.2, 0.1, 7.0}) {
    const MinimizeResult result = minimize(
        f, tensor({start, 1.0}), {.method = Method::l_bfgs_b, .bounds = {{-2, 0.5}, {-1, 2}}});
    EXPECT_TRUE(result.success);
    EXPECT_EQ(result.x.to_vector<double>()[0], 0.5);
    EXPECT_NEAR(result.x.to_vector<double>()[1], 0.25, 1e-6);
  }
}

TEST(Minimize, OnePairOfBoundsIsForAllElements) {
  const MinimizeResult result =
      minimize(sphere, full({4}, 3, f64), {.method = Method::l_bfgs_b, .bounds = {{1.5, inf}}});
  EXPECT_TRUE(result.success);
  expect_values(result.x, Doubles(4, 1.5));
}

TEST(Minimize, BoundsMayLeaveASinglePoint) {
  const MinimizeResult result =
      minimize(sphere, tensor({1.0, 5.0}), {.method = Method::l_bfgs_b, .bounds = {{2, 2}}});
  EXPECT_TRUE(result.success);
  expect_values(result.x, Doubles(2, 2.0));
  EXPECT_EQ(result.evaluations, 1);
}

// ---- failures

TEST(Minimize, AvoidsPointsWhereFIsNotFinite) {
  const auto barrier = [](const Tensor& x) { return sum(x - log(x)); };  // NaN for x < 0
  for (const Method method : all_methods) {
    const MinimizeResult result = minimize(barrier, tensor({0.01, 30.0}), {.method = method});
    EXPECT_TRUE(result.success) << name(method) << ": " << result.message;
    EXPECT_NEAR(result.fun, 2, 1e-7) << name(method);
  }
}

TEST(Minimize, SaysWhenFIsNotFiniteAtTheStart) {
  for (const Method method : all_methods) {
    const MinimizeResult result =
        minimize([](const Tensor& x) { return sum(log(x)); }, tensor({-1.0}), {.method = method});
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.message, "f(x0) or its gradient is not finite");
    EXPECT_EQ(result.evaluations, 1);
  }
}

TEST(Minimize, DoesNotCallAnUnboundedFunctionMinimized) {
  for (const Method method : all_methods)
    EXPECT_FALSE(minimize([](const Tensor& x) { return -sum(exp(x)); }, tensor({1.0}),
                          {.method = method, .max_iter = 50})
                     .success)
        << name(method);
}

TEST(Minimize, EndsSoonWhereFFallsWithoutEnd) {
  const std::pair<const char*, Function> functions[] = {
      {"line", [](const Tensor& x) { return sum(-x); }},
      {"steep line", [](const Tensor& x) { return 1e155 * sum(-x); }},
      {"flat line", [](const Tensor& x) { return 1e-4 * sum(-x); }},
      {"parabola", [](const Tensor& x) { return -sum(square(x)); }},
      {"cubic", [](const Tensor& x) { return sum(pow(x, 3)); }},
      {"exponential", [](const Tensor& x) { return -sum(exp(x)); }}};
  for (const auto& [text, f] : functions)
    for (const DType dtype : {float32, float64})
      for (const Method method : all_methods) {
        SCOPED_TRACE(testing::Message() << text << ", " << dtype << ", " << method);
        if (dtype == float32 && std::string(text) == "steep line") continue;
        const MinimizeResult result =
            minimize(f, tensor({0.5, -1.0}, {.dtype = dtype}), {.method = method});
        EXPECT_FALSE(result.success) << result;
        EXPECT_LE(result.evaluations, 2000) << result;
        // Newton's methods take steps of 1 as long as they lower f.
        if (method != Method::newton && method != Method::newton_cg) {
          EXPECT_EQ(result.message, "f falls without end: it has no minimum");
        }
      }
}

TEST(Minimize, HasALimitWhereFFallsInCurves) {
  const auto valley = [](const Tensor& x) { return square(element(x, 0)) - element(x, 1); };
  for (const Method method : all_methods) {
    const MinimizeResult result = minimize(valley, tensor({0.5, -1.0}), {.method = method});
    EXPECT_FALSE(result.success) << result;
    EXPECT_LE(result.evaluations, 15000) << result;
  }
}

TEST(Minimize, FindsTheMinimumOfHugeFunctions) {
  for (const double size : {1e35, 1e100, 1e155, 1e200, 1e300})
    for (const Method method : all_methods) {
      SCOPED_TRACE(testing::Message() << size << ", " << method);
      const auto f = [&](const Tensor& x) {
        return size * (sum(square(x - tensor({1.0, 2.0}))) + prod(x - tensor({1.0, 2.0})));
      };
      const MinimizeResult result = minimize(f, tensor({5.0, -3.0}), {.method = method});
      const Doubles x = result.x.to_vector<double>();
      EXPECT_NEAR(x[0], 1, 1e-7) << result;
      EXPECT_NEAR(x[1], 2, 1e-7) << result;
      EXPECT_EQ(result.fun, f(result.x).item<double>());
    }
}

TEST(Minimize, MaxEvalEndsTheSearchWithoutSuccess) {
  for (const Method method : all_methods)
    for (const std::int64_t max_eval : {1, 2, 5, 9}) {
      const MinimizeResult result =
          minimize(rosenbrock, tensor({-1.2, 1.0}), {.method = method, .max_eval = max_eval});
      EXPECT_FALSE(result.success);
      EXPECT_EQ(result.evaluations, max_eval) << name(method);
      EXPECT_EQ(result.message,
                str("max_eval = ", max_eval, " evaluations did not reach the tolerance"));
    }
}

TEST(Minimize, AFarMinimumIsNoMinimumHere) {
  // |x| is beyond 2⁵³ times the gradient, which x − ∇f(x) rounds away.
  const MinimizeResult result =
      minimize([](const Tensor& x) { return sum(square(x - 1e18) * 1e-20); }, tensor({3e18}),
               {.method = Method::l_bfgs_b, .tol = 1e-8});
  EXPECT_FALSE(result.success);
}

TEST(Minimize, SaysWhenNoStepLowersF) {
  const auto kink = [](const Tensor& x) { return sum(abs(x)); };
  const MinimizeResult result = minimize(kink, tensor({0.3, -0.7}), {.tol = 0});
  EXPECT_FALSE(result.success);
  expect_contains(result.message, {"no step lowers f"});
}

TEST(Minimize, RefusesBadInput) {
  const auto refused = [](const Tensor& x0, const MinimizeOptions& options = {}) {
    return ERROR_OF(ValueError, minimize(sphere, x0, options));
  };
  const Tensor x = tensor({1.0, 2.0});
  EXPECT_EQ(refused(tensor({1.0, nan})),
            "minimize: element 1 of x0 is nan; expected a finite start");
  EXPECT_EQ(refused(zeros({0, 2})),
            "minimize: x0 of shape (0, 2) has no elements; expected one or more");
  EXPECT_EQ(refused(Tensor()), "minimize: x0 is an undefined tensor; assign it a value first");
  EXPECT_EQ(refused(x, {.tol = -1}), "minimize: tol is -1; expected tol >= 0");
  EXPECT_EQ(refused(x, {.tol = nan}), "minimize: tol is nan; expected tol >= 0");
  EXPECT_EQ(refused(x, {.max_iter = 0}), "minimize: max_iter is 0; expected at least 1");
  EXPECT_EQ(refused(x, {.max_eval = 0}), "minimize: max_eval is 0; expected at least 1");
  EXPECT_EQ(refused(x, {.method = Method::bfgs, .bounds = {{0, 1}}}),
            "minimize: bfgs takes no bounds; use Method::l_bfgs_b or leave them out");
  const Method bounded = Method::l_bfgs_b;
  EXPECT_EQ(refused(x, {.method = bounded, .bounds = {{0, 1}, {0, 1}, {0, 1}}}),
            "minimize: 3 bounds for x0 of shape (2,); expected 1 or 2");
  EXPECT_EQ(refused(x, {.method = bounded, .bounds = {{0, 1}, {2, 1}}}),
            "minimize: the bounds of element 1 are (2, 1); expected lower <= upper, with a number "
            "in between");
  EXPECT_NE(refused(x, {.method = bounded, .bounds = {{nan, 1}}}), "");
  EXPECT_NE(refused(x, {.method = bounded, .bounds = {{inf, inf}}}), "");
  EXPECT_EQ(
      ERROR_OF(DTypeError, minimize(sphere, tensor({1, 2}))),
      "minimize: x0 of shape (2,) is int64; expected float32 or float64, as from to(float32)");
  EXPECT_EQ(ERROR_OF(ValueError, minimize({}, x)), "minimize: f is empty; give a function");
}

TEST(Minimize, RefusesAFunctionThatIsNoScalarOfX) {
  const Tensor x = tensor({1.0, 2.0});
  EXPECT_EQ(ERROR_OF(ShapeError, minimize([](const Tensor& t) { return t * t; }, x)),
            "minimize: f(x) has shape (2,); it must be a scalar, as sum(f(x)) or mean(f(x))");
  EXPECT_EQ(ERROR_OF(ValueError, minimize([](const Tensor&) { return Tensor(); }, x)),
            "minimize: f(x) is an undefined tensor; return the value");
  EXPECT_EQ(
      ERROR_OF(DTypeError, minimize([](const Tensor&) { return tensor(1); }, x)),
      "minimize: f(x) of shape () is int64; expected float32 or float64, as from to(float32)");
  const std::string constant =
      "minimize: f(x) does not depend on x by recorded operations; compute it from the x it is "
      "called with";
  EXPECT_EQ(ERROR_OF(GradError, minimize([](const Tensor&) { return tensor(1.0); }, x)), constant);
  const Tensor other = tensor(1.0, {.requires_grad = true});
  EXPECT_EQ(ERROR_OF(GradError, minimize([&](const Tensor&) { return other * 2; }, x)), constant);
}

TEST(Minimize, BoundsChooseTheirMethod) {
  const optim::MinimizeResult result =
      minimize(sphere, tensor({3.0, 2.0}), {.bounds = {{1, 4}, {-1, 4}}});
  EXPECT_TRUE(result.success);
  expect_close(result.x, tensor({1.0, 0.0}), 1e-6);
  EXPECT_EQ(result.message, "the projected gradient is at most 1e-05");
}

TEST(Minimize, PrintsItsResult) {
  std::ostringstream out;
  out << Method::l_bfgs_b << ' ' << minimize(sphere, tensor({0.0}));
  EXPECT_EQ(out.str(),
            "l_bfgs_b minimum: the gradient is at most 1e-05\n"
            "  x: tensor([0.], dtype=float64)\n  fun: 0\n  grad: tensor([0.], dtype=float64)\n"
            "  iterations: 0\n  evaluations: 1");
}

}  // namespace
}  // namespace xgrad::test
