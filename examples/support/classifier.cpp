#include "examples/support/classifier.hpp"

#include <filesystem>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"

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

Metrics metrics(const std::string& of, const Score& score) {
  return {{of + "loss", score.loss}, {"accuracy", score.accuracy, /*percent=*/true}};
}

}  // namespace

History train(nn::Module& net, optim::Optimizer& optimizer, const ClassifierData& data,
              const TrainOptions& options) {
  data::DataLoaderOptions loading{.batch_size = options.batch_size,
                                  .shuffle = !options.sampler.draw,
                                  .sampler = options.sampler};
  if (options.transform)
    loading.transform = data::transforms::compose(
        {options.transform, [](const Tensor& images) { return flatten(images, 1); }});
  const data::DataLoader batches(data.train, loading);
  History history;
  const auto epoch = [&](const Step& step) {
    for (auto& [images, labels] : batches) {
      const Tensor logits = net(images), loss = nn::cross_entropy(logits, labels);
      const Score now{loss.item<double>(), nn::accuracy(logits, labels)};
      if (!step(loss, labels.numel(), metrics("", now))) return;
    }
  };
  const auto evaluated = [&](const training::Progress& progress) {
    Score trained{progress.mean("loss"), progress.mean("accuracy")};
    if (const auto& average = options.sharing.average)
      trained = {average(trained.loss), average(trained.accuracy)};
    history.train.push_back(trained);
    if (!data.validation) return Metrics{};
    history.validation.push_back(score(predict(net, *data.validation), data.validation->labels));
    return metrics("validation ", history.validation.back());
  };
  history.interrupted =
      train_epochs(net, optimizer, options.scheduler, epoch, evaluated,
                   {.epochs = options.epochs,
                    .steps = batches.size(),
                    .unit = "images",
                    .files = options.files,
                    .quiet = options.quiet,
                    .sharing = options.sharing,
                    .end = [&] { return options.after_epoch && options.after_epoch(history); }});
  return history;
}

}  // namespace xgrad::examples
