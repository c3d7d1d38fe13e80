// Derivatives found in every way there is: by hand, by finite differences, by dual numbers (forward
// mode) and by the recorded graph (reverse mode). Each function is written once, for any kind of
// number. Prints them side by side, the numbers that the lectures on the subject print beside ours,
// and how the error of a finite difference grows again as its step shrinks: cancellation.
// `three_ways --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/dual.hpp"
#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/comparison.hpp"
#include "examples/support/gnuplot.hpp"

using namespace xgrad;
using examples::Comparison;

namespace {

// Of plain numbers; those of duals and tensors are found by their arguments.
using std::cos, std::exp, std::log, std::pow, std::sin, std::sqrt, std::tan;

struct Options {
  std::uint64_t seed = 0;
  std::string plot;
};

using Numbers = std::vector<double>;

// ---- The functions of the documents, of a list of numbers each

constexpr auto root = [](const auto& x) { return x[0] * pow(3 * x[0] + 2, 0.5); };
constexpr auto tanh_by_exp = [](const auto& x) {
  return (exp(x[0]) - exp(-x[0])) / (exp(x[0]) + exp(-x[0]));
};
constexpr auto powers = [](const auto& x) {
  return sin(pow(tan(x[0]), cos(x[0])) * pow(cos(x[0]), tan(x[0])));
};
constexpr auto cubic = [](const auto& x) { return 3 * x[0] * x[0] * x[0] - 5 * x[0] * x[0]; };
constexpr auto circle = [](const auto& x) { return x[0] * x[0] + x[1] * x[1]; };
constexpr auto bowl = [](const auto& x) { return x[0] * x[0] / 16 + 9 * (x[1] * x[1]); };
constexpr auto beale = [](const auto& x) {
  const auto square_of = [](const auto& v) { return v * v; };
  const auto &a = x[0], &b = x[1];
  return square_of(1.5 - a + a * b) + square_of(2.25 - a + a * b * b) +
         square_of(2.625 - a + a * b * b * b);
};

// Layers of one unit, log(1 + exp(w y + b)) of the layer before; the first has the variable weight.
constexpr double input = 1.5;
constexpr double weights[] = {0.5, -0.7, 1.2};
constexpr double biases[] = {0.1, 0.3, -0.2};

template <int layers>
constexpr auto softplus_layers = [](const auto& x) {
  auto y = log(1 + exp(x[0] * input + biases[0]));
  for (int i = 1; i < layers; ++i) y = log(1 + exp(weights[i] * y + biases[i]));
  return y;
};

// One layer from 2 to 3 and the softmax cross-entropy of its third output; the six weights by rows.
constexpr auto network = [](const auto& w) {
  const auto z0 = 0.6 * w[0] + 0.9 * w[3], z1 = 0.6 * w[1] + 0.9 * w[4],
             z2 = 0.6 * w[2] + 0.9 * w[5];
  return log(exp(z0) + exp(z1) + exp(z2)) - z2;
};

// ---- Their derivatives by hand

Numbers root_by_hand(double x) { return {(9 * x + 4) / (2 * sqrt(3 * x + 2))}; }

Numbers tanh_by_hand(double x) { return {4 / pow(exp(x) + exp(-x), 2)}; }

Numbers powers_by_hand(double x) {
  const double u = pow(tan(x), cos(x)) * pow(cos(x), tan(x));
  const double log_slope =
      -sin(x) * log(tan(x)) + 1 / sin(x) + log(cos(x)) / (cos(x) * cos(x)) - tan(x) * tan(x);
  return {cos(u) * u * log_slope};
}

Numbers beale_by_hand(double x, double y) {
  const double a = 1.5 - x + x * y, b = 2.25 - x + x * y * y, c = 2.625 - x + x * y * y * y;
  return {2 * a * (y - 1) + 2 * b * (y * y - 1) + 2 * c * (y * y * y - 1),
          2 * a * x + 2 * b * (2 * x * y) + 2 * c * (3 * x * y * y)};
}

Numbers softplus_by_hand(int layers, double weight) {
  double z = weight * input + biases[0];
  double slope = input / (1 + exp(-z));
  for (int i = 1; i < layers; ++i) {
    z = weights[i] * log(1 + exp(z)) + biases[i];
    slope *= weights[i] / (1 + exp(-z));
  }
  return {slope};
}

Numbers network_by_hand(const Numbers& w) {
  Numbers softmax;
  double total = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    softmax.push_back(exp(0.6 * w[k] + 0.9 * w[3 + k]));
    total += softmax.back();
  }
  Numbers gradient;
  for (const double x : {0.6, 0.9})
    for (std::size_t k = 0; k < 3; ++k) gradient.push_back(x * (softmax[k] / total - (k == 2)));
  return gradient;
}

// ---- The other ways

template <class F>
Numbers by_differences(const F& f, const Numbers& at, const NumericalOptions& options = {}) {
  const auto of_tensor = [&](const Tensor& x) { return tensor(double(f(x.to_vector<double>()))); };
  const Tensor gradient = numerical_gradient(of_tensor, tensor(at, {at.size()}), options);
  return gradient.to_vector<double>();
}

template <class F>
Numbers by_duals(const F& f, const Numbers& at) {
  Numbers gradient;
  for (std::size_t i = 0; i < at.size(); ++i) {
    std::vector<Dual<double>> x(at.begin(), at.end());
    x[i].derivative = 1;
    gradient.push_back(f(x).derivative);
  }
  return gradient;
}

template <class F>
Numbers by_reverse_mode(const F& f, const Numbers& at) {
  std::vector<Tensor> x;
  for (const double value : at) x.push_back(tensor(value, {.requires_grad = true}));
  Numbers gradient;
  for (const Tensor& g : grad(f(x), x)) gradient.push_back(g.item<double>());
  return gradient;
}

struct Derivatives {
  std::string function;
  Numbers at;
  Numbers manual, numerical, dual, reverse;
};

template <class F>
Derivatives every_way(const std::string& name, const F& f, const Numbers& at,
                      const Numbers& manual) {
  return {name, at, manual, by_differences(f, at), by_duals(f, at), by_reverse_mode(f, at)};
}

std::vector<Derivatives> derivatives(const Numbers& w) {
  const double weight = weights[0];
  return {
      every_way("x (3x+2)^(1/2)", root, {2}, root_by_hand(2)),
      every_way("tanh by exponentials", tanh_by_exp, {2}, tanh_by_hand(2)),
      every_way("sin(tan(x)^cos(x) cos(x)^tan(x))", powers, {1}, powers_by_hand(1)),
      every_way("3x^3 - 5x^2", cubic, {1.5}, {9 * 1.5 * 1.5 - 10 * 1.5}),
      every_way("softplus, 1 layer", softplus_layers<1>, {weight}, softplus_by_hand(1, weight)),
      every_way("softplus, 2 layers", softplus_layers<2>, {weight}, softplus_by_hand(2, weight)),
      every_way("softplus, 3 layers", softplus_layers<3>, {weight}, softplus_by_hand(3, weight)),
      every_way("x0^2 + x1^2", circle, {3, 4}, {6, 8}),
      every_way("x^2/16 + 9y^2", bowl, {2, 3}, {2 / 8., 18 * 3.}),
      every_way("Beale's function", beale, {3, 4}, beale_by_hand(3, 4)),
      every_way("network 2 -> 3", network, w, network_by_hand(w))};
}

double largest_error(const Numbers& manual, const Numbers& other) {
  double error = 0;
  for (std::size_t i = 0; i < manual.size(); ++i)
    error = std::max(error, std::abs(other[i] - manual[i]) / std::max(1.0, std::abs(manual[i])));
  return error;
}

/// Prints the table of the four ways. Returns how many functions they disagree on.
std::size_t print_derivatives(const std::vector<Derivatives>& all) {
  std::printf("%-34s %-9s %20s %12s %12s %12s\n", "", "", "", "error of the", "", "");
  std::printf("%-34s %-9s %20s %12s %12s %12s\n", "function", "at", "by hand", "difference",
              "dual number", "reverse mode");
  std::size_t wrong = 0;
  for (const Derivatives& d : all) {
    const bool good = largest_error(d.manual, d.numerical) < 1e-8 &&
                      largest_error(d.manual, d.dual) < 1e-14 &&
                      largest_error(d.manual, d.reverse) < 1e-14;
    wrong += good ? 0 : 1;
    for (std::size_t i = 0; i < d.at.size(); ++i)
      std::printf("%-34s %-9.4g %20.16g %12.1e %12.1e %12.1e%s\n", i == 0 ? d.function.c_str() : "",
                  d.at[i], d.manual[i], d.numerical[i] - d.manual[i], d.dual[i] - d.manual[i],
                  d.reverse[i] - d.manual[i], good ? "" : "  WRONG");
  }
  return wrong;
}

// ---- The numbers in the documents

/// The deck's quotient (f(x + e/2) - f(x - e/2)) / e.
template <class F>
double deck_gradient(const F& f, double x, double epsilon) {
  return by_differences(f, {x}, {.eps = epsilon / 2}).front();
}

/// What the deck says of its one-layer network, of dW by differences as there.
std::vector<Comparison> network_rows(const Numbers& w) {
  const Tensor x = tensor({{0.6, 0.9}}), target = tensor({2}), weight = tensor(w, {2, 3});
  const Tensor dw = numerical_gradient([&] { return nn::cross_entropy(matmul(x, weight), target); },
                                       weight, {.eps = 1e-4});
  return {{"network 2 -> 3, target 2",
           "numerical, h = 1e-4: sum of each row of dW",
           {"0", "0"},
           sum(dw, 1).to_vector<double>(),
           "the document prints no number, its weights are random; the rows of x (softmax - "
           "one-hot) sum to 0",
           1e-9},
          {"",
           "sign of the target's column",
           {"-1", "-1"},
           sign(select(dw, 1, 2)).to_vector<double>(),
           "",
           0.0}};
}

std::vector<Comparison> comparisons(const Numbers& w) {
  const auto other_step = [](double stated, double gives) {
    return str("the deck states e = ", stated, ", which gives ", examples::shortest(gives),
               "; what it prints is the quotient with this e");
  };
  std::vector<Comparison> rows = {
      {"x (3x+2)^(1/2) at 2", "dual number", {"3.8890873"}, by_duals(root, {2})},
      {"",
       "(f(x+e/2) - f(x-e/2)) / e, e = 2e-15",
       {"4.440892098500626"},
       {deck_gradient(root, 2, 2e-15)},
       other_step(1e-13, deck_gradient(root, 2, 1e-13))},
      {"tanh by exponentials at 2",
       "the same, e = 2e-13",
       {"0.0716093850883226"},
       {deck_gradient(tanh_by_exp, 2, 2e-13)},
       other_step(1e-13, deck_gradient(tanh_by_exp, 2, 1e-13))},
      {"sin(tan(x)^cos(x) cos(x)^tan(x)) at 1",
       "the same, e = 1e-13",
       {"-1.5987211554602254"},
       {deck_gradient(powers, 1, 1e-13)}},
      {"3x^3 - 5x^2 at 1.5", "dual number", {"5.25"}, by_duals(cubic, {1.5}), "", 0.0},
      {"x0^2 + x1^2 at (3, 4)",
       "reverse mode",
       {"6", "8"},
       by_reverse_mode(circle, {3, 4}),
       "",
       0.0},
      {"",
       "numerical, h = 1e-4",
       {"6", "8"},
       by_differences(circle, {3, 4}, {.eps = 1e-4}),
       "a difference of rounded values: the derivative to some 1e-16 / h",
       1e-10},
      {"x^2/16 + 9y^2 at (2, 3)",
       "numerical, eps = 1e-8",
       {"0.2500001983207767", "54.00000020472362"},
       by_differences(bowl, {2, 3}, {.eps = 1e-8})},
      {"",
       "numerical, eps = 1e-6",
       {"0.25", "54.00000001"},
       by_differences(bowl, {2, 3}, {.eps = 1e-6})},
      {"Beale's function at (3, 4)",
       "reverse mode",
       {"25625.25", "57519"},
       by_reverse_mode(beale, {3, 4}),
       "",
       0.0}};
  for (const Comparison& row : network_rows(w)) rows.push_back(row);
  return rows;
}

// ---- Cancellation

/// The error of the quotient with this step for x (3x+2)^(1/2) at 2; nothing where the step is lost
/// beside x, which numerical_gradient refuses.
std::optional<double> quotient_error(double eps, Scheme scheme) {
  if (2 + eps == 2) return std::nullopt;
  return std::abs(by_differences(root, {2}, {.eps = eps, .scheme = scheme}).front() -
                  root_by_hand(2).front());
}

/// Where truncation, which falls with the step h, and rounding, u |f| / h, are least together
/// (Nocedal & Wright 2006, Numerical optimization, §8.1): h = 2 √(u |f / f″|) for the forward
/// difference, ∛(3 u |f / f‴|) for the central one.
double best_step(Scheme scheme) {
  const auto f = [](const auto& x) { return x * sqrt(3 * x + 2); };
  const auto first = [&](const auto& x) { return derivative(f, x); };
  const auto second = [&](const auto& x) { return derivative(first, x); };
  const double u = std::numeric_limits<double>::epsilon() / 2, y = f(2.0);
  return scheme == Scheme::forward ? 2 * std::sqrt(u * std::abs(y / second(2.0)))
                                   : std::cbrt(3 * u * std::abs(y / derivative(second, 2.0)));
}

/// (step, error) with so many steps in each power of ten.
std::vector<examples::Point> error_curve(Scheme scheme, int steps) {
  std::vector<examples::Point> curve;
  for (int k = steps; k <= 16 * steps; ++k) {
    const double eps = std::pow(10, -static_cast<double>(k) / steps);
    if (const auto error = quotient_error(eps, scheme)) curve.push_back({eps, *error});
  }
  return curve;
}

void print_errors() {
  std::printf("error of the difference quotients of x (3x+2)^(1/2) at 2\n%8s %14s %14s\n", "eps",
              "forward", "central");
  for (int k = 1; k <= 16; ++k) {
    const double eps = std::strtod(str("1e-", k).c_str(), nullptr);
    std::printf("%8.0e", eps);
    for (const Scheme scheme : {Scheme::forward, Scheme::central}) {
      const auto error = quotient_error(eps, scheme);
      if (error)
        std::printf(" %14.1e", *error);
      else
        std::printf(" %14s", "x + eps is x");
    }
    std::printf("\n");
  }
  std::printf("%8s %14.1e %14.1e\n", "best eps", best_step(Scheme::forward),
              best_step(Scheme::central));
}

void plot(const std::string& path) {
  examples::Chart chart{.title = "x (3x+2)^(1/2) at x = 2",
                        .x_label = "step eps",
                        .y_label = "error of the derivative",
                        .series = {},
                        .log_x = true,
                        .log_y = true};
  for (const Scheme scheme : {Scheme::forward, Scheme::central}) {
    const std::string name = scheme == Scheme::forward ? "forward" : "central";
    const double best = best_step(scheme);
    chart.series.push_back(
        {name + " difference", error_curve(scheme, 10), examples::Style::line_and_points});
    chart.marks.push_back({{best, quotient_error(best, scheme).value()},
                           "best step, in theory " + examples::rounded(best, 2)});
  }
  examples::draw("Truncation and cancellation in a difference quotient", {chart}, path);
}

int run(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  manual_seed(options.seed);
  const Numbers w = randn({6}, {.dtype = float64}).to_vector<double>();

  const std::size_t wrong = print_derivatives(derivatives(w));
  std::printf("\n");
  const int status = examples::report(comparisons(w));
  std::printf("\n");
  print_errors();
  if (!options.plot.empty()) {
    plot(options.plot);
    std::printf("\nfigure drawn to %s\n", options.plot.c_str());
  }
  return wrong > 0 ? 1 : status;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Derivatives by hand, by differences, by dual numbers and by reverse mode.",
               "three_ways");
  app.add_option("--seed", options.seed, "Seed of the network's weights")->capture_default_str();
  examples::add_plot(app, options.plot, "the error of the differences by step");
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("three_ways", [&] { return run(options); });
}
