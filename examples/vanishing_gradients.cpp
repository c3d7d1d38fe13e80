// Gradients that vanish or explode on their way back through time. First: how the gradient of a
// recurrent network's last state with respect to an input depends on how many steps lie between
// them, for layers as they are initialised and for two whose parameters are set. Then: what
// clipping does to the gradients of a network in which they explode, while it is trained on the
// adding problem. As initialised, LSTM and GRU lose the gradient too: their gates are half open,
// and a step keeps about half of the state. An LSTM keeps it once a bias opens its forget gates.
// `vanishing_gradients --help` lists what it takes.
// Sources: Bengio, Simard & Frasconi 1994, "Learning long-term dependencies with gradient descent
// is difficult"; Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural
// networks"; Jozefowicz, Zaremba & Sutskever 2015, "An empirical exploration of recurrent network
// architectures", of the bias.

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/adding_problem.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/recurrent_net.hpp"

using namespace xgrad;
using examples::RecurrentNet;

namespace {

struct Options {
  std::size_t hidden = 64;
  std::size_t distance = 100;
  std::size_t sequences = 32;
  double factor = 3;
  double forget_bias = 3;
  std::size_t steps = 5000;
  std::size_t length = 20;
  std::size_t batch_size = 32;
  double lr = 0.05;
  double clip = 1;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  std::string plot;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator count = examples::between(1, 1 << 20);
  app.add_option("--hidden", o.hidden, "States of a layer")->check(count)->capture_default_str();
  app.add_option("--distance", o.distance, "Largest distance in time")
      ->check(examples::between(20, 10000))
      ->capture_default_str();
  app.add_option("--sequences", o.sequences, "Random sequences whose gradients are averaged")
      ->check(count)
      ->capture_default_str();
  app.add_option("--factor", o.factor,
                 "What the recurrent weights of the RNN are multiplied by to make it explode")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--forget-bias", o.forget_bias,
                 "Bias of the forget gates of the LSTM that is to keep its gradient")
      ->check(examples::between(-20.0, 20.0))
      ->capture_default_str();
  app.add_option("--steps", o.steps, "Steps of each training; 0: none")
      ->check(examples::between(0, 1 << 20))
      ->capture_default_str();
  app.add_option("--length", o.length, "Steps in time of the sequences that are trained on")
      ->check(examples::between(2, 10000))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Sequences of a training step")
      ->check(count)
      ->capture_default_str();
  app.add_option("--lr", o.lr, "Learning rate of SGD")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--clip", o.clip, "Largest norm of the gradients of the training that clips them")
      ->check(examples::positive)
      ->capture_default_str();
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  examples::add_plot(app, o.plot, "the norms of the gradients");
}

/// A layer, and what is changed in it after its initialisation.
struct Case {
  std::string title;
  std::string layer;
  double factor = 1;       ///< of the recurrent weights
  double forget_bias = 0;  ///< added to that of an LSTM's forget gates
};

RecurrentNet make_net(const Case& c, std::size_t inputs, std::size_t hidden) {
  RecurrentNet net(c.layer, inputs, hidden, 1);
  const NoGrad guard;
  net.weights().weight_hh.mul_(c.factor);
  if (c.forget_bias != 0) {
    // The gates stand in the order input, forget, cell, output.
    const auto width = static_cast<std::int64_t>(hidden);
    net.weights().bias_ih.index_put_({Slice(width, 2 * width)}, c.forget_bias);
  }
  return net;
}

/// The norm of the gradient of the last state in a random direction with respect to the input a
/// number of steps before, for each number from 0: the geometric mean over the sequences.
std::vector<double> norms_by_distance(const Case& c, const Options& o) {
  constexpr std::size_t inputs = 8;
  manual_seed(o.seed);
  RecurrentNet net = make_net(c, inputs, o.hidden);
  net.to(float64);  // float32 has no numbers below 1e-45
  const Tensor x =
      randn({o.distance + 1, o.sequences, inputs}, {.dtype = float64, .requires_grad = true});
  nn::LSTMState state;
  {
    // Just behind the state 0, where nothing is saturated, the gradient would be larger.
    const NoGrad guard;
    net.states(randn(x.shape(), float64), state);
  }
  const Tensor last = net.states(x, state)[-1];
  const Tensor direction = randn_like(last);
  const Tensor along = sum(last * direction / norm(direction, 2, -1, true));
  return flip(exp(mean(log(norm(grad(along, x), 2, -1)), 1)), 0).to_vector<double>();
}

/// By what the norm is multiplied in a step. The first ten do not count: where the gradient begins,
/// its direction is still that of the last state.
double rate(const std::vector<double>& norms) {
  return std::pow(norms.back() / norms[10], 1 / static_cast<double>(norms.size() - 11));
}

/// The norms of the parameters' gradients before clipping, and the losses, step by step.
struct Training {
  std::string title;
  std::vector<double> norms = {}, losses = {};
  bool diverged = false, interrupted = false;
};

/// No training comes back from a loss above it.
constexpr double divergence = 1e3;

Training train(const std::string& title, double clip, const Options& o) {
  manual_seed(o.seed);
  RecurrentNet net = make_net({title, "rnn", o.factor}, 2, o.hidden);
  optim::SGD sgd(net.parameters(), {.lr = o.lr});
  training::Progress progress({.label = title, .total = o.steps, .unit = "sequences"});
  const examples::InterruptGuard interrupt;
  Training training{title};
  for (std::size_t step = 0; step < o.steps; ++step) {
    const auto [x, y] = examples::adding_problem(o.length, o.batch_size);
    sgd.zero_grad();
    const Tensor loss = nn::mse_loss(net(x), y);
    loss.backward();
    training.norms.push_back(
        optim::clip_grad_norm_(net.parameters(), clip, 2, {.error_if_nonfinite = false}));
    training.losses.push_back(loss.item<double>());
    sgd.step();
    progress.step(o.batch_size,
                  {{"loss", training.losses.back()}, {"norm", training.norms.back()}});
    training.diverged = !(training.losses.back() < divergence);
    if (training.diverged) break;
    training.interrupted = interrupt.requested();
    if (training.interrupted) return training;
  }
  progress.finish();
  return training;
}

void print_row(const Training& training) {
  const Tensor norms = tensor(training.norms), losses = tensor(training.losses);
  const auto steps = static_cast<std::int64_t>(training.losses.size());
  std::printf("%-18s %8.3g %8.3g", training.title.c_str(), median(norms).item<double>(),
              max(norms).item<double>());
  if (training.diverged)
    std::printf("  above %g after %lld steps\n", divergence, static_cast<long long>(steps));
  else
    std::printf("  %.4f\n", mean(slice(losses, 0, steps - (steps + 9) / 10, steps)).item<double>());
}

examples::Series series(const std::string& title, const std::vector<double>& values,
                        std::size_t first) {
  examples::Series result{title, {}};
  for (std::size_t i = 0; i < values.size(); ++i)
    result.points.push_back({static_cast<double>(first + i), values[i]});
  return result;
}

/// Prints the norms by distance of each layer, and returns the chart of them.
examples::Chart compare_layers(const Options& o) {
  const std::vector<Case> cases = {
      {"RNN", "rnn"},
      {str("RNN, weights x ", o.factor), "rnn", o.factor},
      {"LSTM", "lstm"},
      {str("LSTM, forget bias ", o.forget_bias), "lstm", 1, o.forget_bias},
      {"GRU", "gru"}};
  std::vector<std::size_t> distances;
  for (const std::size_t distance : {1U, 10U, 50U, 100U})
    if (distance <= o.distance) distances.push_back(distance);

  std::printf("norm of the gradient of the last state of %zu with respect to an input\n", o.hidden);
  std::printf("%-22s", "steps between them");
  for (const std::size_t distance : distances) std::printf(" %9zu", distance);
  std::printf(" %9s\n", "per step");
  examples::Chart chart{.title = "Last state with respect to an input, at initialisation",
                        .x_label = "steps between them",
                        .y_label = "norm of the gradient",
                        .series = {},
                        .log_y = true};
  for (const Case& c : cases) {
    const std::vector<double> norms = norms_by_distance(c, o);
    std::printf("%-22s", c.title.c_str());
    for (const std::size_t distance : distances) std::printf(" %9.2e", norms[distance]);
    std::printf(" %9.3f\n", rate(norms));
    chart.series.push_back(series(c.title, norms, 0));
  }
  return chart;
}

/// Prints how the trainings without and with clipping went, and returns the charts of their norms
/// and losses.
std::vector<examples::Chart> compare_trainings(const std::vector<Training>& trainings,
                                               const Options& o) {
  const auto chart = [](const char* title, const char* y_label) {
    return examples::Chart{.title = title,
                           .x_label = "step",
                           .y_label = y_label,
                           .series = {},
                           .log_x = true,
                           .log_y = true};
  };
  examples::Chart norms =
      chart("All parameters, in training", "norm of the gradient before clipping");
  examples::Chart losses = chart("Loss of the same trainings", "mean squared error");
  std::printf("%-18s %17s\n%-18s %8s %8s  %s\n", "", "norm of gradient", "", "median", "largest",
              "loss of the last tenth of the steps");
  for (const Training& training : trainings) {
    print_row(training);
    norms.series.push_back(series(training.title, training.norms, 1));
    losses.series.push_back(series(training.title, training.losses, 1));
  }
  const auto level = [&](const char* title, double y) {
    const std::vector<examples::Point> ends{{1, y}, {static_cast<double>(o.steps), y}};
    return examples::Series{title, ends, examples::Style::dashes};
  };
  norms.series.push_back(level("largest after clipping", o.clip));
  losses.series.push_back(level("of always answering 1", examples::adding_baseline));
  return {norms, losses};
}

int run(const Options& o) {
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  set_num_threads(o.threads);
  std::vector<examples::Chart> charts{compare_layers(o)};
  if (o.steps > 0) {
    std::printf("\nRNN, weights x %g, trained on the adding problem of %zu steps\n", o.factor,
                o.length);
    std::vector<Training> trainings{
        train("without clipping", std::numeric_limits<double>::infinity(), o)};
    if (!trainings.back().interrupted) trainings.push_back(train("with clipping", o.clip, o));
    if (trainings.back().interrupted) {
      std::printf("interrupted\n");
      return examples::status_interrupted();
    }
    for (const examples::Chart& chart : compare_trainings(trainings, o)) charts.push_back(chart);
  }
  if (!o.plot.empty()) {
    examples::draw("Gradients through time", charts, o.plot);
    std::printf("figure drawn to %s\n", o.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("How gradients vanish and explode through time, and what clipping does.",
               "vanishing_gradients");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("vanishing_gradients", [&] { return run(options); });
}
