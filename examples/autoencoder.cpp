// An autoencoder: an encoder makes a code of few numbers of an image, a decoder the image of the
// code, and both learn to lose little on the way. The code may be large if it is sparse, that is,
// if most of its units are silent, and images may come with noise that the decoder is to leave out.
// `autoencoder --help` lists what it takes.
// Sources: Hinton & Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks";
// Vincent et al. 2010, "Stacked denoising autoencoders"; Ng 2011, "Sparse autoencoder".

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/autoencoder_figures.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/classifier.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/epochs.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/optimizers.hpp"

using namespace xgrad;

namespace {

struct Options {
  std::string data = examples::fashion_mnist;
  std::string model = "dense";
  std::optional<std::size_t> code;
  std::string sparsity = "none";
  std::optional<double> sparsity_weight;
  double rho = 0.05;
  double noise = 0;
  std::size_t batch_size = 100;
  std::size_t epochs = 10;
  double lr = 0.002;
  std::size_t limit = 0;
  double validation_split = 0.05;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  examples::Files files;
  std::string plot, pictures;

  bool sparse() const { return sparsity != "none"; }
  std::size_t code_size() const { return code.value_or(sparse() ? 128 : 2); }
  double weight() const { return sparsity_weight.value_or(sparsity == "l1" ? 0.03 : 0.5); }
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator count = examples::between(1, 1 << 20);
  examples::add_idx_data(app, o.data);
  app.add_option("--model", o.model,
                 "dense: linear layers of 512 and 128 units before the code and behind it; conv: "
                 "two convolutions before it, two transposed ones behind it")
      ->check(CLI::IsMember({"dense", "conv"}))
      ->capture_default_str();
  app.add_option("--code", o.code,
                 "Numbers of the code; without it 2, or 128 for one that is sparse")
      ->check(count);
  app.add_option(
         "--sparsity", o.sparsity,
         "What is added to the loss: l1: the sum of the activations of the code, which has "
         "ReLU then; kl: the divergence of each unit's mean activation from --rho, the code "
         "having a sigmoid then")
      ->check(CLI::IsMember({"none", "l1", "kl"}))
      ->capture_default_str();
  app.add_option("--sparsity-weight", o.sparsity_weight,
                 "Its weight; without it 0.03 for l1, 0.5 for kl")
      ->check(examples::not_negative);
  app.add_option("--rho", o.rho, "Mean activation that kl aims at")
      ->check(examples::between(0.001, 0.999))
      ->capture_default_str();
  app.add_option("--noise", o.noise,
                 "Standard deviation of the noise on what the encoder sees; the pixels are 0 to 1")
      ->check(examples::not_negative)
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Images of one step")
      ->check(count)
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Passes over the training set; 0 only evaluates")
      ->capture_default_str();
  app.add_option("--lr", o.lr, "Learning rate of Adam, at the top of one cycle")
      ->check(examples::positive)
      ->capture_default_str();
  examples::add_training_images(app, o.limit, o.validation_split);
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  examples::add_files(app, o.files);
  examples::add_plot(app, o.plot, "the error by epoch and, of two numbers, the codes by class");
  app.add_option(
         "--pictures", o.pictures,
         "Draw ten test images here, as PNG: as they are, with their noise if there is any, "
         "and reconstructed")
      ->type_name("FILE");
}

// ---- the network

/// Layers for images of `pixels`, flat, and back.
nn::Sequential dense_encoder(std::size_t pixels, std::size_t code) {
  return nn::Sequential{nn::Linear(pixels, 512), nn::ReLU(), nn::Linear(512, 128), nn::ReLU(),
                        nn::Linear(128, code)};
}
nn::Sequential dense_decoder(std::size_t pixels, std::size_t code) {
  return nn::Sequential{nn::Linear(code, 128), nn::ReLU(), nn::Linear(128, 512), nn::ReLU(),
                        nn::Linear(512, pixels)};
}

/// The same for images of a height and width that can be halved twice.
nn::Sequential conv_encoder(const Shape& image, std::size_t code) {
  const auto height = static_cast<std::int64_t>(image[0]);
  return nn::Sequential{nn::Unflatten(1, {1, height, -1}),
                        nn::Conv2d(1, 16, 3, {.stride = 2, .padding = 1}),
                        nn::ReLU(),
                        nn::Conv2d(16, 32, 3, {.stride = 2, .padding = 1}),
                        nn::ReLU(),
                        nn::Flatten(),
                        nn::Linear(2 * image.numel(), code)};
}
nn::Sequential conv_decoder(const Shape& image, std::size_t code) {
  const auto height = static_cast<std::int64_t>(image[0]);
  return nn::Sequential{nn::Linear(code, 2 * image.numel()),
                        nn::ReLU(),
                        nn::Unflatten(1, {32, height / 4, -1}),
                        nn::ConvTranspose2d(32, 16, 4, {.stride = 2, .padding = 1}),
                        nn::ReLU(),
                        nn::ConvTranspose2d(16, 1, 4, {.stride = 2, .padding = 1}),
                        nn::Flatten()};
}

struct Autoencoder : nn::Module {
  nn::Sequential encoder, decoder;
  XGRAD_FIELDS(encoder, decoder)

  /// For images of this height and width, which come flat, (N, pixels). Errors: ValueError for
  /// convolutions that cannot halve both twice.
  Autoencoder(const Shape& image, const Options& o)
      : encoder(o.model == "conv" ? conv_encoder(image, o.code_size())
                                  : dense_encoder(image.numel(), o.code_size())),
        decoder(o.model == "conv" ? conv_decoder(image, o.code_size())
                                  : dense_decoder(image.numel(), o.code_size())),
        sparsity_(o.sparsity) {
    if (o.model == "conv" && (image[0] % 4 != 0 || image[1] % 4 != 0))
      throw ValueError(str("--model conv: images of ", image[0], " x ", image[1],
                           " pixels; expected multiples of 4"));
  }

  Tensor encode(const Tensor& x) {
    const Tensor code = encoder(x);
    return sparsity_ == "l1" ? relu(code) : sparsity_ == "kl" ? sigmoid(code) : code;
  }
  Tensor decode(const Tensor& code) { return sigmoid(decoder(code)); }

 private:
  std::string sparsity_;
};

Tensor noisy(const Tensor& x, const Options& o) {
  return o.noise > 0 ? clamp(x + o.noise * randn_like(x), 0, 1) : x;
}

/// What a code (N, units) costs because it is not sparse.
Tensor penalty(const Tensor& code, const Options& o) {
  if (o.sparsity == "l1") return o.weight() * mean(sum(abs(code), -1));
  // The divergence of the mean activations from rho, as probabilities of being active; units that
  // are never or always active cost much, not infinitely much.
  const Tensor active = clamp(mean(code, {0}), 1e-6, 1 - 1e-6);
  return o.weight() *
         sum(o.rho * log(o.rho / active) + (1 - o.rho) * log((1 - o.rho) / (1 - active)));
}

/// Half of the squared error of an image, in the mean, and what a code costs that is not sparse.
Tensor loss_of(const Tensor& reconstruction, const Tensor& x, const Tensor& code,
               const Options& o) {
  const Tensor error = 0.5 * mean(sum(square(reconstruction - x), -1));
  return o.sparse() ? error + penalty(code, o) : error;
}

/// What the network makes of a data set.
struct Result {
  double error;  ///< squared, the mean over all pixels
  Tensor codes;  ///< (N, units)
};

Result evaluate(Autoencoder& net, const data::TensorDataset& dataset, const Options& o) {
  const NoGrad guard;
  training::Average error;
  std::vector<Tensor> codes;
  for (auto& [images, labels] : data::DataLoader(dataset, {.batch_size = 500})) {
    codes.push_back(net.encode(noisy(images, o)));
    error.add(nn::mse_loss(net.decode(codes.back()), images).item<double>(),
              static_cast<double>(labels.numel()));
  }
  return {error.mean(), concatenate(codes)};
}

struct History {
  std::vector<double> train, validation;
};

/// Returns whether it was interrupted.
bool train(Autoencoder& net, const examples::ClassifierData& data, const Options& o,
           History& history) {
  const data::DataLoader batches(data.train, {.batch_size = o.batch_size, .shuffle = true});
  optim::Adam adam(net.parameters(), {.lr = o.lr});
  const auto schedule = examples::make_schedule(
      "onecycle", adam, std::max<std::size_t>(2, o.epochs * batches.size()));
  const auto epoch = [&](const examples::Step& step) {
    for (auto& [images, labels] : batches) {
      const Tensor code = net.encode(noisy(images, o)), made = net.decode(code);
      const Tensor loss = loss_of(made, images, code, o);
      const double error = nn::mse_loss(made.detach(), images).item<double>();
      if (!step(loss, labels.numel(), {{"loss", loss.item<double>()}, {"MSE", error}})) return;
    }
  };
  const auto evaluated = [&](const training::Progress& progress) {
    history.train.push_back(progress.mean("MSE"));
    history.validation.push_back(evaluate(net, *data.validation, o).error);
    return examples::Metrics{{"validation MSE", history.validation.back()}};
  };
  return examples::train_epochs(
      net, adam, schedule.get(), epoch, evaluated,
      {.epochs = o.epochs, .steps = batches.size(), .unit = "images", .files = o.files});
}

// ---- figures

/// Ten images of a kind in each row.
void draw_pictures(Autoencoder& net, const data::TensorDataset& test, const Options& o) {
  const Tensor images = slice(test.features, 0, 0, 10);
  const Tensor x = flatten(images.to(float32) / 255, 1), seen = noisy(x, o);
  std::vector<Tensor> rows{x};
  if (o.noise > 0) rows.push_back(seen);
  rows.push_back(net.decode(net.encode(seen)));
  examples::save_tiles(concatenate(rows), {images.size(1), images.size(2)}, 10, o.pictures);
}

void draw_charts(const Result& result, const Tensor& labels, const History& history,
                 const Options& o) {
  std::vector<examples::Chart> charts{
      {.title = "Error of the reconstruction",
       .x_label = "epoch",
       .y_label = "mean squared error of a pixel",
       .series = {examples::by_epoch("training", history.train, o.epochs),
                  examples::by_epoch("validation", history.validation, o.epochs)},
       .whole_x = true}};
  if (o.code_size() == 2)
    charts.push_back(examples::code_plane("Codes of test images, by class", result.codes, labels));
  examples::draw(
      str("An autoencoder, ", o.model, ", code of ", o.code_size(), ", sparsity ", o.sparsity),
      charts, o.plot);
}

int run(const Options& o) {
  examples::check_writable(o.files);
  if (!o.pictures.empty()) examples::check_writable("--pictures", o.pictures);
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  set_num_threads(o.threads);
  manual_seed(o.seed);

  const auto data = examples::load_classifier_data(o.data, o.validation_split, o.limit);
  Autoencoder net({data.test.features.size(1), data.test.features.size(2)}, o);
  if (!o.files.load.empty()) nn::load(net, o.files.load);
  std::printf(
      "%s, code of %zu, sparsity %s: %zu parameters; %zu training, %zu validation and %zu "
      "test images\n",
      o.model.c_str(), o.code_size(), o.sparsity.c_str(), net.num_parameters(), data.train.size(),
      data.validation->size(), data.test.size());

  History history;
  if (train(net, data, o, history)) return examples::status_interrupted();
  const Result result = evaluate(net, data.test, o);
  std::printf("test error: %.5f (MSE of a pixel)\n", result.error);
  if (o.sparse())
    std::printf("mean activation: %.4f\nactive units: %.2f %% (above a tenth of the largest)\n",
                mean(result.codes).item<double>(),
                100 * mean((result.codes > 0.1 * max(result.codes)).to(float64)).item<double>());
  const NoGrad guard;
  if (!o.plot.empty()) draw_charts(result, data.test.labels, history, o);
  if (!o.pictures.empty()) draw_pictures(net, data.test, o);
  for (const std::string& path : {o.plot, o.pictures})
    if (!path.empty()) std::printf("figure drawn to %s\n", path.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains an autoencoder on images: dense or convolutional, sparse, denoising.",
               "autoencoder");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("autoencoder", [&] { return run(options); });
}
