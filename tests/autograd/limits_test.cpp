// Limits and tails of the elementwise operations, against extended precision.

#include <fstream>
#include <map>
#include <set>

#include "autograd/dual.hpp"
#include "autograd/functional.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Function = std::function<Tensor(const Tensors&)>;
using Unary = Tensor (*)(const Tensor&);

Function of_one(Unary f) {
  return [f](const Tensors& x) { return f(x[0]); };
}

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all = {
#define XGRAD_UNARY(name) {#name, of_one(name)},
      XGRAD_UNARY_OPERATIONS(XGRAD_UNARY)
#undef XGRAD_UNARY
          {"elu", [](const auto& x) { return elu(x[0]); }},
      {"leaky_relu(0)", [](const auto& x) { return leaky_relu(x[0], 0); }},
      {"leaky_relu(0.25)", [](const auto& x) { return leaky_relu(x[0], 0.25); }},
      {"polygamma(2)", [](const auto& x) { return polygamma(2, x[0]); }},
      {"nan_to_num", [](const auto& x) { return nan_to_num(x[0], 0, 1, -1); }},
      {"hypot", [](const auto& x) { return hypot(x[0], x[1]); }},
      {"pow", [](const auto& x) { return pow(x[0], x[1]); }},
      {"atan2", [](const auto& x) { return atan2(x[0], x[1]); }},
  };
  return all;
}

void expect_limit(const Tensor& found, const json& expected, const json& tolerance,
                  const std::string& what) {
  if (expected.is_null()) return;  // the table asks for nothing
  const double right = golden_number(expected);
  const double value = found.item<double>();
  if (std::isnan(right))
    EXPECT_TRUE(std::isnan(value)) << what << " is " << value << ", expected nan";
  else if (std::isinf(right))
    EXPECT_EQ(value, right) << what;
  else
    EXPECT_LE(std::abs(value - right), tolerance.get<double>())
        << what << " is " << value << ", expected " << right;
}

void check(const Function& f, const json& entry) {
  const DType dtype = entry[0] == "float32" ? float32 : float64;
  Tensors x;
  std::string at;
  for (const json& argument : entry[1]) {
    x.push_back(tensor(golden_number(argument), {.dtype = dtype, .requires_grad = true}));
    at += " " + argument.dump();
  }
  SCOPED_TRACE(testing::Message() << dtype << " at" << at);
  const std::size_t n = x.size();
  const json& tolerance = entry[5];
  const Tensor y = f(x);
  expect_limit(y, entry[2], tolerance[0], "the value");
  const Tensors fused = grad({y}, x, {.retain_graph = true});
  const Tensors slopes = grad({y}, x, {.create_graph = true});
  for (std::size_t i = 0; i < n; ++i) {
    expect_limit(fused[i], entry[3][i], tolerance[1 + i], "the slope");
    expect_limit(slopes[i], entry[3][i], tolerance[1 + i], "the recorded slope");
    Tensors row(n);
    if (slopes[i].requires_grad())
      row = grad({slopes[i]}, x, {.retain_graph = true, .allow_unused = true});
    for (std::size_t j = 0; j < n; ++j)
      expect_limit(row[j].defined() ? row[j] : zeros({}, {.dtype = dtype}), entry[4][i * n + j],
                   tolerance[1 + n + i * n + j], "the second derivative");
  }
}

TEST(Limits, AreThoseOfExtendedPrecision) {
  const json limits = read_golden("limits.json");
  for (const auto& [name, f] : functions()) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(limits.contains(name));
    for (const json& entry : limits[name]) check(f, entry);
  }
}

// The operations of elementwise.hpp: those of one tensor.
TEST(Limits, CoverEveryElementwiseFunction) {
  std::set<std::string> covered;
  for (const auto& [name, f] : functions()) covered.insert(name.substr(0, name.find('(')));
  std::ifstream header(XGRAD_SOURCE_DIR "/autograd/ops/elementwise.hpp");
  std::size_t count = 0;
  for (std::string line; std::getline(header, line) && !line.starts_with("namespace detail");)
    if (line.starts_with("Tensor ")) {
      const std::string name = line.substr(7, line.find('(') - 7);
      EXPECT_TRUE(covered.contains(name)) << "tests/golden/limits.py lacks " << name;
      ++count;
    }
  EXPECT_GE(count, 30u);
}

// ---- an infinite gradient does not pass through what is not chosen

TEST(Limits, AnInfiniteGradientIsNotTimesZero) {
  const Tensor x = leaf({-1, 2}), y = leaf({1, -3});
  const auto back = [&](const Tensor& z) { return grad(sum(z * leaf({inf, inf})), x); };
  expect_near(back(where(x > 0, x, y)), {0, inf}, 0);
  expect_near(back(maximum(x, y)), {0, inf}, 0);
  expect_near(back(minimum(x, y)), {inf, 0}, 0);
  expect_near(back(clamp(x, 0, 5)), {0, inf}, 0);
  expect_near(back(relu(x)), {0, inf}, 0);
  expect_near(back(leaky_relu(x, 0)), {0, inf}, 0);
  expect_near(back(abs(x)), {-inf, inf}, 0);
  for (const Unary f : {sign, floor, ceil, round}) expect_near(back(f(x)), {0, 0}, 0);
  expect_near(grad(max(x) * inf, x), {0, inf}, 0);
  expect_near(grad(min(x) * inf, x), {inf, 0}, 0);
  expect_near(grad(norm(x, inf) * inf, x), {0, inf}, 0);
  expect_near(grad(sum(masked_select(x, x > 0) * inf), x), {0, inf}, 0);
}

// ---- rows

TEST(Limits, SoftmaxOfInfiniteElements) {
  const Tensor x = tensor({{inf, 1., -inf}, {inf, inf, 0.}, {-inf, -inf, -inf}, {-inf, 0., 0.}},
                          {.requires_grad = true});
  const double l2 = std::log(2);
  expect_near(softmax(x), {1, 0, 0, nan, nan, nan, nan, nan, nan, 0, 0.5, 0.5}, 1e-15);
  expect_near(log_softmax(x), {0, -inf, -inf, nan, nan, nan, nan, nan, nan, -inf, -l2, -l2}, 1e-15);
  expect_near(logsumexp(x, -1), {inf, inf, -inf, l2}, 1e-15);
  expect_near(grad(sum(logsumexp(x, -1)), x), {1, 0, 0, nan, nan, nan, nan, nan, nan, 0, 0.5, 0.5},
              1e-15);
  const Tensor one = leaf({0, inf});
  expect_near(slope(softmax(one) * leaf({1, 3}), one), {0, 0}, 0);
  expect_near(curvature(softmax(one) * leaf({1, 3}), one), {0, 0}, 0);
  expect_near(slope(log_softmax(one) * leaf({0, 3}), one), {0, 0}, 0);
}

TEST(Limits, NormsOfTinyAndHugeElements) {
  const auto check = [](DType dtype, double unit) {
    const Tensor x = tensor({3 * unit, -4 * unit}, {.dtype = dtype, .requires_grad = true});
    const double tolerance = dtype == float32 ? 1e-6 : 1e-14;
    for (const double p : {1.0, 1.5, 2.0, 3.0, inf}) {
      SCOPED_TRACE(testing::Message() << dtype << " " << unit << " p " << p);
      const double size = std::isinf(p) ? 4 : std::pow(std::pow(3, p) + std::pow(4, p), 1 / p);
      const Tensor y = norm(x, p);
      EXPECT_NEAR(y.item<double>() / unit, size, tolerance * size);
      const auto of = [&](double v) {
        return std::isinf(p) ? (v == 4 ? 1 : 0) : std::pow(v / size, p - 1);
      };
      expect_near(slope(y, x), {of(3), -of(4)}, tolerance);
    }
  };
  for (const double unit : {1e-300, 1e-200, 1e200, 1e300}) check(float64, unit);
  for (const double unit : {1e-35, 1e-30, 1e30, 1e37}) check(float32, unit);
}

TEST(Limits, SumsAndMeansWhosePartsOverflow) {
  const float huge = 3e38F;
  EXPECT_EQ(mean(tensor({huge, huge, huge})).item<float>(), huge);
  EXPECT_EQ(sum(tensor({huge, huge, -huge})).item<float>(), huge);
  EXPECT_EQ(mean(full({100}, 1.5e308, f64)).item<double>(), 1.5e308);
  const Tensor many = full({5000, 3}, huge);
  EXPECT_EQ(mean(many).item<float>(), huge);
  expect_near(mean(many, 0), {huge, huge, huge}, 0);
  expect_near(mean(full({2, 1000}, -huge), 1), {-huge, -huge}, 0);
  EXPECT_EQ(mean(leaf({1, inf})).item<double>(), inf);
  EXPECT_TRUE(std::isnan(mean(leaf({-inf, inf})).item<double>()));
}

// ---- smooth functions of norm and std at the minimum

TEST(Limits, HessiansOfFunctionsOfNormAndStd) {
  using Scalars = std::function<Tensor(const Tensor&)>;
  const Tensor zero = zeros({3}, f64), level = full({3}, 2., f64);
  const Doubles unit = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const Doubles centering = {2, -1, -1, -1, 2, -1, -1, -1, 2};  // times 1/3: I less the mean
  const auto check = [](const Scalars& f, const Tensor& x, const Doubles& shape, double factor) {
    Doubles expected;
    for (const double v : shape) expected.push_back(factor * v);
    expect_near(hessian(f, x), expected, 1e-14);
  };
  const std::vector<std::pair<Scalars, double>> functions = {
      // and the second derivative at 0
      {[](const Tensor& r) { return square(r); }, 2},
      {[](const Tensor& r) { return r * r; }, 2},
      {[](const Tensor& r) { return pow(r, 2); }, 2},
      {[](const Tensor& r) { return cosh(r); }, 1},
      {[](const Tensor& r) { return exp(-square(r)); }, -2},
      {[](const Tensor& r) { return sqrt(1 + r * r); }, 1},
      {[](const Tensor& r) { return pow(r, 3); }, 0},
  };
  for (const auto& [function, second] : functions) {
    const Scalars& f = function;
    check([&](const Tensor& x) { return f(norm(x)); }, zero, unit, second);
    check([&](const Tensor& x) { return f(xgrad::std(x)); }, level, centering, second / 6);
  }
  check([](const Tensor& x) { return var(x); }, level, centering, 1.0 / 3);
  // Some rows at their minimum, some not.
  const Tensor rows = tensor({{0., 0.}, {3., 4.}});
  const Tensor h = hessian([](const Tensor& x) { return sum(square(norm(x, 2., 1))); }, rows);
  expect_near(reshape(h, {4, 4}), {2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2}, 1e-14);
  // Between 1 and 2, the curvature is infinite where an element is 0.
  expect_near(hessian([](const Tensor& x) { return norm(x, 1.5); }, tensor({0., 1.})),
              {inf, 0, 0, 0}, 1e-14);
}

TEST(Limits, HessiansOfPowAreSymmetric) {
  const auto f = [](const Tensor& v) { return pow(select(v, 0, 0), select(v, 0, 1)); };
  for (const double x : {1e-310, 1e-300, 1e-7, 0.5, 1.0, 3.0, 1e200})
    for (const double y : {0.0, 0.5, 1.0, 2.0}) {
      const Doubles h = hessian(f, tensor({x, y})).to_vector<double>();
      EXPECT_EQ(h[1], h[2]) << x << " " << y;
      if (y == 0) {
        EXPECT_EQ(h[1], 1 / x) << x;
      }
    }
  expect_near(hessian(f, tensor({0., 0.})), {0, inf, inf, 0}, 0);
}

TEST(Limits, DerivativesOfPowByDualNumbers) {
  const auto mixed = [](double x, double y) {
    return derivative(
        [x](const auto& v) {
          return derivative([v](const auto& u) { return pow(u, v); }, x + 0 * v);
        },
        y);
  };
  EXPECT_EQ(mixed(1e-7, 0), 1e7);
  EXPECT_EQ(mixed(1e-300, 0), 1 / 1e-300);
  EXPECT_EQ(mixed(0, 0), inf);
  EXPECT_NEAR(mixed(2, 3), 4 * (1 + 3 * std::log(2)), 1e-13);
}

}  // namespace
}  // namespace xgrad::test
