// Softmax regression on the iris of Fisher (1936): 50 flowers of each of three species, told apart
// by the lengths and widths of their sepals and petals. Shows the way from a CSV file to a checked
// classifier: columns by name, classes from texts, a scaler fitted on the training part, the
// accuracy on flowers held out, and cross-validation. One species stands apart; the other two
// overlap, so that no line divides them without mistakes. `iris --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
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

struct Options {
  std::string data = XGRAD_EXAMPLE_DATA "/iris.csv";
  std::string label = "species";
  std::vector<std::string> features;
  double held_out = 0.2;
  std::int64_t folds = 10;
  std::size_t steps = 500;
  double lr = 0.1;
  double weight_decay = 1e-3;
  std::uint64_t seed = 0;
  std::string plot;
};

struct SoftmaxRegression : nn::Module {
  SoftmaxRegression(std::size_t features, std::size_t classes)
      : scaler(features), output(features, classes) {}

  data::StandardScaler scaler;
  nn::Linear output;
  XGRAD_FIELDS(scaler, output)

  Tensor forward(const Tensor& x) override { return output(scaler(x)); }
};

/// A classifier of these flowers, by Adam, each step over all of them.
SoftmaxRegression train(const data::Subset& flowers, std::size_t classes, const Options& options,
                        bool print = false) {
  const auto [features, labels] = flowers.take();
  SoftmaxRegression model(features.size(1), classes);
  model.scaler.fit(features);
  optim::AdamW adam(model.parameters(), {.lr = options.lr, .weight_decay = options.weight_decay});
  if (print) std::printf("\n%6s %10s %10s\n", "step", "loss", "accuracy");
  const std::size_t every = std::max<std::size_t>(options.steps / 5, 1);
  for (std::size_t step = 0; step <= options.steps; ++step) {
    adam.zero_grad();
    const Tensor logits = model(features), loss = nn::cross_entropy(logits, labels);
    if (print && (step % every == 0 || step == options.steps))
      std::printf("%6zu %10.4f %8.2f %%\n", step, loss.item<double>(),
                  100 * nn::accuracy(logits, labels));
    loss.backward();
    if (step < options.steps) adam.step();
  }
  return model;
}

Tensor predict(SoftmaxRegression& model, const Tensor& features) {
  const NoGrad guard;
  return model(features);
}

/// The mean accuracy on each fold of classifiers trained on the others.
double cross_validate(const data::TensorDataset& flowers, std::size_t classes,
                      const Options& options) {
  double total = 0;
  for (const auto& [learned, unseen] :
       data::KFold(options.folds, {.shuffle = true}).split(flowers)) {
    SoftmaxRegression model = train(learned, classes, options);
    const auto [features, labels] = unseen.take();
    total += nn::accuracy(predict(model, features), labels);
  }
  return total / static_cast<double>(options.folds);
}

/// A row for each species and a column for each prediction.
void print_confusion(const Tensor& logits, const Tensor& labels,
                     const std::vector<std::string>& names) {
  std::printf("\n%-16s", "");
  for (const std::string& name : names) std::printf(" %12s", name.c_str());
  const Tensor counts = nn::confusion_matrix(logits, labels, names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::printf("\n%-16s", names[i].c_str());
    for (const auto count : select(counts, 0, static_cast<std::int64_t>(i)).to_vector<int>())
      std::printf(" %12d", count);
  }
  std::printf("\n");
}

void plot(SoftmaxRegression& model, const data::TensorDataset& flowers,
          const std::vector<std::string>& features, const std::vector<std::string>& names,
          const std::string& path) {
  const std::vector<examples::Series> classes =
      examples::by_class(flowers.features, flowers.labels, names);
  const auto [x, y] = examples::ranges_around(classes);
  const double accuracy = nn::accuracy(predict(model, flowers.features), flowers.labels);
  examples::draw("Species of iris by softmax regression",
                 {{.title = str("accuracy ", std::round(1e4 * accuracy) / 100, " %"),
                   .probabilities = [&](const Tensor& at) { return softmax(predict(model, at)); },
                   .x = x,
                   .y = y,
                   .classes = classes,
                   .x_label = features[0],
                   .y_label = features[1]}},
                 path);
}

int run(Options options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  manual_seed(options.seed);
  const data::Table table = data::read_csv(options.data);
  const data::Column& species = table[options.label];
  if (!species.is_text())
    throw ValueError(str("--label ", options.label, ": a column of numbers; expected texts"));
  if (options.features.empty())
    for (const data::Column& column : table.columns())
      if (!column.is_text()) options.features.push_back(column.name);
  if (!options.plot.empty() && options.features.size() != 2)
    throw ValueError(str("--plot: a plane for ", options.features.size(),
                         " features; expected two, as from --features petal_length,petal_width"));
  const data::TensorDataset flowers(table.tensor(options.features), species.codes);
  const std::size_t classes = species.names.size();
  std::printf("%zu flowers of %zu species, by %s\n", flowers.size(), classes,
              joined(options.features).c_str());

  const auto [learned, unseen] =
      data::random_split(flowers, {1 - options.held_out, options.held_out});
  SoftmaxRegression model = train(learned, classes, options, true);
  const auto [features, labels] = unseen.take();
  const Tensor logits = predict(model, features);
  print_confusion(logits, labels, species.names);
  std::printf("\naccuracy on %zu flowers held out: %.2f %%\n", unseen.size(),
              100 * nn::accuracy(logits, labels));
  std::printf("accuracy by cross-validation in %lld folds: %.2f %%\n",
              static_cast<long long>(options.folds),
              100 * cross_validate(flowers, classes, options));
  if (!options.plot.empty()) {
    plot(model, flowers, options.features, species.names, options.plot);
    std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Softmax regression on Fisher's iris.", "iris");
  app.add_option("--data", options.data, "CSV file with a header")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--label", options.label, "Name of the column of classes")->capture_default_str();
  app.add_option("--features", options.features,
                 "Names of the columns to predict from; without it all columns of numbers")
      ->delimiter(',');
  app.add_option("--held-out", options.held_out, "Share of the flowers to test with")
      ->check(examples::between(0.01, 0.99))
      ->capture_default_str();
  app.add_option("--folds", options.folds, "Parts of the cross-validation")
      ->check(examples::between<std::int64_t>(2, 1000))
      ->capture_default_str();
  app.add_option("--steps", options.steps, "Steps of AdamW, each over all flowers")
      ->capture_default_str();
  app.add_option("--lr", options.lr, "Learning rate")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--weight-decay", options.weight_decay, "Weight decay")
      ->check(examples::not_negative)
      ->capture_default_str();
  examples::add_seed(app, options.seed);
  examples::add_plot(app, options.plot, "the regions of the species over two features");
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("iris", [&] { return run(options); });
}
