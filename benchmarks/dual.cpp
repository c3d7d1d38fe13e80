// The gradient of Rosenbrock's function of 100 variables by one forward pass for each of them: dual
// numbers, and plain loops over a value and a derivative.

#include <algorithm>
#include <autograd/dual.hpp>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "side_by_side.hpp"

namespace {

using Numbers = std::vector<double>;

template <class T>
T rosenbrock(const std::vector<T>& x) {
  T sum = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const T t = x[i + 1] - x[i] * x[i];
    const T u = 1 - x[i];
    sum += 100 * t * t + u * u;
  }
  return sum;
}

struct Pair {
  double value;
  double derivative;
};

/// The rules of sums and products, operation by operation.
Pair rosenbrock_by_rules(const std::vector<Pair>& x) {
  Pair sum = {0, 0};
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double a = x[i].value, da = x[i].derivative;
    const double t = x[i + 1].value - a * a, dt = x[i + 1].derivative - (da * a + a * da);
    const double u = 1 - a, du = -da;
    const double s = 100 * t, ds = 100 * dt;
    sum.value += s * t + u * u;
    sum.derivative += (ds * t + s * dt) + (du * u + u * du);
  }
  return sum;
}

/// The derivative as one works it out on paper.
Pair rosenbrock_by_hand(const std::vector<Pair>& x) {
  Pair sum = {0, 0};
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double a = x[i].value, t = x[i + 1].value - a * a, u = 1 - a;
    sum.value += 100 * t * t + u * u;
    sum.derivative +=
        200 * t * (x[i + 1].derivative - 2 * a * x[i].derivative) - 2 * u * x[i].derivative;
  }
  return sum;
}

template <class T, class F>
double value_and_gradient(const F& f, std::vector<T>& x, Numbers& gradient) {
  double value = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i].derivative = 1;
    const T y = f(x);
    x[i].derivative = 0;
    gradient[i] = y.derivative;
    value = y.value;
  }
  return value;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); }

}  // namespace

int main(int argc, char** argv) {
  const side_by_side::Settings settings = side_by_side::parse(argc, argv);
  constexpr std::size_t n = 100;
  std::vector<Pair> pairs;
  std::vector<xgrad::Dual<double>> duals;
  for (std::size_t i = 0; i < n; ++i) {
    pairs.push_back({0.01 * static_cast<double>(i) - 0.3, 0});
    duals.emplace_back(pairs.back().value);
  }
  using xgrad::Dual;
  double value = 0, value_by_duals = 0;
  Numbers by_rules(n), by_hand(n), by_duals(n);
  std::vector<side_by_side::Contestant> contestants = {
      {"two doubles, by the rules",
       [&] { value = value_and_gradient(rosenbrock_by_rules, pairs, by_rules); }},
      {"two doubles, by hand",
       [&] { value = value_and_gradient(rosenbrock_by_hand, pairs, by_hand); }},
      {"xgrad",
       [&] { value_by_duals = value_and_gradient(rosenbrock<Dual<double>>, duals, by_duals); }}};
  side_by_side::race(contestants, settings);
  const side_by_side::Table table("Dual<double>, µs", "gradient",
                                  {contestants[0].name, contestants[1].name, "xgrad"});
  table.row("of Rosenbrock's function of 100 variables, forward", contestants);
  if (!near(value_by_duals, value) || !std::ranges::equal(by_duals, by_rules, near) ||
      !std::ranges::equal(by_duals, by_hand, near)) {
    std::puts("The gradients differ.");
    return EXIT_FAILURE;
  }
}
