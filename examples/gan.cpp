// Generative adversarial networks (Goodfellow et al. 2014): a generator learns to make samples that
// a discriminator, which learns too, cannot tell from real ones. The samples are numbers, points on
// an ellipse, or images. `gan --help` lists what it takes.

#include "examples/support/gan.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <numbers>
#include <optional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"

using namespace xgrad;

namespace {

using examples::Chart, examples::GanLoss, examples::Point, examples::Series, examples::Style;

const std::map<std::string, GanLoss> losses = {{"gan", GanLoss::gan},
                                               {"lsgan", GanLoss::lsgan},
                                               {"wgan", GanLoss::wgan},
                                               {"wgan-gp", GanLoss::wgan_gp}};

struct Options {
  std::string problem = "numbers";
  std::string loss = "gan";
  std::size_t hidden = 64;
  std::size_t latent = 8;
  std::size_t batch_size = 128;
  std::size_t epochs = 10;
  std::size_t steps = 1000;
  std::optional<std::size_t> discriminator_steps;
  double lr = 0.001;
  double average = 0.999;
  double label_smoothing = 0;
  double noise = 0;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  std::string plot;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator at_least_one = examples::between(1, 1 << 20);
  app.add_option("--problem", o.problem,
                 "What is generated: numbers, normal with mean 4 and deviation 1.25; points on an "
                 "ellipse")
      ->check(CLI::IsMember({"numbers", "ellipse"}))
      ->capture_default_str();
  app.add_option("--loss", o.loss,
                 "gan: cross-entropy; lsgan: squared errors; wgan: Wasserstein distance with "
                 "clipped weights; wgan-gp: the same with a penalty on gradients")
      ->check(CLI::IsMember(losses))
      ->capture_default_str();
  app.add_option("--hidden", o.hidden, "Width of the two hidden layers of dense networks")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--latent", o.latent, "Numbers that a sample is made of")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Samples of one step")
      ->check(examples::between(2, 1 << 20))
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Epochs of --steps steps")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--steps", o.steps, "Steps of the generator in an epoch")
      ->check(at_least_one)
      ->capture_default_str();
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
                 "Deviation of noise that is added to what the discriminator reads; it falls to 0")
      ->check(examples::not_negative)
      ->capture_default_str();
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  examples::add_plot(app, o.plot, "samples as training goes on, and the losses");
  app.callback([&o] {
    if (o.label_smoothing > 0 && o.loss.starts_with("wgan"))
      throw CLI::ValidationError("--label-smoothing", "has no effect with --loss " + o.loss);
  });
}

/// What is generated, and how good it is.
struct Problem {
  std::function<Tensor(std::size_t)> real;  ///< so many random samples
  nn::Sequential generator, discriminator;
  std::size_t samples;  ///< that are measured
  std::string measures;
  std::function<std::vector<training::Metric>(const Tensor& generated)> measure;
  std::function<Chart(const Tensor& generated)> chart;
};

/// The outline of a histogram whose area is 1.
Series outline(const std::string& title, const Tensor& numbers, Style style) {
  const auto [counts, edges] = histogram(numbers, 40, {.range = {{0, 8}}, .density = true});
  const auto heights = counts.to_vector<double>(), at = edges.to_vector<double>();
  Series series{title, {}, style};
  for (std::size_t i = 0; i < heights.size(); ++i) {
    series.points.push_back({at[i], heights[i]});
    series.points.push_back({at[i + 1], heights[i]});
  }
  return series;
}

Problem numbers(const Options& o) {
  const auto real = [](std::size_t n) { return normal(4, 1.25, {n, 1}); };
  const std::size_t samples = 10'000;
  const Tensor shown = real(samples);
  const Tensor ordered = sort(shown, 0).values;
  return {real,
          examples::dense_layers(o.latent, o.hidden, 1),
          examples::dense_layers(1, o.hidden, 1),
          samples,
          "W1: Wasserstein-1 distance of 10,000 generated from 10,000 real numbers",
          [=](const Tensor& y) {
            const Tensor distance = mean(abs(sort(y, 0).values - ordered));
            return std::vector<training::Metric>{{"W1", distance.item<double>()}};
          },
          [=](const Tensor& y) {
            return Chart{.title = {},
                         .x_label = "x",
                         .y_label = "density",
                         .series = {outline("real", shown, Style::line),
                                    outline("generated", y, Style::line)},
                         .x = {{0, 8}}};
          }};
}

/// Points (N, 2) of an ellipse at these parameters (N, 1).
Tensor on_ellipse(const Tensor& t) { return concatenate({2 * cos(t), sin(t)}, 1); }

/// Lengths of the vectors along the last axis.
Tensor lengths(const Tensor& vectors) { return norm(vectors, 2, -1); }

Series scatter(const std::string& title, const Tensor& points, Style style) {
  Series series{title, {}, style};
  for (const Tensor& p : points) {
    const auto xy = p.to_vector<double>();
    series.points.push_back({xy[0], xy[1]});
  }
  return series;
}

Problem ellipse(const Options& o) {
  constexpr double turn = 2 * std::numbers::pi;
  const Tensor curve = on_ellipse(unsqueeze(linspace(0, turn, 2001), 1));
  const double size = mean(lengths(curve)).item<double>();
  return {[=](std::size_t n) {
            return on_ellipse(uniform(0, turn, {n, 1}));
          },
          examples::dense_layers(o.latent, o.hidden, 2),
          examples::dense_layers(2, o.hidden, 1),
          1000,
          "distance: mean distance of 1,000 points from the ellipse, in its mean radius\n"
          "gap: largest gap between their directions, in degrees",
          [=](const Tensor& y) {
            const Tensor distance = min(lengths(unsqueeze(y, 1) - curve), 1);
            const Tensor angle = sort(atan2(y[{Slice(), 1}], y[{Slice(), 0}])).values;
            const Tensor around = concatenate({angle, slice(angle, 0, 0, 1) + turn});
            return std::vector<training::Metric>{
                {"distance", mean(distance).item<double>() / size},
                {"gap", max(diff(around)).item<double>() * 360 / turn}};
          },
          [=](const Tensor& y) {
            return Chart{.title = {},
                         .x_label = "x",
                         .y_label = "y",
                         .series = {scatter("real", curve, Style::line),
                                    scatter("generated", y, Style::points)},
                         .x = {{-2.5, 2.5}},
                         .y = {{-1.5, 1.5}}};
          }};
}

Chart losses_chart(const examples::GanHistory& history) {
  const auto by_epoch = [](const std::string& title, const std::vector<double>& values) {
    Series series{title, {}, Style::line_and_points};
    for (const double value : values)
      series.points.push_back({static_cast<double>(series.points.size() + 1), value});
    return series;
  };
  return {.title = "Losses",
          .x_label = "epoch",
          .y_label = "loss",
          .series = {by_epoch("discriminator", history.discriminator),
                     by_epoch("generator", history.generator)},
          .whole_x = true};
}

int run(const Options& o) {
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  set_num_threads(o.threads);
  manual_seed(o.seed);
  Problem problem = o.problem == "numbers" ? numbers(o) : ellipse(o);
  std::printf("generator of %zu and discriminator of %zu parameters\n",
              problem.generator.num_parameters(), problem.discriminator.num_parameters());

  const Tensor noise = randn({problem.samples, o.latent});
  std::vector<Tensor> epochs;  // what has been made of the noise
  std::vector<training::Metric> metrics;
  const auto after_epoch = [&](nn::Module& generator) {
    const NoGrad guard;
    epochs.push_back(generator(noise));
    return metrics = problem.measure(epochs.back());
  };
  const bool critic = o.loss.starts_with("wgan");
  const examples::GanHistory history =
      examples::train_gan(problem.discriminator, problem.generator, o.latent, problem.real,
                          {.loss = losses.at(o.loss),
                           .epochs = o.epochs,
                           .steps = o.steps,
                           .discriminator_steps = o.discriminator_steps.value_or(critic ? 5 : 1),
                           .batch_size = o.batch_size,
                           .lr = o.lr,
                           .one_sided = o.problem == "numbers",
                           .average = o.average,
                           .label_smoothing = o.label_smoothing,
                           .noise = o.noise,
                           .after_epoch = after_epoch});
  if (history.interrupted) {
    std::printf("interrupted\n");
    return 130;
  }
  std::printf("%s\n", problem.measures.c_str());
  for (const training::Metric& metric : metrics)
    std::printf("%s: %.4f\n", metric.name.c_str(), metric.value);
  if (!o.plot.empty()) {
    std::vector<Chart> charts;
    for (const std::size_t epoch : {std::size_t{1}, (o.epochs + 1) / 2, o.epochs}) {
      charts.push_back(problem.chart(epochs[epoch - 1]));
      charts.back().title = str("After epoch ", epoch);
    }
    charts.push_back(losses_chart(history));
    examples::draw(
        str("Generated ", o.problem == "numbers" ? "numbers" : "points", ", loss ", o.loss), charts,
        o.plot, 2);
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
