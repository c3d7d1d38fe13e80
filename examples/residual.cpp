// A residual network (He, Zhang, Ren & Sun 2016) against the same network without its shortcuts:
// the curves of both while they train. `residual --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/image_networks.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/learning_curves.hpp"

using namespace xgrad;

namespace {

struct Options {
  std::string data = examples::fashion_mnist;
  std::size_t limit = 10000;
  double validation_split = 0.2;
  std::size_t blocks = 3;
  std::size_t channels = 8;
  double lr = 0.1;
  std::size_t epochs = 5;
  std::size_t batch_size = 64;
  std::size_t threads = num_threads();
  std::uint64_t seed = 0;
  std::string plot;
};

void describe(CLI::App& app, Options& options) {
  examples::add_idx_data(app, options.data);
  examples::add_training_images(app, options.limit, options.validation_split);
  const CLI::Validator at_least_one = examples::between(std::size_t{1}, std::size_t{1000});
  app.add_option("--blocks", options.blocks,
                 "Blocks of two layers in each of the three stages: 6 blocks + 2 layers in all")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--channels", options.channels, "Channels of the first stage")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--lr", options.lr,
                 "Learning rate of SGD with momentum 0.9, at the top of one cycle")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Passes over the training images")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "Images of one step")
      ->check(examples::between(2, 100000))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads to compute with")
      ->check(at_least_one)
      ->capture_default_str();
  examples::add_seed(app, options.seed);
  examples::add_plot(app, options.plot, "the curves");
}

examples::Training train(const std::string& title, bool shortcuts,
                         const examples::ClassifierData& data, const Options& options) {
  // Weights and the order of the images come from the generator: seeded again, they are the same.
  manual_seed(options.seed);
  examples::ResNet net(
      {.blocks = options.blocks, .channels = options.channels, .shortcuts = shortcuts});
  std::printf("%s: %zu parameters\n", title.c_str(), net.num_parameters());
  optim::SGD sgd(net.parameters(), {.lr = options.lr, .momentum = 0.9, .weight_decay = 1e-4});
  const std::size_t batches = (data.train.size() + options.batch_size - 1) / options.batch_size;
  optim::OneCycleLR schedule(
      sgd,
      {.max_lr = options.lr, .total_steps = static_cast<std::int64_t>(options.epochs * batches)});
  return {title, examples::train(net, sgd, data,
                                 {.batch_size = options.batch_size,
                                  .epochs = options.epochs,
                                  .scheduler = &schedule})};
}

int run(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  set_num_threads(options.threads);
  manual_seed(options.seed);
  const examples::ClassifierData data =
      examples::load_classifier_data(options.data, options.validation_split, options.limit);
  const std::string layers = str(6 * options.blocks + 2, " layers");
  std::vector<examples::Training> trainings;
  for (const bool shortcuts : {true, false}) {
    trainings.push_back(train(str(layers, shortcuts ? ", residual" : ", without shortcuts"),
                              shortcuts, data, options));
    if (trainings.back().history.interrupted) return examples::status_interrupted();
  }
  std::printf("\n%-28s %13s %17s\n", "", "training loss", "validation, %");
  for (const auto& [title, history] : trainings)
    std::printf("%-28s %13.4f %17.2f\n", title.c_str(), history.train.back().loss,
                100 * history.validation.back().accuracy);
  if (!options.plot.empty()) {
    examples::draw(str("Networks of ", layers, ", with and without shortcuts"),
                   examples::learning_curves(trainings), options.plot, 2);
    std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a residual network and the same network without its shortcuts.", "residual");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("residual", [&] { return run(options); });
}
