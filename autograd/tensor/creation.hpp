#pragma once

#include "tensor.hpp"

/// @file
/// Creators of tensors. All throw ShapeError for more bytes than can be addressed, MemoryError for
/// more than there are, and ValueError for a number that the dtype does not hold: a fraction or NaN
/// for integers, or a number out of range.

namespace xgrad {

/// A tensor whose values are not initialised.
Tensor empty(const Shape& shape, const TensorOptions& options = {});
Tensor zeros(const Shape& shape, const TensorOptions& options = {});
Tensor ones(const Shape& shape, const TensorOptions& options = {});
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options = {});
/// The n x n identity matrix; (n, m) with ones on the main diagonal.
Tensor eye(std::size_t n, const TensorOptions& options = {});
Tensor eye(std::size_t n, std::size_t m, const TensorOptions& options = {});
/// start, start + step, … before stop, also after rounding to the dtype. As in PyTorch the dtype is
/// int64 if all three are integers; the values are then exact. Throws ValueError if step is 0 or
/// leads away from stop, for numbers that are not finite, and for 2^47 steps or more.
Tensor arange(Scalar start, Scalar stop, Scalar step = 1, const TensorOptions& options = {});
/// `steps` values from start to stop, both included exactly. For integers, fractions are cut off.
/// Throws ValueError if steps is 0 or an end is not finite.
Tensor linspace(Scalar start, Scalar stop, std::size_t steps, const TensorOptions& options = {});
/// Uniform on [0, 1).
Tensor rand(const Shape& shape, const TensorOptions& options = {});
/// Normal with mean 0 and standard deviation 1.
Tensor randn(const Shape& shape, const TensorOptions& options = {});
/// Integers uniform on [low, high), int64 by default. Throws ValueError unless low < high, and for
/// a dtype that does not hold all of them, such as float32 beyond 2^24.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape,
               const TensorOptions& options = {});
/// 0 … n - 1 in random order, int64 by default. Throws ValueError as randint.
Tensor randperm(std::size_t n, const TensorOptions& options = {});

/// The same, with the shape and (unless the options give one) the dtype of `model`.
Tensor empty_like(const Tensor& model, TensorOptions options = {});
Tensor zeros_like(const Tensor& model, TensorOptions options = {});
Tensor ones_like(const Tensor& model, TensorOptions options = {});
Tensor full_like(const Tensor& model, Scalar value, TensorOptions options = {});
Tensor rand_like(const Tensor& model, TensorOptions options = {});
Tensor randn_like(const Tensor& model, TensorOptions options = {});

namespace detail {

/// The values, which are of dtype `source`, as a tensor of the options' dtype (default: source).
Tensor from_values(const void* values, std::size_t count, DType source, const Shape& shape,
                   const TensorOptions& options);

[[noreturn]] void throw_ragged(std::size_t expected, std::size_t found);

/// Throws ShapeError unless the row has the expected length.
template <class T>
void append_row(std::vector<T>& values, std::initializer_list<T> row, std::size_t expected) {
  if (row.size() != expected) throw_ragged(expected, row.size());
  values.insert(values.end(), row);
}

}  // namespace detail

/// The values in row-major order. The dtype is by default that of the literals: float32 for float,
/// float64 for double, int64 for integers. Throws ShapeError unless there are shape.numel() values.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(const std::vector<T>& values, const Shape& shape, TensorOptions options = {}) {
  if constexpr (Element<T>) {
    return detail::from_values(values.data(), values.size(), dtype_of<T>, shape, options);
  } else {  // bool, int, long double, …: through the element type the literal stands for
    using E = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    Tensor converted = empty({values.size()}, {.dtype = dtype_of<E>});
    E* next = converted.data<E>().data();
    for (const T value : values) *next++ = detail::cast<E>("tensor", value);
    return detail::from_values(converted.data<E>().data(), values.size(), dtype_of<E>, shape,
                               options);
  }
}

/// A 0-d tensor.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(T value, TensorOptions options = {}) {
  return tensor(std::vector<T>(1, value), Shape{}, options);
}

/// 1-d, 2-d and 3-d tensors from literals: `tensor({{1., 2.}, {3., 4.}})` is float64, (2, 2).
/// Throws ShapeError if the rows differ in length.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<T> values, TensorOptions options = {}) {
  return tensor(std::vector<T>(values), Shape{values.size()}, options);
}
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows, TensorOptions options = {}) {
  const std::size_t columns = rows.size() ? rows.begin()->size() : 0;
  std::vector<T> values;
  for (const auto& row : rows) detail::append_row(values, row, columns);
  return tensor(values, {rows.size(), columns}, options);
}
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> planes,
              TensorOptions options = {}) {
  const std::size_t rows = planes.size() ? planes.begin()->size() : 0;
  const std::size_t columns = rows ? planes.begin()->begin()->size() : 0;
  std::vector<T> values;
  for (const auto& plane : planes) {
    if (plane.size() != rows) detail::throw_ragged(rows, plane.size());
    for (const auto& row : plane) detail::append_row(values, row, columns);
  }
  return tensor(values, {planes.size(), rows, columns}, options);
}

}  // namespace xgrad
