#include "metrics.hpp"

#include "../autograd/ops.hpp"
#include "../autograd/tensor/creation.hpp"
#include "labels.hpp"

namespace xgrad::nn {
namespace {

/// The predictions. Throws what the header says.
Tensor predictions(const char* op, const Tensor& logits, const Tensor& labels) {
  expect_defined(op, {{"logits", &logits}, {"labels", &labels}});
  expect<ShapeError>(logits.ndim() == 2, op, ": logits of shape ", logits.shape(),
                     "; expected (N, classes)");
  detail::check_labels(op, logits.shape(), labels);
  return argmax(logits.detach(), 1);
}

}  // namespace

double accuracy(const Tensor& logits, const Tensor& labels) {
  const Tensor right = sum(predictions("accuracy", logits, labels) == labels);
  return right.item<double>() / static_cast<double>(labels.numel());
}

Tensor confusion_matrix(const Tensor& logits, const Tensor& labels, std::size_t classes) {
  const Tensor predicted = predictions("confusion_matrix", logits, labels);
  expect<ShapeError>(logits.size(1) == classes, "confusion_matrix: logits of shape ",
                     logits.shape(), " for ", classes, " classes; expected (N, ", classes, ")");
  const Tensor cells = labels.to(int64) * static_cast<std::int64_t>(classes) + predicted;
  const Tensor none = zeros({classes * classes}, {.dtype = int64});
  return reshape(scatter_add(none, 0, cells, ones_like(cells)), {classes, classes});
}

}  // namespace xgrad::nn
