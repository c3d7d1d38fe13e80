// The adding problem: a network reads a long sequence of numbers, of which two are marked, and has
// to say their sum at the end. It needs a memory of what it read up to a whole sequence ago, so it
// tells recurrent layers apart. Each is trained on new sequences only; between epochs it is tested
// on others, which stay the same. `adding_problem --help` lists what it takes.
// Sources: Hochreiter & Schmidhuber 1997, "Long short-term memory", section 5.4; Le, Jaitly &
// Hinton 2015, "A simple way to initialize recurrent networks of rectified linear units",
// section 4.1.

#include "examples/support/adding_problem.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/recurrent_net.hpp"

using namespace xgrad;
using examples::RecurrentNet;

namespace {

constexpr std::size_t steps_of_epoch = 100;
/// An answer is right if it is off by less: Hochreiter & Schmidhuber's criterion.
constexpr double right_within = 0.04;

struct Options {
  std::vector<std::string> models = examples::recurrent_names();
  std::size_t length = 100;
  std::size_t hidden = 64;
  std::size_t epochs = 50;
  std::size_t batch_size = 50;
  std::size_t test = 1000;
  double lr = 0.01;
  double clip = 1;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  std::string plot;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator count = examples::between(1, 1 << 20);
  app.add_option("--model", o.models, "rnn, lstm, gru, or several of them to compare")
      ->delimiter(',')
      ->check(CLI::IsMember(examples::recurrent_names()))
      ->capture_default_str();
  app.add_option("--length", o.length, "Numbers of a sequence")
      ->check(examples::between(2, 10000))
      ->capture_default_str();
  app.add_option("--hidden", o.hidden, "States of a layer")->check(count)->capture_default_str();
  app.add_option("--epochs", o.epochs, str("Epochs, of ", steps_of_epoch, " steps each"))
      ->check(count)
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Sequences of a step")
      ->check(count)
      ->capture_default_str();
  app.add_option("--test", o.test, "Sequences of the test")->check(count)->capture_default_str();
  app.add_option("--lr", o.lr, "Learning rate of Adam, which falls to 0")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--clip", o.clip, "Largest norm of the gradients")
      ->check(examples::positive)
      ->capture_default_str();
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  examples::add_plot(app, o.plot, "the mean squared error on the test sequences");
}

/// How well a network does on the test sequences.
struct Score {
  double error = 0;  ///< mean of the squares
  double right = 0;  ///< share of right answers
};

struct Training {
  std::string model;
  std::vector<Score> scores = {};  ///< at the beginning and after each epoch
  bool interrupted = false;
};

Score score(const Tensor& answers, const Tensor& sums) {
  const Tensor off = abs(answers - sums);
  return {mean(square(off)).item<double>(), mean((off < right_within).to(float64)).item<double>()};
}

Score evaluate(RecurrentNet& net, const data::Batch& test) {
  const NoGrad guard;
  return score(net(test.features), test.labels);
}

Training train(const std::string& model, const data::Batch& test, const Options& o) {
  // Each model does the same alone as beside others. The sequences of the test have another seed.
  manual_seed(o.seed + 1);
  RecurrentNet net(model, 2, o.hidden, 1);
  optim::Adam adam(net.parameters(), {.lr = o.lr});
  optim::CosineAnnealingLR schedule(
      adam,
      {.T_max = static_cast<std::int64_t>(std::max<std::size_t>(1, o.epochs * steps_of_epoch))});
  const examples::InterruptGuard interrupt;
  Training training{model, {evaluate(net, test)}};
  for (std::size_t epoch = 1; epoch <= o.epochs; ++epoch) {
    training::Progress progress({.label = str(model, ", epoch ", epoch, "/", o.epochs),
                                 .total = steps_of_epoch,
                                 .unit = "sequences"});
    for (std::size_t step = 0; step < steps_of_epoch; ++step) {
      const auto [x, y] = examples::adding_problem(o.length, o.batch_size);
      adam.zero_grad();
      const Tensor loss = nn::mse_loss(net(x), y);
      loss.backward();
      optim::clip_grad_norm_(net.parameters(), o.clip);
      adam.step();
      schedule.step();
      progress.step(o.batch_size, {{"loss", loss.item<double>()}});
      training.interrupted = interrupt.requested();
      if (training.interrupted) return training;
    }
    training.scores.push_back(evaluate(net, test));
    progress.finish(
        {{"test", training.scores.back().error}, {"right", training.scores.back().right, true}});
  }
  return training;
}

int run(const Options& o) {
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  set_num_threads(o.threads);
  manual_seed(o.seed);
  const data::Batch test = examples::adding_problem(o.length, o.test);
  std::vector<Training> trainings;
  for (const std::string& model : o.models) {
    trainings.push_back(train(model, test, o));
    if (trainings.back().interrupted) {
      std::printf("interrupted\n");
      return examples::status_interrupted();
    }
  }

  std::printf("\n%zu numbers, %zu states, %zu steps of %zu sequences\n", o.length, o.hidden,
              o.epochs * steps_of_epoch, o.batch_size);
  std::printf("%-12s %12s %16s\n", "", "test MSE", str("off by < ", right_within).c_str());
  const auto print = [](const char* name, const Score& score) {
    std::printf("%-12s %12.5f %14.2f %%\n", name, score.error, 100 * score.right);
  };
  print("always 1", score(ones_like(test.labels), test.labels));
  // Their table 7: an LSTM, trained on single sequences, 74,000 of them.
  if (o.length == 100)
    std::printf("%-12s %12s %14.2f %%\n", "H. & S. 1997", "", 100 * 2559 / 2560.0);
  examples::Chart chart{.title = "Mean squared error on test sequences",
                        .x_label = "training steps",
                        .y_label = "mean squared error",
                        .series = {},
                        .log_y = true};
  for (const auto& [model, scores, interrupted] : trainings) {
    print(model.c_str(), scores.back());
    examples::Series series{model, {}};
    for (std::size_t i = 0; i < scores.size(); ++i)
      series.points.push_back({static_cast<double>(i * steps_of_epoch), scores[i].error});
    chart.series.push_back(series);
  }
  if (!o.plot.empty()) {
    const auto end = static_cast<double>(o.epochs * steps_of_epoch);
    chart.series.push_back({"always answering 1: 1/6",
                            {{0, examples::adding_baseline}, {end, examples::adding_baseline}},
                            examples::Style::dashes});
    examples::draw(str("The adding problem, ", o.length, " numbers"), {chart}, o.plot);
    std::printf("figure drawn to %s\n", o.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Recurrent networks learn to add two marked numbers of a long sequence.",
               "adding_problem");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("adding_problem", [&] { return run(options); });
}
