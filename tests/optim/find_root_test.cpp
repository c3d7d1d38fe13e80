#include "optim/find_root.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "autograd/creation.hpp"
#include "autograd/ops.hpp"
#include "tests/support/expect_close.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad {
namespace {

using optim::find_root;
using optim::RootResult;
using test::error_of;
using test::expect_close;

Tensor quartic(const Tensor& x) { return (x + 4) * (x + 6) * (x - 2) * (x - 12) - 25 * square(x); }

TEST(FindRoot, TakesNewtonsStepsInFull) {
  // |f| grows nearly sixfold in the first step, to a root on the other side.
  const RootResult result = find_root(quartic, tensor(9.0));
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.x.item<double>(), -8);
  EXPECT_EQ(result.fun.item<double>(), 0);
  EXPECT_EQ(result.iterations, 9);
  EXPECT_EQ(result.evaluations, 10);
  ASSERT_EQ(result.path.size(), 10U);
  EXPECT_NEAR(result.path[1].item<double>(), 9 - -6120.0 / -258, 1e-12);
}

TEST(FindRoot, FindsRootsToRounding) {
  const auto f = [](const Tensor& x) {
    return pow(x, 4) - 8 * pow(x, 3) + 21 * square(x) - 24 * x + 9;
  };
  const RootResult result = find_root(f, tensor(2.0));
  EXPECT_TRUE(result.success);
  EXPECT_NEAR(result.x.item<double>(), (5 - std::sqrt(13.0)) / 2, 4e-16);
}

TEST(FindRoot, SolvesSystemsOfAnyShape) {
  // The square root of a matrix.
  const Tensor a = tensor({{33.0, 24.0}, {48.0, 57.0}});
  const RootResult result = find_root([&](const Tensor& x) { return matmul(x, x) - a; },
                                      tensor({{5.0, 1.0}, {1.0, 5.0}}));
  EXPECT_TRUE(result.success);
  expect_close(result.x, tensor({{5.0, 2.0}, {4.0, 7.0}}));
  EXPECT_EQ(result.evaluations, result.iterations + 1);
}

TEST(FindRoot, KeepsFloat32) {
  const RootResult result = find_root([](const Tensor& x) { return square(x) - 2; }, tensor({1.F}));
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.x.dtype(), float32);
  EXPECT_EQ(result.x.shape(), Shape{1});
  EXPECT_NEAR(result.x.item<double>(), std::sqrt(2.0), 2e-7);
}

TEST(FindRoot, HalvesStepsToWhereFIsNotFinite) {
  const RootResult result =
      find_root([](const Tensor& x) { return log(x); }, tensor(10.0));  // the first step: to -13
  EXPECT_TRUE(result.success);
  EXPECT_NEAR(result.x.item<double>(), 1, 1e-12);
  EXPECT_GT(result.evaluations, result.iterations + 1);
}

TEST(FindRoot, SaysWhyThereIsNoRoot) {
  const auto message = [](const auto& f, const Tensor& x0, optim::FindRootOptions options = {}) {
    const RootResult result = find_root(f, x0, options);
    EXPECT_FALSE(result.success);
    return result.message;
  };
  const auto parabola = [](const Tensor& x) { return square(x) + 1; };
  EXPECT_EQ(message(parabola, tensor(0.0)), "the derivative is 0");
  EXPECT_EQ(message(parabola, tensor(0.3)), "max_iter = 100 steps did not converge");
  EXPECT_EQ(message(parabola, tensor(0.3), {.max_iter = 5}), "max_iter = 5 steps did not converge");
  EXPECT_EQ(message([](const Tensor&) { return tensor(2.0); }, tensor(1.0)), "the derivative is 0");
  EXPECT_EQ(message([](const Tensor& x) { return x * sum(x) + 1; }, tensor({0.0, 0.0})),
            "the Jacobian is singular");
  EXPECT_EQ(message([](const Tensor& x) { return log(x); }, tensor(-1.0)), "f is not finite");
}

TEST(FindRoot, RefusesBadInput) {
  const auto identity = [](const Tensor& x) { return x; };
  const Tensor x = tensor({1.0, 2.0});
  EXPECT_EQ(error_of<ShapeError>([&] { find_root([](const Tensor& t) { return sum(t); }, x); }),
            "find_root: f(x) has shape () and x (2,); expected as many functions as unknowns");
  EXPECT_EQ(
      error_of<DTypeError>([&] { find_root([](const Tensor& t) { return t.to(float32); }, x); }),
      "find_root: f(x) is float32 and x float64; they must be equal");
  EXPECT_EQ(error_of<ValueError>([&] { find_root([](const Tensor&) { return Tensor(); }, x); }),
            "find_root: f(x) is an undefined tensor; return the value");
  EXPECT_EQ(error_of<ValueError>([&] { find_root(identity, Tensor()); }),
            "find_root: x0 is an undefined tensor; assign it a value");
  EXPECT_EQ(error_of<ValueError>([&] { find_root(identity, zeros({0})); }),
            "find_root: x0 of shape (0,) has no elements");
  EXPECT_EQ(error_of<ValueError>([&] {
              find_root(identity, tensor({1.0, std::numeric_limits<double>::infinity()}));
            }),
            "find_root: element 1 of x0 is inf; expected a finite start");
  EXPECT_EQ(error_of<DTypeError>([&] { find_root(identity, tensor({1})); }),
            "find_root: x0 is int64; expected float32 or float64");
  EXPECT_EQ(error_of<ValueError>([&] { find_root(identity, x, {.tol = -1}); }),
            "find_root: tol is -1; expected tol >= 0");
  EXPECT_EQ(error_of<ValueError>([&] { find_root(identity, x, {.max_iter = 0}); }),
            "find_root: max_iter is 0; expected at least 1");
  EXPECT_EQ(error_of<ValueError>([&] { find_root({}, x); }),
            "find_root: f is empty; give a function");
}

TEST(FindRoot, PrintsItsResult) {
  std::ostringstream out;
  out << find_root([](const Tensor& x) { return x * 2; }, tensor(0.0));
  EXPECT_EQ(out.str(),
            "root: f is 0\n  x: tensor(0., dtype=float64)\n  fun: tensor(0., dtype=float64)\n"
            "  iterations: 0\n  evaluations: 1");
}

}  // namespace
}  // namespace xgrad
