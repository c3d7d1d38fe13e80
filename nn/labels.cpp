#include "labels.hpp"

#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn::detail {

void expect_integers(const char* op, const char* what, const Tensor& x) {
  expect_defined(op, what, x);
  if (is_floating(x.dtype()))
    throw DTypeError(
        str(op, ": ", what, " of shape ", x.shape(), " are ", x.dtype(), "; expected int64"));
}

bool check_choices(const char* op, const char* what, const Tensor& x, std::size_t count,
                   const char* of, std::optional<std::int64_t> ignored) {
  const auto end = static_cast<std::int64_t>(count);
  const std::vector<std::int64_t> values = x.to_vector<std::int64_t>();
  bool ignoring = false;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (ignored == values[i])
      ignoring = true;
    else if (values[i] < 0 || values[i] >= end)
      throw ValueError(str(op, ": ", what, ' ', i, " is ", values[i], " but there are ", count, ' ',
                           of, "; ", expected_between<std::int64_t>(0, end - 1),
                           ignored ? str(", or ", *ignored, " to ignore it") : ""));
  return ignoring;
}

int class_axis(const char* op, const Shape& scores) {
  if (scores.empty())
    throw ShapeError(str(op, ": a 0-d tensor of scores; expected (N, classes) or (classes,)"));
  return scores.size() == 1 ? 0 : 1;
}

bool check_labels(const char* op, const Shape& scores, const Tensor& labels,
                  std::optional<std::int64_t> ignored) {
  const auto axis = static_cast<std::size_t>(class_axis(op, scores));
  expect_integers(op, "labels", labels);
  Shape expected = scores;
  expected.erase(axis);
  if (labels.shape() != expected)
    throw ShapeError(str(op, ": labels of shape ", labels.shape(), " for scores of shape ", scores,
                         "; expected ", expected));
  return check_choices(op, "label", labels, scores[axis], "classes", ignored);
}

}  // namespace xgrad::nn::detail
