// Follows every optimizer and every method of minimize over the level lines of functions of two
// variables. `optimizer_paths --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/optimizers.hpp"
#include "examples/support/test_functions.hpp"

using namespace xgrad;
using examples::Point;

namespace {

constexpr double gradient_tolerance = 1e-7;  // LBFGS stays where max|gradient| is no more
constexpr double minimize_tolerance = 1e-8;
constexpr double max_norm = 1;  // to which sgd_clip cuts the gradient
constexpr double decay = 4;     // by 1 + which sgd_decay divides its rate in the end

/// A function, where to start, and the learning rate that suits its curvature there.
struct Problem {
  std::string function;
  examples::ContourPanel panel;
  Point start;
  std::size_t steps;
  double lr;
  double clipped_lr;  ///< where no gradient is longer than max_norm
};

std::vector<Problem> all_problems() {
  using namespace examples;
  return {{"beale", beale(), {3, 4}, 10000, 5e-6, 0.02},
          {"beale", beale(), {1, 1.5}, 1000, 0.005, 0.02},
          {"camel", six_hump_camel(), {-1, -0.5}, 1000, 0.02, 0.02},
          {"camel", six_hump_camel(), {1.5, 0.75}, 1000, 0.02, 0.02},
          {"camel", six_hump_camel(), {-0.8, 0.25}, 1000, 0.02, 0.02},
          {"ellipse", ellipse(), {-2.4, 0.2}, 1000, 0.1, 0.1},
          {"quadratic", quadratic(), {-4, 4}, 1000, 0.1, 0.1}};
}

/// Methods that share a panel.
struct Family {
  std::string title;
  std::vector<std::string> methods;
};

const std::vector<Family> families = {
    {"gradient steps", {"sgd", "sgd_decay", "sgd_clip", "momentum", "nesterov", "asgd", "rprop"}},
    {"adaptive rates",
     {"adagrad", "adadelta", "rmsprop", "adam", "adamw", "adamax", "nadam", "radam"}},
    {"line search",
     {"lbfgs", "gradient_descent", "cg", "bfgs", "l_bfgs", "l_bfgs_b", "newton_cg", "newton"}}};

/// The learning rates of methods whose steps do not grow with the gradient; those of the others are
/// multiples of the problem's.
const std::map<std::string, double> fixed_rates = {
    {"rprop", 0.01}, {"adagrad", 0.5}, {"adadelta", 1}, {"rmsprop", 0.01}, {"adam", 0.1},
    {"adamw", 0.1},  {"adamax", 0.1},  {"nadam", 0.02}, {"lbfgs", 1}};

const std::map<std::string, optim::Method> minimize_methods = {
    {"gradient_descent", optim::Method::gradient_descent},
    {"cg", optim::Method::cg},
    {"bfgs", optim::Method::bfgs},
    {"l_bfgs", optim::Method::l_bfgs},
    {"l_bfgs_b", optim::Method::l_bfgs_b},
    {"newton_cg", optim::Method::newton_cg},
    {"newton", optim::Method::newton}};

struct Options {
  std::vector<std::string> functions{"beale", "camel", "ellipse", "quadratic"};
  std::vector<std::string> methods;
  std::optional<std::size_t> steps;
  std::optional<double> lr;
  std::string plot;
};

void describe(CLI::App& app, Options& options) {
  for (const Family& family : families)
    options.methods.insert(options.methods.end(), family.methods.begin(), family.methods.end());
  app.add_option("--function", options.functions, "Which functions to minimize")
      ->delimiter(',')
      ->check(CLI::IsMember(options.functions))
      ->capture_default_str();
  app.add_option("--methods", options.methods, "Which methods to follow")
      ->delimiter(',')
      ->check(CLI::IsMember(options.methods))
      ->capture_default_str();
  app.add_option("--steps", options.steps,
                 "Most steps of a method; without it 10000 for beale from (3, 4), else 1000")
      ->check(examples::positive);
  app.add_option("--lr", options.lr, "One learning rate for all optimizers, not the usual ones")
      ->check(examples::positive);
  examples::add_plot(app, options.plot, "the paths, a file for each function: FILE-beale.svg, …,");
  app.footer(str("sgd_decay divides its learning rate by numbers that grow from 1 to ", 1 + decay,
                 ",\nsgd_clip cuts gradients to the norm ", max_norm,
                 ".\nA path ends where max|gradient| <= ", gradient_tolerance,
                 ", that of a method of minimize at its tol = ", minimize_tolerance, "."));
}

/// Where a method went.
struct Walk {
  examples::Path path;
  std::size_t evaluations = 0;  ///< calls of the function
};

/// The function of one Tensor, (x, y); it counts its calls.
std::function<Tensor(const Tensor&)> counted(const Problem& problem, std::size_t& calls) {
  return [&](const Tensor& p) {
    ++calls;
    return problem.panel.f(select(p, 0, 0), select(p, 0, 1));
  };
}

Tensor at(const Point& p) { return tensor({p[0], p[1]}); }

Point point(const Tensor& p) {
  const std::vector<double> values = p.to_vector<double>();
  return {values[0], values[1]};
}

double learning_rate(const std::string& method, const Problem& problem) {
  if (method == "sgd_clip") return problem.clipped_lr;
  if (method == "sgd_decay") return 1.15 * problem.lr;  // may be too much before it has decayed
  if (method == "nesterov") return problem.lr / 2;      // looking ahead, it bears less
  if (method == "radam") return std::min(4 * problem.lr, 0.1);  // first steps: of the gradient
  const auto fixed = fixed_rates.find(method);
  return fixed == fixed_rates.end() ? problem.lr : fixed->second;
}

Walk follow_optimizer(const std::string& method, const Problem& problem, std::size_t steps,
                      double lr) {
  Walk walk{{method, {problem.start}}};
  const auto f = counted(problem, walk.evaluations);
  const Tensor p = at(problem.start).requires_grad_();
  const auto optimizer =
      examples::make_optimizer(method.starts_with("sgd") ? "sgd" : method, {p}, lr);
  const double decayed = method == "sgd_decay" ? decay / static_cast<double>(steps) : 0;
  optim::LambdaLR scheduler(
      *optimizer, [=](std::int64_t step) { return 1 / (1 + decayed * static_cast<double>(step)); });
  while (walk.path.points.size() <= steps) {
    optimizer->step([&] {
      optimizer->zero_grad();
      const Tensor value = f(p);
      value.backward();
      if (method == "sgd_clip") optim::clip_grad_norm_({p}, max_norm);
      return value;
    });
    scheduler.step();
    walk.path.points.push_back(point(p));
    const bool far = max(abs(p.grad())).item<double>() > gradient_tolerance;
    if (!far) break;  // there, or nowhere: NaN
  }
  return walk;
}

Walk follow_minimize(const std::string& method, const Problem& problem, std::size_t steps) {
  Walk walk{{method, {}}};
  optim::MinimizeOptions options{.method = minimize_methods.at(method),
                                 .tol = minimize_tolerance,
                                 .max_iter = static_cast<std::int64_t>(steps)};
  if (method == "l_bfgs_b")
    options.bounds = {{problem.panel.x.low, problem.panel.x.high},
                      {problem.panel.y.low, problem.panel.y.high}};
  const optim::MinimizeResult result =
      optim::minimize(counted(problem, walk.evaluations), at(problem.start), options);
  for (const Tensor& p : result.path) walk.path.points.push_back(point(p));
  return walk;
}

double nearest_minimum(const Problem& problem, const Point& p) {
  double distance = std::numeric_limits<double>::infinity();
  for (const Point& minimum : problem.panel.minima)
    distance = std::min(distance, std::hypot(p[0] - minimum[0], p[1] - minimum[1]));
  return distance;
}

void print(const Problem& problem, const Walk& walk) {
  const Point end = walk.path.points.back();
  std::printf("%-17s", walk.path.title.c_str());
  if (!std::isfinite(end[0]) || !std::isfinite(end[1])) {
    std::printf(" diverged after %zu steps\n", walk.path.points.size() - 1);
    return;
  }
  const NoGrad guard;
  const double value = problem.panel.f(select(at(end), 0, 0), select(at(end), 0, 1)).item<double>();
  std::printf(" %15.8g %15.8g %14.6e %7zu %12zu %10.1e\n", end[0], end[1], value,
              walk.path.points.size() - 1, walk.evaluations, nearest_minimum(problem, end));
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Follows the methods asked for, prints their table, and gives a panel for each family.
std::vector<examples::ContourPanel> follow(const Problem& problem, const Options& options) {
  const std::string from =
      str(problem.panel.title, " from (", problem.start[0], ", ", problem.start[1], ")");
  std::printf("%s\n%-17s %15s %15s %14s %7s %12s %10s\n", from.c_str(), "method", "x", "y", "value",
              "steps", "evaluations", "distance");
  const std::size_t steps = options.steps.value_or(problem.steps);
  std::vector<examples::ContourPanel> panels;
  for (const Family& family : families) {
    examples::ContourPanel panel = problem.panel;
    panel.title = from + ": " + family.title;
    for (const std::string& method : family.methods) {
      if (!has(options.methods, method)) continue;
      const Walk walk = minimize_methods.contains(method)
                            ? follow_minimize(method, problem, steps)
                            : follow_optimizer(method, problem, steps,
                                               options.lr.value_or(learning_rate(method, problem)));
      print(problem, walk);
      panel.paths.push_back(walk.path);
    }
    if (!panel.paths.empty()) panels.push_back(std::move(panel));
  }
  std::printf("\n");
  return panels;
}

int run(const Options& options) {
  const auto has_no_rate = [](const std::string& m) { return minimize_methods.contains(m); };
  if (options.lr && std::ranges::all_of(options.methods, has_no_rate))
    throw ValueError("--lr has no effect: none of --methods has a learning rate; leave it out");
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  std::map<std::string, examples::ContourFigure> figures;
  std::map<std::string, std::size_t> rows;
  for (const Problem& problem : all_problems()) {
    if (!has(options.functions, problem.function)) continue;
    examples::ContourFigure& figure = figures[problem.function];
    figure.title = "Paths of optimizers";
    for (examples::ContourPanel& panel : follow(problem, options))
      figure.panels.push_back(std::move(panel));
    ++rows[problem.function];
  }
  std::printf("distance: from the nearest known minimum\n");
  for (auto& [function, figure] : figures) {
    if (options.plot.empty()) break;
    figure.columns = figure.panels.size() / rows[function];  // a row for each start
    std::filesystem::path path = options.plot;
    if (figures.size() > 1)
      path.replace_filename(path.stem().string() + "-" + function + path.extension().string());
    examples::draw(figure, path.string());
    std::printf("figure drawn to %s\n", path.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Follows optimizers over the level lines of functions of two variables.",
               "optimizer_paths");
  describe(app, options);
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("optimizer_paths", [&] { return run(options); });
}
