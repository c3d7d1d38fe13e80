#include "labels.hpp"

#include <algorithm>

#include "../autograd/support/message.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn::detail {

int class_axis(const char* op, const Shape& scores) {
  if (scores.empty())
    throw ShapeError(message(op, ": a 0-d tensor of scores; expected (N, classes) or (classes,)"));
  return scores.size() == 1 ? 0 : 1;
}

bool check_labels(const char* op, const Shape& scores, const Tensor& labels,
                  std::optional<std::int64_t> ignored) {
  const auto axis = static_cast<std::size_t>(class_axis(op, scores));
  const auto classes = static_cast<std::int64_t>(scores[axis]);
  expect_defined(op, {{"labels", &labels}});
  Shape expected = scores;
  expected.erase(axis);
  if (is_floating(labels.dtype()))
    throw DTypeError(message(op, ": labels of shape ", labels.shape(), " are ",
                             name(labels.dtype()), "; expected int64"));
  if (labels.shape() != expected)
    throw ShapeError(message(op, ": labels of shape ", labels.shape(), " for scores of shape ",
                             scores, "; expected ", expected));

  const std::vector<std::int64_t> values = labels.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (ignored == values[i] || (values[i] >= 0 && values[i] < classes)) continue;
    throw ValueError(message(op, ": label ", i, " is ", values[i], " but there are ", classes,
                             " classes; ", expected_between<std::int64_t>(0, classes - 1),
                             ignored ? message(", or ", *ignored, " to ignore it") : ""));
  }
  return ignored && std::find(values.begin(), values.end(), *ignored) != values.end();
}

}  // namespace xgrad::nn::detail
