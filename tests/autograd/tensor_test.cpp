#include "autograd/tensor.hpp"

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

constexpr TensorOptions leaf = f64_grad;

void expect_tensor(const Tensor& t, DType dtype, const Shape& shape, const Doubles& values) {
  EXPECT_EQ(t.dtype(), dtype) << t.dtype();
  EXPECT_EQ(t.shape(), shape);
  EXPECT_EQ(t.to_vector<double>(), values);
}

// ---- handles

TEST(Tensor, DefaultConstructedIsUndefined) {
  const Tensor t;
  EXPECT_FALSE(t.defined());
  for (const auto& use : std::vector<std::function<void()>>{
           [&] { t.shape(); }, [&] { t.ndim(); }, [&] { t.numel(); }, [&] { t.dtype(); },
           [&] { t.size(0); }, [&] { t.requires_grad(); }, [&] { t.is_leaf(); }, [&] { t.grad(); },
           [&] { t.item<double>(); }, [&] { t.to_vector<double>(); }, [&] { t.backward(); },
           [&] { t.detach(); }, [&] { t.clone(); }, [&] { t.to(float64); }, [&] { t.op_name(); }})
    expect_contains(error_of<ValueError>(use), {"undefined"});
}

TEST(Tensor, CopiesAreHandlesOfOneValue) {
  Tensor a = zeros({2});
  Tensor b = a;
  a.fill_(3);
  expect_tensor(b, float32, {2}, {3, 3});
  a.requires_grad_();
  EXPECT_TRUE(b.requires_grad());
}

TEST(Tensor, ArithmeticAssignmentRebinds) {
  Tensor a = ones({2});
  const Tensor b = a;
  a += 1;
  expect_tensor(a, float32, {2}, {2, 2});
  expect_tensor(b, float32, {2}, {1, 1});
  a *= b + 2;
  a -= tensor({1.f, 2.f});
  a /= 2;
  expect_tensor(a, float32, {2}, {2.5, 2});
  EXPECT_EQ(a.version(), 0u);
}

TEST(Tensor, MovesAndSwaps) {
  Tensor a = full({1}, 1), b = full({1}, 2);
  Tensor c = std::move(a);
  EXPECT_FALSE(a.defined());  // NOLINT(bugprone-use-after-move): empty, by contract
  b.swap(c);
  EXPECT_EQ(b.item<int>(), 1);
  EXPECT_EQ(c.item<int>(), 2);
  const Tensor& self = c;
  c = self;
  EXPECT_EQ(c.item<int>(), 2);
}

// ---- creators

TEST(Creation, LiteralsDecideTheDType) {
  expect_tensor(tensor(2.f), float32, {}, {2});
  expect_tensor(tensor(2.), float64, {}, {2});
  expect_tensor(tensor(2), int64, {}, {2});
  expect_tensor(tensor(true), boolean, {}, {1});
  expect_tensor(tensor(std::uint8_t{2}), uint8, {}, {2});
  expect_tensor(tensor({1.f, 2.f}), float32, {2}, {1, 2});
  expect_tensor(tensor({1, 2, 3}), int64, {3}, {1, 2, 3});
  expect_tensor(tensor({{1., 2.}, {3., 4.}, {5., 6.}}), float64, {3, 2}, {1, 2, 3, 4, 5, 6});
  expect_tensor(tensor({{{1., 2.}, {3., 4.}}, {{5., 6.}, {7., 8.}}}), float64, {2, 2, 2},
                {1, 2, 3, 4, 5, 6, 7, 8});
  expect_tensor(tensor(std::vector<float>{1, 2, 3, 4}, {2, 2}), float32, {2, 2}, {1, 2, 3, 4});
  expect_tensor(tensor(std::vector<int>{1, 2}, {2, 1}), int64, {2, 1}, {1, 2});
}

TEST(Creation, OptionsConvertAndAskForGradients) {
  expect_tensor(tensor({1.5, 2.5}, {.dtype = float32}), float32, {2}, {1.5, 2.5});
  expect_tensor(tensor({1, 0}, u8), uint8, {2}, {1, 0});
  expect_tensor(tensor({1, 2}, f64), float64, {2}, {1, 2});
  EXPECT_TRUE(tensor({1.}, {.requires_grad = true}).requires_grad());
  EXPECT_TRUE(zeros({2}, {.requires_grad = true}).is_leaf());
  expect_contains(ERROR_OF(GradError, tensor({1}, {.requires_grad = true})), {"int64"});
  EXPECT_THROW(zeros({1}, {.dtype = uint8, .requires_grad = true}), GradError);
}

TEST(Creation, RefusesRaggedLiteralsAndWrongCounts) {
  expect_contains(ERROR_OF(ShapeError, tensor({{1., 2.}, {3.}})), {"tensor: ", "2", "1"});
  EXPECT_THROW(tensor({{{1., 2.}, {3., 4.}}, {{5., 6.}}}), ShapeError);
  EXPECT_THROW(tensor({{{1., 2.}, {3., 4.}}, {{5.}, {6.}}}), ShapeError);
  expect_contains(ERROR_OF(ShapeError, tensor(Doubles(5), {2, 3})), {"tensor: ", "5", "(2, 3)"});
}

TEST(Creation, RefusesShapesBeyondAllMemory) {
  const std::int64_t n = std::int64_t{1} << 33;
  expect_contains(ERROR_OF(ShapeError, zeros({n, n})),
                  {"(8589934592, 8589934592)", "float32", "more bytes"});
  EXPECT_THROW(broadcast_to(zeros({1, 1}), {n, n}), ShapeError);
  EXPECT_THROW(zeros({n * 4096}), ShapeError);
  EXPECT_EQ(zeros({n, n, 0}).numel(), 0u);
  expect_contains(ERROR_OF(ValueError, arange(0, std::numeric_limits<std::int64_t>::max())),
                  {"arange: ", "9223372036854775807"});
  expect_contains(ERROR_OF(ValueError, arange(0., 1e30)), {"arange: ", "1e+30"});
}

TEST(Creation, Constants) {
  expect_tensor(zeros({2, 1}), float32, {2, 1}, {0, 0});
  expect_tensor(ones({}), float32, {}, {1});
  expect_tensor(full({2}, 7), float32, {2}, {7, 7});
  expect_tensor(full({2}, 2.5, f64), float64, {2}, {2.5, 2.5});
  expect_tensor(full({1}, std::int64_t{9007199254740993}, i64), int64, {1}, {9007199254740993.});
  EXPECT_EQ(full({1}, std::int64_t{9007199254740993}, i64).item<std::int64_t>(), 9007199254740993);
  EXPECT_EQ(empty({2, 3}).shape(), (Shape{2, 3}));
  expect_tensor(zeros({0, 3}), float32, {0, 3}, {});
  expect_tensor(eye(2), float32, {2, 2}, {1, 0, 0, 1});
  expect_tensor(eye(2, 3, f64), float64, {2, 3}, {1, 0, 0, 0, 1, 0});
}

TEST(Creation, ArangeAndLinspace) {
  expect_tensor(arange(0, 4), int64, {4}, {0, 1, 2, 3});
  expect_tensor(arange(5, 0, -2), int64, {3}, {5, 3, 1});
  expect_tensor(arange(0., 1., 0.25), float32, {4}, {0, 0.25, 0.5, 0.75});
  expect_tensor(arange(0, 2, 1, f64), float64, {2}, {0, 1});
  expect_tensor(arange(3, 3), int64, {0}, {});
  EXPECT_EQ(arange(0., 1., 0.1, f64).numel(), 10u);
  expect_contains(ERROR_OF(ValueError, arange(0, 3, 0)), {"arange: ", "0"});
  expect_contains(ERROR_OF(ValueError, arange(0, 3, -1)), {"arange: ", "-1"});

  expect_tensor(linspace(0, 1, 5), float32, {5}, {0, 0.25, 0.5, 0.75, 1});
  expect_tensor(linspace(2, 2, 1, f64), float64, {1}, {2});
  const Tensor thirds = linspace(1, -1, 4, f64);
  EXPECT_EQ(thirds.to_vector<double>().back(), -1);
  EXPECT_NEAR(thirds.to_vector<double>()[1], 1.0 / 3, 1e-15);
  EXPECT_EQ(ERROR_OF(ValueError, linspace(0, 1, 0)).rfind("linspace: ", 0), 0u);
}

TEST(Creation, LikeTakesShapeAndDType) {
  const Tensor model = tensor({{1, 2}});
  expect_tensor(zeros_like(model), int64, {1, 2}, {0, 0});
  expect_tensor(ones_like(model), int64, {1, 2}, {1, 1});
  expect_tensor(full_like(model, 4), int64, {1, 2}, {4, 4});
  expect_tensor(full_like(model, 0.5, f64), float64, {1, 2}, {0.5, 0.5});
  EXPECT_EQ(empty_like(model).shape(), model.shape());
  const Tensor parameter = zeros({2}, leaf);
  EXPECT_FALSE(ones_like(parameter).requires_grad());
  EXPECT_TRUE(ones_like(parameter, {.requires_grad = true}).requires_grad());
}

// ---- queries and values

TEST(Tensor, AnswersQueries) {
  const Tensor t = zeros({2, 3, 4});
  EXPECT_EQ(t.ndim(), 3u);
  EXPECT_EQ(t.numel(), 24u);
  EXPECT_EQ(t.size(1), 3u);
  EXPECT_EQ(t.size(-1), 4u);
  EXPECT_TRUE(t.is_leaf());
  EXPECT_FALSE(t.has_grad());
  EXPECT_FALSE(t.grad().defined());
  EXPECT_STREQ(t.op_name(), "");
  expect_contains(ERROR_OF(ShapeError, t.size(3)), {"size: ", "axis 3", "3 dimensions"});

  const Tensor y = tanh(zeros({2}, leaf));
  EXPECT_STREQ(y.op_name(), "tanh");
  EXPECT_FALSE(y.is_leaf());
  EXPECT_TRUE(y.requires_grad());
}

TEST(Tensor, ItemIsTheOnlyElement) {
  EXPECT_EQ(tensor(2.5).item<double>(), 2.5);
  EXPECT_EQ(tensor({{7}}).item<float>(), 7.f);
  EXPECT_EQ(tensor(2.75).item<int>(), 2);
  EXPECT_TRUE(tensor(1).item<bool>());
  expect_contains(ERROR_OF(ShapeError, zeros({2, 3}).item<float>()), {"item: ", "(2, 3)", "6"});
  EXPECT_THROW(zeros({0}).item<float>(), ShapeError);
}

TEST(Tensor, ToVectorConverts) {
  EXPECT_EQ(tensor({1.75, -2.}).to_vector<int>(), (std::vector<int>{1, -2}));
  EXPECT_EQ(tensor({1, 2}).to_vector<float>(), (std::vector<float>{1, 2}));
  EXPECT_EQ(zeros({0}).to_vector<double>(), Doubles{});
}

TEST(Tensor, DataIsTheAlignedMemoryItself) {
  Tensor t = tensor({{1., 2.}, {3., 4.}});
  std::span<double> values = t.data<double>();
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(values.data()) % 64, 0u);
  values[2] = 7;
  expect_tensor(t, float64, {2, 2}, {1, 2, 7, 4});
  const Tensor& reading = t;
  EXPECT_EQ(reading.data<double>().data(), values.data());
  expect_contains(ERROR_OF(DTypeError, t.data<float>()), {"data: ", "float64", "float32"});
}

// ---- dtypes

TEST(Tensor, ConvertsBetweenDTypes) {
  const Tensor x = tensor({1.75, -2.5, 300.});
  expect_tensor(x.to(float32), float32, {3}, {1.75, -2.5, 300});
  expect_tensor(x.to(int64), int64, {3}, {1, -2, 300});
  expect_tensor(tensor({0, 255}).to(uint8), uint8, {2}, {0, 255});
  EXPECT_TRUE(x.to(float64).is(x));
}

TEST(Tensor, ConversionPassesGradients) {
  const Tensor x = tensor({1., 2.}, leaf);
  sum(x.to(float32) * 3).backward();
  expect_tensor(x.grad(), float64, {2}, {3, 3});
  EXPECT_FALSE(x.to(int64).requires_grad());
}

TEST(Tensor, PromotesDTypes) {
  const Tensor f = tensor({1.f}), d = tensor({1.}), i = tensor({1});
  const Tensor u = tensor({1}, u8);
  EXPECT_EQ((f + i).dtype(), float32);
  EXPECT_EQ((i + d).dtype(), float64);
  EXPECT_EQ((u * f).dtype(), float32);
  EXPECT_EQ((u + i).dtype(), int64);
  EXPECT_EQ((u + u).dtype(), int64);  // which holds each sum
  EXPECT_EQ((i / i).dtype(), float32);
  EXPECT_EQ((i == i).dtype(), boolean);
  EXPECT_EQ(exp(i).dtype(), float32);

  EXPECT_EQ((f + 0.1).dtype(), float32);
  EXPECT_EQ((d + 2).dtype(), float64);
  EXPECT_EQ((2 - f).dtype(), float32);
  EXPECT_EQ((i + 2).dtype(), int64);
  EXPECT_EQ((i + 0.5).dtype(), float32);
  EXPECT_EQ((u + 2).dtype(), int64);
  EXPECT_EQ((u * 0.5).dtype(), float32);
}

TEST(Tensor, RefusesToMixTheFloats) {
  expect_contains(ERROR_OF(DTypeError, tensor({1.f}) + tensor({1.})),
                  {"add: ", "float32", "float64"});
  expect_contains(ERROR_OF(DTypeError, lt(tensor(1.f), tensor(1.))), {"float32", "float64"});
}

TEST(Tensor, OperatorsAreTheNamedFunctions) {
  const Tensor a = tensor({1., 4.}), b = tensor({2., 4.});
  expect_tensor(a + b, float64, {2}, {3, 8});
  expect_tensor(a - b, float64, {2}, {-1, 0});
  expect_tensor(a * b, float64, {2}, {2, 16});
  expect_tensor(a / b, float64, {2}, {0.5, 1});
  expect_tensor(-a, float64, {2}, {-1, -4});
  expect_tensor(1 - a, float64, {2}, {0, -3});
  expect_tensor(a == b, boolean, {2}, {0, 1});
  expect_tensor(a != b, boolean, {2}, {1, 0});
  expect_tensor(a < b, boolean, {2}, {1, 0});
  expect_tensor(a <= b, boolean, {2}, {1, 1});
  expect_tensor(a > b, boolean, {2}, {0, 0});
  expect_tensor(a >= 4, boolean, {2}, {0, 1});
}

// ---- gradient state

TEST(Tensor, RequiresGradIsForFloatLeaves) {
  Tensor t = zeros({2});
  EXPECT_EQ(&t.requires_grad_(), &t);
  EXPECT_TRUE(t.requires_grad());
  t.requires_grad_(false);
  EXPECT_FALSE(t.requires_grad());
  expect_contains(ERROR_OF(GradError, tensor({1}).requires_grad_()), {"requires_grad_: ", "int64"});
  EXPECT_NO_THROW(tensor({1}).requires_grad_(false));
  Tensor y = exp(zeros({2}, leaf));
  expect_contains(ERROR_OF(GradError, y.requires_grad_(false)),
                  {"requires_grad_: ", "exp", "(2,)"});
}

TEST(Tensor, GradientsAreForgottenAndReplaced) {
  Tensor x = tensor({1., 2.}, leaf);
  sum(x * x).backward();
  EXPECT_TRUE(x.has_grad());
  x.zero_grad();
  EXPECT_FALSE(x.has_grad());
  x.set_grad(tensor({5., 6.}));
  expect_tensor(x.grad(), float64, {2}, {5, 6});
  sum(x * x).backward();
  expect_tensor(x.grad(), float64, {2}, {7, 10});
  x.set_grad(x * 2);
  EXPECT_TRUE(x.grad().is_leaf());
  EXPECT_FALSE(x.grad().requires_grad());
  expect_contains(ERROR_OF(ShapeError, x.set_grad(zeros({3}, f64))), {"(3,)", "(2,)"});
  expect_contains(ERROR_OF(DTypeError, x.set_grad(zeros({2}))), {"float32", "float64"});
  x.set_grad(Tensor());
  EXPECT_FALSE(x.has_grad());
}

TEST(Tensor, DetachSharesTheValuesOutsideTheGraph) {
  Tensor x = tensor({1., 2.}, leaf);
  Tensor d = x.detach();
  EXPECT_FALSE(d.requires_grad());
  d.fill_(5);
  expect_tensor(x, float64, {2}, {5, 5});
  EXPECT_EQ(x.version(), 1u);
  EXPECT_TRUE((x * x).detach().is_leaf());
  sum(x * x.detach()).backward();
  expect_tensor(x.grad(), float64, {2}, {5, 5});
}

TEST(Tensor, CloneCopiesTheValuesAndIsRecorded) {
  Tensor x = tensor({1., 2.}, leaf);
  Tensor c = x.clone();
  EXPECT_FALSE(c.is_leaf());
  sum(c * c).backward();
  expect_tensor(x.grad(), float64, {2}, {2, 4});
  Tensor copy = x.detach().clone();
  copy.fill_(0);
  expect_tensor(x, float64, {2}, {1, 2});
}

// ---- in place

TEST(TensorInPlace, ChangesTheValuesAndCountsUp) {
  Tensor t = tensor({1., 2.});
  EXPECT_EQ(&t.fill_(3), &t);
  expect_tensor(t, float64, {2}, {3, 3});
  t.copy_(tensor({1., 4.}));
  expect_tensor(t, float64, {2}, {1, 4});
  t.add_(tensor({1., 1.}), -0.5);
  expect_tensor(t, float64, {2}, {0.5, 3.5});
  t.add_(t);
  expect_tensor(t, float64, {2}, {1, 7});
  t.mul_(2);
  expect_tensor(t, float64, {2}, {2, 14});
  EXPECT_EQ(t.version(), 5u);
}

TEST(TensorInPlace, BroadcastsAndConvertsTheSource) {
  Tensor t = zeros({2, 2});
  t.copy_(tensor({1, 2}));
  expect_tensor(t, float32, {2, 2}, {1, 2, 1, 2});
  t.add_(tensor({{1.f}, {2.f}}), 10);
  expect_tensor(t, float32, {2, 2}, {11, 12, 21, 22});
  Tensor i = zeros({2}, i64);
  i.copy_(tensor({1.75, -1.75}));
  expect_tensor(i, int64, {2}, {1, -1});
  i.add_(tensor({1, 1}), 3).mul_(2);
  expect_tensor(i, int64, {2}, {8, 4});
  Tensor odd = zeros({33});
  odd.add_(ones({33}), 2).mul_(3);
  expect_values(odd, Doubles(33, 6));
}

TEST(TensorInPlace, RefusesWhatDoesNotFitAndLeavesTheTensorAlone) {
  Tensor t = zeros({2});
  expect_contains(ERROR_OF(ShapeError, t.copy_(zeros({3}))), {"copy_: ", "(3,)", "(2,)"});
  expect_contains(ERROR_OF(ShapeError, t.copy_(zeros({2, 2}))), {"copy_: ", "(2, 2)"});
  expect_contains(ERROR_OF(ShapeError, t.add_(zeros({2, 2}))), {"add_: ", "(2, 2)"});
  expect_contains(ERROR_OF(DTypeError, t.add_(zeros({2}, f64))), {"add_: ", "float64", "float32"});
  EXPECT_EQ(t.version(), 0u);
  expect_tensor(t, float32, {2}, {0, 0});
}

TEST(TensorInPlace, LeavesThatRequireAGradientChangeOnlyUnderNoGrad) {
  Tensor x = tensor({1., 2.}, leaf);
  expect_contains(ERROR_OF(GradError, x.fill_(0)), {"fill_: ", "(2,)", "NoGrad"});
  expect_contains(ERROR_OF(GradError, x.copy_(x)), {"copy_: "});
  expect_contains(ERROR_OF(GradError, x.add_(x)), {"add_: "});
  expect_contains(ERROR_OF(GradError, x.mul_(2)), {"mul_: "});
  Tensor y = x * 2;
  {
    NoGrad guard;
    x.mul_(3);
    expect_contains(ERROR_OF(GradError, y.fill_(0)), {"fill_: ", "mul", "(2,)"});
  }
  expect_tensor(x, float64, {2}, {3, 6});
  EXPECT_TRUE(x.requires_grad());
}

TEST(TensorInPlace, ReshapedTensorsShareUntilOneIsChanged) {
  Tensor a = tensor({{1., 2.}, {3., 4.}});
  Tensor b = reshape(a, {4});
  const Tensor &read_a = a, &read_b = b;
  EXPECT_EQ(read_a.data<double>().data(), read_b.data<double>().data());
  a.fill_(0);
  expect_tensor(a, float64, {2, 2}, {0, 0, 0, 0});
  expect_tensor(b, float64, {4}, {1, 2, 3, 4});

  Tensor c = reshape(b, {1, 4});
  c.data<double>()[0] = 9;
  expect_tensor(b, float64, {4}, {1, 2, 3, 4});
  expect_tensor(c, float64, {1, 4}, {9, 2, 3, 4});
}

TEST(TensorInPlace, ShapingNeverGivesAWayToWriteThrough) {
  const Tensor original = tensor({{1., 2., 3.}});
  for (const auto& shaped : std::vector<std::function<Tensor(const Tensor&)>>{
           [](const Tensor& x) {
             return reshape(x, {1, 3});
           },
           [](const Tensor& x) { return flatten(x); }, [](const Tensor& x) { return squeeze(x); },
           [](const Tensor& x) { return unsqueeze(x, 0); },
           [](const Tensor& x) { return transpose(x, 0, 1); }, [](const Tensor& x) { return t(x); },
           [](const Tensor& x) {
             return permute(x, {1, 0});
           },
           [](const Tensor& x) {
             return broadcast_to(x, {1, 3});
           },
           [](const Tensor& x) { return slice(x, 1, 0, 3); },
           [](const Tensor& x) { return select(x, 0, 0); },
           [](const Tensor& x) { return concatenate({x}); }}) {
    Tensor view = shaped(original);
    view.fill_(0);
    expect_tensor(original, float64, {1, 3}, {1, 2, 3});
  }
}

}  // namespace
}  // namespace xgrad::test
