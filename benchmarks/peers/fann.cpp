// FANN has neither ReLU nor softmax, and no momentum for batches: the activation is its piecewise
// linear one, the loss is the squared error, and the optimizer is plain gradient descent.

#include <floatfann.h>

#include <algorithm>
#include <memory>

#include "peers.hpp"

namespace peers {

Steps fann(const Problem& problem) {
  if (problem.adam || !problem.convolutions.empty()) return nullptr;
  const std::vector<unsigned> widths(problem.widths.begin(), problem.widths.end());
  const std::shared_ptr<struct fann> net(
      fann_create_standard_array(static_cast<unsigned>(widths.size()), widths.data()),
      fann_destroy);
  fann_set_activation_function_hidden(net.get(), FANN_LINEAR_PIECE);
  fann_set_activation_function_output(net.get(), FANN_LINEAR);
  fann_set_training_algorithm(net.get(), FANN_TRAIN_BATCH);
  fann_set_learning_rate(net.get(), learning_rate);

  const auto batch = static_cast<unsigned>(problem.batch);
  const std::shared_ptr<fann_train_data> data(
      fann_create_train(batch, widths.front(), widths.back()), fann_destroy_train);
  const std::vector<float> inputs = problem.inputs();
  const std::vector<std::int64_t> labels = problem.labels();
  for (std::size_t i = 0; i < problem.batch; ++i) {
    std::copy_n(inputs.data() + i * problem.widths.front(), widths.front(), data->input[i]);
    std::fill_n(data->output[i], widths.back(), 0.0F);
    data->output[i][labels[i]] = 1;
  }
  return [=](std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) fann_train_epoch(net.get(), data.get());
  };
}

}  // namespace peers
