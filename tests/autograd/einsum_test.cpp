// What the table of operations does not cover of einsum and its relatives: random equations, the
// order of several operands, what is recorded, and sizes beyond one register.

#include <map>
#include <numeric>

#include "autograd/observer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

/// The sum over all indices, one after the other.
Doubles by_loops(const std::vector<std::string>& operands, const std::string& result,
                 const Tensors& values, const std::map<char, std::size_t>& extents) {
  std::string letters;
  std::size_t count = 1, size = 1;
  for (const auto& [letter, extent] : extents) letters += letter, count *= extent;
  for (char letter : result) size *= extents.at(letter);
  Doubles total(size);
  std::vector<Doubles> elements;
  for (const Tensor& x : values) elements.push_back(x.to_vector<double>());
  std::map<char, std::size_t> index;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t rest = i;
    for (char letter : letters) {
      index[letter] = rest % extents.at(letter);
      rest /= extents.at(letter);
    }
    const auto element = [&](const std::string& axes) {
      return std::accumulate(axes.begin(), axes.end(), std::size_t{0}, [&](std::size_t at, char a) {
        return at * extents.at(a) + index.at(a);
      });
    };
    double product = 1;
    for (std::size_t k = 0; k < operands.size(); ++k) product *= elements[k][element(operands[k])];
    total[element(result)] += product;
  }
  return total;
}

TEST(Einsum, OfRandomEquationsEqualsLoops) {
  manual_seed(0);
  const auto random = [](std::int64_t high) {
    return static_cast<std::size_t>(randint(0, high, {}).item<std::int64_t>());
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<std::string> operands(1 + random(4));
    std::map<char, std::size_t> extents;
    Tensors values;
    for (std::string& axes : operands) {
      Shape shape;
      for (std::size_t axis = random(5); axis > 0; --axis) {
        const char letter = "abcdeF"[random(6)];
        axes += letter;
        shape.push_back(extents.try_emplace(letter, 1 + random(3)).first->second);
      }
      values.push_back(randn(shape, f64_grad));
    }
    std::string result;
    for (const auto& [letter, extent] : extents)
      if (random(2)) result.insert(random(static_cast<std::int64_t>(result.size()) + 1), 1, letter);
    std::string equation = operands[0];
    for (std::size_t k = 1; k < operands.size(); ++k) equation += "," + operands[k];
    equation += "->" + result;
    SCOPED_TRACE(equation);
    const Tensor y = einsum(equation, values);
    expect_near(y, by_loops(operands, result, values, extents), 1e-12);
    // The sum is linear in each operand: <x, dy/dx> = y.
    for (const Tensor& x : values)
      EXPECT_NEAR(sum(x * grad(sum(y), {x}, {.retain_graph = true})[0]).item<double>(),
                  sum(y).item<double>(), 1e-11);
  }
}

/// Notes the names and sizes of what is computed.
class Recorder final : public Observer {
 public:
  void computed(const char* op, const Tensor& out, std::span<const Tensor* const>) override {
    if (std::string(op) == "reshape") return;  // copies nothing
    ops.emplace_back(op);
    sizes.push_back(out.numel());
  }
  std::vector<std::string> ops;
  std::vector<std::size_t> sizes;
};

std::vector<std::string> operations_of(const char* equation, const Tensors& operands) {
  Recorder recorder;
  einsum(equation, operands);
  return recorder.ops;
}

using Names = std::vector<std::string>;

TEST(Einsum, MultipliesInOneProductWithoutCopies) {
  const Tensor x = randn({2, 3, 4, 5}), y = randn({2, 3, 6, 5}), z = randn({2, 3, 5, 6});
  EXPECT_EQ(operations_of("bhqd,bhkd->bhqk", {x, y}), Names{"matmul"});
  EXPECT_EQ(operations_of("bhqd,bhkd->bhkq", {x, y}), Names{"matmul"});
  EXPECT_EQ(operations_of("bhqd,bhdk->bhqk", {x, z}), Names{"matmul"});
  EXPECT_EQ(operations_of("bhqd,bhqe->bhde", {x, x}), Names{"matmul"});
  EXPECT_EQ(operations_of("bhqd,bhed->bheq", {x, x}), Names{"matmul"});
  EXPECT_EQ(operations_of("bhqd,df->bhqf", {x, randn({5, 7})}), Names{"matmul"});
  EXPECT_EQ(operations_of("qdbh,dbhf->qf", {x, randn({3, 4, 5, 7})}), Names{"matmul"});
  EXPECT_EQ(operations_of("bhqd,bhkd->bqhk", {x, y}), (Names{"matmul", "permute"}));
  EXPECT_EQ(operations_of("bhqd,h->bhqd", {x, randn({3})}), (Names{"permute", "mul", "permute"}));
  EXPECT_EQ(operations_of("bhqd->bqhd", {x}), Names{"permute"});
  EXPECT_EQ(operations_of("bhqd->bhqd", {x}), Names{});
}

TEST(Einsum, SumsInOneOperandFirst) {
  EXPECT_EQ(operations_of("ij,kl->ik", {randn({3, 4}), randn({2, 5})}),
            (Names{"sum", "sum", "matmul"}));
}

TEST(Einsum, ContractsTheCheapestPairFirst) {
  const auto sizes_of = [](const char* equation, const Tensors& operands) {
    Recorder recorder;
    einsum(equation, operands);
    return recorder.sizes;
  };
  using Sizes = std::vector<std::size_t>;
  // (A B) c costs 100 * 100 * 100 multiplications, A (B c) 2 * 100 * 100.
  const Tensor a = randn({100, 100}), c = randn({100});
  EXPECT_EQ(sizes_of("ij,jk,k->i", {a, a, c}), (Sizes{100, 100}));
  EXPECT_EQ(sizes_of("i,ij,jk->k", {c, a, a}), (Sizes{100, 100}));
  // From the right again, of ten matrices, more than are tried in all orders.
  std::string equation = "ab,bc,cd,de,ef,fg,gh,hi,ij,j->a";
  Tensors operands(9, a);
  operands.push_back(c);
  for (std::size_t size : sizes_of(equation.c_str(), operands)) EXPECT_EQ(size, 100U);
}

TEST(Einsum, ResultsShareNothing) {
  const Tensor x = ones({2, 2});
  for (const char* equation : {"ij->ij", "ij", "..."}) {
    Tensor y = einsum(equation, {x});
    NoGrad guard;
    y.fill_(3);
    expect_values(x, {1, 1, 1, 1});
  }
}

TEST(Einsum, NamesAMissingOperandAfterTheOthers) {
  const std::string text = ERROR_OF(ValueError, einsum("ij,jk,kl->il", {ones({2, 2})}));
  EXPECT_EQ(text, "einsum: 1 operand given; the equation names 3\n  ij,jk,kl->il\n     ^");
}

// ---- its relatives

TEST(Meshgrid, GivesCoordinates) {
  const Tensors grid = meshgrid({tensor({1., 2.}), tensor({3., 4., 5.})});
  expect_values(grid[0], {1, 1, 1, 2, 2, 2});
  expect_values(grid[1], {3, 4, 5, 3, 4, 5});
  const Tensors numpys = meshgrid({tensor({1., 2.}), tensor({3., 4., 5.})}, "xy");
  EXPECT_EQ(numpys[0].shape(), (Shape{3, 2}));
  expect_values(numpys[0], {1, 2, 1, 2, 1, 2});
  expect_values(numpys[1], {3, 3, 4, 4, 5, 5});
}

TEST(Cumprod, HasGradientsOfAllOrdersAtZeros) {
  // y = (x0, x0 x1, x0 x1 x2): the mixed third derivative is 1 wherever it is taken.
  const Tensor x = leaf({0, 0, 0});
  const Tensor y = select(cumprod(x, 0), 0, 2);
  Tensor d = y;
  for (int k = 0; k < 3; ++k) d = select(grad(d, x, {.create_graph = true}), 0, k);
  EXPECT_EQ(d.item<double>(), 1);
}

TEST(Cumprod, PassesNaNAndInfinitiesOn) {
  expect_values(cumprod(tensor({2., 0., 3.}), 0), {2, 0, 0});
  expect_near(cumprod(leaf({2, nan, 0, inf}), 0), {2, nan, nan, nan});
  // The derivative by an element does not depend on it.
  const Tensor x = leaf({2, nan, 3}), y = leaf({2, 3, inf});
  expect_near(grad(sum(cumprod(x, 0)), x), {nan, 8, nan});
  expect_near(grad(sum(cumprod(y, 0)), y), {inf, inf, 6});
}

TEST(Logcumsumexp, HasGradientsBehindElementsThatDoNotCount) {
  const Tensor x = leaf({-inf, 0, -inf, 0});
  const Tensor y = logcumsumexp(x, 0);
  expect_near(y, {-inf, 0, 0, std::log(2)});
  expect_near(grad(select(y, 0, 3), x), {0, 0.5, 0, 0.5});
  expect_near(logcumsumexp(leaf({1e4, 1e4, -1e4}), 0), {1e4, 1e4 + std::log(2), 1e4 + std::log(2)});
  expect_near(logcumsumexp(leaf({1, inf, 2, inf, -inf}), 0), {1, inf, inf, inf, inf});
  const Tensor infinite = leaf({1, inf, 2});
  expect_near(grad(sum(logcumsumexp(infinite, 0)), infinite), {1, 2, 0});
  const Tensor far = leaf({-1e4, 1e4});
  expect_near(grad(sum(logcumsumexp(far, 0)), far), {1, 1});
}

TEST(Median, IsTheLowerOfTwo) {
  expect_values(median(tensor({4., 1., 3., 2.})), {2});
  expect_values(quantile(tensor({4., 1., 3., 2.}), 0.5), {2.5});
  EXPECT_EQ(median(tensor({true, false, true})).dtype(), boolean);
  const Tensor x = leaf({2, 1, 2, 3, 2});
  expect_near(slope(median(x), x), {1 / 3., 0, 1 / 3., 0, 1 / 3.});
}

TEST(Quantile, OfInfinitiesIsNotNaNWhereItIsKnown) {
  const Tensor x = tensor({-inf, -inf, 1., inf, inf});
  expect_values(quantile(x, tensor({0., 0.25, 0.5, 0.75, 0.9, 1.})),
                {-inf, -inf, 1, inf, inf, inf});
  for (const double q : {0.1, 0.9}) expect_values(quantile(tensor({-inf, 3.}), q), {-inf});
  expect_near(quantile(tensor({-inf, inf}), 0.5), {nan});
  const Tensor constant = full({7}, 0.1, f64);
  EXPECT_EQ(quantile(constant, 0.3).item<double>(), 0.1);
}

}  // namespace
}  // namespace xgrad::test
