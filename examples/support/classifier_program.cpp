#include "examples/support/classifier_program.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <xgrad.hpp>
#ifdef XGRAD_DISTRIBUTED
#include "distributed/communicator.hpp"
#endif

#include "autograd/support/str.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/figure.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/image_networks.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/optimizers.hpp"

namespace xgrad::examples {
namespace {

/// Options that not all networks have, and which do.
const std::vector<std::pair<std::string, std::vector<std::string>>> options_of_models = {
    {"--hidden", {"mlp", "bn"}},
    {"--channels", {"lenet", "resnet"}},
    {"--batch-norm", {"lenet"}},
    {"--dropout", {"mlp", "bn", "lenet"}}};

bool takes(const std::string& model, const std::string& option) {
  const auto found =
      std::ranges::find(options_of_models, option, [](const auto& each) { return each.first; });
  return std::ranges::find(found->second, model) != found->second.end();
}

/// The processes that share the training, of which this one is `rank`: those of mpirun with
/// --distributed, else this one alone.
class Ranks {
 public:
  explicit Ranks(const ClassifierOptions& options) : seed_(options.seed) {
    if (!options.distributed) return;
#ifdef XGRAD_DISTRIBUTED
    communicator_.emplace();
    rank = communicator_->rank();
    size = communicator_->size();
    if (options.batch_size % size != 0)
      throw ValueError(str("--batch-size ", options.batch_size, " cannot be shared by ", size,
                           " processes; expected a multiple"));
#else
    throw Error("--distributed: xgrad was built without MPI (apt-get install libopenmpi-dev)");
#endif
  }

  /// Has each process begin with the same network, and train on its share of each batch.
  void share([[maybe_unused]] nn::Module& net, [[maybe_unused]] std::size_t samples,
             [[maybe_unused]] TrainOptions& training) {
#ifdef XGRAD_DISTRIBUTED
    if (!communicator_) return;
    communicator_->broadcast(net);
    communicator_->average_gradients(net.parameters());
    data::DistributedSampler sampler(samples, rank, size, {.seed = seed_});
    training.sampler = sampler;
    training.batch_size /= size;
    training.sharing = {.processes = size,
                        .writes = rank == 0,
                        .begin =
                            [this, sampler](std::size_t done) mutable {
                              sampler.set_epoch(done);
                              // Of what is random in a step, such as dropout.
                              if (rank > 0) manual_seed(seed_ + rank + done);
                            },
                        .after_backward = [this] { communicator_->synchronize(); },
                        .average = [this](double x) { return communicator_->mean(x); }};
#endif
  }

  std::size_t rank = 0, size = 1;

 private:
  [[maybe_unused]] std::uint64_t seed_;
#ifdef XGRAD_DISTRIBUTED
  std::optional<distributed::Communicator> communicator_;
#endif
};

/// A network, and how it is called.
struct Network {
  std::unique_ptr<nn::Module> module;
  std::string name;
};

Network make_network(const ClassifierOptions& options, const ClassifierData& data) {
  if (options.model == "lenet") {
    if (data.pixels() != 28 * 28)
      throw ValueError(str("lenet: images of ", data.pixels(), " pixels; expected 28 x 28"));
    LeNetOptions lenet{.batch_norm = options.batch_norm, .dropout = options.dropout};
    if (!options.channels.empty()) lenet.channels = options.channels;
    return {std::make_unique<LeNet>(lenet), "LeNet-5"};
  }
  if (options.model == "resnet") {
    ResNetOptions resnet;
    if (data.test.features.size(1) != data.test.features.size(2))
      throw ValueError(str("resnet: images of shape ", data.test.features.shape(),
                           "; expected squares, (N, n, n)"));
    if (!options.channels.empty()) resnet.channels = options.channels[0];
    return {std::make_unique<ResNet>(resnet), "ResNet-8"};
  }
  std::vector<std::size_t> widths{data.pixels()};
  if (options.model != "softmax")
    widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(classes);
  auto net = std::make_unique<Mlp>(
      widths, MlpOptions{.batch_norm = options.model == "bn", .dropout = options.dropout});
  std::string name = architecture(*net);
  return {std::move(net), std::move(name)};
}

std::unique_ptr<optim::Optimizer> make_optimizer(const ClassifierOptions& options,
                                                 const nn::Module& net) {
  const std::string& name = options.optimizer;
  const double usual = name.starts_with("adam") ? 1e-3 : name == "sgd" ? 0.1 : 0.02;
  auto optimizer = examples::make_optimizer(name, net.parameters(), options.lr.value_or(usual));
  if (options.weight_decay) optimizer->option(0, "weight_decay") = *options.weight_decay;
  return optimizer;
}

data::transforms::Transform augmentation(const ClassifierOptions& options) {
  namespace transforms = data::transforms;
  std::vector<transforms::Transform> parts;
  if (options.shift > 0)
    parts.push_back(transforms::random_shift(static_cast<std::int64_t>(options.shift)));
  if (options.flip) parts.push_back(transforms::random_horizontal_flip());
  return parts.empty() ? nullptr : transforms::compose(parts);
}

std::vector<std::string> class_names(const ClassifierOptions& options) {
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

Panel curves(const std::string& title, const History& history, double Score::*part, double unit) {
  const auto values = [&](const std::vector<Score>& scores) {
    std::vector<double> result;
    for (const Score& s : scores) result.push_back(s.*part * unit);
    return result;
  };
  Panel panel{title, "epoch", {{"training", values(history.train)}}};
  if (!history.validation.empty())
    panel.curves.push_back({"validation", values(history.validation)});
  return panel;
}

void plot(const std::string& network, const History& history, const ClassifierData& data,
          const Tensor& logits, const ClassifierOptions& options) {
  constexpr std::size_t most_tiles = 3 * tile_columns;
  const std::vector<std::string> names = class_names(options);
  const std::vector<std::size_t> predicted = argmax(logits, 1).to_vector<std::size_t>();
  const std::vector<std::size_t> truth = data.test.labels.to_vector<std::size_t>();

  Figure figure;
  figure.title = str(network, ", test accuracy ",
                     rounded(100 * score(logits, data.test.labels).accuracy), " %");
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
  draw(figure, options.plot);
}

}  // namespace

void describe(CLI::App& app, ClassifierOptions& options, bool choose_model) {
  add_idx_data(app, options.data);
  if (choose_model)
    app.add_option(
           "--model", options.model,
           "mlp: linear layers with ReLU between them; bn: the same with batch normalisation "
           "after each hidden layer; softmax: one linear layer; lenet: LeNet-5, two convolutions "
           "with max pooling and three linear layers; resnet: a residual network of eight layers")
        ->check(CLI::IsMember({"mlp", "bn", "softmax", "lenet", "resnet"}))
        ->capture_default_str();
  const auto offers = [&](const char* name) { return choose_model || takes(options.model, name); };
  if (offers("--hidden"))
    app.add_option("--hidden", options.hidden, "Widths of the hidden layers of mlp and bn")
        ->delimiter(',')
        ->check(positive)
        ->capture_default_str();
  if (offers("--channels"))
    app.add_option("--channels", options.channels,
                   "Channels of the two convolutions of lenet (without it 6,16), or of the first "
                   "stage of resnet (16)")
        ->delimiter(',')
        ->check(between(std::size_t{1}, std::size_t{4096}));
  if (offers("--batch-norm"))
    app.add_flag("--batch-norm", options.batch_norm,
                 "Batch normalisation after each convolution of lenet");
  if (offers("--dropout"))
    app.add_option("--dropout", options.dropout,
                   "Probability by which hidden activations are zeroed; lenet: those that linear "
                   "layers read")
        ->check(between(0.0, 0.99))
        ->capture_default_str();
  app.add_option("--optimizer", options.optimizer,
                 "sgd, momentum or nesterov (both 0.9), adam or adamw")
      ->check(CLI::IsMember({"sgd", "momentum", "nesterov", "adam", "adamw"}))
      ->capture_default_str();
  app.add_option("--lr", options.lr,
                 "Learning rate; without it 0.001 for adam and adamw, 0.1 for sgd, 0.02 for others")
      ->check(positive);
  app.add_option("--schedule", options.schedule,
                 "Learning rate over the steps: constant; cosine: down to 0; step: a tenth after "
                 "each third; onecycle: up to --lr, then down")
      ->check(CLI::IsMember({"constant", "cosine", "step", "onecycle"}))
      ->capture_default_str();
  app.add_option("--weight-decay", options.weight_decay,
                 "Weight decay; without it 0.01 for adamw, 0 for the others")
      ->check(not_negative);
  app.add_option("--shift", options.shift,
                 "Move each training image at random by up to so many pixels each time it is seen")
      ->type_name("PIXELS")
      ->check(between(0, 100))
      ->capture_default_str();
  app.add_flag("--flip", options.flip, "Mirror half of the training images, at random");
  app.add_option("--batch-size", options.batch_size, "Images of one step")
      ->check(positive)
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Passes over the training set; 0 only evaluates")
      ->capture_default_str();
  app.add_option("--validation-split", options.validation_split,
                 "Share of the training set that is held out and evaluated after every epoch")
      ->check(between(0.0, 0.99))
      ->capture_default_str();
  add_seed(app, options.seed);
  add_threads(app, options.threads);
  add_files(app, options.files);
  add_plot(app, options.plot, "learning curves and misclassified images");
  app.add_flag("--distributed", options.distributed,
               "Share each batch among the processes of `mpirun -n 2 mnist --distributed`, say");
  app.add_flag("--quiet", options.quiet, "Print nothing but the test loss and accuracy");
  app.callback([&app, &options] {
    for (const auto& [name, models] : options_of_models)
      if (const CLI::Option* option = app.get_option_no_throw(name);
          option && option->count() > 0 && !takes(options.model, name))
        throw CLI::ValidationError(
            name, "has no effect with --model " + options.model + "; leave it out");
    const std::size_t expected = options.model == "lenet" ? 2 : 1;
    if (!options.channels.empty() && options.channels.size() != expected)
      throw CLI::ValidationError(
          "--channels", str(options.model, " takes ", expected, ", not ", options.channels.size()));
  });
  app.footer(
      "Ctrl-C or SIGTERM ends training after the batch: --save is written, the status is 130 or "
      "143.");
}

int run(const ClassifierOptions& given,
        const std::function<void(nn::Module& net, const ClassifierData& data)>& after) {
  ClassifierOptions options = given;
  Ranks ranks(options);
  const bool first = ranks.rank == 0;
  options.quiet = options.quiet || !first;
  if (first) {
    check_writable(options.files);
    if (!options.plot.empty()) check_plot("--plot", options.plot);
  }
  set_num_threads(options.threads);
  manual_seed(options.seed);

  const ClassifierData data = load_classifier_data(options.data, options.validation_split);
  const Network network = make_network(options, data);
  nn::Module& net = *network.module;
  if (!options.files.load.empty()) nn::load(net, options.files.load);
  if (!options.quiet)
    std::printf("%s: %zu parameters; %zu training, %zu validation and %zu test images\n",
                network.name.c_str(), net.num_parameters(), data.train.size(),
                data.validation ? data.validation->size() : 0, data.test.size());

  const auto optimizer = make_optimizer(options, net);
  const std::size_t batches = (data.train.size() + options.batch_size - 1) / options.batch_size;
  const auto scheduler = make_schedule(options.schedule, *optimizer, options.epochs * batches);
  TrainOptions training{.batch_size = options.batch_size,
                        .epochs = options.epochs,
                        .files = options.files,
                        .transform = augmentation(options),
                        .scheduler = scheduler.get(),
                        .quiet = options.quiet};
  ranks.share(net, data.train.size(), training);
  const History history = train(net, *optimizer, data, training);
  if (!first) return history.interrupted ? status_interrupted() : 0;
  if (history.interrupted) return status_interrupted();

  const Tensor logits = predict(net, data.test);
  const Score result = score(logits, data.test.labels);
  std::printf("test loss: %.4f\ntest accuracy: %.2f %%\n", result.loss, 100 * result.accuracy);
  if (!options.quiet) print_confusion(logits, data.test.labels, class_names(options));
  if (!options.plot.empty()) {
    plot(network.name, history, data, logits, options);
    if (!options.quiet) std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  if (after) after(net, data);
  return 0;
}

}  // namespace xgrad::examples
