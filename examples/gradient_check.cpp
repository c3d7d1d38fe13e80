// Compares the gradient of every parameter of a classifying network with central differences, and
// prints a table of the largest errors; draws how these depend on the step. `gradient_check --help`
// lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"

using namespace xgrad;

namespace {

constexpr double eps = 1e-6;
constexpr double planted_factor = 1.001;

struct Options {
  std::vector<std::size_t> layers;
  std::string activation = "relu";
  std::size_t batch_size = 5;
  std::uint64_t seed = 0;
  std::string data;
  double tolerance = 1e-5;
  std::string broken;
  std::string plot;
};

void describe(CLI::App& app, Options& options) {
  const CLI::Validator at_least_one = examples::between(std::size_t{1}, std::size_t{1} << 30);
  app.add_option("--layers", options.layers,
                 "Widths of the network, inputs and classes included; without it 20,16,12,5, or "
                 "with --data 784,16,12,10")
      ->delimiter(',')
      ->check(at_least_one);
  app.add_option("--activation", options.activation, "Between the layers")
      ->check(CLI::IsMember({"relu", "tanh", "sigmoid"}))
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size)->check(at_least_one)->capture_default_str();
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--data", options.data,
                 "Take the first training images of MNIST's four IDX files in this directory "
                 "instead of random numbers");
  app.add_option("--tolerance", options.tolerance, "Largest relative error that passes")
      ->check(examples::between(1e-8, 1.0))
      ->capture_default_str();
  app.add_option("--break", options.broken,
                 "Make the gradient of this parameter 0.1 % too large, to see it caught");
  examples::add_plot(app, options.plot, "the error of the differences by step");
}

struct Net : nn::Module {
  using Activation = Tensor (*)(const Tensor&);

  Net(const std::vector<std::size_t>& widths, Activation f) : activation(f) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
      layers.emplace_back(widths[i], widths[i + 1]);
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = x;
    for (std::size_t i = 0; i < layers.size(); ++i) y = layers[i](i == 0 ? y : activation(y));
    return y;
  }

  std::vector<nn::Linear> layers;
  Activation activation;
  XGRAD_FIELDS(layers)
};

// Inputs (batch, width) in float64 and their classes.
data::TensorDataset make_batch(const Options& options) {
  const std::size_t width = options.layers.front(), classes = options.layers.back();
  if (options.data.empty())
    return {randn({options.batch_size, width}, {.dtype = float64}),
            randint(0, static_cast<std::int64_t>(classes), {options.batch_size})};

  const data::TensorDataset mnist = data::load_mnist(options.data, data::Split::train);
  const std::size_t pixels = mnist.features.numel() / std::max<std::size_t>(1, mnist.size());
  if (options.batch_size > mnist.size())
    throw ValueError(str("--batch-size ", options.batch_size, ": ", options.data, " has ",
                         mnist.size(), " training images"));
  if (width != pixels || classes < 10)
    throw ValueError(str("--layers: the images of ", options.data, " need ", pixels,
                         " inputs and 10 classes, not ", width, " and ", classes));
  const auto count = static_cast<std::int64_t>(options.batch_size);
  return {reshape(slice(mnist.features, 0, 0, count), {count, -1}).to(float64) / 255,
          slice(mnist.labels, 0, 0, count)};
}

// How the gradient of one parameter compares with its differences.
struct Comparison {
  double absolute = 0;    // largest error
  double relative = 0;    // largest error by the size of the gradient
  std::size_t worst = 0;  // element of the largest relative error
  std::size_t wrong = 0;  // elements beyond the tolerance
  std::size_t kinks = 0;  // elements that have no derivative, which are not judged
};

// An error e of a gradient g counts as e / |g|, or as e / (r / tolerance) where that is less: r is
// what rounding does to a central difference, and smaller gradients cannot be compared better.
Comparison compare(const std::function<Tensor()>& loss, const Tensor& parameter,
                   const Options& options) {
  const std::vector<double> analytic = parameter.grad().to_vector<double>();
  const std::vector<double> numerical =
      numerical_gradient(loss, parameter, {.eps = eps}).to_vector<double>();
  const double size = std::max(1.0, std::abs(loss().item<double>()));
  const double rounding = 16 * std::numeric_limits<double>::epsilon() * size / eps;
  std::vector<double> forward;

  Comparison result;
  for (std::size_t i = 0; i < analytic.size(); ++i) {
    const double a = analytic[i], n = numerical[i], error = std::abs(a - n);
    const double scale = std::max({std::abs(a), std::abs(n), rounding / options.tolerance});
    const bool passes = error <= options.tolerance * scale;  // false for NaN
    if (!passes && options.activation == "relu") {
      // Within eps of a kink the differences to both sides disagree, and lie around the gradient.
      if (forward.empty())
        forward = numerical_gradient(loss, parameter, {.eps = eps, .scheme = Scheme::forward})
                      .to_vector<double>();
      const auto [low, high] = std::minmax({forward[i], 2 * n - forward[i]});
      const double slack = options.tolerance * scale;
      if (low - slack <= a && a <= high + slack) {
        ++result.kinks;
        continue;
      }
    }
    result.wrong += passes ? 0 : 1;
    result.absolute = std::max(result.absolute, error);
    if (!(error / scale <= result.relative)) {
      result.relative = error / scale;
      result.worst = i;
    }
  }
  return result;
}

std::string index_of(std::size_t element, const Shape& shape) {
  Shape index = shape;
  for (std::size_t axis = shape.size(); axis-- > 0; element /= shape[axis])
    index[axis] = element % shape[axis];
  return to_string(index);
}

void break_gradient(const Net& net, const std::string& name) {
  std::string names;
  for (const auto& [candidate, parameter] : net.named_parameters()) {
    if (candidate == name) {
      parameter.register_hook([](const Tensor& g) { return g * planted_factor; });
      return;
    }
    names += " " + candidate;
  }
  throw ValueError(str("--break ", name, ": there is no such parameter, but", names));
}

// ---- The figure

double largest_error(const std::function<Tensor()>& loss, const Tensor& parameter, double step,
                     Scheme scheme) {
  const Tensor numerical = numerical_gradient(loss, parameter, {.eps = step, .scheme = scheme});
  return max(abs(numerical - parameter.grad())).item<double>();
}

// Truncation makes the error of a difference with step h fall with h^2 (central) or h (forward),
// until rounding, u |loss| / h, outgrows it.
examples::Chart error_chart(const std::string& name, const Tensor& parameter,
                            const std::function<Tensor()>& loss) {
  examples::Series central{"central difference", {}, examples::Style::line_and_points};
  examples::Series forward{"forward difference", {}, examples::Style::line_and_points};
  examples::Series rounding{"rounding, u |loss| / step", {}, examples::Style::dashes};
  const double u = std::numeric_limits<double>::epsilon() / 2 * loss().item<double>();
  for (int k = 5; k <= 70; ++k) {
    const double step = std::pow(10, -k / 5.0);
    central.points.push_back({step, largest_error(loss, parameter, step, Scheme::central)});
    forward.points.push_back({step, largest_error(loss, parameter, step, Scheme::forward)});
    rounding.points.push_back({step, u / step});
  }
  return {.title = name,
          .x_label = str("step; the check takes ", eps),
          .y_label = "largest error of the gradient",
          .series = {central, forward, rounding},
          .log_x = true,
          .log_y = true};
}

void plot(const Net& net, const std::function<Tensor()>& loss, const Options& options) {
  const nn::NamedTensors parameters = net.named_parameters();
  const auto& [last, behind] = parameters.back();
  std::vector<examples::Chart> charts = {error_chart(last, behind, loss)};
  if (net.layers.size() > 1) {
    const auto& [first, before] = parameters[1];
    const bool kinks = options.activation == "relu";
    charts.push_back(
        error_chart(first + (kinks ? ": long steps cross kinks of relu" : ""), before, loss));
  }
  examples::draw("Truncation and rounding in the gradients of a network", charts, options.plot);
}

int check(Options options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  if (options.layers.empty())
    options.layers = options.data.empty() ? std::vector<std::size_t>{20, 16, 12, 5}
                                          : std::vector<std::size_t>{784, 16, 12, 10};
  if (options.layers.size() < 2)
    throw ValueError("--layers: at least two widths are needed, inputs and classes");
  manual_seed(options.seed);
  const data::TensorDataset batch = make_batch(options);
  Net net(options.layers, options.activation == "relu"   ? xgrad::relu
                          : options.activation == "tanh" ? xgrad::tanh
                                                         : xgrad::sigmoid);
  net.to(float64);
  if (!options.broken.empty()) break_gradient(net, options.broken);
  const auto loss = [&] { return nn::cross_entropy(net(batch.features), batch.labels); };
  loss().backward();

  std::printf("softmax cross-entropy, %s, batch of %zu, %zu parameters, tolerance %g\n\n",
              options.activation.c_str(), options.batch_size, net.num_parameters(),
              options.tolerance);
  std::printf("%-18s %-12s %9s %15s %15s  %-12s\n", "parameter", "shape", "elements",
              "absolute error", "relative error", "where");
  std::size_t wrong = 0, kinks = 0;
  for (const auto& [name, parameter] : net.named_parameters()) {
    const Comparison c = compare(loss, parameter, options);
    std::printf("%-18s %-12s %9zu %15.2e %15.2e  %-12s %s\n", name.c_str(),
                to_string(parameter.shape()).c_str(), parameter.numel() - c.kinks, c.absolute,
                c.relative, index_of(c.worst, parameter.shape()).c_str(),
                c.wrong > 0 ? "WRONG" : "ok");
    std::fflush(stdout);
    wrong += c.wrong > 0 ? 1 : 0;
    kinks += c.kinks;
  }
  if (kinks > 0)
    std::printf(
        "\n%zu elements were not compared: within %g of them relu has a kink, where the "
        "differences to both sides disagree\n",
        kinks, eps);
  if (wrong > 0)
    std::printf("\n%zu of %zu parameters have a WRONG gradient\n", wrong,
                net.named_parameters().size());
  else
    std::printf("\nevery gradient agrees with central differences\n");
  if (!options.plot.empty()) {
    plot(net, loss, options);
    std::printf("\nfigure drawn to %s\n", options.plot.c_str());
  }
  return wrong > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Checks the gradients of a network against finite differences, in float64.");
  Options options;
  describe(app, options);
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("gradient_check", [&] { return check(options); });
}
