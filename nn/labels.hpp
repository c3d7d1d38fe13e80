#pragma once

#include <optional>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::nn::detail {

/// Checks labels against the scores (N, classes, …) or (classes) they belong to: integers, of the
/// scores' shape without the axis of classes, each from 0 to classes - 1 or equal to `ignored`.
/// Returns whether any is `ignored`.
/// Errors: DTypeError, ShapeError; ValueError naming the first label out of range.
bool check_labels(const char* op, const Shape& scores, const Tensor& labels,
                  std::optional<std::int64_t> ignored = {});

/// The axis of the classes: 1, or 0 where there is no batch. Errors: ShapeError for 0-d scores.
int class_axis(const char* op, const Shape& scores);

}  // namespace xgrad::nn::detail
