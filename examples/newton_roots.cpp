// Roots by Newton's method and minima by gradient descent: the exercises of a lecture on
// programming gradients. Each is done as the lecture does it, with numerical derivatives, and with
// the library's find_root and minimize, which differentiate by autograd. `newton_roots --help`
// lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/comparison.hpp"
#include "examples/support/gnuplot.hpp"

using namespace xgrad;
using examples::Comparison;

namespace {

using std::pow;  // of plain numbers; that of tensors is found by its arguments

// ---- Roots

constexpr auto quartic_product = [](const auto& x) {
  return (x + 4) * (x + 6) * (x - 2) * (x - 12) - 25 * pow(x, 2);
};
constexpr auto quartic = [](const auto& x) {
  return pow(x, 4) - 8 * pow(x, 3) + 21 * pow(x, 2) - 24 * x + 9;
};

/// An equation of the lecture: f(x) = 0.
struct Equation {
  std::string text;
  std::function<double(double)> f;
  std::function<Tensor(const Tensor&)> of_tensor;
  double start;         ///< the lecture's
  std::string printed;  ///< where that leads it
  std::string remark;
  std::vector<double> roots;  ///< all real ones, in exact form
  double low, high;           ///< the part worth drawing
};

std::vector<Equation> equations() {
  const double s129 = std::sqrt(129), s13 = std::sqrt(13);
  return {{"(x+4)(x+6)(x-2)(x-12) = 25x^2",
           quartic_product,
           quartic_product,
           9,
           "-8.0",
           "",
           {-8, -3, (15 - s129) / 2, (15 + s129) / 2},
           -15,
           15},
          {"x^4 - 8x^3 + 21x^2 - 24x + 9 = 0",
           quartic,
           quartic,
           2,
           "0.6972243622680052",
           "the root is 0.69722436226800535...: the last digit is rounding",
           {(5 - s13) / 2, (5 + s13) / 2},
           0,
           5}};
}

/// The lecture's loop: x <- x - f(x) / f'(x), 1,000 times, with a central difference of step 1e-7.
double newton_by_differences(const Equation& equation) {
  const auto f = [&](const Tensor& x) { return tensor(equation.f(x.item<double>())); };
  Tensor x = tensor(equation.start);
  for (int i = 0; i < 1000; ++i) {
    const double slope = numerical_gradient(f, x, {.eps = 0.5e-7}).item<double>();
    x = tensor(x.item<double>() - equation.f(x.item<double>()) / slope);
  }
  return x.item<double>();
}

optim::RootResult solve_from(const Equation& equation, double start) {
  return optim::find_root(equation.of_tensor, tensor(start));
}

void compare_roots(const Equation& equation, std::vector<Comparison>& rows) {
  const std::string from = str("from ", equation.start);
  rows.push_back({equation.text,
                  "Newton, numerical derivative, 1,000 steps " + from,
                  {equation.printed},
                  {newton_by_differences(equation)},
                  equation.remark});
  const optim::RootResult found = solve_from(equation, equation.start);
  rows.push_back({"",
                  str("find_root ", from, ", ", found.iterations, " steps"),
                  {equation.printed},
                  {found.x.item<double>()},
                  "",
                  1e-14});
  for (const double root : equation.roots) {
    const double start = root + 0.25;
    rows.push_back({"",
                    str("find_root from ", start),
                    {examples::shortest(root)},
                    {solve_from(equation, start).x.item<double>()},
                    "",
                    1e-13});
  }
}

/// The steps from the lecture's start, and where other starts lead.
void print_iterations(const Equation& equation) {
  std::printf("\n%s, find_root from %g\n%4s %22s %12s\n", equation.text.c_str(), equation.start,
              "step", "x", "f(x)");
  const optim::RootResult found = solve_from(equation, equation.start);
  for (std::size_t i = 0; i < found.path.size(); ++i) {
    const double x = found.path[i].item<double>();
    std::printf("%4zu %22.16g %12.2e\n", i, x, equation.f(x));
  }
  std::printf("%7s %22s %6s\n", "start", "root", "steps");
  for (int k = 0; k <= 10; ++k) {
    const double start = equation.low + k * (equation.high - equation.low) / 10;
    const optim::RootResult r = solve_from(equation, start);
    if (r.success)
      std::printf("%7.4g %22.16g %6d\n", start, r.x.item<double>(), static_cast<int>(r.iterations));
    else
      std::printf("%7.4g %22s %6s\n", start, "none:", r.message.c_str());
  }
}

// ---- Minima

/// A function of two variables, with the minimum near a start.
struct Problem {
  std::string text;
  std::function<Tensor(const Tensor&)> f;
  std::vector<double> start;
  std::vector<std::string> minimum;  ///< as the lecture says: value, x, y
  std::string remark = {};
};

std::vector<Problem> problems() {
  const auto two_wells = [](const Tensor& v) {
    const Tensor x = select(v, 0, 0), y = select(v, 0, 1);
    return 2 * pow(x, 4) + pow(y, 4) - 4 * square(x) + 2 * square(y);
  };
  const auto well = [](const Tensor& v) {
    const Tensor x = select(v, 0, 0), y = select(v, 0, 1);
    return 2 * square(x) + 3 * square(y) - exp(-(square(x) + square(y)));
  };
  const std::string remark =
      "value, x and y. A difference of step 1e-7 is 0 where the function changes by less than it "
      "is "
      "rounded, and x and y stay there; the lecture prints ";
  return {{"min 2x^4 + y^4 - 4x^2 + 2y^2",
           two_wells,
           {1, 1},
           {"-2.0", "1", "0"},
           remark + "x = 0.999999999911822, y = 4.551026222543442e-12"},
          {"min 2x^4 + y^4 - 4x^2 + 2y^2", two_wells, {-0.5, 1}, {"-2.0", "-1", "0"}},
          {"min 2x^2 + 3y^2 - exp(-(x^2+y^2))",
           well,
           {1, 1},
           {"-1.0", "0", "0"},
           remark + "x = 5.763158839044991e-10, y = 4.551026222543442e-12"}};
}

/// What 1,000 steps with learning rate 0.01 do, each gradient at x being `gradient(x)`.
struct Descent {
  std::vector<double> end;     ///< value, x, y
  std::vector<double> values;  ///< before each step
};

Descent descend(const Problem& problem, const std::function<Tensor(const Tensor&)>& gradient) {
  Tensor x = tensor(problem.start, {2}, {.requires_grad = true});
  optim::SGD sgd({x}, {.lr = 0.01});
  Descent result;
  const auto value = [&] { return problem.f(x.detach()).item<double>(); };
  for (int i = 0; i < 1000; ++i) {
    result.values.push_back(value());
    x.set_grad(gradient(x));
    sgd.step();
  }
  result.end = x.to_vector<double>();
  result.end.insert(result.end.begin(), value());
  return result;
}

Descent descend_by_autograd(const Problem& problem) {
  return descend(problem, [&](const Tensor& x) { return grad(problem.f(x), x); });
}

Descent descend_by_differences(const Problem& problem) {
  return descend(
      problem, [&](const Tensor& x) { return numerical_gradient(problem.f, x, {.eps = 0.5e-7}); });
}

void compare_minima(const Problem& problem, std::vector<Comparison>& rows) {
  const std::string from = str(" from (", joined(problem.start), ")");
  rows.push_back({problem.text, "descent, numerical gradient, 1,000 steps" + from, problem.minimum,
                  descend_by_differences(problem).end, problem.remark, 1e-9});
  rows.push_back({"", "descent, autograd, 1,000 steps", problem.minimum,
                  descend_by_autograd(problem).end, "", 1e-15});
  for (const optim::Method method : {optim::Method::gradient_descent, optim::Method::bfgs}) {
    const auto r =
        optim::minimize(problem.f, tensor(problem.start, {2}), {.method = method, .tol = 1e-8});
    std::vector<double> found = r.x.to_vector<double>();
    found.insert(found.begin(), r.fun);
    rows.push_back({"", str("minimize, ", method, ", ", r.iterations, " iterations"),
                    problem.minimum, found, "", 1e-8});
  }
}

// ---- Figure

/// The function, the tangents of Newton's method from the lecture's start, and the roots.
examples::Chart root_chart(const Equation& equation) {
  std::vector<examples::Point> curve, newton, roots;
  for (int k = 0; k <= 400; ++k) {
    const double x = equation.low + k * (equation.high - equation.low) / 400;
    curve.push_back({x, equation.f(x)});
  }
  for (const Tensor& iterate : solve_from(equation, equation.start).path) {
    const double x = iterate.item<double>();
    newton.push_back({x, 0});
    newton.push_back({x, equation.f(x)});
  }
  for (const double root : equation.roots) roots.push_back({root, 0});
  return {.title = equation.text,
          .x_label = "x",
          .y_label = "left side less right side",
          .series = {{"function", curve},
                     {str("Newton's method from ", equation.start), newton,
                      examples::Style::line_and_points},
                     {"roots", roots, examples::Style::points}}};
}

examples::Chart descent_chart() {
  examples::Chart chart{.title = "Gradient descent, learning rate 0.01",
                        .x_label = "step",
                        .y_label = "value above the minimum",
                        .series = {},
                        .log_y = true};
  for (const Problem& problem : problems()) {
    std::vector<examples::Point> points;
    const double minimum = std::stod(problem.minimum.front());
    for (const double value : descend_by_autograd(problem).values)
      points.push_back({static_cast<double>(points.size()), value - minimum});
    std::erase_if(points, [](const examples::Point& p) { return p[1] <= 0; });
    // Dashes: two of them lie on each other.
    chart.series.push_back(
        {str(problem.text, " from (", joined(problem.start), ")"), std::move(points),
         problem.start[0] < 0 ? examples::Style::dashes : examples::Style::line});
  }
  return chart;
}

int run(const std::string& plot) {
  if (!plot.empty()) examples::check_plot("--plot", plot);
  std::vector<Comparison> rows;
  for (const Equation& equation : equations()) compare_roots(equation, rows);
  for (const Problem& problem : problems()) compare_minima(problem, rows);
  const int status = examples::report(rows);
  for (const Equation& equation : equations()) print_iterations(equation);

  if (!plot.empty()) {
    std::vector<examples::Chart> charts;
    for (const Equation& equation : equations()) charts.push_back(root_chart(equation));
    charts.push_back(descent_chart());
    examples::draw("Newton's method and gradient descent", charts, plot);
    std::printf("\nfigure drawn to %s\n", plot.c_str());
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  std::string plot;
  CLI::App app("Roots by Newton's method and minima by gradient descent.", "newton_roots");
  examples::add_plot(app, plot, "the functions, the steps and the roots");
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("newton_roots", [&] { return run(plot); });
}
