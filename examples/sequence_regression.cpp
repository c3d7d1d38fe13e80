// Regression of a time series: the next value from those before. A network that sees a window of
// the last values is compared with recurrent ones, which remember in their state what they read.
// Each forecasts one step from true values, and a long way by reading its own forecasts. The series
// are generated:
//   x_t = a + b t + c sin(2 pi t / p) + u_t,  u_t = f u_(t-1) + s e_t,  e_t normal (0, 1),
//   "ar":    a = 0,   b = 0,    c = 1, p = 25, f = 0.8, s = 0.1: a sine in autoregressive noise;
//   "price": a = 100, b = 0.02, c = 5, p = 50, f = 1,   s = 0.5: random walk, trend and season.
// A price leaves the range in which the networks know it; its changes, which --difference has them
// learn, do not. `sequence_regression --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <numbers>
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
using State = nn::LSTMState;

namespace {

struct Options {
  std::string series = "ar";
  std::vector<std::string> models{"mlp", "rnn", "lstm", "gru"};
  bool difference = false;
  std::int64_t length = 2000;
  double train = 0.7;
  std::int64_t window = 16;
  std::int64_t sequence = 64;
  std::int64_t horizon = 100;
  std::size_t hidden = 32;
  std::size_t epochs = 30;
  std::size_t batch_size = 32;
  double lr = 0.003;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  std::string plot;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator count = examples::between(1, 1 << 20);
  app.add_option("--series", o.series,
                 "ar: sin(2 pi t / 25) + u_t, u_t = 0.8 u_(t-1) + 0.1 e_t; price: 100 + 0.02 t + 5 "
                 "sin(2 pi t / 50) + u_t, u_t = u_(t-1) + 0.5 e_t; e_t normal (0, 1)")
      ->check(CLI::IsMember({"ar", "price"}))
      ->capture_default_str();
  app.add_option("--model", o.models, "mlp (of a window), rnn, lstm, gru, or several of them")
      ->delimiter(',')
      ->check(CLI::IsMember({"mlp", "rnn", "lstm", "gru"}))
      ->capture_default_str();
  app.add_flag("--difference", o.difference,
               "Learn how the series changes in a step, not its values");
  app.add_option("--length", o.length, "Values of the series")
      ->check(examples::between(100, 100000))
      ->capture_default_str();
  app.add_option("--train", o.train, "Share of them that is trained on; the others are the test")
      ->check(examples::between(0.1, 0.9))
      ->capture_default_str();
  app.add_option("--window", o.window, "Values that the mlp sees")
      ->check(count)
      ->capture_default_str();
  app.add_option("--sequence", o.sequence,
                 "Values that are read in training, and before a forecast")
      ->check(count)
      ->capture_default_str();
  app.add_option("--horizon", o.horizon, "Steps of the long-term forecast")
      ->check(count)
      ->capture_default_str();
  app.add_option("--hidden", o.hidden, "Hidden units, or states")
      ->check(count)
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Passes over the training part")
      ->check(count)
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Sequences of a step")
      ->check(count)
      ->capture_default_str();
  app.add_option("--lr", o.lr, "Learning rate of Adam, at the top of one cycle")
      ->check(examples::positive)
      ->capture_default_str();
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  examples::add_plot(app, o.plot, "the forecasts over the truth");
}

/// The letters of the formula above.
struct Process {
  double a, b, c, p, f, s;
};

/// Values x_0, x_1, ….
Tensor generate(const Process& process, std::int64_t length) {
  const Tensor t = arange(length).to(float64);
  std::vector<double> u;
  for (const double e : randn(length, float64).to_vector<double>())
    u.push_back((u.empty() ? 0 : process.f * u.back()) + process.s * e);
  return process.a + process.b * t + process.c * sin(2 * std::numbers::pi / process.p * t) +
         tensor(u);
}

/// A layer over a window of the last values. Its state is what it read last.
struct WindowNet : nn::Module {
  nn::Linear hidden, output;
  std::int64_t window;
  XGRAD_FIELDS(hidden, output)

  WindowNet(std::int64_t values, std::size_t width)
      : hidden(values, width), output(width, 1), window(values) {}

  /// The forecasts (T, N, 1) after each value of x (T, N, 1); takes `state` on.
  Tensor read(const Tensor& x, State& state) {
    const auto steps = static_cast<std::int64_t>(x.size(0));
    if (!state.h.defined()) state.h = zeros({window - 1, static_cast<std::int64_t>(x.size(1)), 1});
    const Tensor all = concatenate({state.h, x}, 0);
    state.h = slice(all, 0, steps, steps + window - 1);
    std::vector<Tensor> delayed;
    for (std::int64_t i = 0; i < window; ++i) delayed.push_back(slice(all, 0, i, i + steps));
    return output(tanh(hidden(concatenate(delayed, -1))));
  }
};

/// All pieces of `length` values that follow each other, (pieces, length).
Tensor pieces(const Tensor& values, std::int64_t length) {
  const Tensor starts = arange(static_cast<std::int64_t>(values.size(0)) - length + 1);
  return values[unsqueeze(starts, 1) + arange(length)];
}

/// Sequences (N, T) as networks read them, (T, N, 1).
Tensor as_steps(const Tensor& sequences) { return unsqueeze(t(sequences), 2).to(float32); }

/// Trains to forecast the next value at each step of pieces of the series, from where a window is
/// full. Returns whether it was interrupted.
template <class Net>
bool train(const std::string& name, Net& net, const Tensor& values, const Options& o) {
  const data::DataLoader loader(data::TensorDataset(pieces(values, o.sequence + 1)),
                                {.batch_size = o.batch_size, .shuffle = true});
  optim::Adam adam(net.parameters(), {.lr = o.lr});
  optim::OneCycleLR schedule(
      adam, {.max_lr = o.lr, .total_steps = static_cast<std::int64_t>(o.epochs * loader.size())});
  const examples::InterruptGuard interrupt;
  for (std::size_t epoch = 1; epoch <= o.epochs; ++epoch) {
    training::Progress progress({.label = str(name, ", epoch ", epoch, "/", o.epochs),
                                 .total = loader.size(),
                                 .unit = "sequences"});
    for (auto& batch : loader) {
      const Tensor x = as_steps(batch.features);
      State state;
      adam.zero_grad();
      const Tensor forecasts = net.read(slice(x, 0, 0, o.sequence), state);
      const Tensor loss = nn::mse_loss(slice(forecasts, 0, o.window - 1, o.sequence),
                                       slice(x, 0, o.window, o.sequence + 1));
      loss.backward();
      optim::clip_grad_norm_(net.parameters(), 1);
      adam.step();
      schedule.step();
      progress.step(x.size(1), {{"loss", loss.item<double>()}});
      if (interrupt.requested()) return true;
    }
    progress.finish();
  }
  return false;
}

/// The series as networks read it: its values or changes, with mean 0 and deviation 1 in the part
/// that is trained on.
struct Data {
  Tensor values;  ///< (length)
  Tensor scaled;  ///< (length); the first change is 0
  std::int64_t length, train;
  Tensor mean, deviation;
};

Data prepare(const Tensor& values, const Options& o) {
  const auto train = static_cast<std::int64_t>(o.train * static_cast<double>(o.length));
  const Tensor read =
      o.difference ? diff(concatenate({slice(values, 0, 0, 1), values}, 0)) : values;
  const Tensor own = slice(read, 0, 0, train);
  const Tensor mean = own.mean(), deviation = stddev(own);
  return {values, (read - mean) / deviation, o.length, train, mean, deviation};
}

/// Forecasts of the test part.
struct Forecasts {
  std::string name;
  Tensor one_step;   ///< (test values), each from all true values before
  Tensor long_term;  ///< (starts, horizon), from each start in the test part
};

/// Every forecast is the last value.
Forecasts naive(const Data& data, const Options& o) {
  const Tensor before = slice(data.values, 0, data.train - 1, data.length - 1);
  const Tensor last = slice(before, 0, 0, data.length - data.train - o.horizon + 1);
  return {"naive", before, repeat(unsqueeze(last, 1), o.horizon, 1)};
}

template <class Net>
Forecasts forecast(const std::string& name, Net& net, const Data& data, const Options& o) {
  const NoGrad guard;
  const auto unscaled = [&](const Tensor& y) { return y.to(float64) * data.deviation + data.mean; };
  const Tensor before = slice(data.values, 0, data.train - 1, data.length - 1);

  State state;
  const Tensor all = reshape(net.read(as_steps(unsqueeze(data.scaled, 0)), state), {-1});
  const Tensor one_step = unscaled(slice(all, 0, data.train - 1, data.length - 1));

  const Tensor read =
      pieces(slice(data.scaled, 0, data.train - o.sequence, data.length - o.horizon), o.sequence);
  state = {};
  Tensor next = net.read(as_steps(read), state)[-1];
  std::vector<Tensor> steps{next};
  while (static_cast<std::int64_t>(steps.size()) < o.horizon) {
    next = net.read(unsqueeze(next, 0), state)[0];
    steps.push_back(next);
  }
  const Tensor long_term = unscaled(concatenate(steps, 1));
  if (!o.difference) return {name, one_step, long_term};
  const Tensor last = slice(before, 0, 0, static_cast<std::int64_t>(read.size(0)));
  return {name, before + one_step, unsqueeze(last, 1) + cumsum(long_term, 1)};
}

/// Trains a network and adds its forecasts. Returns whether it was interrupted.
template <class Net>
bool add(const std::string& name, Net net, const Data& data, const Options& o,
         std::vector<Forecasts>& all) {
  if (train(name, net, slice(data.scaled, 0, 0, data.train), o)) return true;
  all.push_back(forecast(name, net, data, o));
  return false;
}

/// The root of the mean square, of all or over an axis.
Tensor rms(const Tensor& x) { return sqrt(mean(square(x))); }
Tensor rms(const Tensor& x, int axis) { return sqrt(mean(square(x), axis)); }

examples::Series series(const std::string& title, const Tensor& values, std::int64_t first) {
  examples::Series result{title, {}};
  for (const double value : values.to_vector<double>())
    result.points.push_back({static_cast<double>(first++), value});
  return result;
}

void draw(const std::vector<Forecasts>& all, const Data& data, const Tensor& ahead,
          const Options& o) {
  const std::int64_t begin = data.train, end = begin + o.horizon;
  examples::Chart one_step{.title = "Forecasts of one step, from true values",
                           .x_label = "t",
                           .y_label = "x",
                           .series = {}};
  examples::Chart long_term{.title = "Long-term forecasts, each from its own",
                            .x_label = "t",
                            .y_label = "x",
                            .series = {}};
  examples::Chart error{.title = "Error of long-term forecasts",
                        .x_label = "steps ahead",
                        .y_label = "RMSE",
                        .series = {}};
  for (const Forecasts& f : all) {
    error.series.push_back(series(f.name, rms(f.long_term - ahead, 0), 1));
    one_step.series.push_back(series(f.name, slice(f.one_step, 0, 0, o.horizon), begin));
    long_term.series.push_back(series(f.name, f.long_term[0], begin));
  }
  // The truth is drawn over the forecasts, in the place of the naive ones, which are the last.
  examples::Series truth = series("truth", slice(data.values, 0, begin, end), begin);
  truth.style = examples::Style::line_and_points;
  one_step.series.back() = long_term.series.back() = truth;
  error.series.back().style = examples::Style::dashes;
  examples::draw(str("Forecasts of the series ", o.series, o.difference ? ", by its changes" : ""),
                 {one_step, long_term, error}, o.plot);
}

int run(const Options& o) {
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  set_num_threads(o.threads);
  manual_seed(o.seed);
  const Process process =
      o.series == "ar" ? Process{0, 0, 1, 25, 0.8, 0.1} : Process{100, 0.02, 5, 50, 1, 0.5};
  const Data data = prepare(generate(process, o.length), o);
  if (o.window > o.sequence)
    throw ValueError(str("--window ", o.window, " is more than --sequence ", o.sequence));
  if (data.train <= o.sequence)
    throw ValueError(
        str(data.train, " values to train on; expected more than --sequence ", o.sequence));
  if (data.length - data.train < o.horizon)
    throw ValueError(str(data.length - data.train,
                         " values in the test part; expected at least --horizon ", o.horizon));

  std::vector<Forecasts> all;
  for (const std::string& name : o.models) {
    manual_seed(o.seed + 1);
    if (name == "mlp" ? add(name, WindowNet(o.window, o.hidden), data, o, all)
                      : add(name, examples::RecurrentNet(name, 1, o.hidden, 1), data, o, all)) {
      std::printf("interrupted\n");
      return examples::status_interrupted();
    }
  }

  all.push_back(naive(data, o));

  const Tensor test = slice(data.values, 0, data.train, data.length);
  const Tensor ahead = pieces(test, o.horizon);
  std::printf("\n%lld values to train on, %zu of the test; the noise of a step has deviation %g\n",
              static_cast<long long>(data.train), test.numel(), process.s);
  std::printf("%-6s %12s %20s\n", "RMSE", "of one step",
              str("of 1 to ", o.horizon, " steps").c_str());
  for (const Forecasts& f : all)
    std::printf("%-6s %12.4f %20.4f\n", f.name.c_str(), rms(f.one_step - test).item<double>(),
                rms(f.long_term - ahead).item<double>());
  if (!o.plot.empty()) {
    draw(all, data, ahead, o);
    std::printf("figure drawn to %s\n", o.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Forecasts a series by a network over a window and by recurrent networks.",
               "sequence_regression");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("sequence_regression", [&] { return run(options); });
}
