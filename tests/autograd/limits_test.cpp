// Limits and tails of the elementwise operations, against extended precision.

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "slopes.hpp"

namespace xgrad::test {
namespace {

using nlohmann::json;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Function = std::function<Tensor(const std::vector<Tensor>&)>;
using Unary = Tensor (*)(const Tensor&);

Function of_one(Unary f) {
  return [f](const std::vector<Tensor>& x) { return f(x[0]); };
}

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all = {
      {"neg", of_one(neg)},
      {"abs", of_one(abs)},
      {"sign", of_one(sign)},
      {"square", of_one(square)},
      {"floor", of_one(floor)},
      {"ceil", of_one(ceil)},
      {"round", of_one(round)},
      {"exp", of_one(exp)},
      {"expm1", of_one(expm1)},
      {"log", of_one(log)},
      {"log1p", of_one(log1p)},
      {"sqrt", of_one(sqrt)},
      {"rsqrt", of_one(rsqrt)},
      {"reciprocal", of_one(reciprocal)},
      {"sin", of_one(sin)},
      {"cos", of_one(cos)},
      {"tan", of_one(tan)},
      {"asin", of_one(asin)},
      {"acos", of_one(acos)},
      {"atan", of_one(atan)},
      {"sinh", of_one(sinh)},
      {"cosh", of_one(cosh)},
      {"tanh", of_one(tanh)},
      {"erf", of_one(erf)},
      {"erfinv", of_one(erfinv)},
      {"sigmoid", of_one(sigmoid)},
      {"relu", of_one(relu)},
      {"gelu", of_one(gelu)},
      {"silu", of_one(silu)},
      {"softplus", of_one(softplus)},
      {"elu", [](const auto& x) { return elu(x[0]); }},
      {"leaky_relu(0)", [](const auto& x) { return leaky_relu(x[0], 0); }},
      {"leaky_relu(0.25)", [](const auto& x) { return leaky_relu(x[0], 0.25); }},
      {"pow", [](const auto& x) { return pow(x[0], x[1]); }},
      {"atan2", [](const auto& x) { return atan2(x[0], x[1]); }},
  };
  return all;
}

/// A number, infinity or NaN; nothing where the table asks for nothing.
std::optional<double> number(const json& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_number()) return value.get<double>();
  return value == "inf" ? inf : value == "-inf" ? -inf : nan;
}

json read_limits() {
  return json::parse(std::ifstream(XGRAD_SOURCE_DIR "/tests/golden/limits.json"));
}

void expect_limit(const Tensor& found, const json& expected, const json& tolerance,
                  const std::string& what) {
  const std::optional<double> right = number(expected);
  if (!right) return;
  const double value = found.item<double>();
  if (std::isnan(*right))
    EXPECT_TRUE(std::isnan(value)) << what << " is " << value << ", expected nan";
  else if (std::isinf(*right))
    EXPECT_EQ(value, *right) << what;
  else
    EXPECT_LE(std::abs(value - *right), tolerance.get<double>())
        << what << " is " << value << ", expected " << *right;
}

void check(const Function& f, const json& entry) {
  const DType dtype = entry[0] == "float32" ? float32 : float64;
  std::vector<Tensor> x;
  std::string at;
  for (const json& argument : entry[1]) {
    x.push_back(tensor(*number(argument), {.dtype = dtype, .requires_grad = true}));
    at += " " + argument.dump();
  }
  SCOPED_TRACE(testing::Message() << name(dtype) << " at" << at);
  const std::size_t n = x.size();
  const json& tolerance = entry[5];
  const Tensor y = f(x);
  expect_limit(y, entry[2], tolerance[0], "the value");
  const std::vector<Tensor> fused = grad({y}, x, {.retain_graph = true});
  const std::vector<Tensor> slopes = grad({y}, x, {.create_graph = true});
  for (std::size_t i = 0; i < n; ++i) {
    expect_limit(fused[i], entry[3][i], tolerance[1 + i], "the slope");
    expect_limit(slopes[i], entry[3][i], tolerance[1 + i], "the recorded slope");
    std::vector<Tensor> row(n);
    if (slopes[i].requires_grad())
      row = grad({slopes[i]}, x, {.retain_graph = true, .allow_unused = true});
    for (std::size_t j = 0; j < n; ++j)
      expect_limit(row[j].defined() ? row[j] : zeros({}, {.dtype = dtype}), entry[4][i * n + j],
                   tolerance[1 + n + i * n + j], "the second derivative");
  }
}

TEST(Limits, AreThoseOfExtendedPrecision) {
  const json limits = read_limits();
  for (const auto& [name, f] : functions()) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(limits.contains(name));
    for (const json& entry : limits[name]) check(f, entry);
  }
}

// Of elementwise.hpp, that is of one tensor.
TEST(Limits, CoverEveryElementwiseFunction) {
  std::set<std::string> covered;
  for (const auto& [name, f] : functions()) covered.insert(name.substr(0, name.find('(')));
  std::ifstream header(XGRAD_SOURCE_DIR "/autograd/ops/elementwise.hpp");
  std::size_t count = 0;
  for (std::string line; std::getline(header, line) && !line.starts_with("namespace detail");)
    if (line.starts_with("Tensor ")) {
      const std::string name = line.substr(7, line.find('(') - 7);
      EXPECT_TRUE(covered.contains(name)) << "tests/golden/limits.py lacks " << name;
      ++count;
    }
  EXPECT_GE(count, 30u);
}

}  // namespace
}  // namespace xgrad::test
