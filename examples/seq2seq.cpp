// Sequence to sequence: dates as people write them to the form of ISO 8601, character by character.
// A recurrent network reads a date in both directions; another one writes, beginning with the state
// of the first, and looks by attention at what the first made of each character.
// `seq2seq --help` lists what it takes.
// Sources: Sutskever, Vinyals & Le 2014, "Sequence to sequence learning with neural networks";
// Bahdanau, Cho & Bengio 2015, "Neural machine translation by jointly learning to align and
// translate"; the place of attention is that of Luong, Pham & Manning 2015, "Effective approaches
// to attention-based neural machine translation".

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <limits>
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
#include "examples/support/heat_map.hpp"
#include "examples/support/interrupt.hpp"

using namespace xgrad;

namespace {

struct Options {
  bool no_attention = false;
  std::size_t hidden = 128;
  double teacher_forcing = 1;
  std::size_t beam = 1;
  std::size_t batch_size = 128;
  std::size_t epochs = 8;
  std::size_t steps = 150;
  std::size_t held_out = 2000;
  double lr = 0.005;
  double clip = 1;
  std::string date = "Sunday, 21 March 2021";
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  examples::Files files;
  std::string plot, plot_attention;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator count = examples::between(1, 1 << 20);
  app.add_flag("--no-attention", o.no_attention, "Write from the state at the end alone");
  app.add_option("--hidden", o.hidden, "States of a layer, an even number")
      ->check(count)
      ->capture_default_str();
  app.add_option("--teacher-forcing", o.teacher_forcing,
                 "Share of the steps in which the network reads the right characters as it writes, "
                 "not its own")
      ->check(examples::between(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--beam", o.beam, "Texts that are kept while it writes; 1: the greedy way")
      ->check(examples::between(1, 1000))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Dates of a step")
      ->check(count)
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Epochs; 0 only evaluates")->capture_default_str();
  app.add_option("--steps", o.steps, "Steps of an epoch")->check(count)->capture_default_str();
  app.add_option("--held-out", o.held_out, "Dates that are tested, none of which is trained on")
      ->check(examples::between(1, 3653))
      ->capture_default_str();
  app.add_option("--lr", o.lr, "Learning rate of Adam, at the top of one cycle")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--clip", o.clip, "Largest norm of the gradients")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--date", o.date, "A date to translate at the end")->capture_default_str();
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  examples::add_files(app, o.files);
  examples::add_plot(app, o.plot, "loss and exact matches by epoch");
  app.add_option("--plot-attention", o.plot_attention,
                 "Draw what the network looks at while it translates --date, .svg or .png")
      ->type_name("FILE");
}

// ---- dates

/// As strftime has them; ~ is the ending of an ordinal. Years of two digits are 1950 to 2049, and
/// where a month is a number, what stands between tells it from the day.
constexpr std::array forms = {"%Y/%m/%d",    "%d.%m.%Y",    "%-d.%-m.%y",    "%-m/%-d/%Y",
                              "%m/%d/%y",    "%-d %B %Y",   "%B %-d, %Y",    "%b %-d~, %Y",
                              "%d-%b-%y",    "%a %b %e %Y", "%A, %-d %B %Y", "the %-d~ of %B %Y",
                              "%Y, %B %-d~", "%Y%m%d"};

/// A day, counted from 1950, in one of the forms of strftime.
std::string written(std::int64_t day, const char* form) {
  constexpr std::int64_t from = -7305;  // 1950-01-01, counted from 1970
  const std::time_t seconds = (from + day) * 86400;
  std::tm date{};
  gmtime_r(&seconds, &date);
  std::array<char, 64> buffer{};
  std::string text(buffer.data(), std::strftime(buffer.data(), buffer.size(), form, &date));
  const int ones = date.tm_mday / 10 == 1 ? 0 : date.tm_mday % 10;
  if (const std::size_t at = text.find('~'); at != std::string::npos)
    text.replace(at, 1, ones == 1 ? "st" : ones == 2 ? "nd" : ones == 3 ? "rd" : "th");
  return text;
}

const std::string alphabet = "0123456789-";  // of what is written
constexpr std::int64_t symbols = 11, begin = symbols, length = 10;

/// Texts of characters up to 127, padded by 0 to the longest, and the dates, if they are known.
struct Batch {
  std::vector<std::string> texts;
  Tensor source;  ///< (N, S)
  std::vector<std::int64_t> lengths;
  Tensor target;  ///< (N, length) of the alphabet
};

Tensor in_rows(const std::vector<std::string>& texts, std::size_t width) {
  std::vector<std::int64_t> characters;
  for (const std::string& text : texts) {
    characters.insert(characters.end(), text.begin(), text.end());
    characters.resize(characters.size() + width - text.size());
  }
  return tensor(characters, {texts.size(), width});
}

Batch batch_of(const std::vector<std::string>& texts) {
  Batch batch;
  batch.texts = texts;
  for (const std::string& text : texts)
    batch.lengths.push_back(static_cast<std::int64_t>(text.size()));
  batch.source = in_rows(texts, static_cast<std::size_t>(*std::ranges::max_element(batch.lengths)));
  return batch;
}

/// Days in random forms.
Batch batch_of(const Tensor& days) {
  const Tensor chosen = randint(0, static_cast<std::int64_t>(forms.size()), days.shape());
  std::vector<std::string> texts, dates;
  for (std::size_t i = 0; i < days.numel(); ++i) {
    const std::int64_t day = days.data<std::int64_t>()[i];
    texts.push_back(written(day, forms[static_cast<std::size_t>(chosen.data<std::int64_t>()[i])]));
    dates.push_back(written(day, "%Y-%m-%d"));
    for (char& c : dates.back()) c = static_cast<char>(alphabet.find(c));
  }
  Batch batch = batch_of(texts);
  batch.target = in_rows(dates, length);
  return batch;
}

/// Every tenth day is held out.
Tensor days_to_train(std::size_t count) {
  return 10 * randint(0, 3652, {count}) + randint(1, 10, {count});
}
Tensor days_held_out(std::size_t count) {
  return 10 * slice(randperm(3653), 0, 0, static_cast<std::int64_t>(count));
}

std::string text_of(const Tensor& row) {
  std::string text;
  for (const std::int64_t symbol : row.data<std::int64_t>())
    text += alphabet[static_cast<std::size_t>(symbol)];
  return text;
}

// ---- the network

/// What the network made of the dates that it read.
struct Encoded {
  Tensor states;   ///< (N, S, hidden)
  Tensor last;     ///< (1, N, hidden)
  Tensor padding;  ///< (N, S), true behind the end
};
struct Decoded {
  Tensor scores;   ///< (N, T, symbols)
  Tensor state;    ///< (1, N, hidden)
  Tensor weights;  ///< (N, T, S); undefined without attention
};

struct Net : nn::Module {
  nn::Embedding source{128, 64}, target{symbols + 1, 64};
  nn::GRU encoder, decoder;
  std::optional<nn::MultiheadAttention> attention;
  std::optional<nn::Linear> combine;
  nn::Linear output;
  XGRAD_FIELDS(source, target, encoder, decoder, attention, combine, output)

  explicit Net(const Options& o)
      : encoder(64, o.hidden / 2, {.batch_first = true, .bidirectional = true}),
        decoder(64, o.hidden, {.batch_first = true}),
        output(o.hidden, symbols) {
    if (o.no_attention) return;
    attention.emplace(o.hidden, 1, nn::MultiheadAttentionOptions{.batch_first = true});
    combine.emplace(2 * o.hidden, o.hidden);
  }

  Encoded encode(const Batch& batch) {
    const auto [states, last] =
        encoder.forward(source(batch.source), {}, {.lengths = batch.lengths});
    // The ends of both directions beside each other.
    return {states, reshape(transpose(last, 0, 1), {1, -1, states.size(2)}), batch.source == 0};
  }

  /// Goes on from a state after the symbols (N, T).
  Decoded decode(const Tensor& previous, const Tensor& state, const Encoded& read) {
    const auto [h, last] = decoder.forward(target(previous), state);
    if (!attention) return {output(h), last, {}};
    const auto [context, weights] =
        attention->forward(h, read.states, read.states, {.key_padding_mask = read.padding});
    return {output(tanh((*combine)(concatenate({h, context}, -1)))), last, weights};
  }
};

Tensor first_symbols(std::size_t count) { return full({count, 1}, begin, {.dtype = int64}); }

/// Scores of the whole target, each after the right symbols, or after those that it wrote itself.
Tensor scores_of(Net& net, const Batch& batch, bool forced) {
  const Encoded read = net.encode(batch);
  Tensor previous = first_symbols(batch.lengths.size());
  if (forced)
    return net
        .decode(concatenate({previous, batch.target[{Slice(), Slice(0, -1)}]}, 1), read.last, read)
        .scores;
  std::vector<Tensor> scores;
  Tensor state = read.last;
  for (std::int64_t i = 0; i < length; ++i) {
    const Decoded now = net.decode(previous, state, read);
    scores.push_back(now.scores);
    previous = argmax(now.scores, -1);
    state = now.state;
  }
  return concatenate(scores, 1);
}

/// The likeliest text (N, length) of each date that a beam search over `beam` texts finds; it is
/// the greedy one if there is only one.
Tensor translate(Net& net, const Batch& batch, std::size_t beam) {
  const NoGrad guard;
  const auto n = static_cast<std::int64_t>(batch.lengths.size());
  const auto k = static_cast<std::int64_t>(beam);
  const Encoded once = net.encode(batch);
  const Encoded read{repeat(once.states, k, 0), repeat(once.last, k, 1),
                     repeat(once.padding, k, 0)};
  Tensor texts = first_symbols(batch.lengths.size() * beam), state = read.last;
  // All begin alike: the first alone is gone on with.
  Tensor total = where(arange(k) == 0, 0.0F, -std::numeric_limits<float>::infinity());
  total = broadcast_to(total, {n, k});
  for (std::int64_t i = 0; i < length; ++i) {
    const Decoded now = net.decode(texts[{Slice(), Slice(-1)}], state, read);
    const Tensor each =
        log_softmax(reshape(now.scores, {n, k, symbols}), -1) + unsqueeze(total, -1);
    const auto [values, places] = topk(reshape(each, {n, k * symbols}), k, 1);
    const Tensor rows =
        reshape(floor_divide(places, symbols) + k * arange(n)[{Slice(), newaxis}], {-1});
    texts = concatenate({take(texts, rows, 0), reshape(remainder(places, symbols), {-1, 1})}, 1);
    state = take(now.state, rows, 1);
    total = values;
  }
  return reshape(texts, {n, k, length + 1})[{Slice(), 0, Slice(1)}];
}

/// The share of dates that are translated without a mistake.
double exact_matches(Net& net, const std::vector<Batch>& batches, std::size_t beam) {
  double right = 0, count = 0;
  for (const Batch& batch : batches) {
    right += sum(all(translate(net, batch, beam) == batch.target, 1)).item<double>();
    count += static_cast<double>(batch.lengths.size());
  }
  return right / count;
}

struct History {
  std::vector<double> loss, matches;
};

/// Returns whether it was interrupted.
bool train(Net& net, const std::vector<Batch>& held_out, const Options& o, History& history) {
  optim::Adam adam(net.parameters(), {.lr = o.lr});
  optim::OneCycleLR schedule(
      adam,
      {.max_lr = o.lr,
       .total_steps = static_cast<std::int64_t>(std::max<std::size_t>(2, o.epochs * o.steps))});
  const auto epoch = [&](const examples::Step& step) {
    for (std::size_t i = 0; i < o.steps; ++i) {
      const Batch batch = batch_of(days_to_train(o.batch_size));
      const bool forced = rand({}).item<double>() < o.teacher_forcing;
      const Tensor loss = nn::cross_entropy(reshape(scores_of(net, batch, forced), {-1, symbols}),
                                            reshape(batch.target, {-1}));
      if (!step(loss, o.batch_size, {{"loss", loss.item<double>()}})) return;
    }
  };
  const auto evaluated = [&](const training::Progress& progress) {
    history.loss.push_back(progress.mean("loss"));
    history.matches.push_back(exact_matches(net, held_out, 1));
    return examples::Metrics{{"exact matches", history.matches.back(), true}};
  };
  return examples::train_epochs(
      net, adam, &schedule, epoch, evaluated,
      {.epochs = o.epochs, .steps = o.steps, .unit = "dates", .files = o.files, .clip = o.clip});
}

// ---- figures

void draw_history(const History& history, const Options& o) {
  std::vector<double> percent;
  for (const double share : history.matches) percent.push_back(100 * share);
  const auto chart = [&](const std::string& title, const std::string& unit,
                         const std::vector<double>& values) {
    return examples::Chart{.title = title,
                           .x_label = "epoch",
                           .y_label = unit,
                           .series = {examples::by_epoch(title, values, o.epochs)},
                           .whole_x = true};
  };
  examples::Chart loss = chart("Training loss", "nats per character", history.loss);
  loss.log_y = true;
  examples::draw("Dates to their ISO form",
                 {loss, chart("Exact matches", "% of held-out dates", percent)}, o.plot);
}

void draw_attention(Net& net, const Batch& batch, const Tensor& translated, const Options& o) {
  const NoGrad guard;
  const Encoded read = net.encode(batch);
  const Tensor previous = concatenate({first_symbols(1), translated[{Slice(), Slice(0, -1)}]}, 1);
  const auto characters = [](const std::string& text) {
    std::vector<std::string> each;
    for (const char c : text) each.emplace_back(1, c);
    return each;
  };
  examples::draw({.title = "What it looks at while it writes",
                  .x_label = "read",
                  .y_label = "written",
                  .columns = characters(o.date),
                  .rows = characters(text_of(translated)),
                  .values = net.decode(previous, read.last, read).weights},
                 o.plot_attention);
  std::printf("figure drawn to %s\n", o.plot_attention.c_str());
}

int run(const Options& o) {
  examples::check_writable(o.files);
  for (const auto& [option, path] :
       {std::pair("--plot", o.plot), {"--plot-attention", o.plot_attention}})
    if (!path.empty()) examples::check_plot(option, path);
  if (o.hidden % 2 != 0) throw ValueError(str("--hidden ", o.hidden, "; expected an even number"));
  if (o.no_attention && !o.plot_attention.empty())
    throw ValueError("--plot-attention with --no-attention; expected one of them");
  if (o.date.empty() || std::ranges::any_of(o.date, [](char c) { return c <= 0; }))
    throw ValueError("--date: expected at least one character, and only those of ASCII");
  set_num_threads(o.threads);
  manual_seed(o.seed);

  Net net(o);
  if (!o.files.load.empty()) nn::load(net, o.files.load);
  std::vector<Batch> held_out;
  for (const Tensor& days : split(days_held_out(o.held_out), 500))
    held_out.push_back(batch_of(days));
  std::printf("%zu parameters, %zu dates held out\n", net.num_parameters(), o.held_out);
  History history;
  if (train(net, held_out, o, history)) return examples::status_interrupted();
  std::printf("exact matches: %.2f %% of %zu held-out dates, %s\n",
              100 * exact_matches(net, held_out, o.beam), o.held_out,
              o.beam == 1 ? "greedy" : str("beams of ", o.beam).c_str());
  const Tensor some = translate(net, held_out.front(), o.beam);
  for (std::size_t i = 0; i < std::min<std::size_t>(5, some.size(0)); ++i)
    std::printf("%s -> %s\n", held_out.front().texts[i].c_str(),
                text_of(some[static_cast<std::int64_t>(i)]).c_str());
  const Batch own = batch_of(std::vector<std::string>{o.date});
  const Tensor translated = translate(net, own, o.beam);
  std::printf("%s -> %s\n", o.date.c_str(), text_of(translated).c_str());
  if (!o.plot.empty()) {
    draw_history(history, o);
    std::printf("figure drawn to %s\n", o.plot.c_str());
  }
  if (!o.plot_attention.empty()) draw_attention(net, own, translated, o);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Trains a network that translates dates, as people write them, to their ISO form.",
               "seq2seq");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("seq2seq", [&] { return run(options); });
}
