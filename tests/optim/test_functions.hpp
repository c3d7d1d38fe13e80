#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "autograd/creation.hpp"
#include "autograd/ops.hpp"
#include "optim/minimize.hpp"

/// @file
/// The methods of minimize, and the functions of tests/golden/minimize.py, which says what they
/// are.

namespace xgrad::test {

using optim::Method;
inline constexpr Method all_methods[] = {
    Method::gradient_descent, Method::cg,        Method::bfgs,  Method::l_bfgs,
    Method::l_bfgs_b,         Method::newton_cg, Method::newton};

using Function = std::function<Tensor(const Tensor&)>;

inline Tensor element(const Tensor& x, std::int64_t i) { return select(x, 0, i); }

inline Tensor sphere(const Tensor& x) { return sum(square(x)); }

inline Tensor ellipse(const Tensor& x) { return square(element(x, 0)) + square(element(x, 1)) / 2; }

inline Tensor booth(const Tensor& x) {
  const Tensor a = element(x, 0), b = element(x, 1);
  return square(a + 2 * b - 7) + square(2 * a + b - 5);
}

inline Tensor beale(const Tensor& x) {
  const Tensor a = element(x, 0), b = element(x, 1);
  return square(1.5 - a + a * b) + square(2.25 - a + a * square(b)) +
         square(2.625 - a + a * pow(b, 3));
}

inline Tensor himmelblau(const Tensor& x) {
  const Tensor a = element(x, 0), b = element(x, 1);
  return square(square(a) + b - 11) + square(a + square(b) - 7);
}

inline Tensor six_hump_camel(const Tensor& x) {
  const Tensor a2 = square(element(x, 0)), b2 = square(element(x, 1));
  return (4 - 2.1 * a2 + square(a2) / 3) * a2 + element(x, 0) * element(x, 1) + (-4 + 4 * b2) * b2;
}

inline Tensor rosenbrock(const Tensor& x) {
  const Tensor head = slice(x, 0, 0, -1), tail = slice(x, 0, 1, static_cast<long>(x.numel()));
  return sum(100 * square(tail - square(head)) + square(1 - head));
}

inline Tensor chained_rosenbrock(const Tensor& x) {
  const Tensor head = slice(x, 0, 0, -1), tail = slice(x, 0, 1, static_cast<long>(x.numel()));
  return square(element(x, 0) - 1) + 4 * sum(square(tail - square(head)));
}

inline Function quadratic(double condition) {
  return [condition](const Tensor& x) {
    const auto n = static_cast<std::int64_t>(x.numel());
    const Tensor v = arange(1.0, n + 1, 1, {.dtype = float64});
    const Tensor z = x - 2 * v * (dot(v, x) / dot(v, v));
    const Tensor eigenvalues =
        pow(condition, arange(0, n, 1, {.dtype = float64}) / static_cast<double>(n - 1));
    return sum(eigenvalues * square(z)) / 2 - sum(x);
  };
}

inline Tensor logistic_regression(const Tensor& x) {
  const Tensor i = arange(0, 60, 1, {.dtype = float64}), j = arange(1, 5, 1, {.dtype = float64});
  const Tensor features = sin(outer(i, j) + square(j));
  const Tensor remainders = i * 7 - 11 * floor(i * 7 / 11);
  const Tensor signs = 2 * (remainders < 5 + 3 * select(features, 1, 0)).to(float64) - 1;
  const Tensor margins = signs * (matmul(features, slice(x, 0, 0, 4)) + element(x, 4));
  return mean(log1p(exp(-margins))) + sum(square(x)) / 200;
}

inline const std::map<std::string, Function>& test_functions() {
  static const std::map<std::string, Function> functions{
      {"sphere", sphere},
      {"ellipse", ellipse},
      {"booth", booth},
      {"beale", beale},
      {"himmelblau", himmelblau},
      {"six_hump_camel", six_hump_camel},
      {"rosenbrock", rosenbrock},
      {"chained_rosenbrock", chained_rosenbrock},
      {"quadratic_1e4", quadratic(1e4)},
      {"quadratic_1e6", quadratic(1e6)},
      {"logistic_regression", logistic_regression},
  };
  return functions;
}

}  // namespace xgrad::test
