// Trains one network with several optimizers, from the same weights and on the same batches, and
// compares how they do. `optimizer_comparison --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/classifier.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/learning_curves.hpp"
#include "examples/support/optimizers.hpp"

using namespace xgrad;
using examples::Score;

namespace {

// Rates with which each learns both MNIST and Fashion-MNIST; not the best of each, and not tuned
// alike: the table shows how they go about it, it does not rank them.
const std::map<std::string, double> usual_rates = {
    {"sgd", 0.2},      {"momentum", 0.1}, {"nesterov", 0.1}, {"asgd", 0.2},  {"rprop", 1e-4},
    {"adagrad", 0.01}, {"adadelta", 1},   {"rmsprop", 1e-3}, {"adam", 1e-3}, {"adamw", 1e-3},
    {"adamax", 2e-3},  {"nadam", 1e-3},   {"radam", 1e-3}};

struct Options {
  std::string data = examples::fashion_mnist;
  std::vector<std::size_t> hidden{100, 100, 50};
  std::vector<std::string> optimizers{"sgd",  "momentum", "nesterov", "rmsprop",
                                      "adam", "adagrad",  "nadam"};
  std::vector<std::string> rates;
  std::size_t batch_size = 500;
  std::size_t epochs = 10;
  double validation_split = 0.5;
  std::size_t limit = 0;
  std::uint64_t seed = 0;
  std::string plot;
  bool quiet = false;
};

void describe(CLI::App& app, Options& options) {
  std::vector<std::string> names;
  for (const auto& [name, rate] : usual_rates) names.push_back(name);
  examples::add_idx_data(app, options.data);
  app.add_option("--hidden", options.hidden, "Widths of the hidden layers")
      ->delimiter(',')
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--optimizers", options.optimizers, "Which to compare")
      ->delimiter(',')
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  app.add_option("--lr", options.rates, "Learning rates other than the usual: sgd=0.05,adam=0.01")
      ->type_name("NAME=RATE")
      ->delimiter(',');
  app.add_option("--batch-size", options.batch_size, "Images of one step")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Passes over the training set")
      ->check(examples::positive)
      ->capture_default_str();
  examples::add_training_images(app, options.limit, options.validation_split);
  examples::add_seed(app, options.seed);
  examples::add_plot(app, options.plot, "the curves");
  app.add_flag("--quiet", options.quiet, "Print nothing but the table");
}

/// The usual rates, changed as --lr says.
std::map<std::string, double> rates(const Options& options) {
  std::map<std::string, double> result = usual_rates;
  for (const std::string& text : options.rates) {
    const std::size_t equals = text.find('=');
    const auto rate = result.find(text.substr(0, equals));
    double value = 0;
    if (rate == result.end() || equals == std::string::npos ||
        !CLI::detail::lexical_cast(text.substr(equals + 1), value) || !(value > 0))
      throw ValueError(str("--lr ", text,
                           ": expected the name of an optimizer, = and a "
                           "positive number, as in adam=0.01"));
    if (std::ranges::find(options.optimizers, rate->first) == options.optimizers.end())
      throw ValueError(str("--lr ", text, ": ", rate->first, " is not among --optimizers"));
    rate->second = value;
  }
  return result;
}

/// What training with one optimizer gives.
struct Run {
  std::string optimizer;
  double lr = 0;
  examples::History history;
  Score test;
  double seconds = 0;
};

Run run_one(const std::string& name, double lr, const examples::ClassifierData& data,
            const Options& options) {
  using Clock = std::chrono::steady_clock;
  // Weights and the order of the batches come from the generator: seeded again, they are the same.
  manual_seed(options.seed);
  std::vector<std::size_t> widths{data.pixels()};
  widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(examples::classes);
  examples::Mlp net(widths);
  const auto optimizer = examples::make_optimizer(name, net.parameters(), lr);

  if (!options.quiet) std::printf("%s, learning rate %g\n", name.c_str(), lr);
  const Clock::time_point start = Clock::now();
  Run run{name, lr, {}, {}, 0};
  run.history = examples::train(
      net, *optimizer, data,
      {.batch_size = options.batch_size, .epochs = options.epochs, .quiet = options.quiet});
  run.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (!run.history.interrupted)
    run.test = examples::score(examples::predict(net, data.test), data.test.labels);
  return run;
}

void print(const std::vector<Run>& runs) {
  std::printf("%-10s %8s  %20s  %20s  %20s  %8s\n%-10s %8s", "", "learning", "training",
              "validation", "test", "time", "optimizer", "rate");
  for (int part = 0; part < 3; ++part) std::printf("  %9s %10s", "loss", "accuracy");
  std::printf("\n");
  for (const Run& run : runs) {
    std::printf("%-10s %8g", run.optimizer.c_str(), run.lr);
    for (const Score& s : {run.history.train.back(), run.history.validation.back(), run.test})
      std::printf("  %9.4f %8.2f %%", s.loss, 100 * s.accuracy);
    std::printf("  %6.1f s\n", run.seconds);
  }
}

void plot(const std::vector<Run>& runs, const examples::ClassifierData& data,
          const Options& options) {
  std::vector<examples::Training> trainings;
  for (const Run& run : runs) trainings.push_back({str(run.optimizer, ", ", run.lr), run.history});
  examples::draw(str("Optimizers compared on ", data.train.size(), " images, batches of ",
                     options.batch_size, " (beside each its learning rate)"),
                 examples::learning_curves(trainings), options.plot, 2);
}

int compare(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  const std::map<std::string, double> lr = rates(options);
  manual_seed(options.seed);
  const examples::ClassifierData data =
      examples::load_classifier_data(options.data, options.validation_split, options.limit);
  if (!options.quiet)
    std::printf("%zu training, %zu validation and %zu test images, batches of %zu\n",
                data.train.size(), data.validation->size(), data.test.size(), options.batch_size);

  std::vector<Run> runs;
  for (const std::string& name : options.optimizers) {
    runs.push_back(run_one(name, lr.at(name), data, options));
    if (runs.back().history.interrupted) {
      std::printf("interrupted\n");
      return examples::status_interrupted();
    }
  }
  print(runs);
  if (!options.plot.empty()) plot(runs, data, options);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Compares optimizers on MNIST or Fashion-MNIST.", "optimizer_comparison");
  describe(app, options);
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("optimizer_comparison", [&] { return compare(options); });
}
