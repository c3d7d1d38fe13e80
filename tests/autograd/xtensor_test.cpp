#include "autograd/xtensor.hpp"

#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

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
  EXPECT_EQ(mask.dtype(), uint8);
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

}  // namespace
}  // namespace xgrad::test
