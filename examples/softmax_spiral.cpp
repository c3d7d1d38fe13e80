// Three arms of a spiral, told apart by softmax regression and by a network with one hidden layer.
// Shows what a hidden layer is for: the regions of softmax regression are bounded by straight
// lines, which no training bends around the arms. `softmax_spiral --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numbers>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/regions.hpp"

using namespace xgrad;

namespace {

constexpr std::size_t arms = 3;
constexpr std::size_t new_points = 1000;  // of each arm, to test with

struct Options {
  std::size_t points = 100;
  double noise = 0.2;
  std::size_t hidden = 100;
  std::size_t steps = 1000;
  double lr = 0.01;
  std::uint64_t seed = 0;
  std::string plot;
};

/// So many points of each arm: radius from 0 to 1 over an angle of 4, which each arm begins a third
/// of a turn after the one before, with normal noise of the angle.
data::TensorDataset spiral(std::size_t points, double noise) {
  const Tensor radius = linspace(0, 1, points);
  std::vector<Tensor> places, labels;
  for (std::size_t arm = 0; arm < arms; ++arm) {
    const double start = 2 * std::numbers::pi * static_cast<double>(arm) / arms;
    const Tensor angle = 4 * radius + start + noise * randn({points});
    places.push_back(stack({radius * sin(angle), radius * cos(angle)}, 1));
    labels.push_back(full({points}, static_cast<std::int64_t>(arm), {.dtype = int64}));
  }
  return {concatenate(places), concatenate(labels)};
}

struct Classifier {
  std::string name;
  nn::Sequential net;
};

double loss(Classifier& classifier, const data::TensorDataset& data) {
  const NoGrad guard;
  return nn::cross_entropy(classifier.net(data.features), data.labels).item<double>();
}

double accuracy(Classifier& classifier, const data::TensorDataset& data) {
  const NoGrad guard;
  return nn::accuracy(classifier.net(data.features), data.labels);
}

/// Adam, each step over all points.
void train(Classifier& classifier, const data::TensorDataset& data, const Options& options) {
  optim::Adam adam(classifier.net.parameters(), {.lr = options.lr});
  const std::size_t every = std::max<std::size_t>(options.steps / 5, 1);
  std::printf("\n%s, %zu parameters\n%6s %10s %10s\n", classifier.name.c_str(),
              classifier.net.num_parameters(), "step", "loss", "accuracy");
  for (std::size_t step = 0; step <= options.steps; ++step) {
    if (step % every == 0 || step == options.steps)
      std::printf("%6zu %10.4f %8.2f %%\n", step, loss(classifier, data),
                  100 * accuracy(classifier, data));
    adam.zero_grad();
    nn::cross_entropy(classifier.net(data.features), data.labels).backward();
    if (step < options.steps) adam.step();
  }
}

void plot(std::vector<Classifier>& classifiers, const data::TensorDataset& data,
          const std::string& path) {
  const std::vector<examples::Series> classes =
      examples::by_class(data.features, data.labels, {"arm 1", "arm 2", "arm 3"});
  const auto [x, y] = examples::ranges_around(classes);
  std::vector<examples::RegionPanel> panels;
  for (Classifier& classifier : classifiers) {
    const auto probabilities = [&](const Tensor& points) {
      return softmax(classifier.net(points.to(float32)));
    };
    panels.push_back({.title = str(classifier.name, ", accuracy ",
                                   std::round(1e4 * accuracy(classifier, data)) / 100, " %"),
                      .probabilities = probabilities,
                      .x = x,
                      .y = y,
                      .classes = classes});
  }
  examples::draw("Decision regions of a spiral", panels, path);
}

int run(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  manual_seed(options.seed);
  const data::TensorDataset data = spiral(options.points, options.noise);
  const data::TensorDataset test = spiral(new_points, options.noise);
  std::printf("%zu arms of %zu points\n", arms, options.points);

  std::vector<Classifier> classifiers{
      {"softmax regression", nn::Sequential{nn::Linear(2, arms)}},
      {"two-layer network", nn::Sequential{nn::Linear(2, options.hidden), nn::ReLU(),
                                           nn::Linear(options.hidden, arms)}}};
  for (Classifier& classifier : classifiers) train(classifier, data, options);

  std::printf("\n%-20s %10s %10s %10s\n", "", "loss", "accuracy", "new data");
  for (Classifier& classifier : classifiers)
    std::printf("%-20s %10.4f %8.2f %% %8.2f %%\n", classifier.name.c_str(), loss(classifier, data),
                100 * accuracy(classifier, data), 100 * accuracy(classifier, test));
  if (!options.plot.empty()) {
    plot(classifiers, data, options.plot);
    std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Softmax regression and a two-layer network on a spiral.", "softmax_spiral");
  app.add_option("--points", options.points, "Points of each arm")
      ->check(examples::between(2, 1000000))
      ->capture_default_str();
  app.add_option("--noise", options.noise, "Standard deviation of the angles")
      ->check(examples::not_negative)
      ->capture_default_str();
  app.add_option("--hidden", options.hidden, "Width of the hidden layer")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--steps", options.steps, "Steps of Adam, each over all points")
      ->capture_default_str();
  app.add_option("--lr", options.lr, "Learning rate")
      ->check(examples::positive)
      ->capture_default_str();
  examples::add_seed(app, options.seed);
  examples::add_plot(app, options.plot, "the points and the decision regions");
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("softmax_spiral", [&] { return run(options); });
}
