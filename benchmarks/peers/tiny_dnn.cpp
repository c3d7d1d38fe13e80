// tiny-dnn takes steps in epochs of one batch. Its threads are a choice at compile time: one here.

#define CNN_SINGLE_THREAD
#define CNN_USE_AVX
#define CNN_NO_SERIALIZATION
#include <tiny_dnn/tiny_dnn.h>

#include <memory>

#include "peers.hpp"

namespace peers {
namespace {

template <class Optimizer>
Steps steps_of(const Problem& problem, const Optimizer& optimizer) {
  auto net = std::make_shared<tiny_dnn::network<tiny_dnn::sequential>>();
  const std::size_t layers = problem.widths.size() - 1;
  for (std::size_t i = 0; i < layers; ++i) {
    const auto in = static_cast<tiny_dnn::serial_size_t>(problem.widths[i]);
    const auto out = static_cast<tiny_dnn::serial_size_t>(problem.widths[i + 1]);
    if (i + 1 < layers)
      *net << tiny_dnn::fully_connected_layer<tiny_dnn::activation::relu>(in, out);
    else
      *net << tiny_dnn::fully_connected_layer<tiny_dnn::activation::softmax>(in, out);
  }
  const std::vector<float> inputs = problem.inputs();
  const auto width = static_cast<std::ptrdiff_t>(problem.widths.front());
  std::vector<tiny_dnn::vec_t> x;
  for (auto at = inputs.begin(); at != inputs.end(); at += width) x.emplace_back(at, at + width);
  const std::vector<std::int64_t> labels = problem.labels();
  const std::vector<tiny_dnn::label_t> y(labels.begin(), labels.end());
  return [=, optimizer = optimizer](std::size_t steps) mutable {
    net->template train<tiny_dnn::cross_entropy_multiclass>(optimizer, x, y, problem.batch,
                                                            static_cast<int>(steps));
  };
}

}  // namespace

Steps tiny_dnn(const Problem& problem) {
  if (!problem.convolutions.empty()) return nullptr;
  if (problem.adam) {
    ::tiny_dnn::adam optimizer;
    optimizer.alpha = adam_learning_rate;
    return steps_of(problem, optimizer);
  }
  ::tiny_dnn::momentum optimizer;
  optimizer.alpha = learning_rate;
  optimizer.mu = momentum;
  optimizer.lambda = 0;
  return steps_of(problem, optimizer);
}

}  // namespace peers
