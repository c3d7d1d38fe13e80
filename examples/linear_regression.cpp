// Linear regression as a lecture on programming gradients does it: the gradient of the loss by the
// chain rule, as the product of numerical Jacobians of its steps, beside the gradient by autograd,
// and beside both the exact solution, by linalg::lstsq. Then how many steps gradient descent
// needs with one feature and with several, as they are and normalised: it is the spread of the
// eigenvalues of the Hessian that decides. `linear_regression --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"

using namespace xgrad;

namespace {

struct Options {
  std::string data = XGRAD_EXAMPLE_DATA "/advertising.csv";
  std::vector<std::string> features;
  std::string normalize = "together";
  double lr = 0.01;
  std::size_t epochs = 100;
  std::uint64_t seed = 0;
  std::string plot;
};

void describe(CLI::App& app, Options& options) {
  app.add_option(
         "--data", options.data,
         "CSV file with a header; the last column is predicted from the others. The default "
         "is the 18 of the 200 rows of Advertising.csv that the lecture prints")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--features", options.features,
                 "Names of the columns to predict from; without it all but the last")
      ->delimiter(',');
  app.add_option("--normalize", options.normalize,
                 "Mean and deviation taken out of the features: together: those of all numbers, as "
                 "the lecture does; columns: those of each column")
      ->check(CLI::IsMember({"together", "columns"}))
      ->capture_default_str();
  app.add_option("--lr", options.lr, "Learning rate")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Steps of gradient descent, each over all rows")
      ->check(examples::between(std::size_t{1}, std::size_t{10000000}))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of the first weights")->capture_default_str();
  examples::add_plot(app, options.plot, "losses and predictions");
}

/// Features (rows, columns + 1), the last column ones, and targets (rows).
struct Data {
  std::vector<std::string> names;  ///< of the features and the target
  Tensor x, y;
};

Tensor normalized(const Tensor& features, const std::string& how) {
  if (how == "none") return features;
  if (how == "columns") return data::standardize(features);
  return reshape(data::standardize(reshape(features, {-1, 1})), {-1, features.shape()[1]});
}

/// The file's columns.
struct Table {
  std::vector<std::string> names;
  Tensor values;  ///< (rows, columns)
};

Table load(const std::string& path) {
  const Tensor values = data::load_csv(path, {.header = true, .dtype = float64});
  const Table table{data::load_csv_header(path), values};
  if (table.names.size() < 2)
    throw ValueError(str(path, ": one column; expected features and a target"));
  return table;
}

/// The last column, to be predicted from these.
Data prepare(const Table& table, const std::vector<std::string>& features,
             const std::string& normalize) {
  Data data{features, {}, select(table.values, 1, -1)};
  std::vector<Tensor> columns;
  for (const std::string& name : features) {
    const auto found = std::find(table.names.begin(), table.names.end() - 1, name);
    if (found == table.names.end() - 1)
      throw ValueError(str("--features ", name, ": expected some of ",
                           joined(std::vector(table.names.begin(), table.names.end() - 1))));
    columns.push_back(select(table.values, 1, found - table.names.begin()));
  }
  data.names.push_back(table.names.back());
  const Tensor constant = ones({table.values.size(0), 1}, {.dtype = float64});
  data.x = concatenate({normalized(stack(columns, 1), normalize), constant}, 1);
  return data;
}

Tensor mean_square_error(const Tensor& predicted, const Tensor& target) {
  return mean(square(target - predicted));
}

/// dL/dw = dL/dp · dp/dw with p = x w, each factor by central differences of step 1e-7.
Tensor gradient_by_chain_rule(const Data& data, const Tensor& w) {
  constexpr NumericalOptions step{.eps = 0.5e-7};
  const auto predict = [&](const Tensor& weights) { return matmul(data.x, weights); };
  const auto loss = [&](const Tensor& p) { return mean_square_error(p, data.y); };
  const Tensor dp_dw = numerical_jacobian(predict, w, step);
  const Tensor dl_dp = numerical_jacobian(loss, predict(w).detach(), step);
  return matmul(dl_dp, dp_dw);
}

Tensor loss_of(const Data& data, const Tensor& w) {
  return mean_square_error(matmul(data.x, w), data.y);
}

Tensor gradient_by_autograd(const Data& data, const Tensor& w) { return grad(loss_of(data, w), w); }

/// The weights that minimise the loss, those of the normal equations xᵀx w = xᵀy.
Tensor exact_weights(const Data& data) { return linalg::lstsq(data.x, data.y); }

/// What gradient descent is up to against the normal equations: with the eigenvalues of the Hessian
/// from l to h, no rate is better for all starts than 2 / (l + h), with which every step divides
/// the excess of the loss by at least ((c + 1) / (c - 1))^2, c = h / l (Polyak 1987, Introduction
/// to optimization, section 1.4).
struct Convergence {
  static constexpr double goal = 1e-6;  ///< of the excess at the start
  static constexpr std::size_t most_steps = 20000;

  double condition;  ///< c
  double rate;
  double bound;       ///< steps that suffice
  std::size_t steps;  ///< most_steps, if the goal was not reached by then
};

Convergence converge(const Data& data) {
  Tensor w = zeros({data.x.size(1)}, {.dtype = float64, .requires_grad = true});
  const auto loss = [&](const Tensor& at) { return loss_of(data, at); };
  const Tensor eigenvalues = linalg::eigvalsh(hessian(loss, w).detach());
  const double low = eigenvalues[0].item<double>(), high = eigenvalues[-1].item<double>();
  const double factor = std::pow((high - low) / (high + low), 2);
  Convergence result{high / low, 2 / (high + low),
                     std::max(1.0, std::ceil(std::log(Convergence::goal) / std::log(factor))), 0};

  const double best = loss(exact_weights(data)).item<double>();
  const double goal = best + Convergence::goal * (loss(w).item<double>() - best);
  optim::SGD sgd({w}, {.lr = result.rate});
  for (; result.steps < Convergence::most_steps; ++result.steps) {
    sgd.zero_grad();
    const Tensor now = loss(w);
    if (now.item<double>() <= goal) break;
    now.backward();
    sgd.step();
  }
  return result;
}

/// Each feature alone and all together, normalised in every way.
void compare_normalizations(const Table& table, const std::vector<std::string>& features) {
  std::printf(
      "\nsteps of gradient descent until all but 1e-6 of what the normal equations gain\n"
      "%-12s %12s %12s %10s %10s  %s\n",
      "normalised", "condition", "best rate", "steps", "at most", "features");
  std::vector<std::vector<std::string>> choices;
  for (const std::string& name : features) choices.push_back({name});
  if (features.size() > 1) choices.push_back(features);
  for (const auto& choice : choices)
    for (const std::string how : {"none", "together", "columns"}) {
      const Convergence c = converge(prepare(table, choice, how));
      const bool reached = c.steps < Convergence::most_steps;
      std::printf("%-12s %12.6g %12.3g %10s %10.0f  %s\n", how.c_str(), c.condition, c.rate,
                  str(reached ? "" : "> ", c.steps).c_str(), c.bound, joined(choice).c_str());
    }
}

double largest(const Tensor& x) { return max(abs(x)).item<double>(); }

/// One run of gradient descent.
struct Run {
  explicit Run(const Tensor& start) : w(start.detach().clone().requires_grad_()) {}

  Tensor w;
  std::vector<double> losses;  ///< before the first step and after each
};

struct Training {
  Run numerical, autograd;
  double worst = 0;  ///< largest difference of the gradients, by their size
};

/// Trains in both ways from the same weights, and prints how.
Training train(const Data& data, const Options& options) {
  const Tensor start = rand({data.x.size(1)}, {.dtype = float64});
  Training training{Run(start), Run(start)};
  const std::size_t every = std::max<std::size_t>(options.epochs / 10, 1);
  optim::SGD by_chain({training.numerical.w}, {.lr = options.lr});
  optim::SGD by_autograd({training.autograd.w}, {.lr = options.lr});

  std::printf("%6s %18s %18s %22s\n", "", "loss", "loss", "difference of the");
  std::printf("%6s %18s %18s %22s\n", "epoch", "by chain rule", "by autograd",
              "gradients, relative");
  for (std::size_t epoch = 0;; ++epoch) {
    for (Run* run : {&training.numerical, &training.autograd})
      run->losses.push_back(loss_of(data, run->w).item<double>());
    const double loss = training.autograd.losses.back();
    const double first = training.autograd.losses.front();
    if (!(loss <= 1e3 * std::max(first, 1.0)))
      throw Error(str("training diverged: the loss of epoch ", epoch, " is ", loss, ", at first ",
                      first, "; try a smaller --lr"));
    // Compared at the same weights: the two runs drift apart by what their gradients differ.
    const Tensor chain = gradient_by_chain_rule(data, training.numerical.w);
    const Tensor recorded = gradient_by_autograd(data, training.numerical.w);
    const double difference = largest(chain - recorded) / std::max(1.0, largest(recorded));
    training.worst = std::max(training.worst, difference);
    if (epoch % every == 0 || epoch == options.epochs)
      std::printf("%6zu %18.12g %18.12g %22.1e\n", epoch, training.numerical.losses.back(), loss,
                  difference);
    if (epoch == options.epochs) return training;

    training.numerical.w.set_grad(chain);
    by_chain.step();
    training.autograd.w.set_grad(gradient_by_autograd(data, training.autograd.w));
    by_autograd.step();
  }
}

void print_weights(const Data& data, const Training& training, const Tensor& exact) {
  std::printf("\n%-14s %18s %18s %18s\n", "weight of", "by chain rule", "by autograd",
              "exact solution");
  const auto numbers = [](const Tensor& w) { return w.to_vector<double>(); };
  const std::vector<double> chain = numbers(training.numerical.w),
                            autograd = numbers(training.autograd.w), best = numbers(exact);
  for (std::size_t i = 0; i < best.size(); ++i)
    std::printf("%-14s %18.12g %18.12g %18.12g\n",
                i + 1 < best.size() ? data.names[i].c_str() : "(constant)", chain[i], autograd[i],
                best[i]);
  const auto error = [&](const Tensor& w) {
    return mean(abs(matmul(data.x, w) - data.y)).item<double>();
  };
  std::printf(
      "%-14s %18.12g %18.12g %18.12g\n", "loss", loss_of(data, training.numerical.w).item<double>(),
      loss_of(data, training.autograd.w).item<double>(), loss_of(data, exact).item<double>());
  std::printf("%-14s %18.12g %18.12g %18.12g\n", "mean |error|", error(training.numerical.w),
              error(training.autograd.w), error(exact));
}

void plot(const Data& data, const Training& training, const Tensor& exact,
          const std::string& path) {
  const auto curve = [](const std::vector<double>& values) {
    std::vector<examples::Point> points;
    for (const double value : values) points.push_back({static_cast<double>(points.size()), value});
    return points;
  };
  // One feature is drawn with the lines through it, several as predictions beside the truth.
  const bool one = data.names.size() == 2;
  const Tensor across = one ? select(data.x, 1, 0) : data.y;
  const auto against = [&](const Tensor& values) {
    const std::vector<double> x = across.to_vector<double>(), y = values.to_vector<double>();
    std::vector<examples::Point> points;
    for (std::size_t i = 0; i < x.size(); ++i) points.push_back({x[i], y[i]});
    return points;
  };
  const auto predictions = [&](const Tensor& w) { return against(matmul(data.x, w)); };
  const double low = min(data.y).item<double>(), high = max(data.y).item<double>();
  const double best = loss_of(data, exact).item<double>();
  const double last = static_cast<double>(training.autograd.losses.size() - 1);
  const examples::Chart losses{
      .title = "Loss",
      .x_label = "epoch",
      .y_label = "mean square error",
      .series = {{"autograd", curve(training.autograd.losses)},
                 {"chain rule, numerical Jacobians", curve(training.numerical.losses),
                  examples::Style::dashes},
                 {"exact solution", {{0, best}, {last, best}}}},
      .log_y = true};
  examples::Chart fit{.title = "Predictions",
                      .x_label = one ? data.names.front() + " (normalised)" : data.names.back(),
                      .y_label = one ? data.names.back() : "predicted",
                      .series = {{"gradient descent", predictions(training.autograd.w),
                                  one ? examples::Style::line : examples::Style::points},
                                 {"exact solution", predictions(exact),
                                  one ? examples::Style::dashes : examples::Style::points}}};
  if (one)
    fit.series.push_back({"rows", against(data.y), examples::Style::points});
  else
    fit.series.push_back({"no error", {{low, low}, {high, high}}, examples::Style::dashes});
  examples::draw("Linear regression", {losses, fit}, path);
}

int run(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  manual_seed(options.seed);
  const Table table = load(options.data);
  const std::vector<std::string> features =
      options.features.empty() ? std::vector(table.names.begin(), table.names.end() - 1)
                               : options.features;
  const Data data = prepare(table, features, options.normalize);
  std::printf("%s: %zu rows, %zu features\n\n", data.names.back().c_str(), data.x.size(0),
              data.x.size(1) - 1);
  const Training training = train(data, options);
  const Tensor exact = exact_weights(data);
  print_weights(data, training, exact);
  compare_normalizations(table, features);

  constexpr double tolerance = 1e-6;  // of differences of step 1e-7 in float64
  const bool good = training.worst <= tolerance;
  std::printf("\nthe gradients of the chain rule %s those of autograd: relative difference %.1e\n",
              good ? "agree with" : "DIFFER from", training.worst);
  if (!options.plot.empty()) {
    plot(data, training, exact, options.plot);
    std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Linear regression with gradients by numerical Jacobians and by autograd.",
               "linear_regression");
  describe(app, options);
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("linear_regression", [&] { return run(options); });
}
