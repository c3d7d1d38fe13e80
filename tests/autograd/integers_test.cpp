

#include "tests/support/test.hpp"

// Numbers and integers with tensors: no value is changed silently to fit.

namespace xgrad::test {
namespace {

constexpr std::int64_t one = 1;
constexpr std::uint64_t beyond = std::uint64_t{1} << 63;
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

void expect_integers(const Tensor& t, const Integers& values) {
  EXPECT_EQ(t.dtype(), int64);
  EXPECT_EQ(t.to_vector<std::int64_t>(), values);
}

// ---- comparisons

struct Comparison {
  const char* name;
  Tensor (*compare)(const TensorOrScalar&, const TensorOrScalar&);
  bool (*holds)(long double, long double);
};

const std::vector<Comparison> comparisons = {
    {"eq", eq, [](long double a, long double b) { return a == b; }},
    {"ne", ne, [](long double a, long double b) { return a != b; }},
    {"lt", lt, [](long double a, long double b) { return a < b; }},
    {"le", le, [](long double a, long double b) { return a <= b; }},
    {"gt", gt, [](long double a, long double b) { return a > b; }},
    {"ge", ge, [](long double a, long double b) { return a >= b; }},
};

// Elements and a number, all of which long double holds exactly.
template <class T>
void expect_exact_comparisons(const std::vector<T>& elements, const Scalar& number,
                              long double exact) {
  static_assert(std::numeric_limits<long double>::digits >= 64);
  const Tensor x = tensor(elements, Shape{elements.size()});
  for (const Comparison& c : comparisons) {
    const std::vector<int> right = c.compare(x, number).template to_vector<int>();
    const std::vector<int> left = c.compare(number, x).template to_vector<int>();
    const Tensor single = tensor(elements[0]);
    EXPECT_EQ(c.compare(single, number).template item<int>(), right[0]);
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const auto element = static_cast<long double>(elements[i]);
      EXPECT_EQ(right[i], c.holds(element, exact)) << c.name << ' ' << element << ' ' << exact;
      EXPECT_EQ(left[i], c.holds(exact, element)) << c.name << ' ' << exact << ' ' << element;
    }
  }
}

template <class T>
void expect_exact_comparisons_with_all(const std::vector<T>& elements) {
  for (const std::int64_t n :
       Integers{i64_min, i64_min + 1, -(one << 53) - 1, -19, -1, 0, 1, 199, 255, 256, 300,
                (1 << 24) + 1, (one << 53) + 1, i64_max - 1, i64_max})
    expect_exact_comparisons(elements, n, static_cast<long double>(n));
  for (const std::uint64_t n : {beyond, beyond + 1, most})
    expect_exact_comparisons(elements, n, static_cast<long double>(n));
  for (const double n : {nan, inf, -inf, 0., -0., 1., 255., 256., -1., 1e300, -1e300, 1e-300,
                         -1e-300, 0x1p24, 0x1p53, 0x1p63, -0x1p63, 0x1p64})
    expect_exact_comparisons(elements, n, static_cast<long double>(n));
  if (std::is_integral_v<T>)  // to floats, fractions are rounded
    for (const double n : {0.5, -0.5, 254.5, 255.5, -1.5, 0x1p24 + 0.5, 0x1p24 + 1.5, 1e-9})
      expect_exact_comparisons(elements, n, static_cast<long double>(n));
}

TEST(Integers, CompareWithNumbersAsTheyAre) {
  expect_exact_comparisons_with_all<std::uint8_t>({0, 1, 2, 199, 200, 254, 255});
  expect_exact_comparisons_with_all<std::int64_t>({i64_min, i64_min + 1, -256, -1, 0, 1, 255, 256,
                                                   1 << 24, (1 << 24) + 1, one << 53,
                                                   (one << 53) + 1, i64_max - 1, i64_max});
}

TEST(Floats, CompareWithNumbersAsTheyAre) {
  constexpr float f = std::numeric_limits<float>::infinity();
  expect_exact_comparisons_with_all<float>(
      {-f, -std::numeric_limits<float>::max(), -0x1p63F, -1, -0.F, 0, 1e-45F, 1, 255, 0x1p24F,
       0x1p24F + 2, 0x1p63F, 0x1p64F, std::numeric_limits<float>::max(), f, std::nanf("")});
  expect_exact_comparisons_with_all<double>({-inf, -1e300, -0x1p63, -1, -0., 0, 5e-324, 1, 255,
                                             0x1p24 + 1, 0x1p53, 0x1p53 + 2, 0x1p63, 0x1p64, 1e300,
                                             1.5e300, inf, nan});
}

TEST(Floats, RoundFractionsToCompareThem) {
  const Tensor x = tensor({0.1F, 0.3F});
  EXPECT_EQ((x == 0.1).to_vector<int>(), (std::vector<int>{1, 0}));
  EXPECT_EQ((x >= 0.3).to_vector<int>(), (std::vector<int>{0, 1}));
  expect_values((0.1 < x), {0, 1});
}

TEST(Integers, CompareNumbersAlone) {
  EXPECT_EQ(gt(16777217, 16777216.5).item<int>(), 1);
  EXPECT_EQ(eq((one << 53) + 1, 0x1p53).item<int>(), 0);
  EXPECT_EQ(lt(i64_max, most).item<int>(), 1);
  EXPECT_EQ(lt(-1, most).item<int>(), 1);
}

TEST(Integers, CompareAmongEachOther) {
  const Tensor bytes = tensor({0, 44, 255}, u8), wide = tensor({-256, 300, 255});
  EXPECT_EQ((bytes == wide).to_vector<int>(), (std::vector<int>{0, 0, 1}));
  expect_values((bytes > wide), {1, 0, 0});
  expect_values((bytes < wide), {0, 1, 0});
}

TEST(Integers, CountAsTrueUnlessZero) {
  for (const Tensor& x : {tensor({0, 1}, u8), tensor({0, 1}), tensor({0.F, 1.F})}) {
    for (const Scalar& number : {Scalar(0.3), Scalar(256), Scalar(1e-60), Scalar(-1e300),
                                 Scalar(nan), Scalar(most), Scalar(true)}) {
      expect_values(logical_and(x, number), {0, 1});
      expect_values(logical_or(number, x), {1, 1});
    }
    expect_values(logical_and(0., x), {0, 0});
    expect_values(logical_or(x, 0), {0, 1});
  }
}

// ---- arithmetic

TEST(Bytes, CountAsInt64InArithmetic) {
  const Tensor p = tensor({0, 1, 200, 255}, u8), q = tensor({1, 1, 100, 255}, u8);
  const Tensor x = tensor({-1., 0., 2.});
  expect_integers((x > 0) * 2 - 1, {-1, -1, 1});
  expect_integers((x == 0) * -1000, {0, -1000, 0});
  expect_integers((x > 0) - (x < 0), {-1, 0, 1});
  expect_integers(-(x > 0), {0, 0, -1});
  expect_integers((x > -9) + (x > -9), {2, 2, 2});
  expect_integers(1 - (x > 0), {1, 1, 0});
  expect_integers(p + q, {1, 2, 300, 510});
  expect_integers(p - q, {-1, 0, 100, 0});
  expect_integers(p * q, {0, 1, 20000, 65025});
  expect_integers(p + 56, {56, 57, 256, 311});
  expect_integers(-5 - p, {-5, -6, -205, -260});
  expect_integers(p * i64_max, {0, i64_max, -200, i64_max - 254});  // modulo 2^64
  expect_integers(p + tensor({1, -2, 3, -256}), {1, -1, 203, -1});
  expect_integers(tensor({-1, -1, -1, -1}) * p, {0, -1, -200, -255});
  expect_integers(neg(p), {0, -1, -200, -255});
  expect_integers(abs(p), {0, 1, 200, 255});
  expect_integers(sign(p), {0, 1, 1, 1});
  expect_integers(square(p), {0, 1, 40000, 65025});
  expect_integers(relu(p), {0, 1, 200, 255});
  expect_integers(floor(p), {0, 1, 200, 255});
  expect_integers(pow(p, 2), {0, 1, 40000, 65025});
  expect_integers(pow(2, tensor({0, 10, 62}, u8)), {1, 1024, one << 62});
  expect_integers(pow(p, -1), {0, 1, 0, 0});
  expect_integers(maximum(p, -1), {0, 1, 200, 255});
  expect_integers(maximum(300, p), {300, 300, 300, 300});
  expect_integers(minimum(p, 300), {0, 1, 200, 255});
  expect_integers(minimum(p, -1), {-1, -1, -1, -1});
  expect_integers(maximum(p, q), {1, 1, 200, 255});
  expect_integers(clamp(p, -1, 300), {0, 1, 200, 255});
  expect_integers(clamp(p, 1, 254), {1, 1, 200, 254});
  expect_integers(where(p > 1, p, -1), {-1, -1, 200, 255});
  expect_integers(where(p > 1, 1000, p), {0, 1, 1000, 1000});
  expect_integers(where(p > 1, p, tensor({-1, -2, -3, -4})), {-1, -2, 200, 255});
  expect_integers(outer(p, tensor({255, 2}, u8)), {0, 0, 255, 2, 51000, 400, 65025, 510});
  expect_integers(dot(p, q), {0 + 1 + 20000 + 65025});
  expect_integers(sum(p), {456});
  expect_integers(prod(tensor({200, 200, 200}, u8)), {8000000});
  expect_integers(cumsum(p, 0), {0, 1, 201, 456});
  expect_integers(scatter_add(p, 0, tensor({3, 3, 2, 0}), tensor({255, 1, 100, 0}, u8)),
                  {0, 1, 300, 511});
  EXPECT_EQ((p / 2).dtype(), float32);
  expect_values((p * 0.5), {0, 0.5, 100, 127.5});
  expect_values((p * tensor({-1.F})), {0, -1, -200, -255});
}

TEST(Bytes, StayBytesWhereTheyAreOnlyMoved) {
  const Tensor p = tensor({0, 200, 255}, u8), q = tensor({9, 8, 7}, u8);
  for (const Tensor& moved :
       {where(p > 1, p, q), max(p), sort(p).values, flip(p), pad(p, {{1, 1}}, 255),
        concatenate({p, q}), take(p, tensor({0, 0}), 0), masked_select(p, p > 1),
        tril(outer(p, q).to(uint8))})
    EXPECT_EQ(moved.dtype(), uint8);
}

TEST(Integers, KeepAllDigitsInArithmetic) {
  const Tensor n = tensor({i64_max - 1, i64_min + 1, (one << 53) + 1});
  expect_integers(n + 1, {i64_max, i64_min + 2, (one << 53) + 2});
  expect_integers(maximum(n, (one << 53) + 2), {i64_max - 1, (one << 53) + 2, (one << 53) + 2});
  expect_integers(clamp(n, i64_min, i64_max), {i64_max - 1, i64_min + 1, (one << 53) + 1});
  expect_integers(where(n > 0, n, i64_max), {i64_max - 1, i64_max, (one << 53) + 1});
  expect_integers(full({1}, i64_max, i64), {i64_max});
  expect_integers(full_like(n, i64_min), {i64_min, i64_min, i64_min});
  expect_integers(pad(n, {{1, 0}}, i64_min), {i64_min, i64_max - 1, i64_min + 1, (one << 53) + 1});
  Tensor m = n.clone();
  expect_integers(m.fill_((one << 53) + 1), {(one << 53) + 1, (one << 53) + 1, (one << 53) + 1});
  expect_integers(m.add_(tensor({1, 2, 3}), (one << 53) + 1),
                  {(one << 54) + 2, 3 * ((one << 53) + 1), (one << 55) + 4});
}

TEST(Integers, AreDividedToAllDigits) {
  const Tensor n = tensor({i64_max, i64_min, i64_min, (one << 53) + 1});
  const Tensor d = tensor({-2, -1, 3, one << 53});
  expect_integers(floor_divide(n, d), {-(one << 62), i64_min, i64_min / 3 - 1, 1});
  expect_integers(remainder(n, d), {-1, 0, 1, 1});
  expect_integers(fmod(n, d), {1, 0, -2, 1});
  expect_integers(remainder(tensor({0, 200}, u8), -7), {0, -3});
  expect_integers(floor_divide(-5, tensor({2, 3}, u8)), {-3, -2});
  expect_integers(clamp(n, (one << 53) + 2),
                  {i64_max, (one << 53) + 2, (one << 53) + 2, (one << 53) + 2});
  expect_integers(clip(n, {}, (one << 53) + 2),
                  {(one << 53) + 2, i64_min, i64_min, (one << 53) + 1});
}

// ---- bad input

struct Refusal {
  std::string op;
  std::function<void()> call;
  std::vector<std::string> message;
};

TEST(Numbers, ThatADtypeDoesNotHoldAreRefused) {
  const Tensor p = tensor({1, 2}, u8), n = tensor({1, 2}), f = tensor({1.F, 2.F});
  const Tensor mask = n > 1;
  Tensor q = p.clone(), m = n.clone(), g = f.clone();
  const std::vector<Refusal> refusals = {
      {"full", CALL(full({2}, 300, u8)), {"300", "uint8", "0 to 255"}},
      {"full", CALL(full({2}, -1, u8)), {"-1", "uint8", "0 to 255"}},
      {"full", CALL(full({0}, 2.5, i64)), {"2.5", "int64", "whole"}},
      {"full", CALL(full({2}, nan, i64)), {"nan", "int64", "-9223372036854775808"}},
      {"full", CALL(full({2}, inf, u8)), {"inf", "uint8"}},
      {"full", CALL(full({2}, 0x1p63, i64)), {"9223372036854775808", "int64"}},
      {"full", CALL(full({2}, beyond, i64)), {"9223372036854775808", "int64"}},
      {"full", CALL(full({2}, 1e300)), {"1e+300", "float32", "3.4028"}},
      {"full_like", CALL(full_like(p, 256)), {"256", "uint8"}},
      {"full_like", CALL(full_like(n, 0.5)), {"0.5", "int64"}},
      {"tensor", CALL(tensor({1, 300}, u8)), {"300", "uint8"}},
      {"tensor", CALL(tensor({1, -1}, u8)), {"-1", "uint8"}},
      {"tensor", CALL(tensor({1., 2.5}, i64)), {"2.5", "int64"}},
      {"tensor", CALL(tensor(nan, i64)), {"nan", "int64"}},
      {"tensor", CALL(tensor(most)), {"18446744073709551615"}},
      {"tensor", CALL(tensor(1e39, {.dtype = float32})), {"1e+39", "float32"}},
      {"fill_", CALL(q.fill_(256)), {"256", "uint8", "0 to 255"}},
      {"fill_", CALL(q.fill_(-1)), {"-1", "uint8"}},
      {"fill_", CALL(m.fill_(1.5)), {"1.5", "int64"}},
      {"fill_", CALL(m.fill_(-inf)), {"-inf", "int64"}},
      {"fill_", CALL(g.fill_(-1e39)), {"-1e+39", "float32"}},
      {"mul_", CALL(m.mul_(0.5)), {"0.5", "int64"}},
      {"mul_", CALL(q.mul_(0.5)), {"0.5", "int64"}},
      {"mul_", CALL(q.mul_(200)), {"400", "uint8", "0 to 255"}},
      {"mul_", CALL(q.mul_(-1)), {"-1", "uint8"}},
      {"mul_", CALL(m.mul_(most)), {"18446744073709551615", "int64"}},
      {"mul_", CALL(g.mul_(1e300)), {"1e+300", "float32"}},
      {"add_", CALL(m.add_(n, 0.5)), {"0.5", "int64"}},
      {"add_", CALL(q.add_(p, 0.5)), {"0.5", "int64"}},
      {"add_", CALL(q.add_(p, 127)), {"256", "uint8"}},
      {"add_", CALL(q.add_(p, -2)), {"-1", "uint8"}},
      {"add", CALL(n + most), {"18446744073709551615", "int64"}},
      {"sub", CALL(beyond - n), {"9223372036854775808", "int64"}},
      {"mul", CALL(f * 1e39), {"1e+39", "float32"}},
      {"maximum", CALL(maximum(p, most)), {"18446744073709551615", "int64"}},
      {"clamp", CALL(clamp(n, 0, most)), {"18446744073709551615", "int64"}},
      {"clamp", CALL(clamp(n, nan, 3)), {"nan", "3"}},
      {"clamp", CALL(clamp(p, 0, nan)), {"0", "nan"}},
      {"clamp", CALL(clamp(f, -1e39, 0)), {"-1e+39", "float32"}},
      {"remainder", CALL(remainder(tensor({8, 9}), tensor({3, 0}))), {"9 by 0"}},
      {"fmod", CALL(fmod(p, 0)), {"1 by 0"}},
      {"floor_divide", CALL(floor_divide(3, n - n)), {"3 by 0"}},
      {"nan_to_num", CALL(nan_to_num(f, 0, 1e39)), {"1e+39", "float32"}},
      {"where", CALL(where(mask, n, most)), {"18446744073709551615", "int64"}},
      {"where", CALL(where(mask, f, -1e300)), {"-1e+300", "float32"}},
      {"pad", CALL(pad(p, {{1, 1}}, 256)), {"256", "uint8"}},
      {"pad", CALL(pad(n, {{1, 1}}, 0.5)), {"0.5", "int64"}},
      {"pad", CALL(pad(f, {{0, 0}}, 1e39)), {"1e+39", "float32"}},
      {"arange", CALL(arange(0, 257, 1, u8)), {"256", "uint8"}},
      {"arange", CALL(arange(-1, 3, 1, u8)), {"-1", "uint8"}},
      {"arange", CALL(arange(0.5, 3, 1, i64)), {"0.5", "int64"}},
      {"arange", CALL(arange(0, 3, 0.5, i64)), {"0.5", "int64"}},
      {"linspace", CALL(linspace(0, 256, 3, u8)), {"256", "uint8"}},
      {"linspace", CALL(linspace(0.5, 2, 3, i64)), {"0.5", "int64"}},
      {"linspace", CALL(linspace(0, 1e39, 3)), {"1e+39", "float32"}},
      {"randint", CALL(randint(0, 257, {2}, u8)), {"256", "uint8"}},
      {"randint", CALL(randint(-1, 5, {2}, u8)), {"-1", "uint8"}},
      {"randint", CALL(randint(0, (1 << 24) + 2, {2}, {.dtype = float32})), {"float32"}},
      {"randperm", CALL(randperm(257, u8)), {"256", "uint8"}},
      {"item", CALL(tensor(nan).item<int>()), {"nan", "-2147483648 to 2147483647"}},
      {"item", CALL(tensor(1e30).item<std::int64_t>()), {"1e+30"}},
      {"item", CALL(tensor(-1.5).item<unsigned>()), {"-1.5", "0 to"}},
      {"item", CALL(tensor(300).item<std::uint8_t>()), {"300", "0 to 255"}},
      {"item", CALL(tensor(-1).item<std::size_t>()), {"-1", "0 to 18446744073709551615"}},
      {"to_vector", CALL(tensor({1., inf}).to_vector<int>()), {"inf"}},
      {"to_vector", CALL(tensor({one, one << 40}).to_vector<int>()), {"1099511627776"}},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.op + testing::PrintToString(refusal.message));
    const std::string text = error_of<ValueError>(refusal.call);
    EXPECT_EQ(text.rfind(refusal.op + ": ", 0), 0u) << text;
    expect_contains(text, refusal.message);
  }
  // Nothing was half-done.
  EXPECT_EQ(q.to_vector<int>(), p.to_vector<int>());
  EXPECT_EQ(m.to_vector<int>(), n.to_vector<int>());
  EXPECT_EQ(g.to_vector<float>(), f.to_vector<float>());
  EXPECT_EQ(q.version() + m.version() + g.version(), 0u);
}

TEST(Numbers, ThatADtypeHoldsAreTaken) {
  EXPECT_EQ(full({1}, 255., u8).item<int>(), 255);
  EXPECT_EQ(full({1}, -0x1p63, i64).item<std::int64_t>(), i64_min);
  EXPECT_EQ(full({1}, inf).item<double>(), inf);
  EXPECT_TRUE(std::isnan(full({1}, nan).item<double>()));
  EXPECT_EQ(full({1}, 0.1).item<double>(), static_cast<double>(0.1F));
  EXPECT_EQ(full({1}, most, f64).item<double>(), 0x1p64);
  expect_values(tensor({2., -3.}, i64), {2, -3});
  expect_values(tensor({0, 255}, u8), {0, 255});
  expect_values(tensor({true, false}, u8), {1, 0});
  expect_values(tensor({1, 2}, u8).mul_(127).add_(tensor({1, 2}, u8), -1), {126, 252});
  expect_values(tensor({1, 2}).mul_(3.), {3, 6});
  EXPECT_EQ(tensor(2.9).item<int>(), 2);
  EXPECT_EQ(tensor(-0.9).item<unsigned>(), 0u);
  EXPECT_EQ(tensor(nan).item<bool>(), true);
  EXPECT_EQ(tensor(255).item<std::uint8_t>(), 255);
}

// ---- explicit conversions

TEST(Conversions, ToIntegersAreThoseOfPyTorch) {
  // torch.tensor([...], dtype=float64).to(...), of PyTorch 1.13 on x86.
  const Tensor x =
      tensor({nan, inf, -inf, 1e30, -1e30, 0x1p63, -0x1p63, -1., 300., -300., 2.7, -2.7});
  const Integers wide = {i64_min, i64_min, i64_min, i64_min, i64_min, i64_min,
                         i64_min, -1,      300,     -300,    2,       -2};
  const Integers bytes = {0, 0, 0, 0, 0, 0, 0, 255, 44, 212, 2, 254};
  EXPECT_EQ(x.to(int64).to_vector<std::int64_t>(), wide);
  EXPECT_EQ(x.to(uint8).to_vector<std::int64_t>(), bytes);
  EXPECT_EQ(x.to(float32).to(int64).to_vector<std::int64_t>(), wide);
  EXPECT_EQ(
      tensor(Integers{-1, 256, 300, i64_min, i64_max}, {5}).to(uint8).to_vector<std::int64_t>(),
      (Integers{255, 0, 44, 0, 255}));
  Tensor copy = zeros({12}, i64);
  EXPECT_EQ(copy.copy_(x).to_vector<std::int64_t>(), wide);
}

}  // namespace
}  // namespace xgrad::test
