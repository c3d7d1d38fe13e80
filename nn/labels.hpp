#pragma once

#include <optional>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Checks of integers that choose among others: labels among classes, indices among rows.

namespace xgrad::nn::detail {

/// Throws DTypeError if x is a tensor of floats, and ValueError if it is undefined.
void expect_integers(const char* op, const char* what, const Tensor& x);
/// Whether any element is `ignored`. Throws ValueError, naming the first ("label 3 is 10 but there
/// are 10 classes"), for an element that is neither that nor from 0 to count - 1.
bool check_choices(const char* op, const char* what, const Tensor& x, std::size_t count,
                   const char* of, std::optional<std::int64_t> ignored = {});

/// Checks labels against the scores (N, classes, …) or (classes) they belong to: integers, of the
/// scores' shape without the axis of classes, each a class or equal to `ignored`. Returns whether
/// any is `ignored`. Throws DTypeError, ShapeError or ValueError if they are not.
bool check_labels(const char* op, const Shape& scores, const Tensor& labels,
                  std::optional<std::int64_t> ignored = {});

/// The axis of the classes: 1, or 0 where there is no batch. Throws ShapeError for 0-d scores.
int class_axis(const char* op, const Shape& scores);

}  // namespace xgrad::nn::detail
