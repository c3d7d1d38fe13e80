// The gradient of Rosenbrock's function of 100 variables by one forward pass for each of them: dual
// numbers, and a loop over pairs of doubles with the derivatives written out by hand.

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

Pair rosenbrock_by_hand(const std::vector<Pair>& x) {
  Pair sum = {0, 0};
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double a = x[i].value, t = x[i + 1].value - a * a, u = 1 - a;
    const double dt = x[i + 1].derivative - 2 * a * x[i].derivative, du = -x[i].derivative;
    sum.value += 100 * t * t + u * u;
    sum.derivative += 200 * t * dt + 2 * u * du;
  }
  return sum;
}

template <class T, class F>
void gradient(const F& f, std::vector<T>& x, Numbers& result) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i].derivative = 1;
    result[i] = f(x).derivative;
    x[i].derivative = 0;
  }
}

}  // namespace

int main() {
  constexpr std::size_t n = 100;
  std::vector<Pair> pairs;
  std::vector<xgrad::Dual<double>> duals;
  for (std::size_t i = 0; i < n; ++i) {
    pairs.push_back({0.01 * static_cast<double>(i) - 0.3, 0});
    duals.emplace_back(pairs.back().value);
  }
  Numbers by_hand(n), by_duals(n);
  std::vector<side_by_side::Contestant> contestants = {
      {"two doubles", [&] { gradient(rosenbrock_by_hand, pairs, by_hand); }},
      {"Dual<double>", [&] { gradient(rosenbrock<xgrad::Dual<double>>, duals, by_duals); }}};
  side_by_side::race(contestants, 501, 10);
  side_by_side::report("Gradient of Rosenbrock's function of 100 variables, forward", contestants);
  const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); };
  if (!std::ranges::equal(by_duals, by_hand, near)) {
    std::puts("The gradients differ.");
    return EXIT_FAILURE;
  }
}
