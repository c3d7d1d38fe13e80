// Vectors of words: skip-gram with negative sampling. A word's vector learns to tell the words that
// stand near it in a text from words drawn at random; words that are used alike get vectors of
// about one direction. `word2vec --help` lists what it takes.
// Source: Mikolov, Sutskever, Chen, Corrado & Dean 2013, "Distributed representations of words and
// phrases and their compositionality".

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/output_file.hpp"
#include "examples/support/text.hpp"

using namespace xgrad;

namespace {

struct Options {
  std::string text = examples::foldoc;
  std::size_t min_count = 10;
  std::size_t dim = 64;
  std::size_t window = 5;
  std::size_t negatives = 5;
  double subsample = 1e-3;
  std::size_t batch_size = 4096;
  std::size_t epochs = 10;
  double lr = 0.005;
  std::vector<std::string> words{"unix", "pascal", "memory", "company", "university", "boolean"};
  std::size_t neighbours = 6;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  std::string save, load, plot;
};

void describe(CLI::App& app, Options& o) {
  const CLI::Validator count = examples::between(1, 1 << 20);
  app.add_option("--text", o.text, "A file, plain or compressed by gzip")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--min-count", o.min_count, "Words that are rarer are left out")
      ->check(count)
      ->capture_default_str();
  app.add_option("--dim", o.dim, "Numbers of a vector")->check(count)->capture_default_str();
  app.add_option("--window", o.window, "Largest distance of words that count as near")
      ->check(count)
      ->capture_default_str();
  app.add_option("--negatives", o.negatives, "Random words for each that is near")
      ->check(count)
      ->capture_default_str();
  app.add_option("--subsample", o.subsample,
                 "Of words whose share of the text is larger than this, some are left out")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Pairs of words in a step")
      ->check(count)
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Passes over the text; 0 only shows the vectors")
      ->capture_default_str();
  app.add_option("--lr", o.lr, "Learning rate of Adam, which falls to a tenth")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--words", o.words, "Words whose nearest neighbours are shown")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--neighbours", o.neighbours, "How many of them")
      ->check(count)
      ->capture_default_str();
  examples::add_seed(app, o.seed);
  examples::add_threads(app, o.threads);
  app.add_option("--save", o.save, "Write the vectors here, as safetensors")->type_name("FILE");
  app.add_option("--load", o.load, "Start from the vectors that --save wrote here")
      ->type_name("FILE");
  examples::add_plot(app, o.plot,
                     "two dimensions of the vectors of --words and of three neighbours each");
}

/// Runs of letters, in lower case.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool letter = lower >= 'a' && lower <= 'z';
    if (letter && !inside) words.emplace_back();
    if (letter) words.back() += lower;
    inside = letter;
  }
  return words;
}

/// The words that a text has often enough, the most frequent first, and the text in their numbers.
struct Corpus {
  std::vector<std::string> words;
  std::unordered_map<std::string, std::int64_t> number;
  Tensor counts;  ///< float64 (words)
  Tensor text;    ///< int64
};

Corpus read_corpus(const Options& o) {
  const std::vector<std::string> all = words_of(examples::read_text(o.text));
  std::unordered_map<std::string, std::int64_t> count;
  for (const std::string& word : all) ++count[word];
  std::erase_if(count, [&](const auto& entry) { return std::cmp_less(entry.second, o.min_count); });
  std::vector<std::pair<std::int64_t, std::string>> ranked;
  for (const auto& [word, times] : count) ranked.emplace_back(-times, word);
  std::ranges::sort(ranked);
  Corpus corpus;
  std::vector<double> counts;
  for (const auto& [times, word] : ranked) {
    corpus.number[word] = static_cast<std::int64_t>(corpus.words.size());
    corpus.words.push_back(word);
    counts.push_back(static_cast<double>(-times));
  }
  std::vector<std::int64_t> text;
  for (const std::string& word : all)
    if (const auto found = corpus.number.find(word); found != corpus.number.end())
      text.push_back(found->second);
  if (corpus.words.size() <= o.neighbours || text.size() <= o.window)
    throw ValueError(str(o.text, ": ", corpus.words.size(), " words occur ", o.min_count,
                         " times or more, ", text.size(),
                         " in all; expected more than --neighbours ", o.neighbours,
                         " and --window ", o.window));
  corpus.counts = tensor(counts, {.dtype = float64});
  corpus.text = tensor(text);
  return corpus;
}

struct Net : nn::Module {
  nn::Embedding centre, context;
  XGRAD_FIELDS(centre, context)

  Net(std::size_t words, std::size_t dim) : centre(words, dim), context(words, dim) {
    nn::init::uniform_(centre.weight, -0.5 / static_cast<double>(dim),
                       0.5 / static_cast<double>(dim));
    nn::init::zeros_(context.weight);
  }
  /// The scores (N, k) of k words (N, k) beside one (N).
  Tensor scores(const Tensor& word, const Tensor& others) {
    return einsum("nd,nkd->nk", {centre(word), context(others)});
  }
};

/// Pairs of words that stand near each other. Each word's window is a random part of the largest,
/// so that the nearest words count most; a word of the share f of the text is kept with probability
/// sqrt(subsample / f).
data::TensorDataset near_words(const Corpus& corpus, const Options& o) {
  const Tensor shares = corpus.counts / sum(corpus.counts);
  const Tensor kept = take(sqrt(o.subsample / shares), corpus.text, 0);
  const Tensor text = corpus.text[rand(kept.shape(), {.dtype = float64}) < kept];
  const Tensor window = randint(1, static_cast<std::int64_t>(o.window) + 1, text.shape());
  std::vector<Tensor> centre, near;
  for (std::int64_t d = 1; d <= static_cast<std::int64_t>(std::min(o.window, text.numel() - 1));
       ++d) {
    const Slice before(0, -d), behind(d);
    for (const auto& [one, other] : {std::pair(before, behind), {behind, before}}) {
      const Tensor within = window[{one}] >= d;
      centre.push_back(text[{one}][within]);
      near.push_back(text[{other}][within]);
    }
  }
  return {concatenate(centre), concatenate(near)};
}

/// The k words whose vectors have the most similar directions, without the word itself.
Tensor nearest(const Net& net, std::int64_t word, std::size_t k) {
  const NoGrad guard;
  const Tensor& vectors = net.centre.weight;
  const Tensor similarity = nn::cosine_similarity(vectors, vectors[{Slice(word, word + 1)}]);
  return topk(similarity, static_cast<std::int64_t>(k) + 1).indices[{Slice(1)}];
}

/// --words and the nearest words of each, as numbers.
using Groups = std::vector<std::vector<std::int64_t>>;
Groups groups_of(const Net& net, const Corpus& corpus, const Options& o) {
  Groups groups;
  for (const std::string& word : o.words) {
    const std::int64_t number = corpus.number.at(word);
    groups.push_back({number});
    for (const std::int64_t near : nearest(net, number, o.neighbours).to_vector<std::int64_t>())
      groups.back().push_back(near);
  }
  return groups;
}

void print(const Groups& groups, const Corpus& corpus) {
  for (const auto& group : groups) {
    std::printf("%12s:", corpus.words[static_cast<std::size_t>(group[0])].c_str());
    for (std::size_t i = 1; i < group.size(); ++i)
      std::printf(" %s", corpus.words[static_cast<std::size_t>(group[i])].c_str());
    std::printf("\n");
  }
}

/// Returns whether it was interrupted.
bool train(Net& net, const Corpus& corpus, const Options& o) {
  optim::Adam adam(net.parameters(), {.lr = o.lr});
  optim::LinearLR schedule(
      adam, {.start_factor = 1,
             .end_factor = 0.1,
             .total_iters = static_cast<std::int64_t>(std::max<std::size_t>(1, o.epochs))});
  // Frequent words are drawn less often than they occur.
  const Tensor chances = pow(corpus.counts, 0.75);
  const examples::InterruptGuard interrupt;
  for (std::size_t epoch = 1; epoch <= o.epochs; ++epoch) {
    const data::DataLoader pairs(near_words(corpus, o),
                                 {.batch_size = o.batch_size, .shuffle = true});
    training::Progress progress(
        {.label = str("epoch ", epoch, "/", o.epochs), .total = pairs.size(), .unit = "pairs"});
    for (const auto& [centre, near] : pairs) {
      const std::size_t n = centre.numel();
      const Tensor random =
          reshape(multinomial(chances, static_cast<std::int64_t>(n * o.negatives), true),
                  Shape{n, o.negatives});
      const Tensor others = concatenate({unsqueeze(near, 1), random}, 1);
      const Tensor is_near = broadcast_to(
          (arange(static_cast<std::int64_t>(o.negatives) + 1) == 0).to(float32), others.shape());
      adam.zero_grad();
      const Tensor loss = nn::binary_cross_entropy_with_logits(net.scores(centre, others), is_near,
                                                               {.reduction = nn::Reduction::sum}) /
                          n;
      loss.backward();
      adam.step();
      progress.step(n, {{"loss", loss.item<double>()}});
      if (interrupt.requested()) return true;
    }
    progress.finish();
    schedule.step();
    if (epoch < o.epochs) print(groups_of(net, corpus, o), corpus);
  }
  return false;
}

/// The vectors of the groups in the plane of their two largest singular values.
void draw(Groups groups, const Net& net, const Corpus& corpus, const std::string& path) {
  constexpr std::size_t most = 4;  // more would cover one another
  for (auto& group : groups) group.resize(std::min(most, group.size()));
  std::vector<std::int64_t> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  const NoGrad guard;
  const Tensor vectors = take(net.centre.weight, tensor(all), 0).to(float64);
  const Tensor directions = vectors / norm(vectors, 2, 1, true);
  const auto [u, s, vt] = linalg::svd(directions - mean(directions, 0));
  const Tensor places = u * s;
  examples::Chart chart{.title = "Words in the plane of the largest two singular values",
                        .x_label = "first",
                        .y_label = "second",
                        .series = {}};
  std::int64_t at = 0;
  for (const auto& group : groups) {
    examples::Series series{
        corpus.words[static_cast<std::size_t>(group[0])], {}, examples::Style::points};
    for (const std::int64_t word : group) {
      series.points.push_back({places[{at, 0}].item<double>(), places[{at, 1}].item<double>()});
      chart.marks.push_back({series.points.back(), corpus.words[static_cast<std::size_t>(word)]});
      ++at;
    }
    chart.series.push_back(series);
  }
  examples::draw("Vectors of words", {chart}, path);
  std::printf("figure drawn to %s\n", path.c_str());
}

int run(const Options& o) {
  if (!o.save.empty()) examples::check_writable("--save", o.save);
  if (!o.plot.empty()) examples::check_plot("--plot", o.plot);
  set_num_threads(o.threads);
  manual_seed(o.seed);
  const Corpus corpus = read_corpus(o);
  for (const std::string& word : o.words)
    if (!corpus.number.contains(word))
      throw ValueError(str("--words: '", word, "' is not a word that occurs at least ", o.min_count,
                           " times in ", o.text));
  Net net(corpus.words.size(), o.dim);
  if (!o.load.empty()) nn::load(net, o.load);
  std::printf("%zu words of the text, %zu of them different\n", corpus.text.numel(),
              corpus.words.size());
  const bool interrupted = train(net, corpus, o);
  if (!o.save.empty()) {
    nn::save(net, o.save);
    std::printf("vectors saved to %s\n", o.save.c_str());
  }
  if (interrupted) {
    std::printf("interrupted\n");
    return examples::status_interrupted();
  }
  const Groups groups = groups_of(net, corpus, o);
  print(groups, corpus);
  if (!o.plot.empty()) draw(groups, net, corpus, o.plot);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Learns vectors of words from a text, and shows which words are alike.", "word2vec");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("word2vec", [&] { return run(options); });
}
