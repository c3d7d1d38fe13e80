#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <limits>

#include "optim/minimize.hpp"
#include "tests/optim/test_functions.hpp"
#include "tests/support/golden.hpp"

/// @file
/// minimize compared with SciPy's, by the results in tests/golden/minimize.json. With XGRAD_TABLE=1
/// in the environment the numbers are printed.

namespace xgrad::test {
namespace {

using optim::Method;
using optim::MinimizeResult;

/// The SciPy methods that one of ours is compared with: with the one that needs the fewest
/// evaluations. None for gradient_descent, which SciPy lacks.
std::vector<std::string> counterparts(Method method) {
  switch (method) {
    case Method::gradient_descent: return {};
    case Method::cg: return {"CG"};
    case Method::bfgs: return {"BFGS"};
    case Method::l_bfgs:
    case Method::l_bfgs_b: return {"L-BFGS-B"};
    case Method::newton_cg: return {"Newton-CG"};
    case Method::newton: break;
  }
  return {"Newton-CG", "trust-exact"};
}

struct Case {
  std::string function;
  Doubles start;
  std::vector<std::pair<double, double>> bounds;
  json scipy;
};

std::vector<Case> cases() {
  const json golden = read_golden("minimize.json");
  std::vector<Case> result;
  for (const json& item : golden["cases"]) {
    Case c{item["function"], item["start"], {}, item["scipy"]};
    if (!item["bounds"].is_null())
      for (const json& pair : item["bounds"])
        c.bounds.emplace_back(golden_number(pair[0]), golden_number(pair[1]));
    result.push_back(std::move(c));
  }
  return result;
}

MinimizeResult run(const Case& c, Method method) {
  return optim::minimize(test_functions().at(c.function), tensor(c.start, {c.start.size()}),
                         {.method = method, .bounds = c.bounds});
}

const json* counterpart(const Case& c, Method method) {
  const json* best = nullptr;
  for (const std::string& name : counterparts(method))
    if (!best || c.scipy[name]["nfev"] < (*best)["nfev"]) best = &c.scipy[name];
  return best;
}

void print(const Case& c, Method method, const MinimizeResult& result, const json* scipy) {
  if (!std::getenv("XGRAD_TABLE")) return;
  std::cout << std::left << std::setw(20) << c.function << std::right << std::setw(4)
            << c.start.size() << (c.bounds.empty() ? "   " : " B ") << std::left << std::setw(17)
            << method << std::right << std::setw(6) << result.iterations << std::setw(6)
            << result.evaluations << std::setw(14) << result.fun;
  if (scipy)
    std::cout << "  |" << std::setw(6) << (*scipy)["nit"].get<int>() << std::setw(6)
              << (*scipy)["nfev"].get<int>() << std::setw(14) << (*scipy)["fun"].get<double>();
  std::cout << (result.success ? "" : "  " + result.message) << '\n';
}

TEST(MinimizeAndSciPy, ReachAMinimumAsLowWithinTwiceTheEvaluations) {
  for (const Case& c : cases())
    for (const Method method : all_methods) {
      if (!c.bounds.empty() && method != Method::l_bfgs_b) continue;
      const json* scipy = counterpart(c, method);
      if (!scipy) continue;
      SCOPED_TRACE(c.function + " of " + std::to_string(c.start.size()) + " by " + name(method));
      const MinimizeResult result = run(c, method);
      print(c, method, result, scipy);
      EXPECT_TRUE(result.success) << result.message;
      const double fun = (*scipy)["fun"];
      EXPECT_LE(result.fun, fun + 1e-6 * std::max(1.0, std::abs(fun)));
      EXPECT_LE(result.evaluations, 2 * (*scipy)["nfev"].get<std::int64_t>());
    }
}

TEST(MinimizeAndSciPy, SucceedWhateverTheScales) {
  const json golden = read_golden("minimize.json");
  for (const json& item : golden["scaled"])
    for (const Method method : {Method::l_bfgs, Method::l_bfgs_b}) {
      SCOPED_TRACE(item.dump() + " by " + name(method));
      const Doubles start = item["start"];
      const double x_scale = item["x_scale"], f_scale = item["f_scale"];
      const auto f = [&](const Tensor& x) {
        return f_scale * test_functions().at(item["function"])(x / x_scale);
      };
      const MinimizeResult result =
          optim::minimize(f, tensor(start, {start.size()}) * x_scale, {.method = method});
      if (item["success"]) {
        EXPECT_TRUE(result.success) << result.message;
      }
      EXPECT_LE(result.evaluations, 3 * item["nfev"].get<std::int64_t>() + 30);
    }
}

}  // namespace
}  // namespace xgrad::test
