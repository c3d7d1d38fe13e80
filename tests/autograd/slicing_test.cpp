// What the table of operations does not cover of slices and rearrangements: the number of parts,
// which nodes are recorded, and that results share nothing.

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

std::vector<Shape> shapes(const Tensors& parts) {
  std::vector<Shape> result;
  for (const Tensor& part : parts) result.push_back(part.shape());
  return result;
}

using Shapes = std::vector<Shape>;

TEST(Split, GivesPyTorchsParts) {
  EXPECT_EQ(shapes(split(zeros({5, 3}), 2)), (Shapes{{2, 3}, {2, 3}, {1, 3}}));
  EXPECT_EQ(shapes(split(zeros({5, 3}), std::size_t{3}, -1)), (Shapes{{5, 3}}));
  EXPECT_EQ(shapes(split(zeros({5}), 100)), (Shapes{{5}}));
  EXPECT_EQ(shapes(split(zeros({0, 3}), 2)), (Shapes{{0, 3}}));
  EXPECT_EQ(shapes(split(zeros({0, 3}), 0)), (Shapes{{0, 3}}));
  EXPECT_EQ(shapes(split(zeros({5, 3}), {1, 0, 4})), (Shapes{{1, 3}, {0, 3}, {4, 3}}));
  EXPECT_EQ(shapes(split(zeros({0}), Integers{})), Shapes{});
}

TEST(Chunk, GivesPyTorchsParts) {
  EXPECT_EQ(shapes(chunk(zeros({7, 2}), 3)), (Shapes{{3, 2}, {3, 2}, {1, 2}}));
  EXPECT_EQ(shapes(chunk(zeros({2, 6}), 4, 1)), (Shapes{{2, 2}, {2, 2}, {2, 2}}));
  EXPECT_EQ(shapes(chunk(zeros({2}), 5)), (Shapes{{1}, {1}}));
  EXPECT_EQ(shapes(chunk(zeros({0, 2}), 3)), (Shapes{{0, 2}, {0, 2}, {0, 2}}));
}

TEST(Split, GradientsOfThePartsAddUp) {
  const Tensor x = tensor({1., 2., 3., 4., 5.}, {.requires_grad = true});
  const Tensors parts = split(x, {2, 3});
  const Tensors g = grad({sum(parts[0] * 2) + sum(parts[1] * parts[1])}, {x});
  expect_values(g[0], {2, 2, 6, 8, 10});
  // Only one of them is used.
  expect_values(grad({sum(split(x, 2)[1])}, {x})[0], {0, 0, 1, 1, 0});
}

TEST(Rearranging, IsRecordedUnderItsName) {
  const Tensor x = ones({2, 2}, {.requires_grad = true});
  EXPECT_STREQ(slice(x, 0, 0, 1).op_name(), "slice");
  EXPECT_STREQ(pad(x, {{1, 1}}).op_name(), "pad");
  EXPECT_STREQ(flip(x).op_name(), "flip");
  EXPECT_STREQ(tile(x, {2, 2}).op_name(), "tile");
  EXPECT_STREQ(repeat(x, 2, 0).op_name(), "repeat");
  EXPECT_STREQ(repeat(x, 2).op_name(), "repeat");
  EXPECT_STREQ(repeat(x, {2, 2}).op_name(), "repeat");
  EXPECT_STREQ(roll(x, 1).op_name(), "roll");
  EXPECT_STREQ(roll(x, 1, 0).op_name(), "roll");
  EXPECT_STREQ(tril(x).op_name(), "tril");
  EXPECT_STREQ(triu(x).op_name(), "triu");
  EXPECT_STREQ(diag(x).op_name(), "diag");
  EXPECT_STREQ(diag(diag(x)).op_name(), "diag");
  EXPECT_STREQ(masked_select(x, x == 1).op_name(), "masked_select");
}

// Changing the result leaves the operand alone, also where there is nothing to do.
TEST(Rearranging, ResultsDoNotWriteThrough) {
  const Tensor x = ones({2, 2}), one_row = ones({1, 2});
  for (Tensor y :
       {slice(x, 0, 0, 2), select(one_row, 0, 0), split(x, 2)[0], chunk(x, 1)[0], pad(x, {{0, 0}}),
        flip(x, 0), flip(one_row, 0), tile(x, {1, 1}), repeat(x, 1, 0), repeat(x, {1, 1}),
        roll(x, 0), roll(x, 2, 0), tril(x, 1), triu(x, -1), masked_select(x, x == 1)}) {
    y.fill_(7);
    expect_values(x, Doubles(4, 1));
    expect_values(one_row, Doubles(2, 1));
  }
}

TEST(Repeat, TakesCountsAndListsOfAnyInteger) {
  const Tensor x = tensor({1.f, 2.f});
  const std::size_t n = 2;
  expect_values(repeat(x, n), {1, 1, 2, 2});
  expect_values(repeat(x, 2, 0), {1, 1, 2, 2});
  expect_values(repeat(x, {n}), {1, 2, 1, 2});
  EXPECT_EQ(repeat(x, {n, 1}).shape(), (Shape{2, 2}));
  expect_values(pad(x, {{n, 1}}), {0, 0, 1, 2, 0});
}

}  // namespace
}  // namespace xgrad::test
