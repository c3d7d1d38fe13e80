#include <torch/torch.h>

#include <memory>

#include "peers.hpp"

namespace peers {

Steps libtorch(const Problem& problem) {
  torch::set_num_threads(static_cast<int>(problem.threads));
  torch::manual_seed(0);
  torch::nn::Sequential net;
  for (const Convolution& c : problem.convolutions) {
    const auto size = [](std::size_t n) { return static_cast<std::int64_t>(n); };
    net->push_back(torch::nn::Conv2d(
        torch::nn::Conv2dOptions(size(c.channels), size(c.filters), size(c.kernel))
            .padding(size(c.padding))));
    net->push_back(torch::nn::ReLU());
    if (c.pools) net->push_back(torch::nn::MaxPool2d(2));
  }
  if (!problem.convolutions.empty()) net->push_back(torch::nn::Flatten());
  const std::size_t layers = problem.widths.size() - 1;
  for (std::size_t i = 0; i < layers; ++i) {
    net->push_back(torch::nn::Linear(problem.widths[i], problem.widths[i + 1]));
    if (i + 1 < layers) net->push_back(torch::nn::ReLU());
  }
  auto parameters = net->parameters();
  std::shared_ptr<torch::optim::Optimizer> optimizer;
  if (problem.adam)
    optimizer = std::make_shared<torch::optim::Adam>(parameters, adam_learning_rate);
  else
    optimizer = std::make_shared<torch::optim::SGD>(
        parameters, torch::optim::SGDOptions(learning_rate).momentum(momentum));
  const std::vector<std::size_t> extents = problem.input_shape();
  const torch::Tensor x = torch::tensor(problem.inputs())
                              .reshape(std::vector<std::int64_t>(extents.begin(), extents.end()));
  const torch::Tensor y = torch::tensor(problem.labels());
  return [=](std::size_t steps) mutable {
    for (std::size_t i = 0; i < steps; ++i) {
      for (torch::Tensor& p : parameters) p.mutable_grad().reset();
      torch::nn::functional::cross_entropy(net->forward(x), y).backward();
      optimizer->step();
    }
  };
}

}  // namespace peers
