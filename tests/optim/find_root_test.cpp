#include "optim/find_root.hpp"

#include <sstream>
#include <tuple>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using optim::find_root;
using optim::RootResult;

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

// ---- scales

struct Problem {
  const char* name;
  std::function<Tensor(const Tensor&)> f;
  Tensor start, root;  ///< undefined: there is none
};

Tensor circle_and_line(const Tensor& x) {
  const Tensor a = select(x, 0, 0), b = select(x, 0, 1);
  return stack({square(a) + square(b) - 1, a - b - 1});
}

Tensor cubic_and_line(const Tensor& x) {
  const Tensor a = select(x, 0, 0), b = select(x, 0, 1);
  return stack({a - 3, pow(b, 3) + a - 11});
}

Tensor square_root(const Tensor& x) {
  return matmul(x, x) - tensor({{33.0, 24.0}, {48.0, 57.0}}).to(x.dtype());
}

const std::vector<Problem>& problems() {
  static const std::vector<Problem> all{
      {"linear", [](const Tensor& x) { return 3 * x - 5; }, tensor(100.0), tensor(5.0 / 3)},
      {"quartic", quartic, tensor(9.0), tensor(-8.0)},
      {"sqrt", [](const Tensor& x) { return square(x) - 2; }, tensor(30.0), tensor(std::sqrt(2))},
      {"cube", [](const Tensor& x) { return pow(x, 3) - 8; }, tensor(20.0), tensor(2.0)},
      {"sin", [](const Tensor& x) { return sin(x); }, tensor(3.0), tensor(std::acos(-1.0))},
      {"sin at 0", [](const Tensor& x) { return sin(x); }, tensor(0.9), tensor(0.0)},
      {"log", [](const Tensor& x) { return log(x); }, tensor(10.0), tensor(1.0)},
      {"exp", [](const Tensor& x) { return exp(x) - 5; }, tensor(4.0), tensor(std::log(5.0))},
      {"cosine", [](const Tensor& x) { return cos(x) - x; }, tensor(1.0),
       tensor(0.7390851332151607)},
      {"matrix", square_root, tensor({{5.0, 1.0}, {1.0, 5.0}}), tensor({{5.0, 2.0}, {4.0, 7.0}})},
      {"circle", circle_and_line, tensor({0.9, 0.2}), tensor({1.0, 0.0})},
      {"cubic", cubic_and_line, tensor({1.0, 100.0}), tensor({3.0, 2.0})},
      {"parabola", [](const Tensor& x) { return square(x) + 1; }, tensor(0.3), {}},
      {"far parabola", [](const Tensor& x) { return square(x) + 1; }, tensor(1e6), {}},
      {"fourth power", [](const Tensor& x) { return pow(x, 4) + 2; }, tensor(30.0), {}},
      {"decay", [](const Tensor& x) { return exp(-x); }, tensor(1.0), {}},
      {"pole", [](const Tensor& x) { return 1 / x; }, tensor(1.0), {}},
      {"kink", [](const Tensor& x) { return sqrt(x) + 1; }, tensor(1.0), {}},
      {"one of two",
       [](const Tensor& x) {
         return square(x) + tensor({1.0, -4.0});
       },
       tensor({0.3, 5.0}),
       {}},
  };
  return all;
}

/// Unknowns are those of the problem, times x and 1 / x alternately, plus shift; functions are its
/// functions times f and 1 / f.
struct Scales {
  double x, f, shift;
};

void check_scaled(const Problem& problem, const Scales& scales, double tolerance) {
  SCOPED_TRACE(testing::Message() << problem.name << ": x times " << scales.x << " plus "
                                  << scales.shift << ", f times " << scales.f);
  const std::size_t n = problem.start.numel();
  Doubles x(n), f(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = i % 2 == 0 ? scales.x : 1 / scales.x;
    f[i] = i % 2 == 0 ? scales.f : 1 / scales.f;
  }
  const Shape& shape = problem.start.shape();
  const Tensor x_scale = tensor(x, shape), f_scale = tensor(f, shape);
  const auto scaled = [&](const Tensor& at) {
    return f_scale * problem.f((at - scales.shift) / x_scale);
  };
  const RootResult result = find_root(scaled, problem.start * x_scale + scales.shift);
  EXPECT_EQ(result.success, problem.root.defined()) << result;
  if (!problem.root.defined()) return;
  const Doubles found = ((result.x - scales.shift) / x_scale).to_vector<double>();
  const Doubles root = problem.root.to_vector<double>();
  for (std::size_t i = 0; i < n; ++i)
    EXPECT_NEAR(found[i], root[i], tolerance + std::abs(scales.shift / x[i]) * 4e-16) << result;
}

TEST(FindRoot, FindsRootsAndNoOthersWhateverTheScales) {
  for (const Problem& problem : problems())
    for (const double x : {1.0, 1e-10, 1e-5, 1e5, 1e10})
      for (const double f : {1.0, 1e-10, 1e10, 1e-150, 1e150})
        check_scaled(problem, {x, f, 0}, 1e-14);
}

TEST(FindRoot, FindsRootsAndNoOthersFarFromZero) {
  for (const Problem& problem : problems())
    for (const double shift : {-1e3, 1e9, -1e12})
      for (const double f : {1.0, 1e-10, 1e10}) check_scaled(problem, {1, f, shift}, 1e-14);
}

TEST(FindRoot, FindsMultipleRoots) {
  const std::tuple<const char*, std::function<Tensor(const Tensor&)>, double, double, double>
      rows[]{{"x^2", [](const Tensor& x) { return square(x); }, 1, 0, 1e-15},
             {"x^3", [](const Tensor& x) { return pow(x, 3); }, 1, 0, 1e-9},
             {"(x - 1)^2", [](const Tensor& x) { return square(x - 1); }, 3, 1, 1e-14},
             {"(x - 1)^4", [](const Tensor& x) { return pow(x - 1, 4); }, 3, 1, 1e-7},
             {"x^2 - 2 x + 1", [](const Tensor& x) { return square(x) - 2 * x + 1; }, 3, 1, 1e-7},
             {"(x - 1)^4, expanded",
              [](const Tensor& x) { return pow(x, 4) - 4 * pow(x, 3) + 6 * square(x) - 4 * x + 1; },
              3, 1, 1e-3}};
  for (const auto& [text, f, start, root, tolerance] : rows) {
    const RootResult result = find_root(f, tensor(start));
    EXPECT_TRUE(result.success) << text << ": " << result;
    EXPECT_NEAR(result.x.item<double>(), root, tolerance) << text;
  }
}

TEST(FindRoot, StartsAtARoot) {
  for (const Problem& problem : problems()) {
    if (!problem.root.defined()) continue;
    const RootResult first = find_root(problem.f, problem.start);
    const RootResult second = find_root(problem.f, first.x);
    EXPECT_TRUE(second.success) << problem.name << ": " << second;
    EXPECT_LE(second.iterations, 3) << problem.name;
  }
}

TEST(FindRoot, AnInfiniteDerivativeIsNoRoot) {
  const RootResult result = find_root([](const Tensor& x) { return sqrt(x) - 1; }, tensor(0.0));
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.message, "the Jacobian is not finite");
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
  EXPECT_EQ(ERROR_OF(ShapeError, find_root([](const Tensor& t) { return sum(t); }, x)),
            "find_root: f(x) has shape () and x (2,); expected as many functions as unknowns");
  EXPECT_EQ(ERROR_OF(DTypeError, find_root([](const Tensor& t) { return t.to(float32); }, x)),
            "find_root: f(x) is float32 but x float64; expected the same; convert one with "
            ".to(float64)");
  EXPECT_EQ(ERROR_OF(ValueError, find_root([](const Tensor&) { return Tensor(); }, x)),
            "find_root: f(x) is an undefined tensor; return the value");
  EXPECT_EQ(ERROR_OF(ValueError, find_root(identity, Tensor())),
            "find_root: x0 is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, find_root(identity, zeros({0}))),
            "find_root: x0 of shape (0,) has no elements; expected one or more");
  EXPECT_EQ(ERROR_OF(ValueError, find_root(identity, tensor({1.0, inf}))),
            "find_root: element 1 of x0 is inf; expected a finite start");
  EXPECT_EQ(
      ERROR_OF(DTypeError, find_root(identity, tensor({1}))),
      "find_root: x0 of shape (1,) is int64; expected float32 or float64, as from to(float32)");
  EXPECT_EQ(ERROR_OF(ValueError, find_root(identity, x, {.tol = -1})),
            "find_root: tol is -1; expected tol >= 0");
  EXPECT_EQ(ERROR_OF(ValueError, find_root(identity, x, {.tol = inf})),
            "find_root: tol is inf; expected a finite tol");
  EXPECT_EQ(ERROR_OF(ValueError, find_root(identity, x, {.max_iter = 0})),
            "find_root: max_iter is 0; expected at least 1");
  EXPECT_EQ(ERROR_OF(ValueError, find_root({}, x)), "find_root: f is empty; give a function");
}

TEST(FindRoot, PrintsItsResult) {
  std::ostringstream out;
  out << find_root([](const Tensor& x) { return x * 2; }, tensor(0.0));
  EXPECT_EQ(out.str(),
            "root: f is 0\n  x: tensor(0., dtype=float64)\n  fun: tensor(0., dtype=float64)\n"
            "  iterations: 0\n  evaluations: 1");
}

}  // namespace
}  // namespace xgrad::test
