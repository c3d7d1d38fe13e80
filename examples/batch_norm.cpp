// A deep network trained with and without batch normalisation (Ioffe & Szegedy 2015), from weights
// of several scales and at several learning rates. Shows that without it a deep network learns only
// where scale and rate are right, since every layer multiplies what comes through it by a factor;
// with it, where they are off by a factor of 10 too. `batch_norm --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/classifier.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/learning_curves.hpp"

using namespace xgrad;
using examples::History;

namespace {

struct Options {
  std::string data = examples::fashion_mnist;
  std::size_t limit = 5000;
  double validation_split = 0.2;
  std::size_t depth = 15;
  std::size_t width = 50;
  std::vector<double> scales{0.3, 1, 3};
  std::vector<double> rates{0.01, 0.1, 1};
  std::size_t epochs = 10;
  std::size_t batch_size = 100;
  std::uint64_t seed = 0;
  std::string plot;
};

void describe(CLI::App& app, Options& options) {
  examples::add_idx_data(app, options.data);
  examples::add_training_images(app, options.limit, options.validation_split);
  app.add_option("--depth", options.depth, "Number of hidden layers")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--width", options.width, "Their width")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--scales", options.scales,
                 "Standard deviations of the initial weights, in those of He et al. (2015), "
                 "sqrt(2 / inputs), by which ReLU layers neither enlarge nor shrink")
      ->delimiter(',')
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--rates", options.rates, "Learning rates of SGD")
      ->delimiter(',')
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Passes over the training images")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "Images of one step")
      ->check(examples::between(2, 100000))
      ->capture_default_str();
  examples::add_seed(app, options.seed);
  examples::add_plot(app, options.plot, "the curves");
}

examples::Mlp make_net(const Options& options, std::size_t pixels, double scale, bool batch_norm) {
  std::vector<std::size_t> widths(options.depth + 2, options.width);
  widths.front() = pixels;
  widths.back() = examples::classes;
  examples::Mlp net(widths, {.batch_norm = batch_norm});
  for (nn::Linear& layer : net.layers) {
    nn::init::kaiming_normal_(layer.weight);
    NoGrad guard;
    layer.weight.mul_(scale);
    nn::init::zeros_(layer.bias);
  }
  return net;
}

/// A training, and what came of it: scores after each epoch until it ended or diverged.
struct Run {
  double scale;
  double rate;
  bool batch_norm;
  History history;
  bool diverged = false;
};

Run run_one(Run run, const examples::ClassifierData& data, const Options& options) {
  // Weights and the order of the images come from the generator: seeded again, they are the same.
  manual_seed(options.seed);
  examples::Mlp net = make_net(options, data.pixels(), run.scale, run.batch_norm);
  optim::SGD sgd(net.parameters(), {.lr = run.rate});
  const auto remember = [&](const History& history) {
    run.history = history;
    return false;
  };
  try {
    run.history = examples::train(net, sgd, data,
                                  {.batch_size = options.batch_size,
                                   .epochs = options.epochs,
                                   .after_epoch = remember,
                                   .quiet = true});
  } catch (const examples::TrainingDiverged&) {
    run.diverged = true;
  }
  return run;
}

std::string outcome(const Run& run) {
  if (run.diverged) return "diverged";
  char text[64];
  std::snprintf(text, sizeof text, "%.4f %6.2f %%", run.history.train.back().loss,
                100 * run.history.validation.back().accuracy);
  return text;
}

/// Above the runs without batch normalisation, below those with it; a chart for each scale.
void plot(const std::vector<Run>& runs, const Options& options) {
  std::vector<examples::Chart> charts;
  for (const bool batch_norm : {false, true})
    for (const double scale : options.scales) {
      examples::Chart chart{
          .title = str(batch_norm ? "With" : "Without", " batch normalisation, scale ", scale),
          .x_label = "epoch",
          .y_label = "training loss",
          .series = {},
          .whole_x = true,
          .x = {{1, static_cast<double>(options.epochs) + 0.1}},
          .y = {{0, 3}}};
      for (const Run& run : runs) {
        if (run.batch_norm != batch_norm || run.scale != scale) continue;
        const std::string rate = str("learning rate ", run.rate);
        chart.series.push_back({rate,
                                examples::by_epoch(run.history.train, &examples::Score::loss, 1),
                                examples::Style::line_and_points});
        const auto is_above = [&](const examples::Score& score) {
          return score.loss > chart.y->high;
        };
        if (run.diverged)
          chart.notes.push_back(rate + ": diverged");
        else if (std::ranges::all_of(run.history.train, is_above))
          chart.notes.push_back(str(rate, ": loss above ", chart.y->high));
      }
      charts.push_back(chart);
    }
  examples::draw(str(options.depth, " hidden layers, initial weights scaled"), charts, options.plot,
                 options.scales.size());
}

int compare(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  manual_seed(options.seed);
  const examples::ClassifierData data =
      examples::load_classifier_data(options.data, options.validation_split, options.limit);
  std::printf("%zu hidden layers of %zu; %zu training and %zu validation images, %zu epochs\n",
              options.depth, options.width, data.train.size(), data.validation->size(),
              options.epochs);
  std::printf("the loss of the last epoch and the accuracy on the validation images:\n\n");
  for (const auto& [first, second, third, fourth] :
       {std::array{"weights", "learning", "without", "with"},
        std::array{"scaled", "rate", "batch normalisation", "batch normalisation"}})
    std::printf("%8s %9s  %-20s  %s\n", first, second, third, fourth);
  std::vector<Run> runs;
  for (const double scale : options.scales)
    for (const double rate : options.rates) {
      std::printf("%8g %9g", scale, rate);
      for (const bool batch_norm : {false, true}) {
        runs.push_back(run_one({scale, rate, batch_norm, {}}, data, options));
        if (runs.back().history.interrupted) {
          std::printf("  interrupted\n");
          return examples::status_interrupted();
        }
        std::printf(batch_norm ? "  %s\n" : "  %-20s", outcome(runs.back()).c_str());
        std::fflush(stdout);
      }
    }
  if (!options.plot.empty()) {
    plot(runs, options);
    std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("A deep network with and without batch normalisation.", "batch_norm");
  describe(app, options);
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("batch_norm", [&] { return compare(options); });
}
