

#include "tests/support/test.hpp"

// Operations on integers at their limits, on no elements, and on NaN. Under UBSan they show that
// nothing undefined is computed.

namespace xgrad::test {
namespace {

constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
const Integers extremes = {i64_min, i64_min + 1, -1, 0, 1, i64_max - 1, i64_max};

// x[start:stop:step] of Python.
Integers sliced(const Integers& x, std::int64_t start, std::int64_t stop, std::int64_t step) {
  __extension__ using Wide = __int128;
  const auto n = static_cast<Wide>(x.size());
  const auto bound = [n](Wide i) { return std::clamp<Wide>(i < 0 ? i + n : i, 0, n); };
  Integers result;
  for (Wide i = bound(start); i < bound(stop); i += step)
    result.push_back(x[static_cast<std::size_t>(i)]);
  return result;
}

TEST(IntegerLimits, OfSlice) {
  for (const Integers& values : {Integers{}, Integers{7}, Integers{1, 2, 3, 4, 5}}) {
    const Tensor x = tensor(values, {values.size()});
    for (const std::int64_t start : extremes)
      for (const std::int64_t stop : extremes)
        for (const std::int64_t step : {std::int64_t{1}, std::int64_t{2}, i64_max - 1, i64_max})
          EXPECT_EQ(slice(x, 0, start, stop, step).to_vector<std::int64_t>(),
                    sliced(values, start, stop, step))
              << start << ' ' << stop << ' ' << step;
    const Tensor rows = reshape(arange(0, 12), {2, 6});
    EXPECT_EQ(slice(rows, 0, i64_min, i64_max, i64_max).to_vector<std::int64_t>(),
              (Integers{0, 1, 2, 3, 4, 5}));
  }
  for (const std::int64_t step : {i64_min, std::int64_t{-1}, std::int64_t{0}})
    expect_contains(ERROR_OF(ValueError, slice(zeros({3}), 0, 0, 3, step)),
                    {"slice: ", std::to_string(step)});
}

TEST(IntegerLimits, OfRollTriangleAndDiagonal) {
  const Tensor x = arange(0, 6), matrix = reshape(arange(1, 7), {2, 3});
  for (const std::int64_t shift : extremes) {
    const std::int64_t places = (shift % 6 + 6) % 6;
    Integers expected(6);
    for (std::int64_t i = 0; i < 6; ++i) expected[static_cast<std::size_t>((i + places) % 6)] = i;
    EXPECT_EQ(roll(x, shift, 0).to_vector<std::int64_t>(), expected);
    EXPECT_EQ(roll(x, shift).to_vector<std::int64_t>(), expected);
    EXPECT_EQ(roll(zeros({0}), shift).numel(), 0u);
    if (shift == i64_min || shift == i64_max) {
      const bool above = shift == i64_max;
      EXPECT_EQ(sum(tril(matrix, shift)).item<int>(), above ? 21 : 0);
      EXPECT_EQ(sum(triu(matrix, shift)).item<int>(), above ? 0 : 21);
      EXPECT_EQ(diag(matrix, shift).numel(), 0u);
      expect_contains(ERROR_OF(ShapeError, diag(x, shift)), {"diag: "});
    }
  }
}

struct Refusal {
  std::string op;
  std::function<void()> call;
};

// Shapes whose elements or bytes are too many to count.
TEST(IntegerLimits, OfSizes) {
  const Tensor x = ones({2, 3}), none = zeros({0, 3}), vector = ones({3});
  const std::int64_t large = std::int64_t{1} << 61;
  const auto extent = static_cast<std::size_t>(large);
  const std::vector<Refusal> refusals = {
      {"empty", CALL(empty({large, 8}))},
      {"zeros", CALL(zeros({large, 8}))},
      {"ones", CALL(ones({large}))},
      {"full", CALL(full({large, large}, 2))},
      {"eye", CALL(eye(most))},
      {"eye", CALL(eye(most, 2))},
      {"eye", CALL(eye(extent))},
      {"linspace", CALL(linspace(0, 1, most))},
      {"logspace", CALL(logspace(0, 1, most))},
      {"rand", CALL(rand({large, 8}))},
      {"randn", CALL(randn({large, 8}))},
      {"randint", CALL(randint(0, 3, {large, 8}))},
      {"uniform", CALL(uniform(0, 1, {large, 8}))},
      {"normal", CALL(normal(0, 1, {large, 8}))},
      {"randperm", CALL(randperm(most))},
      {"randperm", CALL(randperm(extent))},
      {"pad", CALL(pad(x, {{i64_max, i64_max}}))},
      {"pad", CALL(pad(x, {{i64_max, 0}}))},
      {"tile", CALL(tile(x, {i64_max, i64_max}))},
      {"repeat", CALL(repeat(x, i64_max, 0))},
      {"repeat", CALL(repeat(x, i64_max))},
      {"repeat", CALL(repeat(x, {i64_max, 1}))},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.op);
    const std::string text = error_of<ShapeError>(refusal.call);
    EXPECT_EQ(text.rfind(refusal.op + ": ", 0), 0u) << text;
  }
  // These are refused too, though not under the creator's name.
  const Tensor labels = zeros({2}, i64);
  ERROR_OF(ShapeError, one_hot(labels, most));
  ERROR_OF(ShapeError, one_hot(labels, extent));
  ERROR_OF(ShapeError, broadcast_to(vector, {large, 3}));
  ERROR_OF(ShapeError, topk(vector, i64_max));
  ERROR_OF(ShapeError, topk(vector, i64_min));
  ERROR_OF(ValueError, chunk(none, i64_max));
  ERROR_OF(ValueError, chunk(none, i64_min));
  ERROR_OF(ValueError, split(x, i64_min));
  ERROR_OF(ValueError, split(x, Integers{i64_max, i64_max, 4}));
  ERROR_OF(ValueError, tile(x, {i64_min}));
  ERROR_OF(ValueError, repeat(x, i64_min, 0));
  for (const std::int64_t index : {i64_min, i64_min + 1, i64_max - 1, i64_max}) {
    ERROR_OF(ShapeError, select(x, 0, index));
    ERROR_OF(ShapeError, take(x, tensor({index}), 0));
    ERROR_OF(ShapeError, gather(vector, 0, tensor({index})));
    ERROR_OF(ValueError, one_hot(tensor({index}), 3));
    ERROR_OF(ValueError, pad(x, {{index < 0 ? index : -index, 1}}));
  }
  for (const int axis : {std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    ERROR_OF(ShapeError, sum(x, axis));
    ERROR_OF(ShapeError, slice(x, axis, 0, 1));
    ERROR_OF(ShapeError, unsqueeze(x, axis));
  }
  // An empty tensor may be padded or repeated into another empty one.
  EXPECT_EQ(pad(none, {{0, 0}, {large, large}}).shape(), (Shape{0, 2 * large + 3}));
  EXPECT_EQ(tile(none, {i64_max, 1}).shape(), (Shape{0, 3}));
  EXPECT_EQ(repeat(none, 0, 1).shape(), (Shape{0, 0}));
  EXPECT_EQ(split(x, i64_max).size(), 1u);
  EXPECT_EQ(chunk(x, i64_max).size(), 2u);
}

TEST(IntegerLimits, OfInt64Wrap) {
  const Tensor x = tensor({i64_max, i64_min});
  EXPECT_EQ((x + 1).to_vector<std::int64_t>(), (Integers{i64_min, i64_min + 1}));
  EXPECT_EQ((x - 1).to_vector<std::int64_t>(), (Integers{i64_max - 1, i64_max}));
  EXPECT_EQ((x * 2).to_vector<std::int64_t>(), (Integers{-2, 0}));
  EXPECT_EQ((-x).to_vector<std::int64_t>(), (Integers{-i64_max, i64_min}));
  EXPECT_EQ(abs(x).to_vector<std::int64_t>(), (Integers{i64_max, i64_min}));
  EXPECT_EQ(square(x).to_vector<std::int64_t>(), (Integers{1, 0}));
  EXPECT_EQ(cumsum(x, 0).to_vector<std::int64_t>(), (Integers{i64_max, -1}));
  EXPECT_EQ(sum(tensor({i64_max, std::int64_t{2}})).item<std::int64_t>(), i64_min + 1);
  EXPECT_EQ(prod(tensor({i64_max, std::int64_t{2}})).item<std::int64_t>(), -2);
  EXPECT_EQ(dot(x, x).item<std::int64_t>(), 1);
  EXPECT_EQ(scatter_add(x, 0, tensor({0}), tensor({1})).to_vector<std::int64_t>(),
            (Integers{i64_min, i64_min}));
  Tensor y = x.clone();
  EXPECT_EQ(y.add_(x, 2).to_vector<std::int64_t>(), (Integers{i64_max - 2, i64_min}));
  EXPECT_EQ(y.mul_(i64_max).to_vector<std::int64_t>(), (Integers{3, i64_min}));
}

// ---- over no elements

TEST(IntegerLimits, OfReductionsOverNothing) {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = zeros({2, 0}, {.dtype = dtype, .requires_grad = true});
    for (const Tensor& result : {logsumexp(x, 1), logsumexp(x, 1, true), logsumexp(x)})
      EXPECT_TRUE(all(result == -inf).item<bool>());
    EXPECT_EQ(logsumexp(x, 0).shape(), Shape{0});
    EXPECT_EQ(softmax(x, 1).shape(), (Shape{2, 0}));
    EXPECT_EQ(softmax(x, 0).shape(), (Shape{2, 0}));
    EXPECT_EQ(log_softmax(x, -1).shape(), (Shape{2, 0}));
    EXPECT_EQ(sum(x).item<double>(), 0);
    expect_values(prod(x, 1), {1, 1});
    EXPECT_TRUE(all(isnan(mean(x, 1))).item<bool>());
    EXPECT_EQ(cumsum(x, 1).shape(), (Shape{2, 0}));
    EXPECT_EQ(sort(x).values.shape(), (Shape{2, 0}));
    EXPECT_EQ(sort(x, 0).indices.shape(), (Shape{2, 0}));
    EXPECT_EQ(topk(x, 0).values.shape(), (Shape{2, 0}));
    EXPECT_EQ(argsort(x).shape(), (Shape{2, 0}));
    sum(logsumexp(x, 1)).backward();
    EXPECT_EQ(x.grad().shape(), (Shape{2, 0}));
  }
  EXPECT_EQ(logsumexp(zeros({0}, i64)).item<double>(), -inf);
}

// An empty tensor may have extents that no loop could finish.
TEST(IntegerLimits, OfExtentsBesideNone) {
  const std::int64_t large = std::int64_t{1} << 60;
  const Tensor x = zeros({large, 2, 0}), index = tensor({0, 1});
  for (const Tensor& result : {take(x, index, 1),
                               roll(x, 1, 1),
                               roll(x, 1),
                               repeat(x, 2, 1),
                               tile(x, {1, 2, 3}),
                               flip(x),
                               sum(x, 1),
                               prod(x, 1),
                               max(x, 1),
                               argmax(x, 1).to(float32),
                               cumsum(x, 1),
                               sort(x, 1).values,
                               topk(x, 1, 1).values,
                               softmax(x, 1),
                               logsumexp(x, 1),
                               concatenate({x, x}, 1),
                               slice(x, 1, 0, 1),
                               select(x, 1, 0),
                               pad(x, {{0, 0}, {1, 1}, {0, 0}}),
                               tril(x),
                               x + x,
                               x == 1,
                               transpose(x, 0, 2),
                               mean(x, 1),
                               any(x, 1).to(float32)})
    EXPECT_EQ(result.numel(), 0u);
  EXPECT_EQ(tile(zeros({0, 3}), {i64_max, 1}).numel(), 0u);
  EXPECT_EQ(repeat(zeros({0}), i64_max).numel(), 0u);
}

TEST(IntegerLimits, ThereIsNothingToChoose) {
  const Tensor none = zeros({0, 3}), index = tensor({0});
  const std::vector<Refusal> refusals = {
      {"take", CALL(take(none, index, 0))},
      {"gather", CALL(gather(zeros({0}), 0, index))},
      {"scatter_add", CALL(scatter_add(zeros({0}), 0, index, ones({1})))},
      {"select", CALL(select(none, 0, 0))},
      {"select", CALL(select(none, 0, -1))},
      {"one_hot", CALL(one_hot(index, 0))},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.op);
    const std::string text = error_of<Error>(refusal.call);
    EXPECT_EQ(text.rfind(refusal.op + ": ", 0), 0u) << text;
    expect_contains(text, {"none can be chosen"});
    EXPECT_EQ(text.find("-1 to"), std::string::npos) << text;
    EXPECT_EQ(text.find("to -1"), std::string::npos) << text;
  }
}

// ---- NaN and infinities

TEST(IntegerLimits, OfCholeskyAreFiniteElements) {
  for (const DType dtype : {float32, float64})
    for (const double odd : {nan, inf, -inf})
      for (const std::int64_t row : {0, 1, 2})
        for (std::int64_t column = 0; column <= row; ++column)
          for (const bool batch : {false, true}) {
            Tensor a = eye(3, {.dtype = dtype}) * 2;
            visit_floating(dtype, [&]<class T>(T) {
              a.data<T>()[static_cast<std::size_t>(3 * row + column)] = static_cast<T>(odd);
            });
            if (batch) a = stack({eye(3, {.dtype = dtype}), a});
            const std::string text = ERROR_OF(ValueError, cholesky(a));
            expect_contains(text,
                            {"cholesky: ", "expected finite",
                             "(" + std::to_string(row) + ", " + std::to_string(column) + ")"});
            if (batch) expect_contains(text, {"batch element 1"});
          }
  // What is above the diagonal is not read.
  const Tensor upper = tensor({{1., nan}, {0., 1.}});
  expect_values(cholesky(upper), {1, 0, 0, 1});
}

}  // namespace
}  // namespace xgrad::test
