#include "autograd/xtensor.hpp"

#include <iostream>
#include <sstream>
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xview.hpp>

#include "autograd/check_graph.hpp"
#include "autograd/gradcheck.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

template <class X>
concept HasAdaptor = requires(X&& x) { as_xarray<double>(std::forward<X>(x)); };
static_assert(HasAdaptor<Tensor&> && HasAdaptor<const Tensor&>);
static_assert(!HasAdaptor<Tensor> && !HasAdaptor<const Tensor>, "it would refer to nothing");

TEST(AsXarray, IsTheTensorsOwnMemory) {
  Tensor t = tensor({{1., 2., 3.}, {4., 5., 6.}});
  auto array = as_xarray<double>(t);
  EXPECT_EQ(array.data(), t.data<double>().data());
  ASSERT_EQ(array.dimension(), 2U);
  EXPECT_EQ(array.shape(0), 2U);
  EXPECT_EQ(array.shape(1), 3U);
  EXPECT_EQ(array(1, 0), 4);
  array(1, 0) = 40;
  xt::view(array, 0) *= 10;
  expect_values(t, {10, 20, 30, 40, 5, 6});
}

TEST(AsXarray, OfAConstTensorIsForReading) {
  const Tensor t = tensor({1.F, 2.F});
  const auto array = as_xarray<float>(t);
  static_assert(std::is_same_v<decltype(as_xarray<float>(t)(0)), const float&>);
  EXPECT_EQ(array.data(), t.data<float>().data());
  EXPECT_EQ(xt::sum(array)(), 3);
}

TEST(AsXarray, OfScalarsAndOfNothing) {
  Tensor scalar = tensor(std::int64_t{7});
  auto array = as_xarray<std::int64_t>(scalar);
  EXPECT_EQ(array.dimension(), 0U);
  EXPECT_EQ(array(), 7);
  Tensor nothing = zeros({2, 0}, u8);
  EXPECT_EQ(as_xarray<std::uint8_t>(nothing).size(), 0U);
}

TEST(AsXarray, NeedsTheElementType) {
  Tensor t = ones({2});
  expect_contains(ERROR_OF(DTypeError, as_xarray<double>(t)), {"float32"});
}

TEST(FromXarray, EvaluatesAnExpression) {
  const Tensor a = tensor({{1., 2.}, {3., 4.}}), b = tensor({10., 20.});
  const Tensor c = from_xarray(as_xarray<double>(a) * 2 + as_xarray<double>(b));
  EXPECT_EQ(c.shape(), Shape({2, 2}));
  EXPECT_EQ(c.dtype(), float64);
  EXPECT_FALSE(c.requires_grad());
  expect_values(c, {12, 24, 16, 28});
}

TEST(FromXarray, TakesTheDtypeOfTheElements) {
  EXPECT_EQ(from_xarray(xt::xarray<float>{1, 2}).dtype(), float32);
  EXPECT_EQ(from_xarray(xt::xarray<double>{1, 2}).dtype(), float64);
  expect_values(from_xarray(xt::xarray<int>{1, -2}), {1, -2});
  EXPECT_EQ(from_xarray(xt::xarray<int>{1, -2}).dtype(), int64);
  EXPECT_EQ(from_xarray(xt::xarray<std::uint8_t>{1, 255}).dtype(), uint8);
  const Tensor mask = from_xarray(xt::xarray<double>{-1, 2} > 0);
  EXPECT_EQ(mask.dtype(), boolean);
  expect_values(mask, {0, 1});
}

TEST(FromXarray, ConvertsToTheDtypeGiven) {
  const xt::xarray<double> values{{1.5, -2.75}};
  const Tensor t = from_xarray(values, {.dtype = float32, .requires_grad = true});
  EXPECT_EQ(t.dtype(), float32);
  EXPECT_TRUE(t.requires_grad() && t.is_leaf());
  EXPECT_EQ(t.shape(), Shape({1, 2}));
  expect_values(t, {1.5, -2.75});
  expect_values(from_xarray(values, i64), {1, -2});
}

TEST(FromXarray, TakesEveryLayout) {
  xt::xarray<double, xt::layout_type::column_major> columns = {{1, 2, 3}, {4, 5, 6}};
  expect_values(from_xarray(columns), {1, 2, 3, 4, 5, 6});
  const xt::xarray<double> rows = {{1, 2, 3}, {4, 5, 6}};
  expect_values(from_xarray(xt::transpose(rows)), {1, 4, 2, 5, 3, 6});
  expect_values(from_xarray(xt::view(rows, xt::all(), 1)), {2, 5});
}

TEST(FromXarray, OfScalarsAndOfNothing) {
  const Tensor total = from_xarray(xt::sum(xt::xarray<double>{1, 2, 3}));
  EXPECT_EQ(total.shape(), Shape{});
  EXPECT_EQ(total.item<double>(), 6);
  EXPECT_EQ(from_xarray(xt::xarray<double>::from_shape({3, 0})).shape(), Shape({3, 0}));
}

TEST(FromXarray, RefusesWhatNoTensorCanHold) {
  const auto deep = xt::xarray<double>::from_shape(std::vector<std::size_t>(9, 1));
  EXPECT_EQ(ERROR_OF(ShapeError, from_xarray(deep)),
            "from_xarray: the expression has 9 axes; a tensor has at most 8");
  EXPECT_THROW(from_xarray(xt::xarray<int>{1}, {.requires_grad = true}), GradError);
}

// What std::clog is told while f runs.
template <class F>
std::string said_by(const F& f) {
  std::ostringstream said;
  std::streambuf* const before = std::clog.rdbuf(said.rdbuf());
  f();
  std::clog.rdbuf(before);
  return said.str();
}

// |x - A b|^2 as somebody may have written it, for xt::xarray<double> alone.
xt::xarray<double> squared_distance(const xt::xarray<double>& x, const xt::xarray<double>& a,
                                    const xt::xarray<double>& b) {
  const xt::xarray<double> r = x - xt::linalg::dot(a, b);
  return xt::sum(r * r);
}
const auto distance = xtensor_function(
    "distance", squared_distance,
    [](const auto& g, const auto& x, const auto& a, const auto& b, const auto&) {
      const xt::xarray<double> r = 2 * g() * (x - xt::linalg::dot(a, b));
      return std::make_tuple(r, -xt::linalg::outer(r, b),
                             xt::xarray<double>(-xt::linalg::dot(xt::transpose(a), r)));
    });
const auto softplus = xtensor_function(
    "softplus", [](const auto& x) { return xt::log1p(xt::exp(x)); },
    [](const auto& g, const auto& x, const auto&) { return g / (1 + xt::exp(-x)); });

TEST(XtensorFunction, IsARecordedOperation) {
  manual_seed(0);
  const Tensor x = randn({3}, f64_grad), a = randn({3, 2}, f64_grad), b = randn({2}, f64_grad);
  const auto f = [](const Tensors& in) { return distance(in[0], in[1], in[2]); };
  const Tensor y = f({x, a, b}), expected = sum(square(x - matmul(a, b)));
  EXPECT_STREQ(y.op_name(), "distance");
  EXPECT_EQ(y.shape(), Shape{});
  EXPECT_NEAR(y.item<double>(), expected.item<double>(), 1e-14);
  for (const auto& report : {gradcheck(f, {x, a, b}), gradgradcheck(f, {x, a, b})})
    EXPECT_TRUE(report.ok) << report;
  EXPECT_TRUE(check_graph(y * 2));
}

TEST(XtensorFunction, IsOfFloatOrDoubleAndOfAnyShape) {
  manual_seed(1);
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{3}, Shape{2, 1, 3}}) {
    const auto f = [](const Tensors& in) { return softplus(in[0]); };
    const GradcheckOptions options = {.allow_zero = shape.numel() == 0};
    EXPECT_TRUE(gradcheck(f, {randn(shape, f64_grad)}, options));
    EXPECT_TRUE(gradgradcheck(f, {randn(shape, f64_grad)}, options));
  }
  const Tensor x = tensor({0.F, 1.F}).requires_grad_();
  const Tensor y = softplus(x);
  EXPECT_EQ(y.dtype(), float32);
  sum(y).backward();
  EXPECT_EQ(x.grad().to_vector<float>(), sigmoid(x).to_vector<float>());
  const auto rows = xtensor_function(
      "rows", [](const auto& m) { return xt::sum(m, {1}); },
      [](const auto& g, const auto& m, const auto&) {
        return xt::view(g, xt::all(), xt::newaxis()) + 0 * m;
      });
  EXPECT_TRUE(gradcheck([&](const Tensor& m) { return rows(m); }, randn({2, 3}, f64_grad)));
  // The gradients have other shapes than the inputs, to which they broadcast; null means zero.
  const auto outer = xtensor_function(
      "outer", [](const auto& a, const auto& b) { return xt::linalg::outer(a, b); },
      [](const auto& g, const auto&, const auto& b, const auto&) {
        return std::make_tuple(xt::xarray<double>(xt::linalg::dot(g, b)), nullptr);
      });
  const Tensor a = randn({2}, f64_grad), b = randn({3}, f64_grad);
  EXPECT_EQ(outer(a, b).shape(), Shape({2, 3}));
  EXPECT_EQ(grad(sum(outer(a, b)), a).to_vector<double>(),
            broadcast_to(sum(b), {2}).to_vector<double>());
  EXPECT_EQ(grad(sum(outer(a, b)), b, {.create_graph = true}).to_vector<double>(), Doubles(3));
}

TEST(XtensorFunction, WithoutBackwardIsDifferentiatedByDifferences) {
  manual_seed(2);
  const auto f = xtensor_function("energy", [](const auto& x, const auto& k) {
    return xt::sum(k * xt::cosh(x))();  // a number
  });
  const Tensor x = randn({4}, f64_grad), k = randn({4}, f64_grad);
  const std::string said = said_by([&] {
    f(x.detach(), k.detach());
    EXPECT_EQ(f(x, k).shape(), Shape{});
    EXPECT_TRUE(gradcheck([&](const Tensors& in) { return f(in[0], in[1]); }, {x, k}));
  });
  EXPECT_EQ(said,
            "xgrad: energy has no backward: its gradient is found by finite differences, "
            "with two calls of forward for each element of the inputs\n");

  // Computed in single precision.
  const auto cube = xtensor_function(
      "cube", [](const xt::xarray<float>& a) { return xt::xarray<float>(a * a * a); });
  const Tensor v = tensor({-2.F, 0.5F}).requires_grad_();
  said_by([&] { sum(cube(v)).backward(); });
  EXPECT_NEAR(v.grad().to_vector<float>()[0], 12, 1e-2);
  EXPECT_NEAR(v.grad().to_vector<float>()[1], 0.75, 1e-2);
}

TEST(XtensorFunction, SaysWhereNoDerivativeIsLeft) {
  const Tensor x = ones({2}, f64_grad);
  const auto twice = [&](const Tensor& y) { return grad(sum(y), x, {.create_graph = true}); };
  const auto numerical = xtensor_function("f", [](const auto& v) { return v * v; });
  said_by([&] {
    const Tensor slope = twice(numerical(x));
    EXPECT_NEAR(slope.to_vector<double>()[0], 2, 1e-9);
    expect_contains(ERROR_OF(GradError, twice(slope)), {"f: ", "differences", "backward"});
  });
  const Tensor second = twice(twice(softplus(x)));
  EXPECT_NEAR(second.to_vector<double>()[0], 0.19661193324148185, 1e-9);
  expect_contains(ERROR_OF(GradError, twice(second)), {"softplus backward: "});
}

TEST(XtensorFunction, RefusesWrongInputsAndGradients) {
  const Tensor x = ones({2, 3}, f64_grad);
  expect_contains(ERROR_OF(ValueError, softplus(Tensor())), {"softplus: ", "undefined"});
  expect_contains(ERROR_OF(DTypeError, softplus(tensor({1, 2}))), {"softplus: ", "int64"});
  expect_contains(ERROR_OF(DTypeError, distance(x, x, ones({3}))),
                  {"distance: ", "float64", "float32"});
  EXPECT_ANY_THROW(distance(x, x, x));  // xtensor's own
  const auto with_gradient = [](const auto& gradient) {
    return xtensor_function(
        "f", [](const auto& v) { return v + 1; },
        [=](const auto&, const auto&, const auto&) { return gradient; });
  };
  const xt::xarray<double> wrong = {1., 2.};
  expect_contains(ERROR_OF(GradError, sum(with_gradient(wrong)(x)).backward()),
                  {"f: backward", "(2,)", "input 0", "(2, 3)"});
  const auto deep = xtensor_function("deep", [](const auto&) {
    return xt::xarray<double>::from_shape(std::vector<std::size_t>(9, 1));
  });
  EXPECT_THROW(deep(x), ShapeError);
}

TEST(NumericalGradient, IsAlsoOfFunctionsOfXarrays) {
  const xt::xarray<double> x = {{1, 2}, {3, -1}};
  const xt::xarray<double> slope =
      numerical_gradient([](const xt::xarray<double>& v) { return xt::sum(v * v)(); }, x);
  EXPECT_TRUE(xt::allclose(slope, 2 * x)) << slope;
  const auto of_nothing = xt::xarray<double>::from_shape({0});
  EXPECT_EQ(numerical_gradient([](const xt::xarray<double>&) { return 1; }, of_nothing).size(), 0U);
  EXPECT_THROW(numerical_gradient([](const xt::xarray<double>&) { return 1; }, x, {.eps = 0}),
               ValueError);
}

TEST(View, IsWhatXtensorGives) {
  using xt::placeholders::_;
  const Tensor x = reshape(arange(0, 120, 1, f64), {4, 5, 6}).requires_grad_();
  const auto same = [&](const auto&... slices) {
    const auto array = as_xarray<double>(std::as_const(x));
    const Tensor expected = from_xarray(xt::strided_view(array, {slices...}));
    const Tensor result = view(x, slices...);
    EXPECT_EQ(result.shape(), expected.shape());
    EXPECT_EQ(result.to_vector<double>(), expected.to_vector<double>());
    const auto f = [&](const Tensors& in) { return view(in[0], slices...); };
    EXPECT_TRUE(gradcheck(f, {x}, {.allow_zero = result.numel() == 0}));
  };
  same(2);
  same(xt::range(0, 3), xt::newaxis(), xt::ellipsis(), 2);
  same(xt::ellipsis(), xt::range(-4, _, 2));
  same(xt::newaxis(), 1, xt::range(_, -1), xt::newaxis());
  same(xt::range(_, _, -1), xt::range(3, 0, -2), xt::range(_, 1, -3));
  same(xt::range(2, 100), xt::range(-100, 2), xt::ellipsis());
  same(xt::range(3, 3), 4);
  same(xt::ellipsis());
  same(xt::range(1, _, 3), xt::range(_, _, 7), xt::range(_, _));
  // gradcheck has changed x in place, and so moved it away from the view of the whole.
  const auto array = as_xarray<double>(std::as_const(x));
  // xt::strided_view of 0.24 takes neither xt::keep nor, rightly, negative integers; its ranges
  // from 3 up to 1 have less than 0 elements.
  const auto same_as = [](const Tensor& result, const auto& expected) {
    EXPECT_EQ(result.to_vector<double>(), from_xarray(expected).template to_vector<double>());
  };
  same_as(view(x, xt::keep(1, -1), 2, xt::keep(0)),
          xt::view(array, xt::keep(1, -1), 2, xt::keep(0)));
  same_as(view(x, -1, xt::all(), -6), xt::view(array, -1, xt::all(), -6));
  EXPECT_EQ(view(x, xt::range(3, 1, 1)).shape(), Shape({0, 5, 6}));
  EXPECT_EQ(view(tensor(1.), xt::newaxis()).shape(), Shape{1});
  EXPECT_EQ(view(tensor({1, 2, 3}), -1).item<int>(), 3);
}

TEST(View, RefusesWhatTheTensorDoesNotHave) {
  Tensor x = zeros({2, 3});
  expect_contains(ERROR_OF(ShapeError, view(x, xt::newaxis(), xt::all(), 3)),
                  {"view: ", "index 3", "axis 1", "(2, 3)", "-3", "2"});
  EXPECT_THROW(view(x, xt::ellipsis(), -4), ShapeError);
  expect_contains(ERROR_OF(ShapeError, view(x, 0, xt::all(), xt::range(0, 1))),
                  {"view: 3 slices", "(2, 3)"});
  expect_contains(ERROR_OF(ValueError, view(x, 0, xt::range(0, 1, 0))),
                  {"view: ", "step", "axis 1", "(2, 3)"});
  EXPECT_THROW(view(x, xt::keep(0, 2)), ShapeError);
  EXPECT_THROW(view(zeros(Shape(std::vector<std::size_t>(8, 1))), xt::newaxis()), ShapeError);
  EXPECT_THROW(view(Tensor(), 0), ValueError);
}

}  // namespace
}  // namespace xgrad::test
