#include "metrics.hpp"

#include "../autograd/ops/reduction.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "labels.hpp"

namespace xgrad::nn {
namespace {

std::vector<std::int64_t> predictions(const char* op, const Tensor& logits, const Tensor& labels) {
  expect_defined(op, {{"logits", &logits}, {"labels", &labels}});
  if (logits.ndim() != 2)
    throw ShapeError(message(op, ": logits of shape ", logits.shape(), "; expected (N, classes)"));
  detail::check_labels(op, logits.shape(), labels);
  return argmax(logits.detach(), 1).to_vector<std::int64_t>();
}

}  // namespace

double accuracy(const Tensor& logits, const Tensor& labels) {
  const std::vector<std::int64_t> predicted = predictions("accuracy", logits, labels);
  const std::vector<std::int64_t> actual = labels.to_vector<std::int64_t>();
  double right = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) right += predicted[i] == actual[i];
  return right / static_cast<double>(actual.size());
}

Tensor confusion_matrix(const Tensor& logits, const Tensor& labels, std::size_t classes) {
  const std::vector<std::int64_t> predicted = predictions("confusion_matrix", logits, labels);
  if (logits.size(1) != classes)
    throw ShapeError(message("confusion_matrix: logits of shape ", logits.shape(), " for ", classes,
                             " classes; expected (N, ", classes, ")"));
  const std::vector<std::int64_t> actual = labels.to_vector<std::int64_t>();
  Tensor matrix = zeros({classes, classes}, {.dtype = int64});
  const auto counts = matrix.data<std::int64_t>();
  for (std::size_t i = 0; i < actual.size(); ++i)
    ++counts[static_cast<std::size_t>(actual[i]) * classes +
             static_cast<std::size_t>(predicted[i])];
  return matrix;
}

}  // namespace xgrad::nn
