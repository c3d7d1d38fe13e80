// Two operations of one's own, checked against finite differences: one made of whole tensors by
// custom_function, one elementwise by a formula. Prints what the checks find.

#include <iostream>
#include <xgrad.hpp>

#include "autograd/apply.hpp"  // formulas; needs xsimd's headers

using namespace xgrad;

// The distance of every row of x (n, d) to every row of y (m, d), as an (n, m) tensor. Value and
// gradients are functions over tensors: with g_ij the gradient that arrives at distance r_ij,
//   dr_ij / dx_i = (x_i - y_j) / r_ij, so that dx_i = sum_j w_ij (x_i - y_j) with w = g / r.
const auto distances = custom_function(
    "distances",
    [](const Tensor& x, const Tensor& y) {
      return sqrt(sum(square(unsqueeze(x, 1) - unsqueeze(y, 0)), 2));
    },
    [](const Tensor& g, const Tensor& x, const Tensor& y, const Tensor& r) {
      const Tensor w = g / r;
      const Tensor dx = sum(w, 1, true) * x - matmul(w, y);
      const Tensor dy = sum(t(w), 1, true) * y - matmul(t(w), x);
      return std::vector<Tensor>{dx, dy};  // one for each input
    });

// x tanh(x / 2), with its derivative. As a formula it is one vectorised loop, forward and backward,
// and it must be a constant, because graphs refer to it.
constexpr auto soft_abs_formula = formula::unary(
    "soft_abs", [](const auto& x) { return x * tanh(0.5 * x); },
    [](const auto& g, const auto& x, const auto&) {
      const auto h = tanh(0.5 * x);
      return g * (h + 0.5 * x * (1 - h * h));
    });
Tensor soft_abs(const Tensor& x) { return apply(soft_abs_formula, x); }

// soft_abs with a slip in its gradient: the factor 0.5 of the inner derivative is missing.
const auto slip = custom_function(
    "slip", [](const Tensor& x) { return x * tanh(0.5 * x); },
    [](const Tensor& g, const Tensor& x, const Tensor&) {
      const Tensor h = tanh(0.5 * x);
      return g * (h + x * (1 - h * h));
    });

int main() {
  manual_seed(0);
  const Tensor x = randn({4, 3}, {.dtype = float64}).requires_grad_();
  const Tensor y = randn({5, 3}, {.dtype = float64}).requires_grad_();
  const auto both = [](const std::vector<Tensor>& in) { return distances(in[0], in[1]); };

  std::cout << "distances, first order:  " << gradcheck(both, {x, y}) << "\n\n"
            << "distances, second order: " << gradgradcheck(both, {x, y}) << "\n\n"
            << "soft_abs, first order:   " << gradcheck(soft_abs, {x}) << "\n\n"
            << "soft_abs, second order:  " << gradgradcheck(soft_abs, {x}) << "\n\n";

  // They are operations like any other: here they stand in one graph with the library's.
  const Tensor good = mean(soft_abs(distances(tanh(x), y)));
  std::cout << check_graph(good) << "\n\n";
  good.backward();
  std::cout << "gradient of y: " << y.grad() << "\n\n";

  // gradcheck would say that this graph is wrong; check_graph says which operation is.
  std::cout << check_graph(mean(slip(distances(tanh(x), y)))) << "\n";
}
