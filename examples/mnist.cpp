// Trains a network that tells the classes of MNIST or of Fashion-MNIST apart, and says how well it
// does on images it has not seen. `mnist --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/message.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/figure.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/output_file.hpp"
#include "examples/support/progress.hpp"

using namespace xgrad;
using examples::Score;

namespace {

constexpr std::size_t classes = 10;
constexpr const char* fashion_mnist = "/usr/share/datasets/fashion-mnist";
constexpr int status_interrupted = 130;  // 128 + SIGINT, as shells have it

struct Options {
  std::string data = fashion_mnist;
  std::string model = "mlp";
  std::vector<std::size_t> hidden{100, 100, 50};
  std::string optimizer = "adam";
  std::optional<double> lr;
  std::size_t batch_size = 64;
  std::size_t epochs = 10;
  double validation_split = 0.1;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  std::string save;
  std::string load;
  std::string plot;
  bool quiet = false;
};

void describe(CLI::App& app, Options& options) {
  app.add_option("--data", options.data, "Directory with the four IDX files, plain or .gz")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--model", options.model,
                 "mlp: linear layers with ReLU between them; softmax: one linear layer")
      ->check(CLI::IsMember({"mlp", "softmax"}))
      ->capture_default_str();
  app.add_option("--hidden", options.hidden, "Widths of the hidden layers of an mlp")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--optimizer", options.optimizer, "sgd, momentum or nesterov (both 0.9), or adam")
      ->check(CLI::IsMember({"sgd", "momentum", "nesterov", "adam"}))
      ->capture_default_str();
  app.add_option("--lr", options.lr,
                 "Learning rate; without it 0.001 for adam, 0.1 for sgd, 0.02 for the others")
      ->check(CLI::PositiveNumber);
  app.add_option("--batch-size", options.batch_size, "Images of one step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Passes over the training set; 0 only evaluates")
      ->capture_default_str();
  app.add_option("--validation-split", options.validation_split,
                 "Share of the training set that is held out and evaluated after every epoch")
      ->check(CLI::Range(0.0, 0.99))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  app.add_option("--threads", options.threads, "Threads to compute with")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--save", options.save, "Write the trained network here, as safetensors")
      ->type_name("FILE");
  app.add_option("--load", options.load, "Start from the network that --save wrote here")
      ->type_name("FILE");
  app.add_option("--plot", options.plot,
                 "Draw learning curves and misclassified images here, .svg or .png (gnuplot)")
      ->type_name("FILE");
  app.add_flag("--quiet", options.quiet, "Print nothing but the test loss and accuracy");
  app.footer("Ctrl-C ends training after the batch: --save is written and the status is 130.");
}

/// Linear layers with ReLU between them. Without hidden layers it is softmax regression.
struct Mlp : nn::Module {
  std::vector<nn::Linear> layers;
  XGRAD_FIELDS(layers)

  explicit Mlp(const std::vector<std::size_t>& widths) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
      layers.emplace_back(widths[i], widths[i + 1]);
  }

  Tensor forward(const Tensor& images) override {
    Tensor x = layers[0](images);
    for (std::size_t i = 1; i < layers.size(); ++i) x = layers[i](relu(x));
    return x;
  }
};

/// "784-100-10"
std::string architecture(const Mlp& net) {
  std::string text = std::to_string(net.layers.front().weight.size(1));
  for (const nn::Linear& layer : net.layers) text += "-" + std::to_string(layer.weight.size(0));
  return text;
}

std::unique_ptr<optim::Optimizer> make_optimizer(const Options& options, const Mlp& net) {
  if (options.optimizer == "adam")
    return std::make_unique<optim::Adam>(net.parameters(),
                                         optim::AdamOptions{.lr = options.lr.value_or(1e-3)});
  const bool plain = options.optimizer == "sgd";
  return std::make_unique<optim::SGD>(
      net.parameters(), optim::SGDOptions{.lr = options.lr.value_or(plain ? 0.1 : 0.02),
                                          .momentum = plain ? 0.0 : 0.9,
                                          .nesterov = options.optimizer == "nesterov"});
}

struct Data {
  data::TensorDataset train;
  std::optional<data::TensorDataset> validation;
  data::TensorDataset test;

  std::size_t height() const { return test.features.size(1); }
  std::size_t width() const { return test.features.size(2); }
};

Data load_data(const Options& options) {
  if (options.data == fashion_mnist && !std::filesystem::exists(fashion_mnist))
    throw IoError(message(fashion_mnist,
                          " is missing: install Fashion-MNIST (apt-get install "
                          "dataset-fashion-mnist) or name another data set with --data"));
  const data::TensorDataset train = data::load_mnist(options.data, data::Split::train);
  const data::TensorDataset test = data::load_mnist(options.data, data::Split::test);
  const Shape trained = train.features.shape();
  const Shape tested = test.features.shape();
  if (trained[1] != tested[1] || trained[2] != tested[2] || trained.numel() == 0 ||
      tested.numel() == 0)
    throw ValueError(message(options.data, ": training images ", trained, " and test images ",
                             tested, ": expected some of each, of one size"));
  if (options.validation_split == 0) return {train, std::nullopt, test};
  const auto parts = data::train_test_split(train, options.validation_split);
  return {parts.train, parts.test, test};
}

/// The network's logits (N, classes) for all images of a data set.
Tensor predict(Mlp& net, const data::TensorDataset& dataset) {
  NoGrad guard;
  std::vector<Tensor> logits;
  for (auto& [images, labels] : data::DataLoader(dataset, {.batch_size = 1000}))
    logits.push_back(net(images));
  return concatenate(logits);
}

Score score(const Tensor& logits, const Tensor& labels) {
  return {nn::cross_entropy(logits, labels).item<double>(), nn::accuracy(logits, labels)};
}

/// What training leaves behind for the figure.
struct History {
  std::vector<Score> train;
  std::vector<Score> validation;
  bool interrupted = false;
};

History train(Mlp& net, const Data& data, const Options& options) {
  const examples::InterruptGuard interrupt;
  const auto optimizer = make_optimizer(options, net);
  const data::DataLoader batches(data.train, {.batch_size = options.batch_size, .shuffle = true});
  History history;

  for (std::size_t epoch = 1; epoch <= options.epochs; ++epoch) {
    examples::EpochProgress progress(epoch, options.epochs, batches.size(), options.quiet);
    for (auto& [images, labels] : batches) {
      optimizer->zero_grad();
      const Tensor logits = net(images);
      const Tensor loss = nn::cross_entropy(logits, labels);
      loss.backward();
      optimizer->step();

      progress.add(labels.numel(), {loss.item<double>(), nn::accuracy(logits, labels)});
      history.interrupted = interrupt.requested();
      if (history.interrupted) return history;
    }
    if (!std::isfinite(progress.mean().loss))
      throw Error(message("training diverged: the loss of epoch ", epoch, " is ",
                          progress.mean().loss, "; try a smaller --lr"));
    history.train.push_back(progress.mean());
    std::optional<Score> validation;
    if (data.validation) {
      validation = score(predict(net, *data.validation), data.validation->labels);
      history.validation.push_back(*validation);
    }
    progress.finish(validation);
  }
  return history;
}

std::vector<std::string> class_names(const Options& options) {
  if (options.data == fashion_mnist)
    return {"T-shirt", "Trouser", "Pullover", "Dress", "Coat",
            "Sandal",  "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
}

void print_confusion(const Tensor& logits, const Tensor& labels,
                     const std::vector<std::string>& names) {
  const std::vector<int> counts = nn::confusion_matrix(logits, labels, classes).to_vector<int>();
  std::printf("confusion matrix (rows: true class, columns: predicted class)\n%10s", "");
  for (const std::string& name : names) std::printf(" %10s", name.c_str());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (i % classes == 0) std::printf("\n%10s", names[i / classes].c_str());
    std::printf(" %10d", counts[i]);
  }
  std::printf("\n");
}

examples::Panel curves(const std::string& title, const History& history, double Score::*part,
                       double unit) {
  const auto values = [&](const std::vector<Score>& scores) {
    std::vector<double> result;
    for (const Score& s : scores) result.push_back(s.*part * unit);
    return result;
  };
  examples::Panel panel{title, "epoch", {{"training", values(history.train)}}};
  if (!history.validation.empty())
    panel.curves.push_back({"validation", values(history.validation)});
  return panel;
}

void plot(const Mlp& net, const History& history, const Data& data, const Tensor& logits,
          const Options& options) {
  constexpr std::size_t most_tiles = 3 * examples::tile_columns;
  const std::vector<std::string> names = class_names(options);
  const std::vector<std::size_t> predicted = argmax(logits, 1).to_vector<std::size_t>();
  const std::vector<std::size_t> truth = data.test.labels.to_vector<std::size_t>();

  examples::Figure figure;
  figure.title = message(architecture(net), ", test accuracy ",
                         100 * score(logits, data.test.labels).accuracy, " %");
  if (!history.train.empty())
    figure.panels = {curves("Loss", history, &Score::loss, 1),
                     curves("Accuracy (%)", history, &Score::accuracy, 100)};
  for (std::size_t i = 0; i < truth.size() && figure.tiles.size() < most_tiles; ++i)
    if (predicted[i] != truth[i])
      figure.tiles.push_back({select(data.test.features, 0, static_cast<std::int64_t>(i)),
                              names[predicted[i]], names[truth[i]]});
  figure.tiles_title = figure.tiles.empty()
                           ? "No test image is misclassified"
                           : "Misclassified test images: predicted class (red), true class (green)";
  examples::draw(figure, options.plot);
}

int run(const Options& options) {
  if (!options.save.empty()) examples::check_writable("--save", options.save);
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  set_num_threads(options.threads);
  manual_seed(options.seed);

  const Data data = load_data(options);
  std::vector<std::size_t> widths{data.height() * data.width()};
  if (options.model == "mlp")
    widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(classes);
  Mlp net(widths);
  if (!options.load.empty()) nn::load(net, options.load);
  if (!options.quiet)
    std::printf("%s: %zu parameters; %zu training, %zu validation and %zu test images\n",
                architecture(net).c_str(), net.num_parameters(), data.train.size(),
                data.validation ? data.validation->size() : 0, data.test.size());

  const History history = train(net, data, options);
  if (history.interrupted) std::printf("interrupted in epoch %zu\n", history.train.size() + 1);
  if (!options.save.empty()) {
    nn::save(net, options.save);
    if (!options.quiet) std::printf("network saved to %s\n", options.save.c_str());
  }
  if (history.interrupted) return status_interrupted;

  const Tensor logits = predict(net, data.test);
  const Score result = score(logits, data.test.labels);
  std::printf("test loss: %.4f\ntest accuracy: %.2f %%\n", result.loss, 100 * result.accuracy);
  if (!options.quiet) print_confusion(logits, data.test.labels, class_names(options));
  if (!options.plot.empty()) {
    plot(net, history, data, logits, options);
    if (!options.quiet) std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a network on MNIST or Fashion-MNIST and tests it.", "mnist");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("mnist", [&] { return run(options); });
}
