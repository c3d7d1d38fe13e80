// Fits: a decay with its uncertainties, a robust one within bounds, and a minimum within a box.

#include <cstdio>
#include <iostream>
#include <xgrad.hpp>

using namespace xgrad;

// a e^(-b x) + c
Tensor decay(const Tensor& x, const Tensor& p) { return p[0] * exp(-p[1] * x) + p[2]; }

int main() {
  manual_seed(0);
  const Tensor truth = tensor({2.5, 1.3, 0.5});
  const Tensor x = linspace(0, 4, 50, float64);
  const Tensor y = decay(x, truth) + 0.01 * randn(50, float64);

  // Parameters and their standard deviations.
  const auto [p, covariance] = optim::curve_fit(decay, x, y, ones(3, float64));
  const Tensor deviations = sqrt(diag(covariance));
  for (const Tensor& parameter : p) std::printf("%.1f\n", parameter.item<double>());
  // prints: 2.5
  // prints: 1.3
  // prints: 0.5
  std::printf("within 4 deviations: %s\n",
              all(abs(p - truth) < 4 * deviations).item<bool>() ? "yes" : "no");
  // prints: within 4 deviations: yes

  // Every tenth measurement is far off: a robust loss, and b at most 1.2.
  const Tensor outliers = index_put(y, {Slice(3, none, 10)}, 5, true);
  const auto residuals = [&](const Tensor& q) { return decay(x, q) - outliers; };
  const optim::LeastSquaresResult robust = optim::least_squares(
      residuals, ones(3, float64),
      {.bounds = {{0, 10}, {0, 1.2}, {0, 10}}, .loss = optim::Loss::soft_l1, .f_scale = 0.1});
  std::printf("b = %.2f, at its upper bound: %s\n", robust.x[1].item<double>(),
              robust.active_mask[1].item<int>() == 1 ? "yes" : "no");
  // prints: b = 1.20, at its upper bound: yes
  std::printf("the outliers move a by less than 0.1: %s\n",
              std::abs(robust.x[0].item<double>() - 2.5) < 0.1 ? "yes" : "no");
  // prints: the outliers move a by less than 0.1: yes

  // Rosenbrock's function, in a box that does not contain its minimum at (1, 1).
  const auto rosenbrock = [](const Tensor& v) {
    return 100 * square(v[1] - square(v[0])) + square(1 - v[0]);
  };
  const optim::MinimizeResult best =
      optim::minimize(rosenbrock, tensor({-1.2, 1.0}), {.bounds = {{-2, 0.5}, {-2, 2}}});
  std::cout << best.x << "\n";
  // prints: tensor([0.5000, 0.2500], dtype=float64)
  std::printf("f = %.2f, %s\n", best.fun, best.success ? "converged" : best.message.c_str());
  // prints: f = 0.25, converged

  // A root: Kepler's equation E - e sin E = M.
  const auto kepler = [](const Tensor& E) { return E - 0.3 * sin(E) - 1.0; };
  std::printf("E = %.6f\n", optim::find_root(kepler, tensor(1.0)).x.item<double>());
  // prints: E = 1.288091
}
