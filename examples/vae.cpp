// A variational autoencoder: an encoder says for each image how a few hidden numbers, the latent
// variables, are distributed, a decoder makes an image of such numbers, and both learn to make the
// images likely. Then it draws images of its own. `vae --help` lists what it takes.
// Source: Kingma & Welling 2014, "Auto-encoding variational Bayes".

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numbers>
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
  std::string pixels = "dynamic";
  std::size_t latent = 2;
  std::vector<std::size_t> hidden{512, 256};
  double dropout = 0;
  std::size_t batch_size = 100;
  std::size_t epochs = 10;
  double lr = 0.002;
  double weight_decay = 0;
  std::string schedule = "onecycle";
  std::size_t limit = 0;
  double validation_split = 0.05;
  std::size_t importance = 0;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  examples::Files files;
  std::string plot, samples, walk;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator count = examples::between(1, 1 << 20);
  examples::add_idx_data(app, o.data);
  app.add_option("--pixels", o.pixels,
                 "What is learnt: dynamic: pixels 0 or 1, drawn again each time with their grey as "
                 "the probability of 1; fixed: drawn once; grey: the probabilities themselves")
      ->check(CLI::IsMember({"dynamic", "fixed", "grey"}))
      ->capture_default_str();
  app.add_option("--latent", o.latent, "Latent variables")->check(count)->capture_default_str();
  app.add_option("--hidden", o.hidden,
                 "Widths of the encoder's hidden layers, which the decoder has in reverse order")
      ->delimiter(',')
      ->check(count)
      ->capture_default_str();
  app.add_option("--dropout", o.dropout, "Probability by which the encoder's units are zeroed")
      ->check(examples::between(0.0, 0.99))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Images of one step")
      ->check(count)
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Passes over the training set; 0 only evaluates")
      ->capture_default_str();
  app.add_option("--lr", o.lr, "Learning rate of AdamW")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--weight-decay", o.weight_decay, "Weight decay")
      ->check(examples::not_negative)
      ->capture_default_str();
  app.add_option("--schedule", o.schedule,
                 "Learning rate over the steps: constant; cosine: down to 0; onecycle: up to --lr, "
                 "then down")
      ->check(CLI::IsMember({"constant", "cosine", "onecycle"}))
      ->capture_default_str();
  examples::add_training_images(app, o.limit, o.validation_split);
  app.add_option("--importance", o.importance,
                 "Estimate log p(x) of the test images too, by so many samples of each")
      ->capture_default_str();
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  examples::add_files(app, o.files);
  examples::add_plot(app, o.plot, "the two parts of the loss by epoch, and the latent plane");
  app.add_option("--samples", o.samples, "Draw images of its own here, as PNG")->type_name("FILE");
  app.add_option(
         "--walk", o.walk,
         "Draw what it makes of places in the latent plane here, as PNG; of more variables, "
         "in the plane through the codes of three test images, which are in its corners")
      ->type_name("FILE");
}

/// Normal distributions of independent numbers.
struct Normal {
  Tensor mean, std;
  /// A number of each, which gradients pass through: the reparameterisation.
  Tensor sample() const { return mean + std * randn_like(std); }
};

struct Vae : nn::Module {
  examples::Mlp encoder, decoder;
  XGRAD_FIELDS(encoder, decoder)

  Vae(std::size_t pixels, const Options& o)
      : encoder(widths(pixels, o.hidden, 2 * o.latent), {.dropout = o.dropout}),
        decoder(widths(o.latent, {o.hidden.rbegin(), o.hidden.rend()}, pixels)) {}

  static std::vector<std::size_t> widths(std::size_t in, std::vector<std::size_t> hidden,
                                         std::size_t out) {
    hidden.insert(hidden.begin(), in);
    hidden.push_back(out);
    return hidden;
  }

  /// q(z|x), for images (N, pixels). Errors: TrainingDiverged where there is none any more.
  Normal encode(const Tensor& x) {
    const std::vector<Tensor> parts = chunk(encoder(x), 2, -1);
    const Tensor std = exp(0.5 * parts[1]);
    const double low = min(std).item<double>(), high = max(std).item<double>();
    if (!(low > 0 && std::isfinite(high)))
      throw examples::TrainingDiverged(str("training diverged: standard deviations from ", low,
                                           " to ", high, "; try a smaller --lr"));
    return {parts[0], std};
  }
  /// The probabilities of white pixels, for z (N, latent).
  Tensor decode(const Tensor& z) { return sigmoid(decoder(z)); }
};

/// log p(x|z) of each image, (N).
Tensor log_likelihood(Vae& net, const Tensor& x, const Tensor& z) {
  return -sum(
      nn::binary_cross_entropy_with_logits(net.decoder(z), x, {.reduction = nn::Reduction::none}),
      -1);
}

/// The two parts of the negative evidence lower bound (ELBO), in nats an image.
struct Loss {
  Tensor reconstruction, divergence;
  Tensor total() const { return reconstruction + divergence; }
};

Loss loss_of(Vae& net, const Tensor& x) {
  const Normal q = net.encode(x);
  return {-mean(log_likelihood(net, x, q.sample())), mean(sum(nn::kl_normal(q.mean, q.std), -1))};
}

/// log p(x) of each image, (N), as the mean of p(x, z) / q(z|x) over samples of z. Source: Burda,
/// Grosse & Salakhutdinov 2016, "Importance weighted autoencoders".
Tensor importance_weighted(Vae& net, const Tensor& x, std::size_t samples) {
  const Normal q = net.encode(x);
  std::vector<Tensor> log_weights;
  for (std::size_t i = 0; i < samples; ++i) {
    const Tensor z = q.sample();
    log_weights.push_back(log_likelihood(net, x, z) +
                          sum(nn::normal_log_prob(z) - nn::normal_log_prob(z, q.mean, q.std), -1));
  }
  return logsumexp(stack(log_weights), {0}) - std::log(static_cast<double>(samples));
}

/// Images whose pixels are 0 or 255, drawn with their grey as the probability of 255.
Tensor drawn(const Tensor& images) { return (255 * bernoulli(images.to(float32) / 255)).to(uint8); }

/// The mean over a data set of what f makes of its images.
template <class F>
double mean_over(Vae& net, const data::TensorDataset& dataset, const F& f) {
  const NoGrad guard;
  net.eval();
  training::Average average;
  for (auto& [images, labels] : data::DataLoader(dataset, {.batch_size = 500}))
    average.add(f(images).template item<double>(), static_cast<double>(labels.numel()));
  net.train();
  return average.mean();
}
double elbo(Vae& net, const data::TensorDataset& dataset) {
  return -mean_over(net, dataset, [&](const Tensor& x) { return loss_of(net, x).total(); });
}

struct History {
  std::vector<double> reconstruction, divergence, validation;
};

/// Returns whether it was interrupted.
bool train(Vae& net, const examples::ClassifierData& data, const Options& o, History& history) {
  const data::DataLoader batches(data.train, {.batch_size = o.batch_size, .shuffle = true});
  optim::AdamW adam(net.parameters(), {.lr = o.lr, .weight_decay = o.weight_decay});
  const auto schedule = examples::make_schedule(
      o.schedule, adam, std::max<std::size_t>(2, o.epochs * batches.size()));
  const auto epoch = [&](const examples::Step& step) {
    for (auto& [images, labels] : batches) {
      const Loss loss = loss_of(net, o.pixels == "dynamic" ? bernoulli(images) : images);
      if (!step(loss.total(), labels.numel(),
                {{"reconstruction", loss.reconstruction.item<double>()},
                 {"KL", loss.divergence.item<double>()}}))
        return;
    }
  };
  const auto evaluated = [&](const training::Progress& progress) {
    history.reconstruction.push_back(progress.mean("reconstruction"));
    history.divergence.push_back(progress.mean("KL"));
    history.validation.push_back(elbo(net, *data.validation));
    return examples::Metrics{{"validation ELBO", history.validation.back()}};
  };
  return examples::train_epochs(
      net, adam, schedule.get(), epoch, evaluated,
      {.epochs = o.epochs, .steps = batches.size(), .unit = "images", .files = o.files});
}

// ---- figures

/// Places in the latent plane, (side side, latent), in rows. Where there are two variables, each is
/// a quantile of its distribution, so that as many images fall between two rows anywhere.
Tensor plane(Vae& net, const Tensor& three_images, std::size_t latent, std::size_t side) {
  const Tensor steps = linspace(0, 1, side);
  const std::vector<Tensor> grid = meshgrid({steps, steps});
  const Tensor down = reshape(grid[0], {-1, 1}), across = reshape(grid[1], {-1, 1});
  if (latent == 2)
    return std::numbers::sqrt2 * erfinv(1.9 * (concatenate({across, 1 - down}, 1) - 0.5));
  const Tensor z = net.encode(three_images).mean;
  return z[0] + across * (z[1] - z[0]) + down * (z[2] - z[0]);
}

void draw_charts(Vae& net, const data::TensorDataset& test, const History& history,
                 const Options& o) {
  std::vector<double> bound = history.validation;
  double largest = 1;
  for (double& value : bound) largest = std::max(largest, value = -value);
  std::vector<examples::Chart> charts{
      {.title = "Parts of the loss",
       .x_label = "epoch",
       .y_label = "nats an image",
       .series = {examples::by_epoch("reconstruction", history.reconstruction, o.epochs),
                  examples::by_epoch("KL divergence", history.divergence, o.epochs),
                  examples::by_epoch("both on validation images", bound, o.epochs)},
       .whole_x = true,
       .y = examples::Range{0, 1.2 * largest}}};
  if (o.latent == 2) {
    const auto [images, labels] = *data::DataLoader(test, {.batch_size = 1000}).begin();
    charts.push_back(examples::code_plane("Codes of test images: means of q(z|x), by class",
                                          net.encode(images).mean, labels));
  }
  examples::draw(str("A variational autoencoder, ", o.latent, " latent variables"), charts, o.plot);
}

int run(const Options& o) {
  examples::check_writable(o.files);
  for (const auto& [option, path] : {std::pair("--samples", o.samples), {"--walk", o.walk}})
    if (!path.empty()) examples::check_writable(option, path);
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  set_num_threads(o.threads);

  manual_seed(o.seed);
  examples::ClassifierData data =
      examples::load_classifier_data(o.data, o.validation_split, o.limit);
  const Tensor shown = slice(data.test.features, 0, 0, 3);
  if (o.pixels == "fixed") data.train.features = drawn(data.train.features);
  if (o.pixels != "grey") {
    data.validation->features = drawn(data.validation->features);
    data.test.features = drawn(data.test.features);
  }
  Vae net(data.pixels(), o);
  if (!o.files.load.empty()) nn::load(net, o.files.load);
  std::printf(
      "encoder %s, decoder %s: %zu parameters; %zu training, %zu validation and %zu test "
      "images, pixels %s\n",
      architecture(net.encoder).c_str(), architecture(net.decoder).c_str(), net.num_parameters(),
      data.train.size(), data.validation->size(), data.test.size(), o.pixels.c_str());

  History history;
  if (train(net, data, o, history)) return examples::status_interrupted();
  const char* const of = o.pixels == "grey" ? "grey pixels as probabilities" : "pixels drawn once";
  std::printf("test ELBO: %.2f nats (%s)\n", elbo(net, data.test), of);
  if (o.importance > 0)
    std::printf(
        "test log p(x): %.2f nats (%s, %zu samples of each image)\n",
        mean_over(net, data.test,
                  [&](const Tensor& x) { return mean(importance_weighted(net, x, o.importance)); }),
        of, o.importance);

  const NoGrad guard;
  net.eval();
  if (!o.plot.empty()) draw_charts(net, data.test, history, o);
  const Shape size{shown.size(1), shown.size(2)};
  if (!o.samples.empty())
    examples::save_tiles(net.decode(randn({100, o.latent})), size, 10, o.samples);
  if (!o.walk.empty())
    examples::save_tiles(net.decode(plane(net, flatten(shown.to(float32) / 255, 1), o.latent, 15)),
                         size, 15, o.walk);
  for (const std::string& path : {o.plot, o.samples, o.walk})
    if (!path.empty()) std::printf("figure drawn to %s\n", path.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a variational autoencoder on images and draws images of its own.", "vae");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("vae", [&] { return run(options); });
}
