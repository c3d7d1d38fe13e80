// Generative adversarial networks (Goodfellow et al. 2014): a generator learns to make samples that
// a discriminator, which learns too, cannot tell from real ones. The samples are numbers, points on
// an ellipse, or images. `gan --help` lists what it takes.

#include "examples/support/gan.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/classifier.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gan_problem.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"

using namespace xgrad;

namespace {

using examples::GanLoss;

const std::map<std::string, GanLoss> losses = {{"gan", GanLoss::gan},
                                               {"lsgan", GanLoss::lsgan},
                                               {"wgan", GanLoss::wgan},
                                               {"wgan-gp", GanLoss::wgan_gp}};

struct Options {
  std::string problem = "numbers";
  std::string loss = "gan";
  std::string data = examples::fashion_mnist;
  std::string model = "dcgan";
  std::size_t channels = 16;
  std::optional<std::size_t> hidden;
  std::size_t latent = 16;
  std::string classifier;
  std::size_t batch_size = 64;
  std::size_t epochs = 10;
  std::optional<std::size_t> steps;
  std::optional<std::size_t> discriminator_steps;
  double lr = 0.001;
  double average = 0.998;
  double label_smoothing = 0;
  std::optional<double> noise;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  std::string save, frames, plot;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator at_least_one = examples::between(1, 1 << 20);
  app.add_option("--problem", o.problem,
                 "What is generated: numbers, normal with mean 4 and deviation 1.25; points on an "
                 "ellipse; images of an IDX data set")
      ->check(CLI::IsMember({"numbers", "ellipse", "mnist"}))
      ->capture_default_str();
  app.add_option("--loss", o.loss,
                 "gan: cross-entropy; lsgan: squared errors; wgan: Wasserstein distance with "
                 "clipped weights; wgan-gp: the same with a penalty on gradients")
      ->check(CLI::IsMember(losses))
      ->capture_default_str();
  examples::add_idx_data(app, o.data);
  app.add_option("--model", o.model,
                 "Networks for images. dense: linear layers; dcgan: convolutions and transposed "
                 "ones with batch normalisation")
      ->check(CLI::IsMember({"dense", "dcgan"}))
      ->capture_default_str();
  app.add_option("--channels", o.channels, "Channels of the layer of dcgan next to the image")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--classifier", o.classifier,
                 "Measure images by the network that `lenet --save` wrote here")
      ->type_name("FILE");
  app.add_option("--hidden", o.hidden,
                 "Width of the two hidden layers of dense networks; without it 256 for images, "
                 "else 64")
      ->check(at_least_one);
  app.add_option("--latent", o.latent, "Numbers that a sample is made of")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Samples of one step")
      ->check(examples::between(2, 1 << 20))
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Epochs of --steps steps")
      ->check(examples::between(1, 9999))
      ->capture_default_str();
  app.add_option("--steps", o.steps,
                 "Steps of the generator in an epoch; without it 600 for images, else 1000")
      ->check(at_least_one);
  app.add_option("--discriminator-steps", o.discriminator_steps,
                 "Steps of the discriminator for each of the generator; without it 5 for wgan and "
                 "wgan-gp, else 1")
      ->check(at_least_one);
  app.add_option("--lr", o.lr, "Learning rate at the beginning, from where it falls to 0")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--average", o.average,
                 "What the mean of the generator's weights, which makes the samples that are shown "
                 "and measured, keeps in a step; 0: only the last weights count")
      ->check(examples::between(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--label-smoothing", o.label_smoothing,
                 "How far below 1 the targets of real samples are, for gan and lsgan")
      ->check(examples::between(0.0, 0.5))
      ->capture_default_str();
  app.add_option("--noise", o.noise,
                 "Deviation of noise that is added to what the discriminator reads; it falls to 0; "
                 "without it 0.3 for images, else 0")
      ->check(examples::not_negative);
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  app.add_option("--save", o.save,
                 "Write the generator, of the mean of its weights, here after each epoch, as "
                 "safetensors")
      ->type_name("FILE");
  app.add_option("--frames", o.frames,
                 "Draw what the same noise becomes after each epoch here, as 0001.png and so on, "
                 "and at the end animation.gif of them (gnuplot)")
      ->type_name("DIR");
  examples::add_plot(app, o.plot, "samples as training goes on, and the losses");
  app.callback([&app, &o] {
    for (const char* name : {"--data", "--model", "--channels", "--classifier"})
      if (o.problem != "mnist" && app.count(name) > 0)
        throw CLI::ValidationError(name, "has no effect with --problem " + o.problem);
    const char* const other = o.model == "dense" ? "--channels" : "--hidden";
    if (o.problem == "mnist" && app.count(other) > 0)
      throw CLI::ValidationError(other, "has no effect with --model " + o.model);
    if (o.label_smoothing > 0 && o.loss.starts_with("wgan"))
      throw CLI::ValidationError("--label-smoothing", "has no effect with --loss " + o.loss);
  });
}

examples::GanProblem make_problem(const Options& o) {
  const bool images = o.problem == "mnist";
  const examples::GanNetworkOptions options{.latent = o.latent,
                                            .hidden = o.hidden.value_or(images ? 256 : 64),
                                            .channels = o.model == "dcgan" ? o.channels : 0,
                                            .batch_norm = o.loss != "wgan-gp"};
  if (images) return examples::gan_of_images(options, o.data, o.classifier);
  return o.problem == "numbers" ? examples::gan_of_numbers(options)
                                : examples::gan_of_an_ellipse(options);
}

/// The file of an epoch's frame.
std::string frame(const Options& o, std::size_t epoch) {
  return str(o.frames, '/', std::to_string(10'000 + epoch).substr(1), ".png");
}

int run(const Options& o) {
  if (!o.save.empty()) examples::check_writable("--save", o.save);
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  if (!o.frames.empty()) {
    std::filesystem::create_directories(o.frames);
    examples::check_plot("--frames", frame(o, 1));
  }
  set_num_threads(o.threads);
  manual_seed(o.seed);
  examples::GanProblem problem = make_problem(o);
  std::printf("generator of %zu and discriminator of %zu parameters\n",
              problem.generator.num_parameters(), problem.discriminator.num_parameters());

  const bool images = o.problem == "mnist", critic = o.loss.starts_with("wgan");
  const std::string title = str("Generated ",
                                images                   ? "images"
                                : o.problem == "numbers" ? "numbers"
                                                         : "points",
                                ", loss ", o.loss);
  const Tensor noise = randn({problem.samples, o.latent});
  std::vector<Tensor> generated;  // of this noise, after each epoch
  std::vector<training::Metric> metrics;
  const auto after_epoch = [&](nn::Module& generator) {
    const NoGrad guard;
    generated.push_back(generator(noise));
    if (!o.save.empty()) nn::save(generator, o.save);
    const std::size_t epoch = generated.size();
    if (!o.frames.empty())
      problem.draw_frame(str(title, ", epoch ", epoch), generated.back(), frame(o, epoch));
    return metrics = problem.measure(generated.back());
  };
  const examples::GanHistory history =
      examples::train_gan(problem.discriminator, problem.generator, o.latent, problem.real,
                          {.loss = losses.at(o.loss),
                           .epochs = o.epochs,
                           .steps = o.steps.value_or(images ? 600 : 1000),
                           .discriminator_steps = o.discriminator_steps.value_or(critic ? 5 : 1),
                           .batch_size = o.batch_size,
                           .lr = o.lr,
                           .one_sided = o.problem == "numbers",
                           .average = o.average,
                           .label_smoothing = o.label_smoothing,
                           .noise = o.noise.value_or(images ? 0.3 : 0),
                           .after_epoch = after_epoch});
  if (history.interrupted) {
    std::printf("interrupted\n");
    return examples::status_interrupted();
  }
  std::printf("%s\n", problem.measures.c_str());
  const NoGrad guard;
  const std::vector<training::Metric> of_real = problem.measure(problem.real(problem.samples));
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const double unit = metrics[i].percent ? 100 : 1;
    const char* sign = metrics[i].percent ? " %" : "";
    std::printf("%s: %.4g%s, of real samples %.4g%s\n", metrics[i].name.c_str(),
                unit * metrics[i].value, sign, unit * of_real[i].value, sign);
  }
  if (!o.save.empty()) std::printf("generator saved to %s\n", o.save.c_str());
  if (!o.frames.empty()) {
    std::vector<std::string> frames;
    for (std::size_t epoch = 1; epoch <= o.epochs; ++epoch) frames.push_back(frame(o, epoch));
    const std::string animation = o.frames + "/animation.gif";
    examples::animate(frames, animation);
    std::printf("frames drawn to %s\n", animation.c_str());
  }
  if (!o.plot.empty()) {
    problem.draw_figure(title, generated, history, o.plot);
    std::printf("figure drawn to %s\n", o.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a generative adversarial network and says how good its samples are.", "gan");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("gan", [&] { return run(options); });
}
