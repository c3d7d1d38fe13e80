// Two operations of one's own, checked against finite differences: one made of whole tensors by
// custom_function, one elementwise by a formula. Prints what the checks find, and draws the second
// one, its derivative and a wrong one. `custom_function --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <string>
#include <xgrad.hpp>

#include "autograd/apply.hpp"  // formulas; needs xsimd's headers
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"

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

using Function = std::function<Tensor(const Tensor&)>;

// The recorded derivative at every x.
Tensor analytic(const Function& f, const Tensor& x) {
  const Tensor leaf = x.clone().requires_grad_();
  return grad(sum(f(leaf)), leaf);
}
// The central difference at every x.
Tensor numerical(const Function& f, const Tensor& x) {
  constexpr double h = 1e-5;
  return (f(x + h) - f(x - h)) / (2 * h);
}

examples::Series series(const std::string& title, const Tensor& x, const Tensor& y,
                        examples::Style style = examples::Style::line) {
  examples::Series all{title, {}, style};
  const std::vector<double> xs = x.to_vector<double>(), ys = y.to_vector<double>();
  for (std::size_t i = 0; i < xs.size(); ++i) all.points.push_back({xs[i], ys[i]});
  return all;
}

void plot(const std::string& path) {
  const Tensor x = linspace(-6, 6, 240, float64), some = linspace(-6, 6, 40, float64);
  const examples::Chart values{
      .title = "x tanh(x / 2)",
      .x_label = "x",
      .y_label = "",
      .series = {series("value", x, soft_abs(x)), series("derivative", x, analytic(soft_abs, x)),
                 series("with the slip", x, analytic(slip, x), examples::Style::dashes),
                 series("numerical derivative", some, numerical(soft_abs, some),
                        examples::Style::points)}};
  const auto error = [&](const Function& f) { return abs(analytic(f, x) - numerical(f, x)); };
  const examples::Chart errors{
      .title = "Analytic against numerical derivative",
      .x_label = "x",
      .y_label = "difference of the two",
      .series = {series("derivative", x, error(soft_abs)), series("with the slip", x, error(slip))},
      .log_y = true};
  examples::draw("An operation of one's own, and its derivative", {values, errors}, path);
}

void check() {
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

int main(int argc, char** argv) {
  std::string path;
  CLI::App app("Checks two operations of one's own.", "custom_function");
  examples::add_plot(app, path, "an operation and its derivative");
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("custom_function", [&] {
    if (!path.empty()) examples::check_plot("--plot", path);
    check();
    if (!path.empty()) {
      plot(path);
      std::cout << "\nfigure drawn to " << path << "\n";
    }
    return 0;
  });
}
