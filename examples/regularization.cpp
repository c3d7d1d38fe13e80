// A network that is far too large for a small sample of images, trained without regularisation,
// with an L2 penalty on its weights, with dropout, with early stopping, and with all three. Shows
// overfitting, the loss on the training images falling on while that on other images rises, and
// what each of them does against it. `regularization --help` lists what it takes.

#include <CLI/CLI.hpp>
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
#include "training/best_checkpoint.hpp"
#include "training/early_stopping.hpp"

using namespace xgrad;
using examples::History;
using examples::Score;

namespace {

struct Options {
  std::string data = examples::fashion_mnist;
  std::size_t limit = 4000;
  double validation_split = 0.75;
  std::vector<std::size_t> hidden{256, 256};
  std::size_t epochs = 60;
  std::size_t batch_size = 50;
  double lr = 1e-3;
  double weight_decay = 2e-3;
  double dropout = 0.5;
  std::int64_t patience = 5;
  std::uint64_t seed = 0;
  std::string plot;
};

void describe(CLI::App& app, Options& options) {
  examples::add_idx_data(app, options.data);
  examples::add_training_images(app, options.limit, options.validation_split);
  app.add_option("--hidden", options.hidden, "Widths of the hidden layers")
      ->delimiter(',')
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Passes over the training images, at most")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "Images of one step")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--lr", options.lr, "Learning rate of Adam")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--weight-decay", options.weight_decay, "L2 penalty on the weights")
      ->check(examples::not_negative)
      ->capture_default_str();
  app.add_option("--dropout", options.dropout, "Probability by which hidden activations are zeroed")
      ->check(examples::between(0.0, 0.99))
      ->capture_default_str();
  app.add_option("--patience", options.patience,
                 "Early stopping ends after so many epochs without a lower validation loss, and "
                 "goes back to the best")
      ->check(examples::positive)
      ->capture_default_str();
  examples::add_seed(app, options.seed);
  examples::add_plot(app, options.plot, "the curves");
}

/// Which of the three are used.
struct Method {
  std::string name;
  bool weight_decay = false;
  bool dropout = false;
  bool early_stopping = false;
};

const std::vector<Method> methods = {
    {.name = "none"},
    {.name = "L2 penalty", .weight_decay = true},
    {.name = "dropout", .dropout = true},
    {.name = "early stopping", .early_stopping = true},
    {.name = "all three", .weight_decay = true, .dropout = true, .early_stopping = true}};

/// What training with a method gives. All scores are of the whole network: no dropout.
struct Run {
  std::string method;
  History history;  ///< after each epoch
  Score train, validation, test;
};

Run run_one(const Method& method, const examples::ClassifierData& data, const Options& options) {
  // Weights and the order of the images come from the generator: seeded again, they are the same.
  manual_seed(options.seed);
  std::vector<std::size_t> widths{data.pixels()};
  widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(examples::classes);
  examples::Mlp net(widths, {.dropout = method.dropout ? options.dropout : 0});
  optim::Adam adam(
      net.parameters(),
      {.lr = options.lr, .weight_decay = method.weight_decay ? options.weight_decay : 0});

  const auto score = [&](const data::TensorDataset& dataset) {
    return examples::score(examples::predict(net, dataset), dataset.labels);
  };
  Run run{method.name, {}, {}, {}, {}};
  training::EarlyStopping stopping({.patience = options.patience});
  training::BestCheckpoint best(net);
  const auto after_epoch = [&](const History& history) {
    run.history.train.push_back(score(data.train));
    if (!method.early_stopping) return false;
    best.step(history.validation.back().loss);
    return stopping.step(history.validation.back().loss);
  };
  const History history = examples::train(net, adam, data,
                                          {.batch_size = options.batch_size,
                                           .epochs = options.epochs,
                                           .after_epoch = after_epoch,
                                           .quiet = true});
  run.history.validation = history.validation;
  run.history.interrupted = history.interrupted;
  if (history.interrupted) return run;
  if (method.early_stopping) best.restore();
  run.train = score(data.train);
  run.validation = score(*data.validation);
  run.test = score(data.test);
  return run;
}

void print_heading() {
  std::printf("%-16s %6s", "", "");
  for (const char* part : {"training", "validation", "test"}) std::printf("  %20s", part);
  std::printf("\n%-16s %6s", "regularisation", "epochs");
  for (int part = 0; part < 3; ++part) std::printf("  %9s %10s", "loss", "accuracy");
  std::printf("\n");
}

void print(const Run& run) {
  std::printf("%-16s %6zu", run.method.c_str(), run.history.validation.size());
  for (const Score& s : {run.train, run.validation, run.test})
    std::printf("  %9.4f %8.2f %%", s.loss, 100 * s.accuracy);
  std::printf("\n");
  std::fflush(stdout);
}

int compare(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  manual_seed(options.seed);
  const examples::ClassifierData data =
      examples::load_classifier_data(options.data, options.validation_split, options.limit);
  std::printf("%zu training, %zu validation and %zu test images; L2 penalty %g, dropout %g\n",
              data.train.size(), data.validation->size(), data.test.size(), options.weight_decay,
              options.dropout);
  print_heading();
  std::vector<Run> runs;
  for (const Method& method : methods) {
    runs.push_back(run_one(method, data, options));
    if (runs.back().history.interrupted) {
      std::printf("interrupted\n");
      return examples::status_interrupted();
    }
    print(runs.back());
  }
  if (!options.plot.empty()) {
    std::vector<examples::Training> trainings;
    for (const Run& run : runs) trainings.push_back({run.method, run.history});
    examples::draw(str("A network too large for ", data.train.size(), " images"),
                   examples::learning_curves(trainings), options.plot, 2);
    std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Regularisation against overfitting on a small sample.", "regularization");
  describe(app, options);
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("regularization", [&] { return compare(options); });
}
