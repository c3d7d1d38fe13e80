// The methods of gradient descent of a textbook's chapter on them, each an optimizer of this
// library with the options and the presets of its state that make it the book's, and where it ends
// beside what the book prints. `gradient_descent --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/comparison.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/test_functions.hpp"

using namespace xgrad;
using examples::Comparison;

namespace {

struct Options {
  std::vector<std::string> only;
  std::string gradient = "formula";
  std::string plot;
};

using Numbers = std::vector<double>;

// ---- Problems

/// A function, and its gradient as the chapter writes it.
struct Problem {
  const char* name;
  std::function<Tensor(const Tensor& x)> f;
  Numbers (*gradient)(const Numbers& x);
};

/// A function of x and y as one of their list.
std::function<Tensor(const Tensor&)> of_list(const examples::ContourPanel& function) {
  return [f = function.f](const Tensor& x) { return f(select(x, 0, 0), select(x, 0, 1)); };
}

const Problem cubic = {"x^3 - 3x^2 - 9x + 2",
                       [](const Tensor& x) { return sum(pow(x, 3) - 3 * square(x) - 9 * x + 2); },
                       [](const Numbers& x) { return Numbers{3 * x[0] * x[0] - 6 * x[0] - 9}; }};

const Problem beale = {"Beale's function", of_list(examples::beale()), [](const Numbers& v) {
                         const double x = v[0], y = v[1], y2 = y * y, y3 = std::pow(y, 3);
                         const double a = 1.5 - x + x * y, b = 2.25 - x + x * y2,
                                      c = 2.625 - x + x * y3;
                         return Numbers{2 * a * (y - 1) + 2 * b * (y2 - 1) + 2 * c * (y3 - 1),
                                        2 * a * x + 2 * b * (2 * x * y) + 2 * c * (3 * x * y2)};
                       }};

const Problem bowl = {"x^2/16 + 9y^2", of_list(examples::ellipse()), [](const Numbers& x) {
                        return Numbers{x[0] / 8, 18 * x[1]};
                      }};

// ---- Methods

/// One search for a minimum, as the chapter prints it.
struct Row {
  std::string id;  ///< for --only
  const Problem& problem;
  Numbers start;
  std::string method;
  std::function<std::unique_ptr<optim::Optimizer>(const Tensor& x)> optimizer;
  int steps;         ///< at most
  double tolerance;  ///< ends when max|∇f| is less
  std::vector<std::string> printed;
  std::string remark = {};
  std::optional<double> agreement = {};  ///< largest difference, where not all digits are demanded
};

std::unique_ptr<optim::Optimizer> sgd(const Tensor& x, double lr, double momentum = 0) {
  return std::make_unique<optim::SGD>(std::vector{x},
                                      optim::SGDOptions{.lr = lr, .momentum = momentum});
}

std::unique_ptr<optim::Optimizer> adagrad(const Tensor& x) {
  return std::make_unique<optim::Adagrad>(
      std::vector{x},
      optim::AdagradOptions{.lr = 0.1, .initial_accumulator_value = 1, .eps = 1e-8});
}

std::unique_ptr<optim::Optimizer> adadelta(const Tensor& x) {
  auto optimizer = std::make_unique<optim::Adadelta>(
      std::vector{x}, optim::AdadeltaOptions{.lr = 1, .rho = 0.9, .eps = 1e-8});
  for (const char* average : {"square_avg", "acc_delta"}) optimizer->state(x)[average].fill_(1);
  return optimizer;
}

std::unique_ptr<optim::Optimizer> rmsprop(const Tensor& x, double alpha) {
  auto optimizer = std::make_unique<optim::RMSprop>(
      std::vector{x}, optim::RMSpropOptions{.lr = 5e-6, .alpha = alpha, .eps = 1e-8});
  optimizer->state(x)["square_avg"].fill_(1);
  return optimizer;
}

std::unique_ptr<optim::Optimizer> adam(const Tensor& x) {
  auto optimizer = std::make_unique<optim::Adam>(
      std::vector{x}, optim::AdamOptions{.lr = 1e-3, .betas = {0.9, 0.8}, .eps = 1e-8});
  optimizer->state(x)["step"].fill_(1);
  return optimizer;
}

constexpr double ten_nines = 0.9999999999, eleven_nines = 0.99999999999;

std::vector<Row> rows() {
  const auto descent = [](double lr, double momentum = 0) {
    return [=](const Tensor& x) { return sgd(x, lr, momentum); };
  };
  const auto averaged = [](double alpha) {
    return [=](const Tensor& x) { return rmsprop(x, alpha); };
  };
  const std::string momentum_remark =
      "the book's v <- gamma v + alpha g, x <- x - v is PyTorch's b <- gamma b + g, x <- x - alpha "
      "b with v = alpha b: they differ in rounding only";
  const std::string rmsprop_remark =
      "accumulator preset to 1; eps is added to the root, as in the book's listing and in PyTorch, "
      "not below it, as in the book's formula.";
  const std::string nines_remark =
      " The book says beta = 0.9999999999 (ten nines); what it prints is the result of eleven";
  return {{"cubic",
           cubic,
           {1},
           "gradient descent, alpha = 0.01, 200 steps",
           descent(0.01),
           200,
           1e-8,
           {"2.999999999256501"}},
          {"descent",
           beale,
           {3, 4},
           "gradient descent, alpha = 5e-6, 300,000 steps",
           descent(5e-6),
           300000,
           1e-8,
           {"2.70735828", "0.41689171"}},
          {"momentum",
           beale,
           {3, 4},
           "momentum 0.8, alpha = 5e-6, 300,000 steps",
           descent(5e-6, 0.8),
           300000,
           1e-6,
           {"2.96324633", "0.49067782"},
           momentum_remark},
          {"adagrad",
           beale,
           {3, 4},
           "Adagrad, alpha = 0.1, 300,000 steps",
           adagrad,
           300000,
           1e-8,
           {"-0.69240717", "1.76233766"},
           "accumulator starts at 1; eps is added to the root, as in the book's listing and in "
           "PyTorch, not below it, as in the book's formula"},
          {"adadelta",
           beale,
           {3, 4},
           "Adadelta, alpha = 1, rho = 0.9, 300,000 steps",
           adadelta,
           300000,
           1e-8,
           {"2.9386002", "0.45044889"},
           "both accumulators preset to 1; the book takes the root of the quotient, PyTorch the "
           "quotient of the roots: they differ in rounding only"},
          {"rmsprop",
           beale,
           {3, 4},
           "RMSprop, beta with 11 nines, 300,000 steps",
           averaged(eleven_nines),
           300000,
           1e-8,
           {"2.70162562", "0.41500366"},
           rmsprop_remark + nines_remark},
          {"rmsprop-10",
           beale,
           {3, 4},
           "RMSprop, beta with 10 nines, 300,000 steps",
           averaged(ten_nines),
           300000,
           1e-8,
           {"2.65229502", "0.39826798"},
           "not printed in the book: what its beta gives by its own listing"},
          {"rmsprop-long",
           beale,
           {3, 4},
           "RMSprop, beta with 11 nines, 900,000 steps",
           averaged(eleven_nines),
           900000,
           1e-8,
           {"2.9082809", "0.47616156"}},
          {"adam",
           beale,
           {3, 4},
           "Adam, alpha = 1e-3, beta = 0.9, 0.8, 100,000 steps",
           adam,
           100000,
           1e-8,
           {"2.99999653", "0.50000329"},
           "\"step\" preset to 1: the listing's bias correction is one power ahead. The end point "
           "jitters by some 5e-5 around the minimum with the last bit of the gradient, so it is "
           "compared at 1e-4; the Chinese edition prints 2.999999653",
           1e-4},
          {"sgd",
           bowl,
           {-2.4, 0.2},
           "class SGD, alpha = 0.1, 1,000 steps",
           descent(0.1),
           1000,
           1e-8,
           {"-8.26638332e-06", "2.46046384e-98"},
           "the book says 100 steps; what it prints is the result of 1,000"},
          {"sgd-momentum",
           bowl,
           {-2.4, 0.2},
           "class SGD_Momentum 0.8, alpha = 0.1, 1,000 steps",
           descent(0.1, 0.8),
           1000,
           1e-8,
           {"-1.49829905e-08", "-4.74284398e-10"}}};
}

// ---- Descent

struct Descent {
  Numbers end;
  int steps = 0;
  std::vector<examples::Point> path;
};

/// The gradient at x, which becomes x.grad() too.
Numbers gradient(const Problem& problem, Tensor& x, bool by_formula) {
  if (by_formula) {
    const Numbers g = problem.gradient(x.to_vector<double>());
    x.set_grad(tensor(g, x.shape()));
    return g;
  }
  x.zero_grad();
  problem.f(x).backward();
  return x.grad().to_vector<double>();
}

Descent descend(const Row& row, bool by_formula, bool keep_path) {
  Tensor x = tensor(row.start, {row.start.size()}, {.requires_grad = true});
  const auto optimizer = row.optimizer(x);
  Descent result;
  for (; result.steps < row.steps; ++result.steps) {
    const Numbers at = x.to_vector<double>();
    // Nobody can see more of some 10^5 points.
    if (keep_path && at.size() == 2 && (result.steps < 1000 || result.steps % 100 == 0))
      result.path.push_back({at[0], at[1]});
    double largest = 0;
    for (const double g : gradient(row.problem, x, by_formula))
      largest = std::max(largest, std::abs(g));
    if (largest < row.tolerance) break;
    optimizer->step();
  }
  result.end = x.to_vector<double>();
  return result;
}

Comparison compare(const Row& row, const Descent& descent) {
  std::string remark = row.remark;
  if (descent.steps < row.steps)
    remark += str(remark.empty() ? "" : ". ", "The gradient is small enough after ", descent.steps,
                  " steps");
  return {row.problem.name, row.method, row.printed, descent.end, remark, row.agreement};
}

/// The gradients that the chapter prints.
std::vector<Comparison> gradients() {
  const auto numerical = [](double eps) {
    const Tensor g = numerical_gradient(bowl.f, tensor({2.0, 3.0}), {.eps = eps});
    return g.to_vector<double>();
  };
  Tensor x = tensor({3.0, 4.0}, {.requires_grad = true});
  const std::string at = " at (2, 3)";
  return {{beale.name,
           "gradient at (3, 4), by autograd",
           {"25625.25", "57519"},
           gradient(beale, x, false),
           "",
           0.0},
          {bowl.name,
           "numerical gradient" + at + ", eps = 1e-8",
           {"0.2500001983207767", "54.00000020472362"},
           numerical(1e-8)},
          {bowl.name,
           "numerical gradient" + at + ", eps = 1e-6",
           {"0.25", "54.00000001"},
           numerical(1e-6)}};
}

int run(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  std::vector<Comparison> comparisons;
  examples::ContourFigure figure{.title = "Gradient descent and its variants",
                                 .panels = {examples::beale(), examples::ellipse()},
                                 .columns = 2};
  for (const Row& row : rows()) {
    if (!options.only.empty() && std::ranges::find(options.only, row.id) == options.only.end())
      continue;
    Descent descent = descend(row, options.gradient == "formula", !options.plot.empty());
    comparisons.push_back(compare(row, descent));
    if (!descent.path.empty())
      figure.panels[&row.problem == &beale ? 0 : 1].paths.push_back(
          {row.id, std::move(descent.path)});
  }
  if (options.only.empty())
    for (const Comparison& comparison : gradients()) comparisons.push_back(comparison);

  const int status = examples::report(comparisons);
  if (!options.plot.empty()) {
    examples::draw(figure, options.plot);
    std::printf("\nfigure drawn to %s\n", options.plot.c_str());
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::vector<std::string> ids;
  for (const Row& row : rows()) ids.push_back(row.id);
  CLI::App app("Gradient descent and its variants, beside the results of a textbook.",
               "gradient_descent");
  app.add_option("--only", options.only, "Rows of the table to run; without it all of them")
      ->delimiter(',')
      ->check(CLI::IsMember(ids));
  app.add_option("--gradient", options.gradient,
                 "Where gradients come from: the book's formula, or autograd of the function")
      ->check(CLI::IsMember({"formula", "autograd"}))
      ->capture_default_str();
  examples::add_plot(app, options.plot, "the ways to the minima");
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("gradient_descent", [&] { return run(options); });
}
