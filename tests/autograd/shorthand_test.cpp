#include <array>
#include <list>
#include <span>

#include "tests/support/test.hpp"

/// @file
/// Shorter ways to make and to use tensors: ranges, mixed literals, a dtype for options, methods.

namespace xgrad::test {
namespace {

void expect_tensor(const Tensor& t, const Shape& shape, DType dtype, const Doubles& values,
                   int line = __builtin_LINE()) {
  const testing::ScopedTrace trace(__FILE__, line, "");
  EXPECT_EQ(t.shape(), shape);
  EXPECT_EQ(t.dtype(), dtype);
  expect_values(t, values);
}

TEST(Shorthand, TensorsOfRanges) {
  const Doubles v{1, 2, 3};
  expect_tensor(tensor(v), 3, float64, v);
  expect_tensor(tensor(std::span<const double>(v)), 3, float64, v);
  expect_tensor(tensor(std::array{1.F, 2.F}), 2, float32, {1, 2});
  expect_tensor(tensor(std::list<int>{1, 2}), 2, int64, {1, 2});
  expect_tensor(tensor(std::vector<bool>{true, false}), 2, boolean, {1, 0});
  const int table[2][3] = {{1, 2, 3}, {4, 5, 6}};
  expect_tensor(tensor(table), {2, 3}, int64, {1, 2, 3, 4, 5, 6});
  expect_tensor(tensor(std::vector<std::array<double, 2>>{{1, 2}, {3, 4}}), {2, 2}, float64,
                {1, 2, 3, 4});
  using Rows = std::vector<Doubles>;
  expect_tensor(tensor(Rows{{1}, {2}}, {.dtype = float32}), {2, 1}, float32, {1, 2});
  expect_tensor(tensor(std::vector<Rows>{{{1, 2}}}), {1, 1, 2}, float64, {1, 2});
  expect_tensor(tensor(Rows{}), {0, 0}, float64, {});
  expect_tensor(tensor(Rows{{}, {}}), {2, 0}, float64, {});
  EXPECT_TRUE(tensor(v, {.requires_grad = true}).requires_grad());
  EXPECT_EQ(ERROR_OF(ShapeError, tensor(Rows{{1, 2}, {3}})),
            "tensor: rows differ in length: 1 values after a row of 2; all rows must be equally "
            "long");
  EXPECT_EQ(ERROR_OF(ShapeError, tensor(Rows{{}, {3}})),
            "tensor: rows differ in length: 1 values after a row of 0; all rows must be equally "
            "long");
}

TEST(Shorthand, MixedLiterals) {
  expect_tensor(tensor({1, 2.5}), 2, float64, {1, 2.5});
  expect_tensor(tensor({1, 2L}), 2, int64, {1, 2});
  expect_tensor(tensor({{1, 2.5}, {3, 4}}), {2, 2}, float64, {1, 2.5, 3, 4});
  expect_tensor(tensor({1, 2.5}, {.dtype = float32}), 2, float32, {1, 2.5});
  EXPECT_EQ(tensor({1L << 62, 1}).to_vector<std::int64_t>()[0], 1L << 62);
}

TEST(Shorthand, DTypesForOptions) {
  const DType dtype = float64;
  expect_tensor(zeros({1, 2}, dtype), {1, 2}, float64, {0, 0});
  expect_tensor(ones(2, float64), 2, float64, {1, 1});
  expect_tensor(full(2, 7, int64), 2, int64, {7, 7});
  expect_tensor(eye(2, float64), {2, 2}, float64, {1, 0, 0, 1});
  expect_tensor(eye(1, 2, int64), {1, 2}, int64, {1, 0});
  expect_tensor(arange(3), 3, int64, {0, 1, 2});
  expect_tensor(arange(2.5), 3, float32, {0, 1, 2});
  expect_tensor(arange(3, float64), 3, float64, {0, 1, 2});
  expect_tensor(arange(1, 3, 1, float64), 2, float64, {1, 2});
  expect_tensor(linspace(0, 1, 3, float64), 3, float64, {0, 0.5, 1});
  expect_tensor(tensor(3, float64), {}, float64, {3});
  expect_tensor(tensor({1, 2}, float32), 2, float32, {1, 2});
  expect_tensor(tensor({{1}, {2}}, float64), {2, 1}, float64, {1, 2});
  expect_tensor(tensor({{{1}, {2}}}, float64), {1, 2, 1}, float64, {1, 2});
  expect_tensor(tensor({1, 2.5}, float32), 2, float32, {1, 2.5});
  expect_tensor(tensor({{1, 2.5}, {3, 4}}, float32), {2, 2}, float32, {1, 2.5, 3, 4});
  expect_tensor(tensor(Doubles{1}, float32), 1, float32, {1});
  const Tensor model = zeros(2);
  for (const Tensor& t :
       {empty(2, float64), rand(2, float64), randn(2, float64), empty_like(model, float64),
        zeros_like(model, float64), ones_like(model, float64), full_like(model, 3, float64)})
    EXPECT_EQ(t.dtype(), float64);
  EXPECT_EQ(randint(0, 5, 3, float32).dtype(), float32);
  EXPECT_EQ(zeros(0).shape(), Shape{0});
  EXPECT_EQ(ERROR_OF(ShapeError, zeros(-1)), ERROR_OF(ShapeError, zeros({-1})));
}

TEST(Shorthand, MethodsAreTheFunctions) {
  const Tensor x = tensor({{1., 4.}, {9., 16.}}, {.requires_grad = true});
  const std::pair<Tensor, Tensor> pairs[] = {{x.sum(), sum(x)},
                                             {x.sum(0, true), sum(x, 0, true)},
                                             {x.mean(1), mean(x, 1)},
                                             {x.max(), max(x)},
                                             {x.min({0, 1}), min(x)},
                                             {x.argmax(), argmax(x)},
                                             {x.argmax(0), argmax(x, 0)},
                                             {x.reshape({4, -1}), reshape(x, {4, -1})},
                                             {x.flatten(), flatten(x)},
                                             {x.transpose(0, 1), transpose(x, 0, 1)},
                                             {x.t(), t(x)},
                                             {x.unsqueeze(0), unsqueeze(x, 0)},
                                             {x.unsqueeze(0).squeeze(), x},
                                             {x.exp(), exp(x)},
                                             {x.log(), log(x)},
                                             {x.sqrt(), sqrt(x)},
                                             {(-x).abs(), abs(-x)},
                                             {x.pow(2), pow(x, 2)},
                                             {x.pow(x), pow(x, x)},
                                             {x.matmul(x), matmul(x, x)},
                                             {stddev(x, 0), xgrad::std(x, 0)}};
  for (const auto& [method, function] : pairs) {
    expect_close(method, function, 0);
    EXPECT_EQ(method.requires_grad(), function.requires_grad());
  }
  expect_values(slope(x.sqrt().sum(), x), {0.5, 0.25, 1 / 6., 0.125});
}

TEST(Shorthand, InPlace) {
  Tensor x = tensor({4.F, -2.F});
  const auto version = x.version();
  expect_values(x.sub_(ones(2), 2), {2, -4});
  expect_values(x.div_(4), {0.5, -1});
  expect_values(x.clamp_(-0.5, 0.25), {0.25, -0.5});
  expect_values(x.zero_(), {0, 0});
  EXPECT_EQ(x.version(), version + 4);
  expect_values(tensor({7, 1}).sub_(tensor({1, 2}), 3), {4, -5});
  expect_values(tensor({7, 1}).clamp_(2, 5), {5, 2});
  expect_values(tensor({7, 1}, uint8).sub_(tensor({1, 1}, uint8)), {6, 0});
  expect_values(tensor({7, 1}, uint8).clamp_(2, 5), {5, 2});
}

TEST(Shorthand, InPlaceRefusesWhatDoesNotFit) {
  Tensor x = tensor({4.F, -2.F}), n = tensor({1, 2}), byte = tensor({1, 0}, uint8);
  expect_contains(ERROR_OF(ShapeError, x.sub_(zeros(3))), {"sub_: "});
  expect_contains(ERROR_OF(DTypeError, x.sub_(zeros(2, float64))), {"sub_: ", "float64"});
  expect_contains(ERROR_OF(DTypeError, n.div_(2)), {"div_: ", "int64"});
  expect_contains(ERROR_OF(ValueError, byte.sub_(tensor({1, 1}, uint8))), {"sub_: "});
  expect_contains(ERROR_OF(ValueError, n.clamp_(0.5, 1)),
                  {"clamp_: 0.5 is not a number of int64; expected a whole number"});
  Tensor w = tensor({1.}, {.requires_grad = true});
  for (const auto& change : std::vector<std::function<void()>>{
           [&] { w.sub_(w); }, [&] { w.div_(2); }, [&] { w.clamp_(0, 1); }, [&] { w.zero_(); }})
    EXPECT_THROW(change(), GradError);
  expect_values(x, {4, -2});
  expect_values(n, {1, 2});
  expect_values(byte, {1, 0});
  expect_values(w, {1});
}

}  // namespace
}  // namespace xgrad::test
