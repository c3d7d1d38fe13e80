#include <torch/torch.h>

#include <memory>

#include "peers.hpp"

namespace peers {

Steps libtorch(const Problem& problem) {
  torch::set_num_threads(static_cast<int>(problem.threads));
  torch::manual_seed(0);
  torch::nn::Sequential net;
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
  const auto batch = static_cast<std::int64_t>(problem.batch);
  const torch::Tensor x = torch::tensor(problem.inputs()).reshape({batch, -1});
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
