// x[…] beside the table of operations: NumPy's results, iteration, assignment in place, messages.

#include <fstream>
#include <nlohmann/json.hpp>

#include "autograd/dot.hpp"
#include "autograd/gradcheck.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using nlohmann::json;

static_assert(std::ranges::input_range<Tensor>);
// Else tensor(x) would look for numbers in the rows of rows without an end.
static_assert(!detail::NestedNumbers<Tensor> && !detail::NestedNumbers<Tensors>);
static_assert(!std::is_assignable_v<decltype(Tensor()[0]), Tensor>);
static_assert(!std::is_constructible_v<Index, double> && !std::is_constructible_v<Index, bool>);

Shape shape_of(const json& extents) { return Shape(extents.get<std::vector<std::size_t>>()); }

std::optional<Extent> bound(const json& value) {
  if (value.is_null()) return none;
  return value.get<std::int64_t>();
}

Index entry_of(const json& entry) {
  if (entry.is_number()) return entry.get<int>();
  if (entry == "...") return ellipsis;
  if (entry == "newaxis") return newaxis;
  if (entry.is_array()) return Slice(bound(entry[0]), bound(entry[1]), bound(entry[2]));
  const Tensor values = tensor(entry["values"].get<Integers>(), shape_of(entry["shape"]));
  return entry["mask"].get<bool>() ? values != 0 : values;
}

// Calls f(case, shape of x, entries).
template <class F>
void for_each_case(const F& f) {
  std::ifstream file(XGRAD_SOURCE_DIR "/tests/golden/index.json");
  for (const json& each : json::parse(file)) {
    SCOPED_TRACE(each.dump());
    std::vector<Index> entries;
    for (const json& entry : each["entries"]) entries.push_back(entry_of(entry));
    f(each, shape_of(each["shape"]), entries);
  }
}
template <class F>
void for_each_choice(const F& f) {
  for_each_case([&](const json& each, const Shape& shape, const std::vector<Index>& entries) {
    if (each.contains("chosen"))
      f(shape, entries, shape_of(each["result"]), each["chosen"].get<std::vector<std::size_t>>());
  });
}

Tensor numbered(const Shape& shape, const TensorOptions& options = {}) {
  return tensor(arange(shape.numel(), float64).to_vector<double>(), shape, options);
}

TEST(Index, IsNumPys) {
  std::size_t refused = 0;
  for_each_case([&](const json& each, const Shape& shape, const std::vector<Index>& entries) {
    const Tensor x = numbered(shape);
    if (!each.contains("chosen")) {
      ++refused;
      EXPECT_THROW(x.index(entries), ShapeError);
      EXPECT_THROW(index_put(x, entries, 1), ShapeError);
      return;
    }
    for (const DType dtype : {float64, float32, int64}) {
      const Tensor result = x.to(dtype).index(entries);
      EXPECT_EQ(result.dtype(), dtype);
      EXPECT_EQ(result.shape(), shape_of(each["result"]));
      expect_values(result, each["chosen"].get<Doubles>());
    }
  });
  EXPECT_GT(refused, 20U);
}

TEST(Index, GradientsAreAddedWhereTheyBelong) {
  for_each_choice([](const Shape& shape, const auto& entries, const Shape& result,
                     const std::vector<std::size_t>& chosen) {
    const Tensor x = numbered(shape, f64_grad), weights = numbered(result) + 1;
    Doubles expected(shape.numel());
    for (std::size_t k = 0; k < chosen.size(); ++k) expected[chosen[k]] += double(k) + 1;
    expect_values(grad(sum(x.index(entries) * weights), x), expected);
  });
}

TEST(IndexPut, IsNumPys) {
  for_each_choice([](const Shape& shape, const auto& entries, const Shape& result,
                     const std::vector<std::size_t>& chosen) {
    const Tensor x = numbered(shape, f64_grad), values = numbered(result, f64_grad);
    Doubles put = x.to_vector<double>(), sums = put, of_x(shape.numel(), 1), of_values;
    std::vector<std::size_t> last(shape.numel());
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      put[chosen[k]] = double(k);
      sums[chosen[k]] += double(k);
      of_x[chosen[k]] = 0;
      last[chosen[k]] = k;
    }
    const Doubles before = x.to_vector<double>();
    for (std::size_t k = 0; k < chosen.size(); ++k)
      of_values.push_back(last[chosen[k]] == k ? double(chosen[k]) : 0);
    const Tensor y = index_put(x, entries, values);
    expect_values(y, put);
    const Tensors g = grad({sum(y * numbered(shape))}, {x, values});
    expect_values(g[0], (tensor(of_x, shape) * numbered(shape)).template to_vector<double>());
    expect_values(g[1], of_values);
    expect_values(index_put(x, entries, values, true), sums);
    expect_values(x, before);

    for (const DType dtype : {float64, float32, int64}) {
      Tensor in_place = x.detach().to(dtype).clone();
      expect_values(in_place.index_put_(entries, values), put);
      in_place = x.detach().to(dtype).clone();
      expect_values(in_place.index_put_(entries, values, true), sums);
    }
  });
}

TEST(Index, IsWrittenAsInPython) {
  const Tensor x = tensor({{0., 1., 2.}, {3., 4., 5.}});
  expect_values(x[1], {3, 4, 5});
  expect_values(x[-2], {0, 1, 2});
  expect_values(x[std::size_t{1}][0U], {3});
  EXPECT_EQ((x[{0, 1}].item<int>()), 1);
  expect_values(x[{1}], {3, 4, 5});
  expect_values(x[{}], {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(x.index({}).shape(), x.shape());
  expect_values(x[Slice(1)], {3, 4, 5});
  expect_values(x[{ellipsis, Slice(none, none, -2)}], {2, 0, 5, 3});
  EXPECT_EQ((x[{newaxis, ellipsis, newaxis}].shape()), (Shape{1, 2, 3, 1}));
  expect_values(x[x > 3], {4, 5});
  expect_values(x[tensor({1, 1, 0})], {3, 4, 5, 3, 4, 5, 0, 1, 2});
  expect_values(x[{tensor({{1}, {0}}), tensor({0, 2})}], {3, 5, 0, 2});
  expect_values(x[{Slice(), tensor(-1)}], {2, 5});
  expect_values(index(x, {0, 0}), {0});
  expect_values(x.index({Slice(0, std::size_t{1}), 2}), {2});
}

TEST(Index, OfOneReadIsOneNode) {
  const Tensor x = ones({2, 3, 4}, {.requires_grad = true});
  for (const Tensor& y : {x[0], x[{0, Slice(none, none, -1)}], x[{ellipsis, newaxis, 2}],
                          x[{tensor({0, 1}), Slice(), 1}], x[{Slice(), x[0] > 0}]}) {
    EXPECT_STREQ(y.op_name(), "index");
    EXPECT_TRUE(grad(sum(y), x).shape() == x.shape());
  }
  // Nothing moves, so nothing is copied.
  EXPECT_STREQ((x[{newaxis, ellipsis}].op_name()), "reshape");
  EXPECT_FALSE(tensor({1, 2})[0].requires_grad());
}

TEST(Index, ResultsDoNotWriteThrough) {
  const Tensor x = ones({2, 2});
  for (Tensor y : {x[0], x[{}], x[ellipsis], x[x == 1], x[tensor({0})]}) {
    y.fill_(7);
    expect_values(x, Doubles(4, 1));
  }
}

TEST(Index, OfLimits) {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                         most = std::numeric_limits<std::int64_t>::max();
  const Tensor x = tensor({0, 1, 2});
  expect_values(x[Slice(least, most, most)], {0});
  expect_values(x[Slice(most, least, least)], {2});
  expect_values(x[Slice(least, most)], {0, 1, 2});
  expect_values(x[Slice(most, least, -1)], {2, 1, 0});
  expect_values(x[Slice(least, most, -1)], {});
  expect_values(tensor(5.)[ellipsis], {5});
  expect_values(tensor(5.)[newaxis], {5});
  expect_values(tensor(5.)[tensor(1) > 0], {5});
  EXPECT_EQ(tensor(5.)[tensor(1) < 0].shape(), Shape{0});
  EXPECT_EQ((zeros({3, 0})[{tensor({2, 2}), Slice()}].shape()), (Shape{2, 0}));
}

// ---- iteration

TEST(Rows, AreThoseOfTheFirstAxis) {
  const Tensor x = leaf({1, 2, 3});
  Tensor total = tensor(0.);
  std::int64_t i = 0;
  for (const Tensor& row : x) {
    EXPECT_EQ(row.shape(), Shape{});
    total = total + row * ++i;
  }
  expect_values(grad(total, x), {1, 2, 3});
  const Tensor y = zeros({2, 3});
  EXPECT_EQ(Tensors(y.begin(), y.end()).size(), 2U);
  for (Tensor row : zeros({0, 3})) ADD_FAILURE() << row;
  EXPECT_EQ((stack({y.begin(), y.end()}).shape()), y.shape());
  EXPECT_EQ(testing::PrintToString(y), to_string(y));  // not as a container
  expect_contains(ERROR_OF(ShapeError, for (Tensor row
                                            : tensor(1.)) row.numel()),
                  {"index: ", "()", "1 dimension"});
}

// tests/autograd/linear_cost.cpp counts the instructions.
TEST(Index, GradientsOfPartsArePutTogetherAtOnce) {
  const std::function<Tensor(const Tensor&, std::size_t)> ways[] = {
      [](const Tensor& x, std::size_t i) { return x[i]; },
      [](const Tensor& x, std::size_t i) {
        return x[{Slice(i, i + 1), 0}];
      },
      [](const Tensor& x, std::size_t i) { return x[tensor({i})]; },
      [](const Tensor& x, std::size_t i) { return x[arange(50) == i]; },
      [](const Tensor& x, std::size_t i) { return Tensors(x.begin(), x.end())[i]; },
      [](const Tensor& x, std::size_t i) { return split(x, 1)[i]; },
      [](const Tensor& x, std::size_t i) { return chunk(x, 50)[i]; },
  };
  for (const auto& part_of : ways) {
    const Tensor leaf = ones({50, 2}, f64_grad), x = leaf * 2;
    Tensor total = tensor(0.);
    for (std::size_t i = 0; i < 50; ++i) total = total + sum(pow(part_of(x, i), 3));
    const std::string graph = to_dot(grad(total, leaf, {.create_graph = true}));
    const std::size_t first = graph.find("sum_of_parts");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(graph.find("sum_of_parts", first + 1), std::string::npos);
  }
}

// ---- assignment

TEST(IndexPut, ConvertsInPlaceAsCopy) {
  Tensor x = tensor({1, 2, 3});
  expect_values(x.index_put_({0}, tensor(7.9)), {7, 2, 3});
  expect_values(x.index_put_({Slice(1)}, 5), {7, 5, 5});
  EXPECT_THROW(x.index_put_({0}, 0.5), ValueError);
  EXPECT_EQ(x.version(), 2U);
  Tensor bytes = tensor({250, 2}, uint8);
  expect_values(bytes.index_put_({tensor({1, 1, 0})}, 2, true), {252, 6});
  EXPECT_EQ(index_put(bytes, {0}, 200, true).to_vector<int>()[0], 452);
  expect_contains(ERROR_OF(ValueError, bytes.index_put_({0}, 200, true)), {"index_put_: ", "452"});
  expect_values(bytes, {252, 6});
}

TEST(IndexPut, ReadsWhatItWritesTo) {
  Tensor x = tensor({1, 2, 0});
  expect_values(x.index_put_({Slice(none, none, -1)}, x), {0, 2, 1});
  expect_values(x.index_put_({x}, 5), {5, 5, 5});
  Tensor y = tensor({1., 2., 3.});
  const Tensor same = y.detach(), row = reshape(y, {1, 3})[0];
  expect_values(y.index_put_({Slice(none, none, -1)}, same, true), {4, 4, 4});
  expect_values(row, {1, 2, 3});
}

TEST(IndexPut, InPlaceIsForLeavesWithoutRecording) {
  Tensor x = leaf({1, 2}), y = x * 2;
  expect_contains(ERROR_OF(GradError, x.index_put_({0}, 5)), {"index_put_: ", "NoGrad"});
  expect_contains(ERROR_OF(GradError, y.index_put_({0}, 5)), {"index_put_: ", "mul"});
  const Tensor squares = sum(square(x));
  {
    const NoGrad guard;
    x.index_put_({0}, 5);
  }
  expect_values(x, {5, 2});
  EXPECT_THROW(squares.backward(), GradError);
}

TEST(IndexPut, GradientOfEachOrder) {
  const Tensor x = leaf({0.5, 1, 1.5}), v = leaf({0.25, 0.75, 2});
  const Tensor twice = tensor({0, 2, 0});
  for (const bool accumulate : {false, true}) {
    const auto f = [&](const Tensors& in) {
      return pow(index_put(in[0] * in[0], {twice}, in[1] * in[1], accumulate), 3);
    };
    const GradcheckReport first = gradcheck(f, {x, v}), second = gradgradcheck(f, {x, v});
    EXPECT_TRUE(first.ok) << first;
    EXPECT_TRUE(second.ok) << second;
  }
}

// ---- messages

TEST(Index, RefusesWithAMessage) {
  const Tensor x = zeros({2, 3});
  const auto message = [&]<class E>(E, const std::vector<Index>& entries) {
    const std::string put = error_of<E>([&] { index_put(x, entries, 1); });
    const std::string get = error_of<E>([&] { x.index(entries); });
    expect_contains(put, {"index_put: "});
    EXPECT_EQ(put.substr(9), get.substr(5));
    return get;
  };
  const ShapeError shape("");
  expect_contains(message(shape, {2}), {"index 2", "axis 0", "(2, 3)", "-2 to 1"});
  expect_contains(message(shape, {0, tensor({0, 5})}),
                  {"index 5 at position 1", "axis 1", "extent 3", "-3 to 2"});
  expect_contains(message(shape, {0, 0, newaxis, 0}), {"4 entries", "3 axes", "(2, 3)", "most 2"});
  expect_contains(message(shape, {ellipsis, ellipsis}), {"2 ellipses", "(2, 3)", "one"});
  expect_contains(message(shape, {zeros({3}) == 0}), {"mask", "(3,)", "axis 0", "(2, 3)", "(2,)"});
  expect_contains(message(shape, {tensor({0, 1}), tensor({0, 1, 2})}), {"(2,)", "(3,)"});
  expect_contains(message(shape, {zeros({1, 2, 3}) == 0}), {"3 axes", "(2, 3)", "most 2"});
  expect_contains(message(shape, std::vector<Index>(7, newaxis)), {"9 dimensions", "most 8"});
  expect_contains(message(ValueError(""), {0, Slice(0, 2, 0)}), {"step", "axis 1", "(2, 3)", "0"});
  expect_contains(message(ValueError(""), {Tensor()}), {"undefined"});
  expect_contains(message(DTypeError(""), {tensor({0., 1.})}),
                  {"float64", "(2,)", "int64", "mask"});
  EXPECT_THROW(Tensor()[0], ValueError);
  EXPECT_THROW(index_put(Tensor(), {0}, 1), ValueError);
  EXPECT_THROW(Tensor().index_put_({0}, 1), ValueError);
  EXPECT_THROW(index_put(x, {0}, Tensor()), ValueError);
  expect_contains(ERROR_OF(ShapeError, index_put(x, {0}, zeros(2))),
                  {"index_put: ", "(2,)", "(3,)"});
  expect_contains(ERROR_OF(ShapeError, index_put(x, {0}, zeros({1, 3}))),
                  {"index_put: ", "(1, 3)", "(3,)"});
  expect_contains(ERROR_OF(DTypeError, index_put(x, {0}, zeros(3, float64))),
                  {"index_put: ", "float32", "float64"});
}

}  // namespace
}  // namespace xgrad::test
