// A model of characters: a recurrent network that reads a text byte by byte and says what comes
// next. It is trained by backpropagation through pieces of the text, of which each goes on with the
// state of the one before; then it writes on by itself. `char_rnn --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/epochs.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/recurrent_net.hpp"
#include "examples/support/text.hpp"

using namespace xgrad;
using State = nn::LSTMState;

namespace {

constexpr std::int64_t symbols = 256;

struct Options {
  std::string text = examples::foldoc;
  std::string model = "lstm";
  std::size_t hidden = 384;
  std::int64_t layers = 1;
  double dropout = 0;
  std::size_t sequence = 64;
  std::size_t batch_size = 32;
  std::size_t epochs = 2;
  double lr = 0.004;
  double clip = 1;
  double held_out = 0.1;
  double temperature = 0.5;
  std::size_t generate = 300;
  std::string prompt = "The ";
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  examples::Files files;
  std::string plot;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator at_least_one = examples::between(1, 1 << 20);
  app.add_option("--text", o.text, "A file, plain or compressed by gzip")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--model", o.model, "rnn, lstm or gru")
      ->check(CLI::IsMember(examples::recurrent_names()))
      ->capture_default_str();
  app.add_option("--hidden", o.hidden, "States of a layer")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--layers", o.layers, "Layers")->check(at_least_one)->capture_default_str();
  app.add_option("--dropout", o.dropout, "Probability by which what layers read is zeroed")
      ->check(examples::between(0.0, 0.99))
      ->capture_default_str();
  app.add_option("--sequence", o.sequence, "Steps that gradients go back through")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Parts of the text that are read side by side")
      ->check(at_least_one)
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Passes over the text; 0 only evaluates and writes")
      ->capture_default_str();
  app.add_option("--lr", o.lr, "Learning rate of Adam, at the top of one cycle")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--clip", o.clip, "Largest norm of the gradients")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--held-out", o.held_out, "Share of the text, at its end, that is not trained on")
      ->check(examples::between(0.01, 0.9))
      ->capture_default_str();
  app.add_option("--temperature", o.temperature,
                 "What the scores are divided by when it writes: near 0 always the likeliest byte")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--generate", o.generate, "Bytes that it writes after each epoch")
      ->capture_default_str();
  app.add_option("--prompt", o.prompt, "What it goes on from")->capture_default_str();
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  examples::add_files(app, o.files);
  examples::add_plot(app, o.plot, "bits per character by epoch");
}

struct Net : nn::Module {
  nn::Embedding embedding{symbols, 64};
  examples::RecurrentNet recurrent;
  nn::Dropout dropout;
  XGRAD_FIELDS(embedding, recurrent, dropout)

  explicit Net(const Options& o)
      : recurrent(o.model, 64, o.hidden, symbols, {.num_layers = o.layers, .dropout = o.dropout}),
        dropout(o.dropout) {}

  /// The scores (T, N, symbols) of the bytes that follow each of (T, N); takes the state on.
  Tensor read(const Tensor& bytes, State& state) {
    return recurrent.output(dropout(recurrent.states(embedding(bytes), state)));
  }
};

/// A text as `rows` parts of equal length, (T + 1, rows): what follows byte t of a part is t + 1.
Tensor in_rows(const std::string& text, std::size_t rows) {
  const std::size_t length = text.size() / rows;
  if (length < 2)
    throw ValueError(str("a text of ", text.size(), " bytes in ", rows,
                         " parts; expected at least ", 2 * rows, " bytes"));
  std::vector<std::int64_t> bytes;
  for (std::size_t i = 0; i < length * rows; ++i)
    bytes.push_back(static_cast<unsigned char>(text[i]));
  return t(reshape(tensor(bytes), Shape{rows, length}));
}

/// Calls f(bytes, those that follow, state) for the pieces of a text, one after the other, which
/// takes the state on.
template <class F>
void for_each_piece(const Tensor& text, std::size_t steps, const F& f) {
  State state;
  const auto end = static_cast<std::int64_t>(text.size(0)) - 1,
             step = static_cast<std::int64_t>(steps);
  for (std::int64_t at = 0; at < end; at += step) {
    const std::int64_t to = std::min(end, at + step);
    if (!f(slice(text, 0, at, to), slice(text, 0, at + 1, to + 1), state)) return;
    if (state.h.defined()) state.h = state.h.detach();
    if (state.c.defined()) state.c = state.c.detach();
  }
}

Tensor loss_of(const Tensor& scores, const Tensor& following) {
  return nn::cross_entropy(reshape(scores, {-1, symbols}), reshape(following, {-1}));
}

double bits(double loss) { return loss / std::numbers::ln2; }

/// Bits per character of a text in_rows, each read from its beginning to its end.
double evaluate(Net& net, const Tensor& text) {
  const NoGrad guard;
  net.eval();
  double total = 0, count = 0;
  for_each_piece(text, 256, [&](const Tensor& bytes, const Tensor& following, State& state) {
    const auto n = static_cast<double>(following.numel());
    total += n * loss_of(net.read(bytes, state), following).item<double>();
    count += n;
    return true;
  });
  net.train();
  return bits(total / count);
}

/// What the network writes after a prompt.
std::string write_on(Net& net, const Options& o) {
  const NoGrad guard;
  net.eval();
  State state;
  std::string text = o.prompt;
  Tensor bytes = in_rows(text + " ", 1);
  bytes = slice(bytes, 0, 0, static_cast<std::int64_t>(text.size()));
  for (std::size_t i = 0; i < o.generate; ++i) {
    const Tensor scores = net.read(bytes, state)[-1];
    const Tensor shares = softmax(scores.to(float64) / o.temperature, -1);
    const auto next = multinomial(reshape(shares, {-1}), 1).item<std::int64_t>();
    text.push_back(static_cast<char>(next));
    bytes = tensor(std::vector<std::int64_t>{next}, {1, 1});
  }
  net.train();
  return text;
}

struct History {
  std::vector<double> train, held_out;
};

/// Returns whether it was interrupted.
bool train(Net& net, const Tensor& text, const Tensor& held_out, const Options& o,
           History& history) {
  optim::Adam adam(net.parameters(), {.lr = o.lr});
  const std::size_t pieces = (text.size(0) - 1 + o.sequence - 1) / o.sequence;
  optim::OneCycleLR schedule(
      adam,
      {.max_lr = o.lr,
       .total_steps = static_cast<std::int64_t>(std::max<std::size_t>(2, o.epochs * pieces))});
  const auto epoch = [&](const examples::Step& step) {
    if (!history.train.empty() && o.generate > 0)
      std::printf("---\n%s\n---\n", write_on(net, o).c_str());
    for_each_piece(text, o.sequence,
                   [&](const Tensor& bytes, const Tensor& following, State& state) {
                     const Tensor loss = loss_of(net.read(bytes, state), following);
                     return step(loss, following.numel(), {{"bits", bits(loss.item<double>())}});
                   });
  };
  const auto evaluated = [&](const training::Progress& progress) {
    history.train.push_back(progress.mean("bits"));
    history.held_out.push_back(evaluate(net, held_out));
    return examples::Metrics{{"held out", history.held_out.back()}};
  };
  return examples::train_epochs(net, adam, &schedule, epoch, evaluated,
                                {.epochs = o.epochs,
                                 .steps = pieces,
                                 .unit = "characters",
                                 .files = o.files,
                                 .clip = o.clip});
}

int run(const Options& o) {
  examples::check_writable(o.files);
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  if (o.prompt.empty()) throw ValueError("--prompt is empty; expected at least one character");
  set_num_threads(o.threads);
  manual_seed(o.seed);

  const std::string text = examples::read_text(o.text);
  const auto cut = static_cast<std::size_t>(static_cast<double>(text.size()) * (1 - o.held_out));
  const Tensor own = in_rows(text.substr(0, cut), o.batch_size);
  const Tensor held_out = in_rows(text.substr(cut), o.batch_size);
  Net net(o);
  if (!o.files.load.empty()) nn::load(net, o.files.load);
  std::printf("%s of %zu states, %zu parameters; %zu characters to train on, %zu held out\n",
              o.model.c_str(), o.hidden, net.num_parameters(), cut, text.size() - cut);

  History history;
  if (train(net, own, held_out, o, history)) return examples::status_interrupted();
  std::printf("held out: %.3f bits per character\n",
              history.held_out.empty() ? evaluate(net, held_out) : history.held_out.back());
  if (o.generate > 0) std::printf("---\n%s\n---\n", write_on(net, o).c_str());
  if (!o.plot.empty()) {
    examples::draw(str("A model of characters, ", o.model, " of ", o.hidden, " states"),
                   {{.title = "Bits per character",
                     .x_label = "epoch",
                     .y_label = "bits",
                     .series = {examples::by_epoch("training", history.train, o.epochs),
                                examples::by_epoch("held out", history.held_out, o.epochs)},
                     .whole_x = true}},
                   o.plot);
    std::printf("figure drawn to %s\n", o.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a recurrent network on a text, byte by byte, and lets it write.",
               "char_rnn");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("char_rnn", [&] { return run(options); });
}
