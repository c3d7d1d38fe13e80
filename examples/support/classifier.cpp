#include "examples/support/classifier.hpp"

#include <cmath>
#include <filesystem>
#include <iomanip>
#include <sstream>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/interrupt.hpp"

namespace xgrad::examples {

ClassifierData load_classifier_data(const std::string& directory, double validation_split,
                                    std::size_t limit) {
  if (directory == fashion_mnist && !std::filesystem::exists(fashion_mnist))
    throw IoError(str(fashion_mnist,
                      " is missing: install Fashion-MNIST (apt-get install "
                      "dataset-fashion-mnist) or name another data set with --data"));
  data::TensorDataset train = data::load_mnist(directory, data::Split::train);
  const data::TensorDataset test = data::load_mnist(directory, data::Split::test);
  const Shape trained = train.features.shape();
  const Shape tested = test.features.shape();
  if (trained[1] != tested[1] || trained[2] != tested[2] || trained.numel() == 0 ||
      tested.numel() == 0)
    throw ValueError(str(directory, ": training images ", trained, " and test images ", tested,
                         ": expected some of each, of one size"));
  if (limit > 0 && limit < train.size()) {
    const auto count = static_cast<std::int64_t>(limit);
    train = {slice(train.features, 0, 0, count), slice(train.labels, 0, 0, count)};
  }
  if (validation_split == 0) return {train, std::nullopt, test};
  const auto parts = data::train_test_split(train, validation_split);
  return {parts.train, parts.test, test};
}

Mlp::Mlp(const std::vector<std::size_t>& widths, const MlpOptions& options)
    : dropout(options.dropout) {
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) layers.emplace_back(widths[i], widths[i + 1]);
  if (!options.batch_norm) return;
  for (std::size_t i = 1; i + 1 < widths.size(); ++i) norms.emplace_back(widths[i]);
}

Tensor Mlp::forward(const Tensor& images) {
  Tensor x = layers[0](images);
  for (std::size_t i = 1; i < layers.size(); ++i) {
    if (!norms.empty()) x = norms[i - 1](x);
    x = layers[i](dropout(relu(x)));
  }
  return x;
}

std::string architecture(const Mlp& net) {
  std::string text = std::to_string(net.layers.front().weight.size(1));
  for (const nn::Linear& layer : net.layers) text += "-" + std::to_string(layer.weight.size(0));
  return text;
}

Tensor predict(nn::Module& net, const data::TensorDataset& dataset) {
  NoGrad guard;
  const bool training = net.is_training();
  net.eval();
  std::vector<Tensor> logits;
  for (auto& [images, labels] : data::DataLoader(dataset, {.batch_size = 1000}))
    logits.push_back(net(images));
  net.train(training);
  return concatenate(logits);
}

Score score(const Tensor& logits, const Tensor& labels) {
  return {nn::cross_entropy(logits, labels).item<double>(), nn::accuracy(logits, labels)};
}

namespace {

/// "epoch  1/10"
std::string epoch_label(std::size_t epoch, std::size_t epochs) {
  std::ostringstream text;
  text << "epoch " << std::setw(2) << epoch << '/' << epochs;
  return text.str();
}

std::vector<training::Metric> metrics(const std::string& of, const Score& score) {
  return {{of + "loss", score.loss}, {"accuracy", score.accuracy, /*percent=*/true}};
}

}  // namespace

History train(nn::Module& net, optim::Optimizer& optimizer, const ClassifierData& data,
              const TrainOptions& options) {
  const InterruptGuard interrupt;
  data::DataLoaderOptions loading{.batch_size = options.batch_size,
                                  .shuffle = !options.sampler.draw,
                                  .sampler = options.sampler};
  if (options.transform)
    loading.transform = data::transforms::compose(
        {options.transform, [](const Tensor& images) { return flatten(images, 1); }});
  const data::DataLoader batches(data.train, loading);
  History history;

  for (std::size_t epoch = options.epochs_done + 1; epoch <= options.epochs; ++epoch) {
    training::Progress progress({.label = epoch_label(epoch, options.epochs),
                                 .total = batches.size(),
                                 .unit = "images",
                                 .quiet = options.quiet});
    for (auto& [images, labels] : batches) {
      optimizer.zero_grad();
      const Tensor logits = net(images);
      const Tensor loss = nn::cross_entropy(logits, labels);
      loss.backward();
      if (options.after_backward) options.after_backward();
      optimizer.step();
      if (options.scheduler) options.scheduler->step();

      progress.step(labels.numel() * options.processes,
                    metrics("", {loss.item<double>(), nn::accuracy(logits, labels)}));
      history.interrupted = interrupt.requested();
      if (history.interrupted) return history;
    }
    Score trained{progress.mean("loss"), progress.mean("accuracy")};
    if (options.average)
      trained = {options.average(trained.loss), options.average(trained.accuracy)};
    if (!std::isfinite(trained.loss))
      throw TrainingDiverged(str("training diverged: the loss of epoch ", epoch, " is ",
                                 trained.loss, "; try a smaller --lr"));
    history.train.push_back(trained);
    if (data.validation)
      history.validation.push_back(score(predict(net, *data.validation), data.validation->labels));
    progress.finish(data.validation ? metrics("validation ", history.validation.back())
                                    : std::vector<training::Metric>{});
    if (options.after_epoch && options.after_epoch(history)) break;
  }
  return history;
}

}  // namespace xgrad::examples
