#pragma once

#include <optional>

#include "../autograd/graph/calls.hpp"
#include "../autograd/tensor/expect.hpp"

/// @file
/// Checks of integers that choose among others: labels among classes, indices among rows.

namespace xgrad::nn::detail {

/// Throws DTypeError if x is a tensor of floats, and ValueError if it is undefined.
inline void expect_integers(const char* op, const char* what, const Tensor& x) {
  expect_defined(op, what, x);
  expect<DTypeError>(!is_floating(x.dtype()), op, ": ", what, " of shape ", x.shape(), " are ",
                     x.dtype(), "; expected int64, as from to(int64)");
}

/// Whether any element is `ignored`. Throws ValueError, naming the first ("label 3 is 10 but there
/// are 10 classes"), for an element that is neither that nor from 0 to count - 1.
inline bool check_choices(const char* op, const char* what, const Tensor& x, std::size_t count,
                          const char* of, std::optional<std::int64_t> ignored = {}) {
  const auto end = static_cast<std::int64_t>(count);
  const Tensor integers = x.to(int64);
  if (xgrad::detail::mode.noting) [[unlikely]] {
    bool ignores = false;
    xgrad::detail::note_check(integers, [=, first = true, &ignores](const Tensor& t) mutable {
      const bool ignores_now = check_choices(op, what, t, count, of, ignored);
      if (std::exchange(first, false))
        ignores = ignores_now;
      else
        expect<ValueError>(!ignores_now, op, ": ", what,
                           "s to be ignored in a captured step, which ",
                           "had none when it was captured; expected none");
    });
    if (ignores) xgrad::detail::mode.calls->refuse(str("some ", what, "s are ignored"));
    return ignores;
  }
  const std::span<const std::int64_t> values = integers.data<std::int64_t>();
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

/// The axis of the classes of scores (N, classes, …) or (classes). Throws ShapeError for 0-d ones.
inline int class_axis(const char* op, const Shape& scores) {
  expect<ShapeError>(!scores.empty(), op,
                     ": a 0-d tensor of scores; expected (N, classes) or (classes,)");
  return scores.size() == 1 ? 0 : 1;
}

/// Checks labels against the scores they belong to: integers, of the scores' shape without the axis
/// of classes, each a class or equal to `ignored`. Returns whether any is `ignored`. Throws
/// DTypeError, ShapeError or ValueError if they are not.
inline bool check_labels(const char* op, const Shape& scores, const Tensor& labels,
                         std::optional<std::int64_t> ignored = {}) {
  const auto axis = static_cast<std::size_t>(class_axis(op, scores));
  expect_integers(op, "labels", labels);
  Shape expected = scores;
  expected.erase(axis);
  expect<ShapeError>(labels.shape() == expected, op, ": labels of shape ", labels.shape(),
                     " for scores of shape ", scores, "; expected ", expected);
  return check_choices(op, "label", labels, scores[axis], "classes", ignored);
}

}  // namespace xgrad::nn::detail
