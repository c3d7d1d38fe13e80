#include <array>

#include "autograd/safetensors.hpp"
#include "autograd/xtensor.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

void expect_boolean(const Tensor& t, const Doubles& values, int line = __builtin_LINE()) {
  EXPECT_EQ(t.dtype(), boolean) << line;
  expect_values(t, values, line);
}

TEST(Boolean, IsMadeOfLiteralsAndRanges) {
  expect_boolean(tensor(true), {1});
  expect_boolean(tensor({true, false}), {1, 0});
  const Tensor matrix = tensor({{true, false}, {false, false}});
  EXPECT_EQ(matrix.shape(), Shape({2, 2}));
  expect_boolean(matrix, {1, 0, 0, 0});
  expect_boolean(tensor(std::vector<bool>{false, true, true}), {0, 1, 1});
  expect_boolean(tensor(std::vector<bool>{false, true}, {2, 1}), {0, 1});
  expect_boolean(tensor(std::array<bool, 2>{true, false}), {1, 0});
  expect_boolean(zeros({2}, boolean), {0, 0});
  expect_boolean(eye(2, boolean), {1, 0, 0, 1});
  EXPECT_EQ(tensor({1, 0}).dtype(), int64);
  EXPECT_EQ(tensor({true, false}, float32).dtype(), float32);
  EXPECT_THROW(tensor({true}, {.requires_grad = true}), GradError);
  expect_boolean(randint(0, 2, {3}, boolean) >= 0, {1, 1, 1});
  expect_contains(ERROR_OF(ValueError, randint(0, 3, {3}, boolean)), {"boolean", "0 to 1"});
}

TEST(Boolean, OfNumbersIsWhetherTheyAreNotZero) {
  expect_boolean(tensor({0., -0., 0.25, nan, inf, -3.}).to(boolean), {0, 0, 1, 1, 1, 1});
  expect_boolean(tensor({0, 256, -1}).to(boolean), {0, 1, 1});
  expect_boolean(tensor({0, 256}, boolean), {0, 1});
  expect_boolean(full({2}, 0.5, boolean), {1, 1});
  expect_boolean(tensor({0, 2}, uint8).to(boolean), {0, 1});
  expect_values(tensor({true, false}).to(float64), {1, 0});
  EXPECT_TRUE(tensor(true).item<bool>());
  EXPECT_EQ(tensor(true).item<int>(), 1);
  EXPECT_EQ(tensor({true, false}).to_vector<bool>(), std::vector<bool>({true, false}));
  EXPECT_EQ(tensor({true, false}).data<bool>()[0], true);
  EXPECT_THROW(std::ignore = tensor({true}).data<std::uint8_t>(), DTypeError);
}

TEST(Boolean, CountsAsInt64InArithmetic) {
  const Tensor mask = tensor({true, false, true});
  for (const Tensor& result : {mask + mask, mask - mask, mask * mask, mask * 2, -mask, sum(mask),
                               prod(mask), cumsum(mask, 0), mask + tensor({1, 2, 3}, uint8)})
    EXPECT_EQ(result.dtype(), int64);
  expect_values(mask * 2 - 1, {1, -1, 1});
  expect_values(-mask, {-1, 0, -1});
  expect_values(sum(mask), {2});
  EXPECT_EQ((mask / mask).dtype(), float32);
  EXPECT_EQ((mask * tensor({1., 2., 3.})).dtype(), float64);
  EXPECT_EQ((mask * 0.5).dtype(), float32);
  EXPECT_EQ(exp(mask).dtype(), float32);
  EXPECT_EQ(mean(mask).dtype(), float32);
  EXPECT_FLOAT_EQ(mean(mask).item<float>(), 2.F / 3);
  EXPECT_FLOAT_EQ(mask.mean().item<float>(), 2.F / 3);
  expect_boolean(max(mask), {1});
  expect_boolean(min(mask), {0});
  expect_values(argmax(mask), {0});
  expect_boolean(sort(mask).values, {0, 1, 1});
}

TEST(Boolean, StaysSoWhereElementsAreMoved) {
  const Tensor mask = tensor({{true, false}, {true, true}});
  expect_boolean(t(mask), {1, 1, 0, 1});
  expect_boolean(slice(mask, 0, 0, 1), {1, 0});
  expect_boolean(concatenate({mask, mask}, 0), {1, 0, 1, 1, 1, 0, 1, 1});
  expect_boolean(where(mask, mask, !mask), {1, 1, 1, 1});
  expect_boolean(masked_select(mask, mask), {1, 1, 1});
  expect_boolean(take(mask, tensor({1}), 0), {1, 1});
  EXPECT_EQ(where(mask, mask, 2).dtype(), int64);
  EXPECT_EQ(ERROR_OF(DTypeError, take(mask, tensor({true}), 0)),
            "take: indices are boolean; expected int64, as from to(int64)");
}

TEST(Boolean, ComparesWithNumbersAsOneAndZero) {
  const Tensor mask = tensor({true, false});
  expect_boolean(mask == true, {1, 0});
  expect_boolean(mask == tensor({false, false}), {0, 1});
  expect_boolean(mask == 2, {0, 0});
  expect_boolean(mask < 0.5, {0, 1});
  expect_boolean(mask > -1, {1, 1});
  expect_boolean(mask != nan, {1, 1});
  expect_boolean(2 > mask, {1, 1});
  expect_boolean(mask == tensor({1, 5}), {1, 0});
  expect_boolean(mask == tensor({1, 0}, uint8), {1, 1});
  expect_boolean(all(mask), {0});
  expect_boolean(any(mask), {1});
  expect_boolean(all(zeros({0}, boolean)), {1});
  expect_boolean(isnan(mask), {0, 0});
  expect_boolean(isfinite(mask), {1, 1});
}

TEST(Boolean, IsCombinedByOperators) {
  const Tensor a = tensor({true, true, false, false}), b = tensor({true, false, true, false});
  for (const Tensor& both : {a && b, a & b, logical_and(a, b)}) expect_boolean(both, {1, 0, 0, 0});
  for (const Tensor& either : {a || b, a | b}) expect_boolean(either, {1, 1, 1, 0});
  for (const Tensor& one : {a ^ b, logical_xor(a, b), a != b}) expect_boolean(one, {0, 1, 1, 0});
  for (const Tensor& none : {!a, ~a, a ^ true}) expect_boolean(none, {0, 0, 1, 1});
  const Tensor x = tensor({-1., 0.5, 2., nan});
  expect_boolean(x > 0 && x < 1, {0, 1, 0, 0});
  expect_boolean((x > 0) & (x < 1), {0, 1, 0, 0});
  expect_boolean(x && true, {1, 1, 1, 1});
  expect_boolean(tensor({2, 0}) && tensor({1, 1}), {1, 0});
  EXPECT_EQ(ERROR_OF(DTypeError, tensor({2, 0}) & tensor({true, true})),
            "&: operand of shape (2,) is int64; expected boolean, as from to(boolean)");
  EXPECT_THROW(~tensor({1.}), DTypeError);
  EXPECT_EQ(ERROR_OF(ValueError, a | Tensor()),
            "|: operand is an undefined tensor; assign it a value first");
  EXPECT_THROW((a ^ tensor({true, false})), ShapeError);
}

TEST(Boolean, ChangesInPlace) {
  Tensor mask = tensor({true, false, false});
  expect_boolean(mask.add_(tensor({true, true, false})), {1, 1, 0});
  expect_boolean(mask.mul_(0), {0, 0, 0});
  expect_boolean(mask.fill_(true), {1, 1, 1});
  expect_boolean(mask.copy_(tensor({0., 0.5, nan})), {0, 1, 1});
  expect_boolean(mask.clamp_(0, 0), {0, 0, 0});
  mask.data<bool>()[2] = true;
  expect_boolean(mask, {0, 0, 1});
}

TEST(Boolean, IsPrintedAsNumPyDoes) {
  EXPECT_EQ(to_string(tensor({{true, false}, {false, true}})),
            "tensor([[ True, False],\n"
            "        [False,  True]], dtype=boolean)");
  EXPECT_EQ(to_string(tensor(false)), "tensor(False, dtype=boolean)");
}

TEST(Boolean, IsXtensorsBool) {
  const Tensor mask = tensor({{1., -1.}}) > 0;
  EXPECT_EQ(xt::count_nonzero(as_xarray<bool>(mask))(), 1U);
  expect_boolean(from_xarray(!as_xarray<bool>(mask)), {0, 1});
}

TEST(Boolean, IsSavedAsSuch) {
  const TemporaryDirectory directory;
  const std::string path = directory / "mask.safetensors";
  save_safetensors(path, {{"mask", tensor({true, false, true})}, {"x", tensor({1., 2.})}});
  expect_boolean(load_safetensors(path).tensors.at("mask"), {1, 0, 1});
}

}  // namespace
}  // namespace xgrad::test
